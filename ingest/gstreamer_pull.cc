// RTSP, HLS and files, fetched and taken apart by GStreamer: it ends in access units and frames of
// sound, nothing is decoded. RTSP comes at its own pace, out of the jitter buffer of its source;
// HLS and files come as fast as they can be read, and are held back to the pace of their own
// timestamps (ingest/media_pace.h). Files follow each other on one line of time, as
// core/feed/playlist.h says; one that cannot be played is passed over. In the middle of a file it
// begins with the keyframe before: pictures ahead of the place go out at once, with times just
// before it: too late to be seen, and the first wanted one finds what it refers to. Bounds:
// kMaxWaitingBytes between GStreamer's threads and ours (more: left out up to a keyframe). Threads:
// GStreamer's own, which only hand over; a pipeline ends on one of Farewells; all else on the
// io_context's.
#include <fmt/format.h>
#include <gst/app/gstappsink.h>
#include <gst/gst.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <atomic>
#include <boost/asio/post.hpp>
#include <boost/asio/system_timer.hpp>
#include <cstdlib>
#include <mutex>
#include <optional>
#include <utility>

#include "core/codec/aac.h"
#include "core/codec/h264.h"
#include "core/feed/playlist.h"
#include "ingest/farewells.h"
#include "ingest/gstreamer_codecs.h"
#include "ingest/gstreamer_start.h"
#include "ingest/media_pace.h"
#include "ingest/pull_source.h"
#include "ingest/seek_gate.h"
#include "ingest/silence_timer.h"

namespace longmen {
namespace {

using namespace std::chrono_literals;

constexpr size_t kMaxWaitingBytes = 32 << 20;
constexpr guint64 kRtspTimeoutUs = 5'000'000;
// Where pictures ahead of a place in a file lie: together, and before the first wanted one by more
// than pictures are reordered by.
constexpr Flicks kAheadOfPlace = 200ms;
constexpr int kPressedTogether = 1000;
constexpr auto kRtspSilence = 10s;
constexpr auto kFetchSilence = 30s;    // of HLS a playlist and a long segment come first

struct GstUnref {
  void operator()(GstElement* element) const { gst_object_unref(element); }
  void operator()(GstSample* sample) const { gst_sample_unref(sample); }
  void operator()(GstCaps* caps) const { gst_caps_unref(caps); }
  void operator()(GstPad* pad) const { gst_object_unref(pad); }
  void operator()(GstBus* bus) const { gst_object_unref(bus); }
};
template <class T>
using GstOwned = std::unique_ptr<T, GstUnref>;

CueTime wall_now() {
  return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
}

// The way from other threads to the role's; nothing passes it once it is closed, which the role's
// thread does. It outlives what it leads to.
class WayHome : public std::enable_shared_from_this<WayHome> {
 public:
  explicit WayHome(boost::asio::io_context& io) : io_(&io) {}

  template <class What>
  void post(What what) {
    const std::lock_guard lock(mutex_);
    if (!io_) return;
    boost::asio::post(*io_, [self = shared_from_this(), what = std::move(what)]() mutable {
      if (self->io_) what();  // only this thread changes it
    });
  }
  void close() {
    const std::lock_guard lock(mutex_);
    io_ = nullptr;
  }

 private:
  std::mutex mutex_;
  boost::asio::io_context* io_;
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
  GstreamerPull(boost::asio::io_context& io, const PullConfig& pull, const PullUrl& url,
                IngestMetrics& metrics, PullHandlers handlers)
      : config_(pull),
        url_(url),
        metrics_(metrics),
        handlers_(std::move(handlers)),
        rtsp_(url.scheme == PullUrl::Scheme::kRtsp),
        silence_(
            io, [this] { on_silence(); }, rtsp_ ? kRtspSilence : kFetchSilence),
        home_(std::make_shared<WayHome>(io)),
        cue_(io) {
    if (!pull.items.empty()) list_.emplace(pull.items, pull.repeat == "forever");
    when_gstreamer_has_started([this, home = home_] {
      home->post([this] { list_ ? go(list_->begin(wall_now())) : begin(); });
    });
  }
  ~GstreamerPull() override {
    home_->close();
    stop();
  }

