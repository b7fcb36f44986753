#include "streamer/video_ladder.h"

#include <fmt/format.h>
#include <gst/app/gstappsink.h>
#include <gst/app/gstappsrc.h>
#include <gst/video/video.h>

#include <algorithm>

#include "core/base/invariant.h"
#include "streamer/picture_reference.h"

namespace longmen {
namespace {

using namespace std::chrono_literals;

// x264enc wants to be able to give a first DTS before the first PTS and moves everything up to this
// when it is not there; starting there keeps its times the same as ours.
constexpr int64_t kFirstPtsNs = 1000LL * 3600 * 1'000'000'000;
constexpr uint64_t kStartPictures = 15;  // the encoders are still being opened
constexpr auto kDrainWithin = 10s;       // for one more picture

std::string picture_caps(int width, int height, int frames_per_second) {
  return fmt::format(
      "video/x-raw,format=I420,width={},height={},framerate={}/1,pixel-aspect-ratio=1/1", width,
      height, frames_per_second);
}

std::string picture_caps(const VideoRung& rung, int frames_per_second) {
  return picture_caps(rung.width, rung.height, frames_per_second);
}

std::string encoder(const VideoRung& rung, size_t index) {
  // key-int-max 2^30 is x264's "never": only forced IDRs, which all rungs agree about.
  return fmt::format(
      "x264enc threads=1 speed-preset=superfast trellis=false tune=zerolatency bitrate={} "
      "vbv-buf-capacity=300 "
      "key-int-max=1073741824 qp-min=18 bframes=0 aud=false byte-stream=true "
      "option-string=\"scenecut=0:stitchable=1\" "
      "! video/x-h264,stream-format=byte-stream,alignment=au,profile=high "
      "! appsink name=rung{} sync=false async=false",
      rung.bitrate_kbps, index);
}

std::string description(const Channel& channel, const LadderSource& source) {
  const VideoRung& top = channel.video.front();
  const bool other_size = source.width > 0 && source.height > 0 &&
                          (source.width != top.width || source.height != top.height);
  const int fps = channel.frames_per_second;
  std::string text = fmt::format(
      "appsrc name=pictures format=time max-bytes=0 max-buffers=0 "
      "caps=\"{},colorimetry=bt709,interlace-mode=progressive\" ! {} tee name=t0 ",
      other_size ? picture_caps(source.width, source.height, fps) : picture_caps(top, fps),
      other_size ? fmt::format("videoscale ! {} !", picture_caps(top, fps)) : "");
  for (size_t i = 0; i < channel.video.size(); ++i) {
    const size_t below = i + 1;
    // First the rung below, which then works beside this one.
    if (below < channel.video.size()) {
      text += fmt::format(
          "t{}. ! queue max-size-buffers={} max-size-bytes=0 max-size-time=0 "
          "! videoscale ! {} ! tee name=t{} ",
          i, 2 * VideoLadder::kMaxInFlight,
          picture_caps(channel.video[below], channel.frames_per_second), below);
    }
    text += fmt::format("t{}. ! {} ", i, encoder(channel.video[i], i));
  }
  return text;
}

}  // namespace

Result<std::unique_ptr<VideoLadder>> VideoLadder::start(const Channel& channel,
                                                        SlotIndex first_slot, OnEncoded on_encoded,
                                                        LadderSource source) {
  auto pipeline = Pipeline::parse("video ladder", description(channel, source), source.threads);
  if (!pipeline) return tl::unexpected(pipeline.error());
  std::unique_ptr<VideoLadder> ladder(
      new VideoLadder(channel, first_slot, std::move(on_encoded), std::move(*pipeline)));
  if (!ladder->pipeline_->play()) {
    return fail(fmt::format("the video encoders do not start: {}", ladder->error()));
  }
  return ladder;
}

VideoLadder::VideoLadder(const Channel& channel, SlotIndex first_slot, OnEncoded on_encoded,
                         std::unique_ptr<Pipeline> pipeline)
    : first_slot_(first_slot),
      frames_per_second_(channel.frames_per_second),
      on_encoded_(std::move(on_encoded)),
      pipeline_(std::move(pipeline)) {
  for (size_t i = 0; i < channel.video.size(); ++i) {
    Rung& rung = *rungs_.emplace_back(std::make_unique<Rung>());
    rung.ladder = this;
    rung.index = i;
    GstAppSinkCallbacks callbacks{};
    callbacks.new_sample = [](GstAppSink* sink, gpointer user) {
      auto& of = *static_cast<Rung*>(user);
      const SamplePtr sample(gst_app_sink_pull_sample(sink));
      if (!sample) return GST_FLOW_EOS;
      of.ladder->on_sample(of, sample.get());
      return GST_FLOW_OK;
    };
    GstElement* sink = pipeline_->element(fmt::format("rung{}", i).c_str());
    gst_app_sink_set_callbacks(GST_APP_SINK(sink), &callbacks, &rung, nullptr);
  }
}

VideoLadder::~VideoLadder() {
  pipeline_->stop();
}

size_t VideoLadder::limit() const {
  const auto usual = static_cast<size_t>(std::max(3, frames_per_second_ / 8));  // about 0.12 s
  return offered_ < kStartPictures ? 3 * usual : usual;
}

uint64_t VideoLadder::encoded_by_all() const {
  uint64_t least = UINT64_MAX;
  for (const auto& rung : rungs_)
    least = std::min(least, rung->encoded.load(std::memory_order_acquire));
  return least;
}

size_t VideoLadder::in_flight() const {
  const uint64_t encoded = encoded_by_all();
  return static_cast<size_t>(offered_shared_.load(std::memory_order_acquire) - encoded);
}

bool VideoLadder::offer(SlotIndex slot, GstBuffer* picture, bool idr, Monotonic now,
                        ByteSpan captions) {
  invariant(slot >= first_slot_, "slots begin where the ladder was told");
  const uint64_t waiting = offered_ - encoded_by_all();
  if (waiting == 0) progress_ns_ = now.time_since_epoch().count();
  if (waiting >= limit()) return false;
  BufferPtr reference = reference_picture(picture);
  if (!reference) return false;
  // Scalers keep it, and x264enc makes an SEI of it.
  if (!captions.empty())
    gst_buffer_add_video_caption_meta(reference.get(), GST_VIDEO_CAPTION_TYPE_CEA708_RAW,
                                      captions.data(), captions.size());
  const int64_t duration_ns = 1'000'000'000 / frames_per_second_;
  const int64_t since_first_ns = (slot - first_slot_) * 1'000'000'000 / frames_per_second_;
  GST_BUFFER_PTS(reference.get()) = static_cast<GstClockTime>(kFirstPtsNs + since_first_ns);
  GST_BUFFER_DURATION(reference.get()) = static_cast<GstClockTime>(duration_ns);
  GstElement* source = pipeline_->element("pictures");
  if (idr) {
    gst_element_send_event(
        source, gst_video_event_new_downstream_force_key_unit(
                    GST_CLOCK_TIME_NONE, GST_CLOCK_TIME_NONE, GST_CLOCK_TIME_NONE, TRUE, 0));
  }
  offered_ns_[static_cast<size_t>(slot) % offered_ns_.size()] = now.time_since_epoch().count();
  offered_shared_.store(++offered_, std::memory_order_release);
  return gst_app_src_push_buffer(GST_APP_SRC(source), reference.release()) == GST_FLOW_OK;
}

void VideoLadder::on_sample(Rung& rung, GstSample* sample) {
  GstBuffer* buffer = gst_sample_get_buffer(sample);
  const int64_t since_first_ns = static_cast<int64_t>(GST_BUFFER_PTS(buffer)) - kFirstPtsNs;
  const SlotIndex slot =
      first_slot_ + (since_first_ns * frames_per_second_ + 500'000'000) / 1'000'000'000;
  if (const MappedBuffer bytes(buffer, GST_MAP_READ); bytes) {
    const int64_t offered = offered_ns_[static_cast<size_t>(slot) % offered_ns_.size()];
    on_encoded_({rung.index, slot, ByteSpan(bytes.data(), bytes.size()),
                 Monotonic(std::chrono::nanoseconds(offered))});
  }
  const uint64_t before = encoded_by_all();
  rung.encoded.fetch_add(1, std::memory_order_acq_rel);
  if (encoded_by_all() == before) return;
  progress_ns_ = std::chrono::steady_clock::now().time_since_epoch().count();
  const std::lock_guard lock(mutex_);
  progressed_.notify_all();
}

bool VideoLadder::drain() {
  std::unique_lock lock(mutex_);
  while (in_flight() > 0) {
    const size_t before = in_flight();
    if (failed()) return false;
    progressed_.wait_for(lock, kDrainWithin, [&] { return in_flight() < before || failed(); });
    if (in_flight() >= before) return false;
  }
  return true;
}

}  // namespace longmen
