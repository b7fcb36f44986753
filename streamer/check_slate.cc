#include "streamer/check_slate.h"

#include <fmt/format.h>
#include <gst/app/gstappsink.h>
#include <gst/app/gstappsrc.h>
#include <spdlog/spdlog.h>

#include <boost/json.hpp>
#include <fstream>

#include "net/state_file.h"
#include "streamer/given_slate.h"
#include "streamer/gst_setup.h"
#include "streamer/pipeline.h"
#include "streamer/process_limits.h"

namespace longmen {
namespace {

constexpr uint64_t kMaxWrittenBytes = 8 << 20;
constexpr uint64_t kMaxProcessorSeconds = 600;
constexpr int kThumbnailWidth = 320;
constexpr int kThumbnailHeight = 180;
constexpr int kLooksASecond = 25;
constexpr int64_t kLeastPictures = kLooksASecond / 2;
constexpr int64_t kThumbnailAt = kLooksASecond;  // where what fades in has come
// A file may say that it is a little longer than its last picture.
constexpr double kUnsaidSeconds = 1.0;

Result<Bytes> jpeg_of(GstBuffer* picture) {
  auto pipeline = Pipeline::parse(
      "thumbnail",
      fmt::format("appsrc name=in format=time caps=\"video/x-raw,format=I420,width={},height={},"
                  "framerate=1/1,pixel-aspect-ratio=1/1,colorimetry=bt709\" ! videoconvertscale "
                  "! video/x-raw,format=RGB ! jpegenc quality=80 "
                  "! appsink name=out sync=false async=false",
                  kThumbnailWidth, kThumbnailHeight));
  if (!pipeline) return tl::unexpected(pipeline.error());
  if (!(*pipeline)->play()) return fail("the small picture: " + (*pipeline)->error());
  BufferPtr copy(gst_buffer_copy(picture));
  GST_BUFFER_PTS(copy.get()) = 0;
  GstAppSrc* in = GST_APP_SRC((*pipeline)->element("in"));
  gst_app_src_push_buffer(in, copy.release());
  gst_app_src_end_of_stream(in);
  const SamplePtr sample(
      gst_app_sink_try_pull_sample(GST_APP_SINK((*pipeline)->element("out")), 20 * GST_SECOND));
  if (!sample) return fail("the small picture: " + (*pipeline)->error());
  const MappedBuffer mapped(gst_sample_get_buffer(sample.get()), GST_MAP_READ);
  if (!mapped) return fail("the small picture cannot be read");
  return Bytes(mapped.data(), mapped.data() + mapped.size());
}

Result<Bytes> read_file(const std::string& file) {
  std::ifstream stream(file, std::ios::binary);
  Bytes bytes{std::istreambuf_iterator<char>(stream), {}};
  if (!stream && bytes.empty()) return fail("it cannot be read");
  return bytes;
}

Result<void> check_length(const GivenReport& report, const GivenRead& read, int max_seconds) {
  if (read.pictures < kLeastPictures) return fail("the clip is too short: half a second at least");
  const double seconds = static_cast<double>(report.duration_ms) / 1000;
  if (seconds > max_seconds)
    return fail(fmt::format("the clip is longer than {} s, which are taken", max_seconds));
  if (read.said_seconds > seconds + kUnsaidSeconds && read.said_seconds > seconds * 1.1)
    return fail(fmt::format("the clip is cut off: of {:.1f} s there are {:.1f} s",
                            read.said_seconds, seconds));
  return {};
}

}  // namespace

Result<GivenReport> check_given(const std::string& file, int max_seconds) {
  for (auto ready : {set_up_gstreamer(), set_up_given_formats()})
    if (!ready) return tl::unexpected(ready.error());
  const auto bytes = read_file(file);
  if (!bytes) return tl::unexpected(bytes.error());
  const auto kind = given_kind(*bytes);
  if (!kind) return tl::unexpected(kind.error());
  GivenReport report;
  report.kind = *kind;
  const bool still = is_still(*kind);
  if (still) {
    const auto size = still_size(*kind, *bytes);
    if (!size) return tl::unexpected(size.error());
    report.size = *size;
  } else if (auto whole = check_whole_clip(*kind, *bytes); !whole) {
    return tl::unexpected(whole.error());
  }
  const GivenWish wish{still, kThumbnailWidth, kThumbnailHeight, kLooksASecond};
  BufferPtr shown;
  int64_t pictures = 0;
  GivenHandlers handlers;
  handlers.picture = [&](GstBuffer* picture) {
    if (pictures <= kThumbnailAt) shown = another_reference(picture);
    return ++pictures <= int64_t{max_seconds} * kLooksASecond + kLooksASecond;
  };
  handlers.sound = [](int64_t, std::span<const float>) {};
  const auto read = read_given(file, wish, handlers);
  if (!read) return tl::unexpected(read.error());
  if (!still) {
    report.size = read->size;
    report.sound = read->has_sound;
    report.duration_ms = pictures * 1000 / kLooksASecond;
    if (auto checked = check_length(report, *read, max_seconds); !checked)
      return tl::unexpected(checked.error());
  }
  auto thumbnail = jpeg_of(shown.get());
  if (!thumbnail) return tl::unexpected(thumbnail.error());
  report.thumbnail = std::move(*thumbnail);
  return report;
}

int run_check_slate(const CheckSlateOptions& options) {
  limit_process({kMaxWrittenBytes, kMaxProcessorSeconds});
  const auto report = check_given(options.file, options.max_seconds);
  boost::json::object told;
  if (report) {
    told = {{"kind", is_still(report->kind) ? "still" : "clip"},
            {"media_type", media_type_of(report->kind)},
            {"width", report->size.width},
            {"height", report->size.height},
            {"duration_ms", report->duration_ms},
            {"sound", report->sound}};
    if (auto written = write_state_file(options.thumbnail, as_text(report->thumbnail)); !written) {
      spdlog::error("check-slate: {}", written.error().message);
      return 1;
    }
  } else {
    told = {{"fault", report.error().message}};
  }
  if (auto written = write_state_file(options.report, boost::json::serialize(told)); !written) {
    spdlog::error("check-slate: {}", written.error().message);
    return 1;
  }
  return 0;
}

}  // namespace longmen