 private:
  struct Run;
  // Of one stream; its streaming thread alone touches it.
  struct Track {
    Run* run = nullptr;
    FeedCodec codec = FeedCodec::kH264;
    Bytes config;
    bool told = false;
    SeekGate::Lane lane;
  };
  // One pipeline: of a source, or of one file. GStreamer's threads refer to it until it is NULL.
  struct Run : std::enable_shared_from_this<Run> {
    GstreamerPull* self = nullptr;  // only behind the way home
    std::shared_ptr<WayHome> home;
    GstOwned<GstElement> pipeline;
    MediaPace pace;
    bool paced = false;
    bool file = false;
    // Of a file: where its place in it lies on the line of time, and the first that is not wanted.
    Flicks offset{0}, place{0};
    std::optional<Flicks> end;
    std::shared_ptr<SeekGate> gate;  // where the place is not its beginning
    std::atomic<bool> over{false};
    std::atomic<size_t> waiting_bytes{0};
    std::atomic<int64_t> end_flicks{0};  // of the latest unit
    std::atomic<bool> at_end{false};     // of what is wanted
    Track video, audio;
    std::atomic<bool> has_video{false}, has_audio{false};
    std::atomic<bool> needs_keyframe{false};
    // The io_context's thread.
    bool gave_something = false;
    size_t bytes = 0;  // since it was measured
    std::optional<Monotonic> measure_at;
  };

  // What the list says is to happen now, and what is to be asked again later.
  void go(const Playlist::Step& step) {
    stop();
    step_ = step;
    cue_.cancel();
    if (step.kind == Playlist::Step::Kind::kOver) return end("", true);
    if (step.until) watch_cue();
    if (step.kind == Playlist::Step::Kind::kWait) return handlers_.rests(*step.until);
    begin();
  }

  void watch_cue() {
    cue_.expires_at(*step_.until);
    cue_.async_wait([this, home = home_](boost::system::error_code cancelled) {
      if (!cancelled) home->post([this] { on_cue(); });
    });
  }

  // It may have been another step's, or the clock been set back.
  void on_cue() {
    if (ended_ || !step_.until) return;
    const CueTime now = wall_now();
    now < *step_.until ? watch_cue() : go(list_->begin(now));
  }

  void on_silence() {
    if (!list_ || step_.kind == Playlist::Step::Kind::kPlay)
      end("nothing came for too long", false);
  }

  void begin() {
    silence_.begin();
    run_ = std::make_shared<Run>();
    run_->self = this;
    run_->home = home_;
    run_->offset = offset_;
    run_->paced = !rtsp_;
    if (list_) set_up_place(*run_);
    run_->pipeline.reset(gst_pipeline_new(nullptr));
    gst_object_ref_sink(run_->pipeline.get());
    const char* element = list_ ? "filesrc" : rtsp_ ? "rtspsrc" : "urisourcebin";
    GstElement* source = gst_element_factory_make(element, nullptr);
    if (!source) return end("GStreamer lacks a source for it", false);
    gst_bin_add(GST_BIN(run_->pipeline.get()), source);
    list_ ? set_up_file(source) : rtsp_ ? set_up_rtsp(source) : set_up_uri(source);
    const GstOwned<GstBus> bus(gst_pipeline_get_bus(GST_PIPELINE(run_->pipeline.get())));
    gst_bus_set_sync_handler(bus.get(), &GstreamerPull::on_message, run_.get(), nullptr);
    // Should it fail, a message says why.
    gst_element_set_state(run_->pipeline.get(), GST_STATE_PLAYING);
  }

  void set_up_file(GstElement* source) const {
    g_object_set(source, "location", item().file.c_str(), nullptr);
    const GstOwned<GstPad> pad(gst_element_get_static_pad(source, "src"));
    on_source_pad(source, pad.get(), run_.get());
  }

  void set_up_rtsp(GstElement* source) const {
    gst_util_set_object_arg(G_OBJECT(source), "protocols",
                            config_.transport == "udp" ? "udp+udp-mcast" : "tcp");
    g_object_set(source, "location", config_.url.c_str(), "latency",
                 static_cast<guint>(config_.latency_ms), "tcp-timeout", kRtspTimeoutUs, "timeout",
                 kRtspTimeoutUs, "drop-on-latency", TRUE, nullptr);
    g_signal_connect(source, "pad-added", G_CALLBACK(&GstreamerPull::on_rtp_pad), run_.get());
  }

