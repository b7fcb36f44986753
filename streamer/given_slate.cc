#include "streamer/given_slate.h"

#include <fmt/format.h>
#include <gst/app/gstappsink.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <mutex>

#include "streamer/limited_range.h"
#include "streamer/pipeline.h"

namespace longmen {
namespace {

using namespace std::chrono_literals;

constexpr int kRate = 48'000;
constexpr auto kNothingComes = 60s;  // on a machine that is busy with media, whose threads go first
constexpr GstClockTime kPatience = 50 * GST_MSECOND;

// One file while it is read. Pads come on GStreamer's threads; all else is the caller's.
class Reading {
 public:
  Reading(const GivenWish& wish, const GivenHandlers& handlers)
      : wish_(wish), handlers_(handlers) {}
  ~Reading() {
    if (pipeline_) pipeline_->stop();
  }
  Reading(const Reading&) = delete;
  Reading& operator=(const Reading&) = delete;

  Result<GivenRead> run(const std::string& file) {
    auto pipeline = Pipeline::parse("given slate", "filesrc name=file ! decodebin name=decode");
    if (!pipeline) return tl::unexpected(pipeline.error());
    pipeline_ = std::move(*pipeline);
    g_object_set(pipeline_->element("file"), "location", file.c_str(), nullptr);
    GstElement* decode = pipeline_->element("decode");
    g_signal_connect(decode, "pad-added", G_CALLBACK(&Reading::pad_added), this);
    g_signal_connect(decode, "no-more-pads", G_CALLBACK(&Reading::no_more_pads), this);
    g_signal_connect(decode, "autoplug-continue", G_CALLBACK(&Reading::look_at), this);
    g_signal_connect(decode, "unknown-type", G_CALLBACK(&Reading::unknown), this);
    if (!pipeline_->play()) return fail(words("it cannot be decoded"));
    const auto pulled = pull_all();
    pipeline_->stop();
    if (!pulled) return tl::unexpected(pulled.error());
    if (read_.pictures == 0) return fail("there is no picture in it");
    return read_;
  }

 private:
  // --- GStreamer's threads.
  static void pad_added(GstElement*, GstPad* pad, Reading* self) {
    CapsPtr caps(gst_pad_get_current_caps(pad));
    if (!caps) caps.reset(gst_pad_query_caps(pad, nullptr));
    const GstStructure* what = gst_caps_get_structure(caps.get(), 0);
    const std::string_view name = gst_structure_get_name(what);
    if (name == "video/x-raw" && !self->pictures_) {
      // Read by the other thread once it has seen `pictures_`.
      gst_structure_get_int(what, "width", &self->read_.size.width);
      gst_structure_get_int(what, "height", &self->read_.size.height);
      self->pictures_ = self->branch(pad, self->picture_branch());
    } else if (name == "audio/x-raw" && !self->sounds_ && self->handlers_.sound) {
      self->sounds_ = self->branch(
          pad,
          "queue max-size-time=0 max-size-bytes=0 max-size-buffers=0 ! audioconvert "
          "! audioresample ! audio/x-raw,format=F32LE,rate=48000,channels=2,layout=interleaved "
          "! appsink name=sounds sync=false async=false");
    } else {
      self->branch(pad, "fakesink sync=false async=false");
    }
  }

  static void no_more_pads(GstElement*, Reading* self) { self->all_pads_ = true; }

  static gboolean look_at(GstElement*, GstPad*, GstCaps* caps, Reading* self) {
    if (gst_caps_is_empty(caps) || gst_caps_is_any(caps)) return TRUE;
    const GstStructure* what = gst_caps_get_structure(caps, 0);
    int width = 0, height = 0;
    if (!g_str_has_prefix(gst_structure_get_name(what), "video/") ||
        !gst_structure_get_int(what, "width", &width) ||
        !gst_structure_get_int(what, "height", &height) || self->wish_.still)
      return TRUE;
    const bool upright = height > width;  // a telephone's
    const int most_width = upright ? kMostClipHeight : kMostClipWidth;
    const int most_height = upright ? kMostClipWidth : kMostClipHeight;
    if (width > most_width || height > most_height)
      self->find_fault(fmt::format("{}x{} pixels: at most {}x{} are taken of a clip", width, height,
                                   kMostClipWidth, kMostClipHeight));
    return TRUE;
  }

  static void unknown(GstElement*, GstPad*, GstCaps* caps, Reading* self) {
    const GstStructure* what = gst_caps_get_structure(caps, 0);
    const std::string name = gst_structure_get_name(what);
    if (name.starts_with("audio/"))
      self->find_fault(fmt::format("its sound is of a kind that cannot be decoded here: {}", name));
    if (name.starts_with("video/") || name.starts_with("image/"))
      self->find_fault(
          fmt::format("its picture is of a kind that cannot be decoded here: {}", name));
  }

  std::string picture_branch() const {
    const std::string rate =
        wish_.still ? "" : fmt::format(",framerate={}/1", wish_.frames_per_second);
    // One range of levels before the borders, which are black in it.
    return fmt::format(
        "queue max-size-buffers=2 max-size-time=0 max-size-bytes=0 ! deinterlace mode=auto "
        "name=lines ! videoconvertscale ! video/x-raw,format=I420,colorimetry=bt709 "
        "! videoflip video-direction=auto {} ! videoconvertscale "
        "add-borders=true ! video/x-raw,format=I420,width={},height={},pixel-aspect-ratio=1/1,"
        "colorimetry=bt709{} ! appsink name=pictures sync=false async=false max-buffers=3",
        wish_.still ? "" : "! videorate", wish_.width, wish_.height, rate);
  }

