#include "ingest/gstreamer_codecs.h"

#include <array>
#include <span>

namespace longmen {
namespace {

constexpr char kToH264[] =
    "h264parse config-interval=-1 ! video/x-h264,stream-format=avc,alignment=au";
constexpr char kToH265[] =
    "h265parse config-interval=-1 ! video/x-h265,stream-format=byte-stream,alignment=au";
constexpr char kToAac[] = "aacparse ! audio/mpeg,mpegversion=4,stream-format=raw";

constexpr std::array kRtpCodecs{
    GstreamerCodec{"H264", 0, FeedCodec::kH264, "rtph264depay"},
    GstreamerCodec{"H265", 0, FeedCodec::kH265, "rtph265depay"},
    GstreamerCodec{"MPEG4-GENERIC", 0, FeedCodec::kAac, "rtpmp4gdepay"},
    GstreamerCodec{"MP4A-LATM", 0, FeedCodec::kAac, "rtpmp4adepay"},
    GstreamerCodec{"MPA", 0, FeedCodec::kMpegAudio, "rtpmpadepay ! mpegaudioparse"},
    GstreamerCodec{"AC3", 0, FeedCodec::kAc3, "rtpac3depay ! ac3parse"},
    GstreamerCodec{"OPUS", 0, FeedCodec::kOpus, "rtpopusdepay"},
    GstreamerCodec{"PCMA", 0, FeedCodec::kPcma, "rtppcmadepay"},
    GstreamerCodec{"PCMU", 0, FeedCodec::kPcmu, "rtppcmudepay"},
};
constexpr std::array kStreamCodecs{
    GstreamerCodec{"video/x-h264", 0, FeedCodec::kH264, "identity"},
    GstreamerCodec{"video/x-h265", 0, FeedCodec::kH265, "identity"},
    GstreamerCodec{"video/mpeg", 1, FeedCodec::kMpegVideo, "mpegvideoparse"},
    GstreamerCodec{"video/mpeg", 2, FeedCodec::kMpegVideo, "mpegvideoparse"},
    GstreamerCodec{"video/x-vp8", 0, FeedCodec::kVp8, "identity"},
    GstreamerCodec{"video/x-vp9", 0, FeedCodec::kVp9,
                   "vp9parse ! video/x-vp9,alignment=super-frame"},
    GstreamerCodec{"video/x-av1", 0, FeedCodec::kAv1,
                   "av1parse ! video/x-av1,stream-format=obu-stream,alignment=tu"},
    GstreamerCodec{"audio/mpeg", 4, FeedCodec::kAac, "identity"},
    GstreamerCodec{"audio/mpeg", 2, FeedCodec::kAac, "identity"},
    GstreamerCodec{"audio/mpeg", 1, FeedCodec::kMpegAudio, "mpegaudioparse"},
    GstreamerCodec{"audio/x-ac3", 0, FeedCodec::kAc3, "ac3parse"},
    GstreamerCodec{"audio/x-eac3", 0, FeedCodec::kEac3, "ac3parse"},
    GstreamerCodec{"audio/x-opus", 0, FeedCodec::kOpus, "opusparse"},
};

const GstreamerCodec* find_codec(std::span<const GstreamerCodec> codecs, std::string_view name,
                                 int mpeg_version) {
  for (const GstreamerCodec& codec : codecs) {
    if (codec.name == name && (codec.mpeg_version == 0 || codec.mpeg_version == mpeg_version))
      return &codec;
  }
  return nullptr;
}

}  // namespace

const GstreamerCodec* codec_of_rtp(std::string_view encoding_name, int clock_rate, int channels) {
  const GstreamerCodec* codec = find_codec(kRtpCodecs, encoding_name, 0);
  const bool telephone =
      codec && (codec->codec == FeedCodec::kPcma || codec->codec == FeedCodec::kPcmu);
  const bool as_there = (clock_rate == 0 || clock_rate == 8000) && channels <= 1;
  return telephone && !as_there ? nullptr : codec;
}

const GstreamerCodec* codec_of_stream(std::string_view media_type, int mpeg_version) {
  return find_codec(kStreamCodecs, media_type, mpeg_version);
}

std::string describe_bin(const GstreamerCodec& codec) {
  std::string text = codec.elements;
  if (codec.codec == FeedCodec::kH264) text += std::string(" ! ") + kToH264;
  if (codec.codec == FeedCodec::kH265) text += std::string(" ! ") + kToH265;
  if (codec.codec == FeedCodec::kAac) text += std::string(" ! ") + kToAac;
  return text + " ! appsink name=units sync=false async=false emit-signals=false";
}

}  // namespace longmen