  void set_up_uri(GstElement* source) const {
    g_object_set(source, "uri", config_.url.c_str(), nullptr);
    g_signal_connect(source, "pad-added", G_CALLBACK(&GstreamerPull::on_source_pad), run_.get());
  }

  void set_up_place(Run& run) {
    run.file = true;
    run.place = floor_flicks(step_.position);
    if (const auto to = item().to) run.end = run.offset + floor_flicks(*to) - run.place;
    if (step_.position == std::chrono::milliseconds(0)) return;
    run.needs_keyframe = true;
    run.gate = std::make_shared<SeekGate>(step_.position,
                                          [weak = run.weak_from_this(), home = home_](auto length) {
                                            home->post([weak, length] {
                                              if (const auto from = weak.lock())
                                                from->self->on_missed(*from, length);
                                            });
                                          });
  }

  const PlaylistItem& item() const { return list_->items()[step_.item]; }

  // What is on its way from this run is not taken any more.
  void stop() {
    if (!run_) return;
    offset_ = std::max(offset_, Flicks(run_->end_flicks.load()));
    run_->over = true;
    run_->pace.end();
    if (run_->gate) run_->gate->end();
    Farewells::say([run = std::move(run_)] {
      const GstOwned<GstBus> bus(gst_pipeline_get_bus(GST_PIPELINE(run->pipeline.get())));
      gst_element_set_state(run->pipeline.get(), GST_STATE_NULL);
      gst_bus_set_sync_handler(bus.get(), nullptr, nullptr, nullptr);
    });
    run_.reset();
  }

  // The functions that GStreamer's threads call.

  static const GstStructure* first_structure(GstCaps* caps) {
    return caps && gst_caps_get_size(caps) > 0 ? gst_caps_get_structure(caps, 0) : nullptr;
  }
  static std::string text_of(const GstStructure* structure, const char* field) {
    const gchar* text = structure ? gst_structure_get_string(structure, field) : nullptr;
    return text ? text : "";
  }
  static GstOwned<GstCaps> caps_of(GstPad* pad) {
    GstCaps* caps = gst_pad_get_current_caps(pad);
    return GstOwned<GstCaps>(caps ? caps : gst_pad_query_caps(pad, nullptr));
  }

  static void on_rtp_pad(GstElement*, GstPad* pad, gpointer data) {
    auto& run = *static_cast<Run*>(data);
    const auto caps = caps_of(pad);
    const GstStructure* structure = first_structure(caps.get());
    const std::string media = text_of(structure, "media");
    const std::string encoding = text_of(structure, "encoding-name");
    if (media != "video" && media != "audio") return;
    int clock_rate = 0;
    if (structure) gst_structure_get_int(structure, "clock-rate", &clock_rate);
    const int channels = std::atoi(text_of(structure, "encoding-params").c_str());
    if (const GstreamerCodec* codec = codec_of_rtp(encoding, clock_rate, channels))
      return add_branch(run, pad, *codec);
    std::string words = encoding;
    if (codec_of_rtp(encoding))
      words += fmt::format(" of {} Hz, {} channels", clock_rate, channels);
    refuse(run, media == "video", words);
  }

  static void on_source_pad(GstElement*, GstPad* pad, gpointer data) {
    auto& run = *static_cast<Run*>(data);
    GstElement* parser = gst_element_factory_make("parsebin", nullptr);
    if (!parser) return;
    g_signal_connect(parser, "pad-added", G_CALLBACK(&GstreamerPull::on_stream_pad), data);
    link(run, pad, parser);
  }

  static void on_stream_pad(GstElement*, GstPad* pad, gpointer data) {
    auto& run = *static_cast<Run*>(data);
    const auto caps = caps_of(pad);
    const GstStructure* structure = first_structure(caps.get());
    const std::string type = structure ? gst_structure_get_name(structure) : "";
    int version = 0;
    // Before the first buffer it may still be a choice, { 2, 4 } of AAC.
    if (structure && !gst_structure_get_int(structure, "mpegversion", &version))
      version = type == "audio/mpeg" ? 4 : 2;
    if (const GstreamerCodec* codec = codec_of_stream(type, version))
      return add_branch(run, pad, *codec);
    const bool video = type.starts_with("video/");
    if (video || type.starts_with("audio/")) refuse(run, video, type);
    add_sink(run, pad);
  }

