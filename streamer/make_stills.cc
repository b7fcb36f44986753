#include "streamer/make_stills.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <gst/app/gstappsink.h>
#include <gst/app/gstappsrc.h>
#include <gst/video/video.h>
#include <spdlog/spdlog.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <map>

#include "core/base/hex.h"
#include "core/cmaf/chunk_reader.h"
#include "net/state_file.h"
#include "net/unique_fd.h"
#include "streamer/gst_setup.h"
#include "streamer/jpeg_still.h"
#include "streamer/pipeline.h"
#include "streamer/process_limits.h"

namespace longmen {
namespace {

using recording::StillKind;
using recording::WantedStill;

constexpr uint64_t kMaxStillsProcessorSeconds = 120;
constexpr uint32_t kMaxKeyframeBytes = 8 << 20;
// The first one with which a picture is not too large.
constexpr std::array kStillQualities{70, 40, 15};
constexpr std::array kPosterQualities{80, 60, 40, 15};
constexpr auto kLongestWait = 60 * GST_SECOND;
constexpr auto kLookAgain = GST_SECOND / 5;

class PackFile : public recording::ByteSource {
 public:
  Result<void> open(const std::string& path) {
    file_ = UniqueFd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
    if (!file_) return fail(fmt::format("{}: {}", path, std::strerror(errno)));
    if (::flock(file_.get(), LOCK_EX | LOCK_NB) != 0)
      return fail(fmt::format("{}: somebody else writes it", path));
    end_ = recording::scan_still_pack(*this).end;
    // Behind it is what an earlier process did not finish.
    if (::ftruncate(file_.get(), static_cast<off_t>(end_)) != 0)
      return fail(fmt::format("{}: {}", path, std::strerror(errno)));
    return {};
  }
  uint64_t size() const override {
    struct stat about {};
    return ::fstat(file_.get(), &about) == 0 ? static_cast<uint64_t>(about.st_size) : 0;
  }
  bool read(uint64_t offset, std::span<uint8_t> into) override {
    return ::pread(file_.get(), into.data(), into.size(), static_cast<off_t>(offset)) ==
           static_cast<ssize_t>(into.size());
  }
  Result<void> append(const WantedStill& of, recording::StillLook look, ByteSpan jpeg) {
    Bytes record;
    recording::write_still(of.kind, of.media_sequence, look, jpeg, record);
    if (jpeg.size() > recording::kMaxStillBytes) return fail("a picture that is too large");
    if (end_ + record.size() > recording::kMaxPackBytes) return fail("the pack is full");
    const ssize_t wrote =
        ::pwrite(file_.get(), record.data(), record.size(), static_cast<off_t>(end_));
    if (wrote != static_cast<ssize_t>(record.size()))
      return fail(fmt::format("the pack: {}", std::strerror(errno)));
    end_ += record.size();
    return {};
  }

 private:
  UniqueFd file_;
  uint64_t end_ = 0;
};

Result<Bytes> read_keyframe(const std::string& folder, const WantedStill& still) {
  const std::string path = folder + "/" + still.file;
  if (still.bytes > kMaxKeyframeBytes) return fail(path + ": a keyframe that is too large");
  const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  Bytes bytes(still.bytes);
  if (!file || ::pread(file.get(), bytes.data(), bytes.size(), static_cast<off_t>(still.offset)) !=
                   static_cast<ssize_t>(bytes.size()))
    return fail(path + ": it cannot be read");
  return bytes;
}

// Keyframes of one stream, decoded one after the other.
class KeyframeDecoder {
 public:
  static Result<KeyframeDecoder> make(ByteSpan configuration, TileSize size) {
    KeyframeDecoder decoder;
    decoder.size_ = size;
    auto pipeline = Pipeline::parse(
        "stills",
        fmt::format("appsrc name=in format=time caps=\"video/"
                    "x-h264,stream-format=avc,alignment=au,codec_data=(buffer){}\" ! h264parse "
                    "! avdec_h264 max-threads=1 output-corrupt=false qos=false "
                    "! videoconvertscale add-borders=true qos=false "
                    "! video/x-raw,format=RGB,width={},height={},pixel-aspect-ratio=1/1 "
                    "! appsink name=out sync=false async=false",
                    lower_hex(configuration), size.width, size.height),
        Pipeline::Threads::kLast);
    if (!pipeline) return tl::unexpected(pipeline.error());
    decoder.pipeline_ = std::move(*pipeline);
    if (!decoder.pipeline_->play()) return fail(decoder.pipeline_->error());
    return decoder;
  }

  void push(const Bytes& keyframe) {
    BufferPtr buffer(gst_buffer_new_memdup(keyframe.data(), keyframe.size()));
    // A second between two, which the decoder hands on.
    GST_BUFFER_PTS(buffer.get()) = GST_BUFFER_DTS(buffer.get()) = pushed_++ * GST_SECOND;
    gst_app_src_push_buffer(GST_APP_SRC(pipeline_->element("in")), buffer.release());
  }