  // Its sink, when it is an appsink; null with a fault otherwise.
  GstElement* branch(GstPad* pad, const std::string& description) {
    GError* error = nullptr;
    GstElement* bin = gst_parse_bin_from_description(description.c_str(), TRUE, &error);
    const GErrorPtr owned(error);
    if (!bin) {
      find_fault(fmt::format("it cannot be decoded: {}", owned ? owned->message : "unknown"));
      return nullptr;
    }
    if (const ElementPtr lines(gst_bin_get_by_name(GST_BIN(bin), "lines")); lines)
      limit_range_after(lines.get());
    GstElement* whole =
        GST_ELEMENT(gst_object_get_parent(GST_OBJECT(pipeline_->element("decode"))));
    gst_bin_add(GST_BIN(whole), bin);
    gst_object_unref(whole);
    gst_element_sync_state_with_parent(bin);
    const PadPtr sink(gst_element_get_static_pad(bin, "sink"));
    if (gst_pad_link(pad, sink.get()) != GST_PAD_LINK_OK) {
      find_fault("it cannot be decoded: its parts do not fit together");
      return nullptr;
    }
    for (const char* name : {"pictures", "sounds"}) {
      if (GstElement* found = gst_bin_get_by_name(GST_BIN(bin), name)) {
        gst_object_unref(found);  // the bin keeps its own reference
        return found;
      }
    }
    return nullptr;
  }

  void find_fault(std::string fault) {
    const std::lock_guard lock(fault_mutex_);
    if (fault_.empty()) fault_ = std::move(fault);
    has_fault_ = true;
  }

  // --- The caller's thread.
  std::string words(const std::string& what) {
    const std::lock_guard lock(fault_mutex_);
    if (!fault_.empty()) return fault_;
    const std::string error = pipeline_->error();
    return error.empty() ? what : fmt::format("{}: {}", what, error);
  }

  Result<void> pull_all() {
    auto latest = std::chrono::steady_clock::now() + kNothingComes;
    for (;;) {
      if (has_fault_ || pipeline_->failed()) return fail(words("it cannot be decoded"));
      if (std::chrono::steady_clock::now() > latest)
        return fail("it cannot be decoded: nothing comes of it");
      GstElement* pictures = pictures_;
      if (!pictures) {
        if (all_pads_ && !pictures_) return fail("there is no picture in it");
        g_usleep(2'000);
        continue;
      }
      pull_sounds();
      if (const SamplePtr sample(gst_app_sink_try_pull_sample(GST_APP_SINK(pictures), kPatience));
          sample) {
        latest = std::chrono::steady_clock::now() + kNothingComes;
        if (read_.pictures == 0) ask_length();
        ++read_.pictures;
        if (!handlers_.picture(gst_sample_get_buffer(sample.get())) || wish_.still) return {};
      } else if (gst_app_sink_is_eos(GST_APP_SINK(pictures))) {
        // An error behind the last picture that came is told before the end, or with it.
        if (pipeline_->failed()) continue;
        return pull_rest_of_sound();
      }
    }
  }

  void ask_length() {
    gint64 length = 0;
    if (gst_element_query_duration(pictures_, GST_FORMAT_TIME, &length) && length > 0)
      read_.said_seconds = static_cast<double>(length) / GST_SECOND;
  }

  void pull_sounds() {
    GstElement* sounds = sounds_;
    if (!sounds) return;
    while (const SamplePtr sample{gst_app_sink_try_pull_sample(GST_APP_SINK(sounds), 0)})
      take_sound(sample.get());
  }

  Result<void> pull_rest_of_sound() {
    GstElement* sounds = sounds_;
    const auto latest = std::chrono::steady_clock::now() + kNothingComes;
    while (sounds && !gst_app_sink_is_eos(GST_APP_SINK(sounds))) {
      if (has_fault_ || pipeline_->failed()) return fail(words("its sound cannot be decoded"));
      if (std::chrono::steady_clock::now() > latest) return fail("its sound does not come");
      if (const SamplePtr sample{gst_app_sink_try_pull_sample(GST_APP_SINK(sounds), kPatience)})
        take_sound(sample.get());
    }
    return {};
  }

  void take_sound(GstSample* sample) {
    GstBuffer* buffer = gst_sample_get_buffer(sample);
    const MappedBuffer mapped(buffer, GST_MAP_READ);
    if (!mapped || !GST_BUFFER_PTS_IS_VALID(buffer)) return;
    const GstClockTime time = gst_segment_to_running_time(gst_sample_get_segment(sample),
                                                          GST_FORMAT_TIME, GST_BUFFER_PTS(buffer));
    if (!GST_CLOCK_TIME_IS_VALID(time)) return;
    read_.has_sound = true;
    const auto first = static_cast<int64_t>(gst_util_uint64_scale_round(time, kRate, GST_SECOND));
    handlers_.sound(first, {reinterpret_cast<const float*>(mapped.data()), mapped.size() / 4});
  }

  const GivenWish& wish_;
  const GivenHandlers& handlers_;
  GivenRead read_;
  std::mutex fault_mutex_;
  std::string fault_;
  std::atomic<bool> has_fault_{false}, all_pads_{false};
  std::atomic<GstElement*> pictures_{nullptr}, sounds_{nullptr};
  std::unique_ptr<Pipeline> pipeline_;
};

}  // namespace

Result<GivenRead> read_given(const std::string& file, const GivenWish& wish,
                             const GivenHandlers& handlers) {
  return Reading(wish, handlers).run(file);
}

}  // namespace longmen
