#include "ingest/gstreamer_run.h"

#include <fmt/format.h>
#include <gst/app/gstappsink.h>
#include <gst/gst.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <utility>

#include "core/codec/aac.h"
#include "core/codec/h264.h"
#include "ingest/farewells.h"
#include "ingest/gstreamer_codecs.h"
#include "ingest/media_pace.h"
#include "ingest/seek_gate.h"
#include "ingest/way_home.h"

namespace longmen {
namespace {

using namespace std::chrono_literals;

constexpr size_t kMaxWaitingBytes = 32 << 20;
constexpr guint64 kRtspTimeoutUs = 5'000'000;
// Where pictures ahead of a place in a file lie: together, and before the first wanted one by more
// than pictures are reordered by.
constexpr Flicks kAheadOfPlace = 200ms;
constexpr int kPressedTogether = 1000;

struct GstUnref {
  void operator()(GstElement* element) const { gst_object_unref(element); }
  void operator()(GstSample* sample) const { gst_sample_unref(sample); }
  void operator()(GstCaps* caps) const { gst_caps_unref(caps); }
  void operator()(GstPad* pad) const { gst_object_unref(pad); }
  void operator()(GstBus* bus) const { gst_object_unref(bus); }
};
template <class T>
using GstOwned = std::unique_ptr<T, GstUnref>;

}  // namespace

// GStreamer's threads refer to it until its element is NULL.
struct GstreamerRun::Pipeline : std::enable_shared_from_this<Pipeline> {
  // Of one stream; its streaming thread alone touches it.
  struct Track {
    Pipeline* run = nullptr;
    FeedCodec codec = FeedCodec::kH264;
    Bytes config;
    bool told = false;
    SeekGate::Lane lane;
  };

  std::shared_ptr<WayHome> home;
  Handlers handlers;  // only behind the way home
  GstOwned<GstElement> element;
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

  void begin(const PullConfig& pull, bool rtsp, const std::optional<Place>& at) {
    element.reset(gst_pipeline_new(nullptr));
    gst_object_ref_sink(element.get());
    const char* name = at ? "filesrc" : rtsp ? "rtspsrc" : "urisourcebin";
    GstElement* source = gst_element_factory_make(name, nullptr);
    if (!source)
      return home->post([from = shared_from_this()] {
        from->handlers.ended(false, "GStreamer lacks a source for it");
      });
    gst_bin_add(GST_BIN(element.get()), source);
    at ? set_up_file(source, *at) : rtsp ? set_up_rtsp(source, pull) : set_up_uri(source, pull);
    const GstOwned<GstBus> bus(gst_pipeline_get_bus(GST_PIPELINE(element.get())));
    gst_bus_set_sync_handler(bus.get(), &Pipeline::on_message, this, nullptr);
    // Should it fail, a message says why.
    gst_element_set_state(element.get(), GST_STATE_PLAYING);
  }

  void set_up_file(GstElement* source, const Place& at) {
    file = true;
    place = floor_flicks(at.position);
    if (at.to) end = offset + floor_flicks(*at.to) - place;
    if (at.position != 0ms) {
      needs_keyframe = true;
      gate = std::make_shared<SeekGate>(at.position,
                                        [weak = weak_from_this(), home = home](auto length) {
                                          home->post([weak, length] {
                                            if (const auto from = weak.lock())
                                              from->handlers.missed(length);
                                          });
                                        });
    }
    g_object_set(source, "location", at.file.c_str(), nullptr);
    const GstOwned<GstPad> pad(gst_element_get_static_pad(source, "src"));
    on_source_pad(source, pad.get(), this);
  }

  void set_up_rtsp(GstElement* source, const PullConfig& pull) {
    gst_util_set_object_arg(G_OBJECT(source), "protocols",
                            pull.transport == "udp" ? "udp+udp-mcast" : "tcp");
    g_object_set(source, "location", pull.url.c_str(), "latency",
                 static_cast<guint>(pull.latency_ms), "tcp-timeout", kRtspTimeoutUs, "timeout",
                 kRtspTimeoutUs, "drop-on-latency", TRUE, nullptr);
    g_signal_connect(source, "pad-added", G_CALLBACK(&Pipeline::on_rtp_pad), this);
  }

  void set_up_uri(GstElement* source, const PullConfig& pull) {
    g_object_set(source, "uri", pull.url.c_str(), nullptr);
    g_signal_connect(source, "pad-added", G_CALLBACK(&Pipeline::on_source_pad), this);
  }

  // What is on its way is not taken any more.
  void stop() {
    home->close();
    over = true;
    pace.end();
    if (gate) gate->end();
    Farewells::say([run = shared_from_this()] {
      const GstOwned<GstBus> bus(gst_pipeline_get_bus(GST_PIPELINE(run->element.get())));
      gst_element_set_state(run->element.get(), GST_STATE_NULL);
      gst_bus_set_sync_handler(bus.get(), nullptr, nullptr, nullptr);
    });
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
    auto& run = *static_cast<Pipeline*>(data);
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
    auto& run = *static_cast<Pipeline*>(data);
    GstElement* parser = gst_element_factory_make("parsebin", nullptr);
    if (!parser) return;
    g_signal_connect(parser, "pad-added", G_CALLBACK(&Pipeline::on_stream_pad), data);
    link(run, pad, parser);
  }