  // The first of its kind; others flow into nothing.
  static void add_branch(Run& run, GstPad* pad, const GstreamerCodec& codec) {
    const bool video = is_video(codec.codec);
    if ((video ? run.has_video : run.has_audio).exchange(true)) return add_sink(run, pad);
    GError* error = nullptr;
    GstElement* bin = gst_parse_bin_from_description(describe_bin(codec).c_str(), TRUE, &error);
    if (!bin) {
      refuse(run, video, error ? error->message : codec.name);
      g_clear_error(&error);
      return add_sink(run, pad);
    }
    Track& track = video ? run.video : run.audio;
    track.run = &run;
    track.codec = codec.codec;
    const GstOwned<GstElement> sink(gst_bin_get_by_name(GST_BIN(bin), "units"));
    GstAppSinkCallbacks callbacks{};
    callbacks.new_sample = &GstreamerPull::on_sample;
    gst_app_sink_set_callbacks(GST_APP_SINK(sink.get()), &callbacks, &track, nullptr);
    if (run.gate) run.gate->watch(sink.get(), track.lane);
    link(run, pad, bin);
  }
  static void add_sink(Run& run, GstPad* pad) {
    GstElement* sink = gst_element_factory_make("fakesink", nullptr);
    if (!sink) return;
    g_object_set(sink, "sync", FALSE, "async", FALSE, nullptr);
    link(run, pad, sink);
  }
  static void link(Run& run, GstPad* pad, GstElement* element) {
    gst_bin_add(GST_BIN(run.pipeline.get()), element);
    const GstOwned<GstPad> sink(gst_element_get_static_pad(element, "sink"));
    gst_pad_link(pad, sink.get());
    gst_element_sync_state_with_parent(element);
  }

  static void refuse(Run& run, bool video, const std::string& codec) {
    hand_over(run, {.unsupported = codec, .video = video});
  }

  // On the line of time: by the place in a file, else by how long the pipeline has run.
  static std::optional<Flicks> feed_time(const Run& run, const GstSegment& segment,
                                         GstClockTime time) {
    guint64 ns = 0;
    if (!GST_CLOCK_TIME_IS_VALID(time)) return std::nullopt;
    const auto convert =
        run.file ? gst_segment_to_stream_time_full : gst_segment_to_running_time_full;
    const int sign = convert(&segment, GST_FORMAT_TIME, time, &ns);
    if (sign == 0) return std::nullopt;
    return run.offset - run.place +
           floor_flicks(std::chrono::nanoseconds(sign * static_cast<int64_t>(ns)));
  }

  static GstFlowReturn on_sample(GstAppSink* sink, gpointer data) {
    auto& track = *static_cast<Track*>(data);
    Run& run = *track.run;
    const GstOwned<GstSample> sample(gst_app_sink_pull_sample(sink));
    if (!sample || run.over) return GST_FLOW_EOS;
    if (run.gate && !run.gate->pass(GST_ELEMENT(sink), track.lane, run.shared_from_this()))
      return run.over ? GST_FLOW_EOS : GST_FLOW_OK;
    Handed handed;
    handed.video = is_video(track.codec);
    handed.track = track_of(gst_sample_get_caps(sample.get()), track);
    handed.unit = unit_of(*sample, track);
    const bool early = handed.unit && run.gate && handed.unit->pts < run.offset;
    if (early && handed.video) press_together(run, *handed.unit);
    if (early && !handed.video) handed.unit.reset();
    if (handed.unit && run.paced && !early && !run.pace.wait(handed.unit->dts)) return GST_FLOW_EOS;
    if (handed.unit && run.end && handed.unit->dts >= *run.end) return all_wanted_has_come(run);
    if (handed.unit) handed.unit->arrival = monotonic_now();
    if (handed.unit) note_end(run, *handed.unit, GST_BUFFER_DURATION(buffer_of(*sample)));
    hand_over(run, std::move(handed));
    return GST_FLOW_OK;
  }

