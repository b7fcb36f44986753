// RTSP, HLS and files, fetched and taken apart by GStreamer: it ends in access units and frames of
// sound, nothing is decoded. RTSP comes at its own pace, out of the jitter buffer of its
// source; HLS and files come as fast as they can be read, and are held back to the pace of their
// own timestamps here. Files follow each other on one line of time. Bounds: kMaxWaitingBytes
// between GStreamer's threads and ours (more: left out up to a keyframe). Threads: GStreamer's own,
// which only hand over; all else on the io_context's. Ending an RTSP source waits up to 100 ms for
// its farewell.
#include <fmt/format.h>
#include <gst/app/gstappsink.h>
#include <gst/gst.h>
#include <spdlog/spdlog.h>

#include <array>
#include <atomic>
#include <boost/asio/post.hpp>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <span>
#include <utility>

#include "core/codec/aac.h"
#include "core/codec/h264.h"
#include "ingest/monotonic_now.h"
#include "ingest/pull_source.h"
#include "ingest/silence_timer.h"

namespace longmen {
namespace {

using namespace std::chrono_literals;

constexpr size_t kMaxWaitingBytes = 32 << 20;
constexpr auto kMaxBehind = 2s;  // of its pace; then the pace begins anew
constexpr guint64 kRtspTimeoutUs = 5'000'000;

// How a stream becomes access units, by what RTP or a container calls its codec.
struct Branch {
  const char* name;  // encoding-name; media type
  int mpeg_version;  // of video/mpeg and audio/mpeg; 0: any
  FeedCodec codec;
  const char* elements;
};
constexpr char kH264[] =
    "h264parse config-interval=-1 ! video/x-h264,stream-format=avc,alignment=au";
constexpr char kH265[] =
    "h265parse config-interval=-1 ! video/x-h265,stream-format=byte-stream,alignment=au";
constexpr char kAac[] = "aacparse ! audio/mpeg,mpegversion=4,stream-format=raw";
constexpr std::array kRtpBranches{
    Branch{"H264", 0, FeedCodec::kH264, "rtph264depay"},
    Branch{"H265", 0, FeedCodec::kH265, "rtph265depay"},
    Branch{"MPEG4-GENERIC", 0, FeedCodec::kAac, "rtpmp4gdepay"},
    Branch{"MP4A-LATM", 0, FeedCodec::kAac, "rtpmp4adepay"},
    Branch{"MPA", 0, FeedCodec::kMpegAudio, "rtpmpadepay ! mpegaudioparse"},
    Branch{"AC3", 0, FeedCodec::kAc3, "rtpac3depay ! ac3parse"},
    Branch{"OPUS", 0, FeedCodec::kOpus, "rtpopusdepay"},
    Branch{"PCMA", 0, FeedCodec::kPcma, "rtppcmadepay"},
    Branch{"PCMU", 0, FeedCodec::kPcmu, "rtppcmudepay"},
};
constexpr std::array kStreamBranches{
    Branch{"video/x-h264", 0, FeedCodec::kH264, "identity"},
    Branch{"video/x-h265", 0, FeedCodec::kH265, "identity"},
    Branch{"video/mpeg", 1, FeedCodec::kMpegVideo, "mpegvideoparse"},
    Branch{"video/mpeg", 2, FeedCodec::kMpegVideo, "mpegvideoparse"},
    Branch{"audio/mpeg", 4, FeedCodec::kAac, "identity"},
    Branch{"audio/mpeg", 2, FeedCodec::kAac, "identity"},
    Branch{"audio/mpeg", 1, FeedCodec::kMpegAudio, "mpegaudioparse"},
    Branch{"audio/x-ac3", 0, FeedCodec::kAc3, "ac3parse"},
    Branch{"audio/x-eac3", 0, FeedCodec::kEac3, "ac3parse"},
    Branch{"audio/x-opus", 0, FeedCodec::kOpus, "opusparse"},
};

const Branch* find_branch(std::span<const Branch> branches, std::string_view name, int version) {
  for (const Branch& branch : branches) {
    if (branch.name == name && (branch.mpeg_version == 0 || branch.mpeg_version == version))
      return &branch;
  }
  return nullptr;
}

std::string describe(const Branch& branch) {
  std::string text = branch.elements;
  if (branch.codec == FeedCodec::kH264) text += std::string(" ! ") + kH264;
  if (branch.codec == FeedCodec::kH265) text += std::string(" ! ") + kH265;
  if (branch.codec == FeedCodec::kAac) text += std::string(" ! ") + kAac;
  return text + " ! appsink name=units sync=false async=false emit-signals=false";
}

void start_gstreamer() {
  static const bool started = gst_init_check(nullptr, nullptr, nullptr);
  (void)started;
}

struct Unref {
  void operator()(GstElement* element) const { gst_object_unref(element); }
  void operator()(GstSample* sample) const { gst_sample_unref(sample); }
  void operator()(GstCaps* caps) const { gst_caps_unref(caps); }
  void operator()(GstPad* pad) const { gst_object_unref(pad); }
  void operator()(GstBus* bus) const { gst_object_unref(bus); }
};
template <class T>
using Owned = std::unique_ptr<T, Unref>;

// Lets media pass no faster than its own time runs; threads wait here.
class Pace {
 public:
  // False: it is over.
  bool wait(Flicks time) {
    std::unique_lock lock(mutex_);
    if (!base_ || monotonic_now() - (*base_ + floor_nanoseconds(time - first_)) > kMaxBehind) {
      base_ = monotonic_now();
      first_ = time;
    }
    const Monotonic due = *base_ + floor_nanoseconds(time - first_);
    over_changed_.wait_until(lock, due, [this] { return over_; });
    return !over_;
  }
  void end() {
    const std::lock_guard lock(mutex_);
    over_ = true;
    over_changed_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable over_changed_;
  std::optional<Monotonic> base_;
  Flicks first_{0};
  bool over_ = false;
};

// What GStreamer's threads hand over.
struct Handed {
  std::optional<FeedTrack> track;
  std::optional<FeedUnit> unit;
  std::string unsupported;  // a codec
  bool video = false;
};

class GstreamerPull : public PullSource {
 public:
  GstreamerPull(boost::asio::io_context& io, const PullConfig& pull, IngestMetrics& metrics,
                PullHandlers handlers)
      : io_(io),
        config_(pull),
        metrics_(metrics),
        handlers_(std::move(handlers)),
        silence_(io, [this] { end("nothing came for too long", false); }) {
    start_gstreamer();
    silence_.begin();
    begin();
  }
  ~GstreamerPull() override {
    *alive_ = false;
    stop();
  }

