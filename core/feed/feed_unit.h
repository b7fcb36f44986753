// What ingest hands to the streamer, whatever the way in: tracks, and access units in decoding
// order with the feed's own time and their arrival. Nobody downstream owns jitter or protocols.
// Wire form (link between processes), big-endian; see feed_unit.cc.
#pragma once

#include "core/base/bytes.h"
#include "core/base/result.h"
#include "core/codec/rtp_video.h"
#include "core/node/channel_input.h"
#include "core/time/media_time.h"

namespace longmen {

inline constexpr size_t kMaxFeedUnitBytes = 8 << 20;
inline constexpr size_t kMaxCodecConfigBytes = 64 << 10;

enum class FeedCodec : uint8_t {
  kH264 =
      1,     // config: AVCDecoderConfigurationRecord (ISO/IEC 14496-15); data: length-prefixed NALs
  kAac = 2,  // config: AudioSpecificConfig (ISO/IEC 14496-3); data: one raw AAC frame
  // Of these the config is empty, all is in band. Pictures: one a unit, H.265 with start codes, of
  // VP9 with its spatial layers one after the other, of AV1 a temporal unit of OBUs with their
  // sizes; sound: whole frames, any number.
  kH265 = 3,
  kMpegVideo = 4,  // MPEG-1 and MPEG-2
  kMpegAudio = 5,  // layers 1 to 3
  kAc3 = 6,
  kOpus = 7,  // 48 kHz, one packet a unit
  kPcma = 8,  // G.711, 8 kHz, one channel
  kPcmu = 9,
  kEac3 = 10,
  kVp8 = 11,
  kVp9 = 12,
  kAv1 = 13,
};
constexpr FeedCodec kLastFeedCodec = FeedCodec::kAv1;
constexpr bool is_video(FeedCodec codec) {
  return codec == FeedCodec::kH264 || codec == FeedCodec::kH265 || codec == FeedCodec::kMpegVideo ||
         codec == FeedCodec::kVp8 || codec == FeedCodec::kVp9 || codec == FeedCodec::kAv1;
}
constexpr FeedCodec feed_codec_of(RtpVideo codec) {
  switch (codec) {
    case RtpVideo::kH264:
      return FeedCodec::kH264;
    case RtpVideo::kH265:
      return FeedCodec::kH265;
    case RtpVideo::kVp8:
      return FeedCodec::kVp8;
    case RtpVideo::kVp9:
      break;
  }
  return FeedCodec::kVp9;
}

// Opens a track, or replaces its configuration; sent again on reconnect of the link.
struct FeedTrack {
  FeedCodec codec = FeedCodec::kH264;
  Bytes config;
  bool recorded = false;  // it comes from files, and is not happening now
};

// What reading gives: which of the channel's inputs the thing is of comes with it.
struct ReadFeedTrack {
  ChannelInput input = ChannelInput::kPrimary;
  FeedTrack track;
};

struct FeedUnit {
  FeedCodec codec = FeedCodec::kH264;
  Flicks dts{0};      // on the feed's own clock, unwrapped; its zero is arbitrary, shared by tracks
  Flicks pts{0};      // >= dts for valid feeds; not relied on
  Monotonic arrival;  // of the last byte at the node
  bool keyframe = false;
  Bytes data;
};

struct ReadFeedUnit {
  ChannelInput input = ChannelInput::kPrimary;
  FeedUnit unit;
};

// Something was wrong with what came in: of a transport stream, or missing on the way.
struct FeedErrors {
  ChannelInput input = ChannelInput::kPrimary;
  uint32_t count = 0;
};

void write_feed_track(ChannelInput input, const FeedTrack& track, Bytes& out);
Parsed<ReadFeedTrack> read_feed_track(ByteSpan bytes);
void write_feed_unit(ChannelInput input, const FeedUnit& unit, Bytes& out);
Parsed<ReadFeedUnit> read_feed_unit(ByteSpan bytes);
void write_feed_errors(const FeedErrors& errors, Bytes& out);
Parsed<FeedErrors> read_feed_errors(ByteSpan bytes);
void write_feed_end(ChannelInput input, Bytes& out);
Parsed<ChannelInput> read_feed_end(ByteSpan bytes);

}  // namespace longmen