  static void press_together(const Run& run, FeedUnit& unit) {
    for (Flicks* time : {&unit.dts, &unit.pts})
      *time = run.offset - kAheadOfPlace - (run.offset - *time) / kPressedTogether;
  }

  // The other track has waited for the same time, so it is there too.
  static GstFlowReturn all_wanted_has_come(Run& run) {
    if (!run.at_end.exchange(true))
      run.home->post(
          [from = run.shared_from_this()] { from->self->on_run_ended(*from, true, ""); });
    return GST_FLOW_EOS;
  }

  // A picture that is shown behind the end may be there for others to refer to.
  static void note_end(Run& run, const FeedUnit& unit, GstClockTime duration) {
    Flicks end = unit.pts;
    if (GST_CLOCK_TIME_IS_VALID(duration)) end += floor_flicks(std::chrono::nanoseconds(duration));
    if (run.end) end = std::min(end, *run.end);
    if (end.count() > run.end_flicks) run.end_flicks = end.count();
  }

  static GstBuffer* buffer_of(GstSample& sample) { return gst_sample_get_buffer(&sample); }

  // Nothing: it has no time, or is too large.
  static std::optional<FeedUnit> unit_of(GstSample& sample, const Track& track) {
    const Run& run = *track.run;
    GstBuffer* buffer = buffer_of(sample);
    const GstSegment& segment = *gst_sample_get_segment(&sample);
    const auto pts = feed_time(run, segment, GST_BUFFER_PTS(buffer));
    const auto dts = feed_time(run, segment, GST_BUFFER_DTS(buffer));
    GstMapInfo map{};
    if ((!pts && !dts) || gst_buffer_get_size(buffer) > kMaxFeedUnitBytes) return std::nullopt;
    if (!gst_buffer_map(buffer, &map, GST_MAP_READ)) return std::nullopt;
    FeedUnit unit;
    unit.codec = track.codec;
    unit.pts = pts.value_or(dts.value_or(Flicks(0)));
    unit.dts = dts.value_or(pts.value_or(Flicks(0)));
    unit.keyframe =
        !is_video(track.codec) || !GST_BUFFER_FLAG_IS_SET(buffer, GST_BUFFER_FLAG_DELTA_UNIT);
    unit.data.assign(map.data, map.data + map.size);
    gst_buffer_unmap(buffer, &map);
    return unit;
  }