 private:
  // Of one pipeline; GStreamer's threads have one each.
  struct Run;
  struct Track {
    Run* run = nullptr;
    FeedCodec codec = FeedCodec::kH264;
    Bytes config;
    bool told = false;
  };
  // One pipeline: of a source, or of one file.
  struct Run {
    GstreamerPull* self = nullptr;
    Owned<GstElement> pipeline;
    Pace pace;
    bool paced = false;
    std::atomic<bool> over{false};
    std::atomic<size_t> waiting_bytes{0};
    std::atomic<int64_t> end_flicks{0};  // of the latest unit
    Flicks offset{0};
    Track video, audio;
    std::atomic<bool> has_video{false}, has_audio{false};
    std::atomic<bool> needs_keyframe{false};
  };

  void begin() {
    run_ = std::make_shared<Run>();
    run_->self = this;
    run_->offset = offset_;
    run_->pipeline.reset(gst_pipeline_new(nullptr));
    gst_object_ref_sink(run_->pipeline.get());
    const bool rtsp = config_.url.starts_with("rtsp");
    run_->paced = !rtsp;
    GstElement* source = gst_element_factory_make(rtsp ? "rtspsrc" : "urisourcebin", nullptr);
    if (!source) return end("GStreamer lacks a source for it", false);
    rtsp ? set_up_rtsp(source) : set_up_uri(source);
    g_signal_connect(
        source, "pad-added",
        rtsp ? G_CALLBACK(&GstreamerPull::on_rtp_pad) : G_CALLBACK(&GstreamerPull::on_source_pad),
        run_.get());
    gst_bin_add(GST_BIN(run_->pipeline.get()), source);
    const Owned<GstBus> bus(gst_pipeline_get_bus(GST_PIPELINE(run_->pipeline.get())));
    gst_bus_set_sync_handler(bus.get(), &GstreamerPull::on_message, run_.get(), nullptr);
    if (gst_element_set_state(run_->pipeline.get(), GST_STATE_PLAYING) == GST_STATE_CHANGE_FAILURE)
      end("it cannot be opened", false);
  }

