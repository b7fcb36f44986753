#include "streamer/feed_decoder.h"

#include <fmt/format.h>
#include <gst/app/gstappsink.h>
#include <gst/app/gstappsrc.h>

#include "core/base/sha256.h"
#include "core/codec/aac.h"
#include "core/codec/h264.h"
#include "streamer/limited_range.h"
#include "streamer/picture_reference.h"

namespace longmen {
namespace {

using namespace std::chrono_literals;

// Units may lie this far before the first one.
constexpr int64_t kOriginNs = 24LL * 3600 * 1'000'000'000;
constexpr int64_t kLastNs = 100LL * 365 * 24 * 3600 * 1'000'000'000 / 2;
// Two threads, of slices. Only avdec_ elements can leave out what is damaged; libvpx and libaom
// conceal it.
constexpr char kAvOptions[] =
    "max-threads=2 thread-type=slice std-compliance=normal output-corrupt=false";
constexpr char kVpxOptions[] = "threads=2";

std::string source(const std::string& caps) {
  return fmt::format("appsrc name=units format=time max-bytes=0 caps=\"{}\"", caps);
}

constexpr const char* kSink = "appsink name=decoded sync=false async=false";

// What an appsrc of the track says of its units, and the parser and decoder behind it.
struct Decoding {
  std::string caps;
  const char* elements;
  const char* options = "";  // of the last of them
};

Result<Decoding> video_decoding(const FeedTrack& track) {
  if (track.codec == FeedCodec::kH265) {
    return Decoding{"video/x-h265,stream-format=byte-stream,alignment=au", "h265parse ! avdec_h265",
                    kAvOptions};
  }
  if (track.codec == FeedCodec::kMpegVideo) {
    return Decoding{"video/mpeg,mpegversion=2,systemstream=false",
                    "mpegvideoparse ! avdec_mpeg2video", kAvOptions};
  }
  // libvpx's, which take the spatial layers of a picture as they are; neither holds pictures back.
  if (track.codec == FeedCodec::kVp8) return Decoding{"video/x-vp8", "vp8dec", kVpxOptions};
  if (track.codec == FeedCodec::kVp9) return Decoding{"video/x-vp9", "vp9dec", kVpxOptions};
  if (track.codec == FeedCodec::kAv1)
    return Decoding{"video/x-av1,stream-format=obu-stream,alignment=tu", "av1parse ! av1dec"};
  if (!h264::read_decoder_configuration(track.config)) {
    return fail("the H.264 configuration is malformed");
  }
  return Decoding{fmt::format("video/x-h264,stream-format=avc,alignment=au,codec_data=(buffer){}",
                              lower_hex(track.config)),
                  "h264parse ! avdec_h264", kAvOptions};
}

Result<std::string> video_description(const FeedTrack& track, FeedDecoder::Size size) {
  const auto decoding = video_decoding(track);
  if (!decoding) return tl::unexpected(decoding.error());
  return fmt::format(
      "{} ! {} name=decoder {} qos=false ! deinterlace mode=auto "
      "! videoconvertscale add-borders=true qos=false "
      "! video/x-raw,format=I420,width={},height={},pixel-aspect-ratio=1/1,colorimetry=bt709 ! {}",
      source(decoding->caps), decoding->elements, decoding->options, size.width, size.height,
      kSink);
}

// In ADTS each frame says what it is, so a frame whose damage reads as other channels (a
// program_config_element) counts for itself alone. HE-AAC and frames of 960 samples cannot be said
// in it.
bool adts_says_it(const aac::AudioConfig& config) {
  return config.object_type == aac::kObjectLc && !config.sbr && config.channels <= 6 &&
         config.frame_samples == aac::kFrameSamples && aac::has_frequency_index(config.sample_rate);
}

Result<Decoding> audio_decoding(const FeedTrack& track) {
  switch (track.codec) {
    case FeedCodec::kMpegAudio:
      return Decoding{"audio/mpeg,mpegversion=1", "mpegaudioparse ! mpg123audiodec"};
    case FeedCodec::kAc3:
      return Decoding{"audio/x-ac3", "ac3parse ! avdec_ac3"};
    case FeedCodec::kEac3:
      return Decoding{"audio/x-eac3", "ac3parse ! avdec_eac3"};
    case FeedCodec::kOpus:
      return Decoding{"audio/x-opus,rate=48000,channels=2,channel-mapping-family=0", "opusdec"};
    case FeedCodec::kPcma:
      return Decoding{"audio/x-alaw,rate=8000,channels=1", "alawdec"};
    case FeedCodec::kPcmu:
      return Decoding{"audio/x-mulaw,rate=8000,channels=1", "mulawdec"};
    default:
      break;
  }
  const auto config = aac::read_audio_config(track.config);
  if (!config) return fail("the AAC configuration is malformed");
  return Decoding{fmt::format("audio/mpeg,mpegversion=4,stream-format=raw,framed=true,rate={},"
                              "channels={},codec_data=(buffer){}",
                              config->sample_rate, config->channels, lower_hex(track.config)),
                  adts_says_it(*config) ? "aacparse ! audio/mpeg,stream-format=adts ! avdec_aac"
                                        : "aacparse ! avdec_aac"};
}

Result<std::string> audio_description(const FeedTrack& track) {
  const auto decoding = audio_decoding(track);
  if (!decoding) return tl::unexpected(decoding.error());
  return fmt::format(
      "{} ! {} ! audioconvert ! audioresample "
      "! audio/x-raw,format=F32LE,rate=48000,layout=interleaved ! {}",
      source(decoding->caps), decoding->elements, kSink);
}

// The parameter sets of an H.264 track, framed as its units are; none where those have lengths of
// fewer than four bytes.
Bytes own_parameter_sets(const FeedTrack& track) {
  const auto config = h264::read_decoder_configuration(track.config);
  Bytes sets;
  if (track.codec != FeedCodec::kH264 || !config || config->nal_length_bytes != 4) return sets;
  for (const auto* list : {&config->sps, &config->pps})
    for (const Bytes& set : *list)
      h264::append_avcc(set, sets);
  return sets;
}

}  // namespace

Result<std::unique_ptr<FeedDecoder>> FeedDecoder::start(const FeedTrack& track, Size size,
                                                        OnDecoded on_decoded) {
  const bool video = is_video(track.codec);
  auto description = video ? video_description(track, size) : audio_description(track);
  if (!description) return tl::unexpected(description.error());
  auto pipeline = Pipeline::parse(video ? "video decoder" : "audio decoder", *description);
  if (!pipeline) return tl::unexpected(pipeline.error());
  if (video) {
    accept_any_stride((*pipeline)->element("decoded"));
    limit_range_after((*pipeline)->element("decoder"));
  }
  std::unique_ptr<FeedDecoder> decoder(
      new FeedDecoder(track, std::move(on_decoded), std::move(*pipeline)));
  if (!decoder->pipeline_->play()) {
    return fail(fmt::format("the decoder does not start: {}", decoder->error()));
  }
  return decoder;
}

FeedDecoder::FeedDecoder(const FeedTrack& track, OnDecoded on_decoded,
                         std::unique_ptr<Pipeline> pipeline)
    : on_decoded_(std::move(on_decoded)),
      before_keyframes_(own_parameter_sets(track)),
      pipeline_(std::move(pipeline)) {
  GstAppSinkCallbacks callbacks{};
  callbacks.new_sample = [](GstAppSink* sink, gpointer user) {
    auto& decoder = *static_cast<FeedDecoder*>(user);
    const SamplePtr sample(gst_app_sink_pull_sample(sink));
    if (!sample) return GST_FLOW_EOS;
    GstBuffer* buffer = gst_sample_get_buffer(sample.get());
    if (GST_BUFFER_PTS_IS_VALID(buffer)) {
      ++decoder.decoded_;
      const auto since_origin = static_cast<int64_t>(GST_BUFFER_PTS(buffer)) - kOriginNs;
      decoder.on_decoded_(sample.get(),
                          decoder.origin_ + floor_flicks(std::chrono::nanoseconds(since_origin)));
    }
    return GST_FLOW_OK;
  };
  gst_app_sink_set_callbacks(GST_APP_SINK(pipeline_->element("decoded")), &callbacks, this,
                             nullptr);
}

FeedDecoder::~FeedDecoder() {
  pipeline_->stop();
}

std::optional<GstClockTime> FeedDecoder::stream_time(Flicks feed_time) const {
  const int64_t time_ns = kOriginNs + floor_nanoseconds(feed_time - origin_).count();
  if (time_ns < 0 || time_ns > kLastNs) return std::nullopt;
  return static_cast<GstClockTime>(time_ns);
}

FeedDecoder::Taken FeedDecoder::push(const FeedUnit& unit, bool discontinuity) {
  if (failed()) return Taken::kFailed;
  if (!have_origin_) origin_ = unit.dts;
  have_origin_ = true;
  const auto pts = stream_time(unit.pts), dts = stream_time(unit.dts);
  if (!pts || !dts) return Taken::kFailed;
  GstAppSrc* units = GST_APP_SRC(pipeline_->element("units"));
  if (gst_app_src_get_current_level_bytes(units) + unit.data.size() > kMaxQueuedBytes ||
      gst_app_src_get_current_level_buffers(units) >= kMaxQueuedUnits) {
    return Taken::kFull;
  }
  const ByteSpan before = unit.keyframe ? ByteSpan(before_keyframes_) : ByteSpan();
  GstBuffer* buffer = gst_buffer_new_allocate(nullptr, before.size() + unit.data.size(), nullptr);
  gst_buffer_fill(buffer, 0, before.data(), before.size());
  gst_buffer_fill(buffer, before.size(), unit.data.data(), unit.data.size());
  GST_BUFFER_PTS(buffer) = *pts;
  GST_BUFFER_DTS(buffer) = *dts;
  if (!unit.keyframe && is_video(unit.codec))
    GST_BUFFER_FLAG_SET(buffer, GST_BUFFER_FLAG_DELTA_UNIT);
  if (discontinuity) GST_BUFFER_FLAG_SET(buffer, GST_BUFFER_FLAG_DISCONT);
  return gst_app_src_push_buffer(units, buffer) == GST_FLOW_OK ? Taken::kYes : Taken::kFailed;
}

std::chrono::nanoseconds FeedDecoder::backlog() const {
  GstAppSrc* units = GST_APP_SRC(pipeline_->element("units"));
  return std::chrono::nanoseconds(gst_app_src_get_current_level_time(units));
}

}  // namespace longmen