  static std::optional<FeedTrack> track_of(GstCaps* caps, Track& track) {
    if (track.codec != FeedCodec::kH264 && track.codec != FeedCodec::kAac) {
      if (std::exchange(track.told, true)) return std::nullopt;
      return FeedTrack{track.codec, {}};
    }
    const GstStructure* structure = first_structure(caps);
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
    if (handed.unit && handed.video && run.needs_keyframe) {
      if (handed.unit->keyframe) {
        run.needs_keyframe = false;
      } else {
        handed.unit.reset();
      }
    }
    if (handed.unit && run.waiting_bytes + handed.unit->data.size() > kMaxWaitingBytes) {
      if (handed.video) run.needs_keyframe = true;
      handed.unit.reset();
    }
    if (!handed.unit && !handed.track && handed.unsupported.empty()) return;
    if (handed.unit) run.waiting_bytes += handed.unit->data.size();
    run.home->post([from = run.shared_from_this(), handed = std::move(handed)] {
      if (handed.unit) from->waiting_bytes -= handed.unit->data.size();
      from->self->take(*from, handed);
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
      run.home->post([from = run.shared_from_this(), at_end, why] {
        from->self->on_run_ended(*from, at_end, why);
      });
    }
    gst_message_unref(message);
    return GST_BUS_DROP;
  }

  // The io_context's thread again.

  void take(Run& run, const Handed& handed) {
    if (ended_ || &run != run_.get()) return;
    if (!handed.unsupported.empty()) {
      metrics_.refused(RefusalReason::kUnsupportedCodec);
      if (handed.video)
        return on_run_ended(run, false,
                            fmt::format("video codec {} is not supported", handed.unsupported));
      // Cameras have sound that nobody asked for: their picture is wanted all the same.
      return spdlog::warn("a pull's audio codec {} is not supported: on without it channel={}",
                          handed.unsupported, config_.channel);
    }
    Publication* publication = handlers_.place();
    if (!publication) return end("the channel has another feed", false);
    if (handed.track) publication->track(*handed.track);
    if (!handed.unit) return;
    run.gave_something = true;
    silence_.broken();
    publication->unit(*handed.unit);
    if (rtsp_) measure(run, *publication, handed.unit->data.size());
  }

  // RTCP of those who only receive has no round trip (RFC 3550 §6.4.1).
  static void measure(Run& run, Publication& publication, size_t bytes) {
    const Monotonic now = monotonic_now();
    if (!run.measure_at) run.measure_at = now + kTellHealthEvery;
    run.bytes += bytes;
    if (now < *run.measure_at) return;
    PathHealth health = received_by(run.pipeline.get());
    health.bits_per_second = static_cast<double>(std::exchange(run.bytes, 0)) * 8 /
                             std::chrono::duration<double>(kTellHealthEvery).count();
    publication.measured(health);
    run.measure_at = now + kTellHealthEvery;
  }

  // By all jitter buffers of rtspsrc, one a track.
  static PathHealth received_by(GstElement* pipeline) {
    PathHealth health;
    GstIterator* buffers =
        gst_bin_iterate_all_by_element_factory_name(GST_BIN(pipeline), "rtpjitterbuffer");
    const auto add = [](const GValue* buffer, gpointer data) {
      auto& sum = *static_cast<PathHealth*>(data);
      GstStructure* stats = nullptr;
      g_object_get(g_value_get_object(buffer), "stats", &stats, nullptr);
      guint64 pushed = 0, lost = 0;
      if (stats)
        gst_structure_get(stats, "num-pushed", G_TYPE_UINT64, &pushed, "num-lost", G_TYPE_UINT64,
                          &lost, nullptr);
      if (stats) gst_structure_free(stats);
      sum.packets += pushed;
      sum.lost += lost;
      sum.too_late += lost;
    };
    while (gst_iterator_foreach(buffers, add, &health) == GST_ITERATOR_RESYNC) {
      health = {};
      gst_iterator_resync(buffers);
    }
    gst_iterator_free(buffers);
    return health;
  }

  void on_run_ended(const Run& run, bool at_end, const std::string& why) {
    if (ended_ || &run != run_.get()) return;
    const std::string words = at_end ? "it has ended" : url_.redacted(why);
    if (!list_) return end(words, false);
    if (!at_end) spdlog::warn("file {}: {} channel={}", item().file, words, config_.channel);
    failed_in_a_row_ = run.gave_something ? 0 : failed_in_a_row_ + 1;
    if (failed_in_a_row_ >= list_->items().size()) return end("none can be played", false);
    const CueTime now = wall_now();
    go(list_->after(step_.item, run.gave_something ? now : step_.began, now));
  }

  // Who comes late may find the file at its end already; an in point behind it is a mistake.
  void on_missed(const Run& run, std::optional<std::chrono::milliseconds> length) {
    if (ended_ || &run != run_.get()) return;
    if (!length) return on_run_ended(run, false, "one cannot begin in its middle");
    if (step_.position == item().from)
      return on_run_ended(
          run, false, fmt::format("it is {} ms long, and from_ms behind that", length->count()));
    go(list_->beyond(step_, *length, wall_now()));
  }

  void end(const std::string& why, bool well) {
    if (!std::exchange(ended_, true)) handlers_.ended(why, well);
  }

  PullConfig config_;
  PullUrl url_;  // empty: files
  IngestMetrics& metrics_;
  PullHandlers handlers_;
  bool rtsp_;
  SilenceTimer silence_;
  std::shared_ptr<WayHome> home_;
  std::optional<Playlist> list_;  // none: one source, by its address
  Playlist::Step step_;
  boost::asio::system_timer cue_;
  size_t failed_in_a_row_ = 0;
  Flicks offset_{0};
  bool ended_ = false;
  std::shared_ptr<Run> run_;
};

}  // namespace

std::unique_ptr<PullSource> make_gstreamer_pull(boost::asio::io_context& io, const PullConfig& pull,
                                                const PullUrl& url, IngestMetrics& metrics,
                                                PullHandlers handlers) {
  return std::make_unique<GstreamerPull>(io, pull, url, metrics, std::move(handlers));
}

}  // namespace longmen