  void set_up_rtsp(GstElement* source) const {
    gst_util_set_object_arg(G_OBJECT(source), "protocols",
                            config_.transport == "udp" ? "udp+udp-mcast" : "tcp");
    g_object_set(source, "location", config_.url.c_str(), "latency",
                 static_cast<guint>(config_.latency_ms), "tcp-timeout", kRtspTimeoutUs, "timeout",
                 kRtspTimeoutUs, "drop-on-latency", TRUE, nullptr);
  }

  void set_up_uri(GstElement* source) {
    std::string uri = config_.url;
    if (uri.empty()) {
      gchar* made = gst_filename_to_uri(config_.files[file_].c_str(), nullptr);
      if (made) uri = made;
      g_free(made);
    }
    g_object_set(source, "uri", uri.c_str(), nullptr);
  }

  // No callback runs afterwards.
  void stop() {
    if (!run_) return;
    run_->over = true;
    run_->pace.end();
    const Owned<GstBus> bus(gst_pipeline_get_bus(GST_PIPELINE(run_->pipeline.get())));
    gst_element_set_state(run_->pipeline.get(), GST_STATE_NULL);
    gst_bus_set_sync_handler(bus.get(), nullptr, nullptr, nullptr);
    run_.reset();
  }

  // The functions that GStreamer's threads call.

  static std::string pad_text(GstCaps* caps, const char* field) {
    const GstStructure* structure =
        gst_caps_get_size(caps) ? gst_caps_get_structure(caps, 0) : nullptr;
    const gchar* text = structure ? gst_structure_get_string(structure, field) : nullptr;
    return text ? text : "";
  }
  static Owned<GstCaps> caps_of(GstPad* pad) {
    GstCaps* caps = gst_pad_get_current_caps(pad);
    return Owned<GstCaps>(caps ? caps : gst_pad_query_caps(pad, nullptr));
  }

  static void on_rtp_pad(GstElement*, GstPad* pad, gpointer data) {
    auto& run = *static_cast<Run*>(data);
    const auto caps = caps_of(pad);
    const std::string media = pad_text(caps.get(), "media");
    const std::string encoding = pad_text(caps.get(), "encoding-name");
    if (media != "video" && media != "audio") return;
    if (const Branch* branch = find_branch(kRtpBranches, encoding, 0))
      return add_branch(run, pad, *branch);
    refuse(run, media == "video", encoding);
  }

  static void on_source_pad(GstElement*, GstPad* pad, gpointer data) {
    auto& run = *static_cast<Run*>(data);
    GstElement* parser = gst_element_factory_make("parsebin", nullptr);
    if (!parser) return;
    g_signal_connect(parser, "pad-added", G_CALLBACK(&GstreamerPull::on_stream_pad), data);
    gst_bin_add(GST_BIN(run.pipeline.get()), parser);
    const Owned<GstPad> sink(gst_element_get_static_pad(parser, "sink"));
    gst_pad_link(pad, sink.get());
    gst_element_sync_state_with_parent(parser);
  }

  static void on_stream_pad(GstElement*, GstPad* pad, gpointer data) {
    auto& run = *static_cast<Run*>(data);
    const auto caps = caps_of(pad);
    const GstStructure* structure =
        gst_caps_get_size(caps.get()) ? gst_caps_get_structure(caps.get(), 0) : nullptr;
    const std::string type = structure ? gst_structure_get_name(structure) : "";
    int version = 0;
    // Before the first buffer it may still be a choice, { 2, 4 } of AAC.
    if (structure && !gst_structure_get_int(structure, "mpegversion", &version))
      version = type == "audio/mpeg" ? 4 : 2;
    if (const Branch* branch = find_branch(kStreamBranches, type, version))
      return add_branch(run, pad, *branch);
    const bool video = type.starts_with("video/");
    if (video || type.starts_with("audio/")) refuse(run, video, type);
    add_sink(run, pad);
  }