  static void on_stream_pad(GstElement*, GstPad* pad, gpointer data) {
    auto& run = *static_cast<Pipeline*>(data);
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
  static void add_branch(Pipeline& run, GstPad* pad, const GstreamerCodec& codec) {
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
    callbacks.new_sample = &Pipeline::on_sample;
    gst_app_sink_set_callbacks(GST_APP_SINK(sink.get()), &callbacks, &track, nullptr);
    if (run.gate) run.gate->watch(sink.get(), track.lane);
    link(run, pad, bin);
  }
  static void add_sink(Pipeline& run, GstPad* pad) {
    GstElement* sink = gst_element_factory_make("fakesink", nullptr);
    if (!sink) return;
    g_object_set(sink, "sync", FALSE, "async", FALSE, nullptr);
    link(run, pad, sink);
  }
  static void link(Pipeline& run, GstPad* pad, GstElement* element) {
    gst_bin_add(GST_BIN(run.element.get()), element);
    const GstOwned<GstPad> sink(gst_element_get_static_pad(element, "sink"));
    gst_pad_link(pad, sink.get());
    gst_element_sync_state_with_parent(element);
  }

  static void refuse(Pipeline& run, bool video, const std::string& codec) {
    hand_over(run, {.unsupported = codec, .video = video});
  }

  // On the line of time: by the place in a file, else by how long the pipeline has run.
  static std::optional<Flicks> feed_time(const Pipeline& run, const GstSegment& segment,
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
    Pipeline& run = *track.run;
    const GstOwned<GstSample> sample(gst_app_sink_pull_sample(sink));
    if (!sample || run.over) return GST_FLOW_EOS;
    if (run.gate && !run.gate->pass(GST_ELEMENT(sink), track.lane, run.shared_from_this()))
      return run.over ? GST_FLOW_EOS : GST_FLOW_OK;
    Given handed;
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

  static void press_together(const Pipeline& run, FeedUnit& unit) {
    for (Flicks* time : {&unit.dts, &unit.pts})
      *time = run.offset - kAheadOfPlace - (run.offset - *time) / kPressedTogether;
  }

  // The other track has waited for the same time, so it is there too.
  static GstFlowReturn all_wanted_has_come(Pipeline& run) {
    if (!run.at_end.exchange(true))
      run.home->post([from = run.shared_from_this()] { from->handlers.ended(true, ""); });
    return GST_FLOW_EOS;
  }

  // A picture that is shown behind the end may be there for others to refer to.
  static void note_end(Pipeline& run, const FeedUnit& unit, GstClockTime duration) {
    Flicks end = unit.pts;
    if (GST_CLOCK_TIME_IS_VALID(duration)) end += floor_flicks(std::chrono::nanoseconds(duration));
    if (run.end) end = std::min(end, *run.end);
    if (end.count() > run.end_flicks) run.end_flicks = end.count();
  }

  static GstBuffer* buffer_of(GstSample& sample) { return gst_sample_get_buffer(&sample); }

  // Nothing: it has no time, or is too large.
  static std::optional<FeedUnit> unit_of(GstSample& sample, const Track& track) {
    const Pipeline& run = *track.run;
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

  static void hand_over(Pipeline& run, Given handed) {
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
      from->handlers.take(handed);
    });
  }

  static GstBusSyncReply on_message(GstBus*, GstMessage* message, gpointer data) {
    auto& run = *static_cast<Pipeline*>(data);
    const bool at_end = GST_MESSAGE_TYPE(message) == GST_MESSAGE_EOS;
    std::string why;
    if (GST_MESSAGE_TYPE(message) == GST_MESSAGE_ERROR) {
      GError* error = nullptr;
      gst_message_parse_error(message, &error, nullptr);
      why = error ? error->message : "it failed";
      g_clear_error(&error);
    }
    if ((at_end || !why.empty()) && !run.over) {
      run.home->post(
          [from = run.shared_from_this(), at_end, why] { from->handlers.ended(at_end, why); });
    }
    gst_message_unref(message);
    return GST_BUS_DROP;
  }
};

GstreamerRun::GstreamerRun(boost::asio::io_context& io, const PullConfig& pull, bool rtsp,
                           std::optional<Place> place, Flicks offset, Handlers handlers)
    : pipeline_(std::make_shared<Pipeline>()) {
  pipeline_->home = std::make_shared<WayHome>(io);
  pipeline_->handlers = std::move(handlers);
  pipeline_->offset = offset;
  pipeline_->paced = !rtsp;
  pipeline_->begin(pull, rtsp, place);
}

GstreamerRun::~GstreamerRun() {
  pipeline_->stop();
}

Flicks GstreamerRun::end() const {
  return Flicks(pipeline_->end_flicks.load());
}

// RTCP of those who only receive has no round trip (RFC 3550 §6.4.1).
PathHealth GstreamerRun::path() const {
  PathHealth health;
  GstIterator* buffers = gst_bin_iterate_all_by_element_factory_name(
      GST_BIN(pipeline_->element.get()), "rtpjitterbuffer");
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

}  // namespace longmen