  // Which of those that were pushed, and its picture.
  using Found = std::function<Result<void>(size_t, const uint8_t* rgb, size_t stride)>;
  Result<void> finish(const Found& found) {
    gst_app_src_end_of_stream(GST_APP_SRC(pipeline_->element("in")));
    while (const SamplePtr sample = pull()) {
      GstBuffer* buffer = gst_sample_get_buffer(sample.get());
      const MappedBuffer mapped(buffer, GST_MAP_READ);
      const size_t stride = static_cast<size_t>(GST_ROUND_UP_4(size_.width * 3));
      if (!mapped || mapped.size() < stride * static_cast<size_t>(size_.height)) continue;
      const auto which = static_cast<size_t>(GST_BUFFER_PTS(buffer) / GST_SECOND);
      if (which >= pushed_) continue;
      if (auto taken = found(which, mapped.data(), stride); !taken) return taken;
    }
    return {};
  }

 private:
  // Null: that was all, or nothing more comes.
  SamplePtr pull() {
    GstAppSink* out = GST_APP_SINK(pipeline_->element("out"));
    for (GstClockTime waited = 0; waited < kLongestWait; waited += kLookAgain) {
      SamplePtr sample(gst_app_sink_try_pull_sample(out, kLookAgain));
      if (sample || gst_app_sink_is_eos(out) || pipeline_->failed()) return sample;
    }
    return nullptr;
  }

  std::unique_ptr<Pipeline> pipeline_;
  TileSize size_;
  size_t pushed_ = 0;
};

// Empty: none is small enough.
Bytes encode_within(StillKind kind, const uint8_t* rgb, size_t stride, TileSize size) {
  const std::span<const int> qualities =
      kind == StillKind::kStill ? std::span<const int>(kStillQualities) : kPosterQualities;
  for (const int quality : qualities) {
    Bytes jpeg = encode_still(rgb, stride, size, quality);
    if (jpeg.size() <= recording::kMaxStillBytes) return jpeg;
  }
  return {};
}

Result<void> make_some(const std::string& folder, const std::vector<WantedStill>& stills,
                       PackFile& pack) {
  const StillKind kind = stills.front().kind;
  const TileSize size = kind == StillKind::kStill ? recording::kStillSize : recording::kPosterSize;
  const auto init = read_state_file(folder + "/" + stills.front().init);
  if (!init) return tl::unexpected(init.error());
  const auto configuration = cmaf::find_avc_configuration(as_bytes(*init));
  if (!configuration) return fail(stills.front().init + ": it is none of H.264");
  auto decoder = KeyframeDecoder::make(*configuration, size);
  if (!decoder) return tl::unexpected(decoder.error());
  std::vector<WantedStill> pushed;
  for (const WantedStill& still : stills) {
    const auto keyframe = read_keyframe(folder, still);
    // Nobody else's fault.
    if (!keyframe) {
      spdlog::info("make-stills: {}", keyframe.error().message);
      continue;
    }
    decoder->push(*keyframe);
    pushed.push_back(still);
  }
  std::vector<bool> made(pushed.size());
  auto finished = decoder->finish([&](size_t which, const uint8_t* rgb, size_t stride) {
    if (made[which]) return Result<void>();
    made[which] = true;
    return pack.append(pushed[which], look_of(rgb, stride, size),
                       encode_within(kind, rgb, stride, size));
  });
  if (!finished) return finished;
  for (size_t i = 0; i < pushed.size(); ++i) {
    if (made[i]) continue;
    // Another one may be at fault: by itself it may be decoded.
    if (pushed.size() > 1) {
      if (auto alone = make_some(folder, {pushed[i]}, pack); !alone) return alone;
      continue;
    }
    spdlog::info("make-stills: {} of {} cannot be decoded", pushed[i].media_sequence, folder);
    if (auto noted = pack.append(pushed[i], {}, {}); !noted) return noted;
  }
  return {};
}

}  // namespace

Result<void> make_stills(const recording::StillJob& job) {
  if (auto ready = set_up_gstreamer(); !ready) return ready;
  PackFile pack;
  if (auto opened = pack.open(job.folder + "/" + recording::kPackName); !opened) return opened;
  // A pipeline for each stream and size.
  std::map<std::pair<StillKind, std::string>, std::vector<WantedStill>> groups;
  for (const WantedStill& still : job.stills) {
    if (still.give_up || still.bytes > kMaxKeyframeBytes) {
      if (auto noted = pack.append(still, {}, {}); !noted) return noted;
      continue;
    }
    groups[{still.kind, still.init}].push_back(still);
  }
  for (const auto& [of, stills] : groups)
    if (auto made = make_some(job.folder, stills, pack); !made) return made;
  return {};
}

int run_make_stills(const std::string& job_json) {
  limit_process({recording::kMaxPackBytes, kMaxStillsProcessorSeconds});
  const auto job = recording::still_job_from_json(job_json);
  const Result<void> made = job ? make_stills(*job) : tl::unexpected(job.error());
  if (made) return 0;
  spdlog::warn("make-stills: {}", made.error().message);
  return 1;
}

}  // namespace longmen