  // The first of its kind; others flow into nothing.
  static void add_branch(Run& run, GstPad* pad, const Branch& branch) {
    const bool video = is_video(branch.codec);
    if ((video ? run.has_video : run.has_audio).exchange(true)) return add_sink(run, pad);
    GError* error = nullptr;
    GstElement* bin = gst_parse_bin_from_description(describe(branch).c_str(), TRUE, &error);
    if (!bin) {
      hand_over(run, {.unsupported = error ? error->message : branch.name, .video = video});
      g_clear_error(&error);
      return;
    }
    Track& track = video ? run.video : run.audio;
    track.run = &run;
    track.codec = branch.codec;
    const Owned<GstElement> sink(gst_bin_get_by_name(GST_BIN(bin), "units"));
    GstAppSinkCallbacks callbacks{};
    callbacks.new_sample = &GstreamerPull::on_sample;
    gst_app_sink_set_callbacks(GST_APP_SINK(sink.get()), &callbacks, &track, nullptr);
    link(run, pad, bin);
  }
  static void add_sink(Run& run, GstPad* pad) {
    GstElement* sink = gst_element_factory_make("fakesink", nullptr);
    g_object_set(sink, "sync", FALSE, "async", FALSE, nullptr);
    link(run, pad, sink);
  }
  static void link(Run& run, GstPad* pad, GstElement* element) {
    gst_bin_add(GST_BIN(run.pipeline.get()), element);
    const Owned<GstPad> sink(gst_element_get_static_pad(element, "sink"));
    gst_pad_link(pad, sink.get());
    gst_element_sync_state_with_parent(element);
  }

  static void refuse(Run& run, bool video, const std::string& codec) {
    hand_over(run, {.unsupported = codec, .video = video});
  }

  static std::optional<Flicks> running_time(const GstSegment& segment, GstClockTime time) {
    guint64 running = 0;
    if (!GST_CLOCK_TIME_IS_VALID(time)) return std::nullopt;
    const int sign = gst_segment_to_running_time_full(&segment, GST_FORMAT_TIME, time, &running);
    if (sign == 0) return std::nullopt;
    return floor_flicks(std::chrono::nanoseconds(sign * static_cast<int64_t>(running)));
  }

  static GstFlowReturn on_sample(GstAppSink* sink, gpointer data) {
    auto& track = *static_cast<Track*>(data);
    Run& run = *track.run;
    const bool video = is_video(track.codec);
    const Owned<GstSample> sample(gst_app_sink_pull_sample(sink));
    if (!sample || run.over) return GST_FLOW_EOS;
    Handed handed;
    handed.video = video;
    handed.track = track_of(gst_sample_get_caps(sample.get()), track);
    GstBuffer* buffer = gst_sample_get_buffer(sample.get());
    const GstSegment& segment = *gst_sample_get_segment(sample.get());
    const auto pts = running_time(segment, GST_BUFFER_PTS(buffer));
    const auto dts = running_time(segment, GST_BUFFER_DTS(buffer));
    GstMapInfo map{};
    if ((pts || dts) && gst_buffer_map(buffer, &map, GST_MAP_READ)) {
      FeedUnit& unit = handed.unit.emplace();
      unit.codec = track.codec;
      unit.pts = run.offset + pts.value_or(dts.value_or(Flicks(0)));
      unit.dts = run.offset + dts.value_or(pts.value_or(Flicks(0)));
      unit.keyframe = !video || !GST_BUFFER_FLAG_IS_SET(buffer, GST_BUFFER_FLAG_DELTA_UNIT);
      unit.data.assign(map.data, map.data + map.size);
      gst_buffer_unmap(buffer, &map);
      Flicks end = unit.pts;
      if (GST_BUFFER_DURATION_IS_VALID(buffer))
        end += floor_flicks(std::chrono::nanoseconds(GST_BUFFER_DURATION(buffer)));
      if (end.count() > run.end_flicks) run.end_flicks = end.count();
      if (run.paced && !run.pace.wait(unit.dts)) return GST_FLOW_EOS;
      unit.arrival = monotonic_now();
      if (unit.data.size() > kMaxFeedUnitBytes) handed.unit.reset();
    }
    hand_over(run, std::move(handed));
    return GST_FLOW_OK;
  }

  static std::optional<FeedTrack> track_of(GstCaps* caps, Track& track) {
    if (track.codec != FeedCodec::kH264 && track.codec != FeedCodec::kAac) {
      if (std::exchange(track.told, true)) return std::nullopt;
      return FeedTrack{track.codec, {}};
    }
    const GstStructure* structure = caps ? gst_caps_get_structure(caps, 0) : nullptr;
    const GValue* value = structure ? gst_structure_get_value(structure, "codec_data") : nullptr;
    GstBuffer* buffer = value ? gst_value_get_buffer(value) : nullptr;
    GstMapInfo map{};
    if (!buffer || !gst_buffer_map(buffer, &map, GST_MAP_READ)) return std::nullopt;
    Bytes config(map.data, map.data + map.size);
    gst_buffer_unmap(buffer, &map);
    if (config == track.config || config.size() > kMaxCodecConfigBytes) return std::nullopt;
    const bool readable = track.codec == FeedCodec::kH264
                              ? h264::read_decoder_configuration(config).has_value()
                              : aac::read_audio_config(config).has_value();
    if (!readable) return std::nullopt;
    track.config = config;
    return FeedTrack{track.codec, std::move(config)};
  }

  static void hand_over(Run& run, Handed handed) {
    const size_t bytes = handed.unit ? handed.unit->data.size() : 0;
    if (handed.unit && handed.video && run.needs_keyframe) {
      if (!handed.unit->keyframe)
        handed.unit.reset();
      else
        run.needs_keyframe = false;
    }
    if (handed.unit && run.waiting_bytes + bytes > kMaxWaitingBytes) {
      if (handed.video) run.needs_keyframe = true;
      handed.unit.reset();
    }
    if (handed.unit) run.waiting_bytes += bytes;
    // The run lives until stop(), which waits for this thread; what is posted may come later.
    boost::asio::post(run.self->io_, [self = run.self, alive = run.self->alive_,
                                      handed = std::move(handed), bytes] {
      if (*alive) self->take(handed, bytes);
    });
  }

  static GstBusSyncReply on_message(GstBus*, GstMessage* message, gpointer data) {
    auto& run = *static_cast<Run*>(data);
    const bool at_end = GST_MESSAGE_TYPE(message) == GST_MESSAGE_EOS;
    std::string why;
    if (GST_MESSAGE_TYPE(message) == GST_MESSAGE_ERROR) {
      GError* error = nullptr;
      gst_message_parse_error(message, &error, nullptr);
      why = error ? error->message : "it failed";
      g_clear_error(&error);
    }
    if ((at_end || !why.empty()) && !run.over) {
      boost::asio::post(run.self->io_,
                        [self = run.self, alive = run.self->alive_, of = &run, at_end, why] {
                          if (*alive && self->run_.get() == of) self->on_run_ended(at_end, why);
                        });
    }
    gst_message_unref(message);
    return GST_BUS_DROP;
  }

  // The io_context's thread again.

  void take(const Handed& handed, size_t bytes) {
    if (run_ && handed.unit) run_->waiting_bytes -= std::min(bytes, run_->waiting_bytes.load());
    if (ended_) return;
    if (!handed.unsupported.empty()) {
      metrics_.refused(RefusalReason::kUnsupportedCodec);
      if (handed.video)
        return end(fmt::format("video codec {} is not supported", handed.unsupported), false);
      // Cameras have sound that nobody asked for: their picture is wanted all the same.
      return spdlog::warn("a pull's audio codec {} is not supported: on without it channel={}",
                          handed.unsupported, config_.channel);
    }
    Publication* publication = handlers_.place();
    if (!publication) return end("the channel has another feed", false);
    if (handed.track) publication->track(*handed.track);
    if (!handed.unit) return;
    silence_.broken();
    publication->unit(*handed.unit);
  }

  void on_run_ended(bool at_end, const std::string& why) {
    if (!at_end) return end(why, false);
    if (config_.files.empty()) return end("it has ended", false);
    offset_ = std::max(offset_, Flicks(run_->end_flicks.load()));
    stop();
    if (++file_ == config_.files.size()) {
      file_ = 0;
      if (config_.repeat == "once") return end("", true);
    }
    begin();
  }

  void end(const std::string& why, bool well) {
    if (!std::exchange(ended_, true)) handlers_.ended(why, well);
  }

  boost::asio::io_context& io_;
  PullConfig config_;
  IngestMetrics& metrics_;
  PullHandlers handlers_;
  SilenceTimer silence_;
  size_t file_ = 0;
  Flicks offset_{0};
  bool ended_ = false;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
  std::shared_ptr<Run> run_;
};

}  // namespace

std::unique_ptr<PullSource> make_gstreamer_pull(boost::asio::io_context& io, const PullConfig& pull,
                                                IngestMetrics& metrics, PullHandlers handlers) {
  return std::make_unique<GstreamerPull>(io, pull, metrics, std::move(handlers));
}

}  // namespace longmen
