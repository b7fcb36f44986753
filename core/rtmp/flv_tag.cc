#include "core/rtmp/flv_tag.h"

#include <fmt/format.h>

#include <optional>

#include "core/rtmp/enhanced.h"

namespace longmen::rtmp {
namespace {

// Enhanced packet types. Video and audio agree on these...
constexpr uint8_t kSequenceStart = 0;
constexpr uint8_t kCodedFrames = 1;
constexpr uint8_t kSequenceEnd = 2;
constexpr uint8_t kModEx = 7;
// ... and differ in these.
constexpr uint8_t kVideoCodedFramesX = 3;
constexpr uint8_t kVideoMetadata = 4;
constexpr uint8_t kVideoMultitrack = 6;
constexpr uint8_t kAudioMultichannelConfig = 4;
constexpr uint8_t kAudioMultitrack = 5;

constexpr uint8_t kOneTrack = 0;
constexpr uint8_t kManyTracks = 1;
constexpr uint8_t kManyTracksManyCodecs = 2;
constexpr uint8_t kDefaultTrack = 0;

constexpr uint8_t kKeyFrame = 1;
constexpr uint8_t kGeneratedKeyFrame = 4;
constexpr uint8_t kCommandFrame = 5;

constexpr uint8_t kLegacyAvc = 7;
constexpr uint8_t kLegacyAac = 10;
constexpr uint8_t kExAudio = 9;

std::string legacy_video_codec(uint8_t id) {
  constexpr const char* kNames[] = {"",
                                    "JPEG",
                                    "Sorenson H.263",
                                    "Screen video",
                                    "On2 VP6",
                                    "On2 VP6 with alpha",
                                    "Screen video 2"};
  if (id >= 1 && id <= 6) return kNames[id];
  if (id == 12) return "HEVC (FLV codec 12, not Enhanced RTMP)";
  return fmt::format("FLV video codec {}", id);
}

std::string legacy_audio_codec(uint8_t format) {
  constexpr const char* kNames[] = {"PCM",          "ADPCM",      "MP3",        "PCM",
                                    "Nellymoser",   "Nellymoser", "Nellymoser", "G.711 A-law",
                                    "G.711 mu-law", "",           "",           "Speex"};
  if (format <= 8 || format == 11) return kNames[format];
  if (format == 14) return "MP3 8 kHz";
  return fmt::format("FLV sound format {}", format);
}

int32_t signed_24(uint32_t value) {
  return static_cast<int32_t>(value << 8) >> 8;
}

std::optional<FeedCodec> video_codec(FourCc code) {
  if (code == kAvc) return FeedCodec::kH264;
  if (code == kHevc) return FeedCodec::kH265;
  if (code == kAv1) return FeedCodec::kAv1;
  return std::nullopt;
}

// What ExAudioTagHeader and ExVideoTagHeader have in common.
struct Enhanced {
  uint8_t packet_type = 0;
  uint32_t nanoseconds = 0;
  FourCc codec = 0;
  bool present = false;  // the track that is taken is in this message
  ByteSpan body;
};

// Modifiers come before the packet type they modify:
//   size-1 8 (255: size-1 16 follows), data, modifier type 4, packet type 4
void read_modifiers(ByteReader& reader, Enhanced& packet) {
  while (packet.packet_type == kModEx && reader.ok()) {
    size_t size = reader.u8() + size_t{1};
    if (size == 256) size = reader.u16() + size_t{1};
    ByteReader data(reader.take(size));
    const uint8_t types = reader.u8();
    packet.packet_type = types & 0x0F;
    const uint32_t nanoseconds = data.u24();
    if (types >> 4 == 0 && data.ok() && nanoseconds < 1'000'000) packet.nanoseconds = nanoseconds;
  }
}

// Multitrack: kind 4, packet type 4, [FourCC], then for each track: [FourCC], id 8, [size 24],
// body.
FlvResult<Enhanced> read_tracks(ByteReader& reader, Enhanced packet, uint8_t multitrack) {
  if (packet.packet_type != multitrack) {
    packet.codec = reader.u32();
    packet.body = reader.rest();
    packet.present = true;
    if (!reader.ok()) return flv_problem(DropReason::kTruncated);
    return packet;
  }
  const uint8_t kinds = reader.u8();
  const uint8_t kind = kinds >> 4;
  packet.packet_type = kinds & 0x0F;
  if (kind > kManyTracksManyCodecs) return flv_problem(DropReason::kUnsupported);
  if (packet.packet_type == multitrack) return flv_problem(DropReason::kMalformed);
  FourCc codec = kind == kManyTracksManyCodecs ? 0 : reader.u32();
  do {
    if (kind == kManyTracksManyCodecs) codec = reader.u32();
    const uint8_t track = reader.u8();
    const ByteSpan body = kind == kOneTrack ? reader.rest() : reader.take(reader.u24());
    if (!reader.ok()) return flv_problem(DropReason::kTruncated);
    if (track == kDefaultTrack && !packet.present) {
      packet.codec = codec;
      packet.body = body;
      packet.present = true;
    }
  } while (!reader.at_end());
  return packet;
}

FlvResult<FlvTag> read_enhanced_video(uint8_t first, ByteReader reader) {
  Enhanced packet{.packet_type = static_cast<uint8_t>(first & 0x0F), .body = {}};
  const uint8_t frame_type = first >> 4 & 0x07;
  read_modifiers(reader, packet);
  if (!reader.ok()) return flv_problem(DropReason::kTruncated);
  if (packet.packet_type != kVideoMetadata && frame_type == kCommandFrame) return FlvTag{};

  const FlvResult<Enhanced> read = read_tracks(reader, packet, kVideoMultitrack);
  if (!read) return tl::unexpected<FlvProblem>(read.error());
  if (!read->present || read->packet_type == kVideoMetadata) return FlvTag{};
  const auto codec = video_codec(read->codec);
  if (!codec) return flv_problem(DropReason::kUnsupported, four_cc_text(read->codec));

  FlvTag tag;
  tag.codec = *codec;
  tag.keyframe = frame_type == kKeyFrame || frame_type == kGeneratedKeyFrame;
  tag.nanoseconds = read->nanoseconds;
  ByteReader body(read->body);
  switch (read->packet_type) {
    case kSequenceStart:
      tag.kind = FlvTag::Kind::kConfig;
      break;
    case kCodedFrames:
      tag.kind = FlvTag::Kind::kFrame;
      if (*codec != FeedCodec::kAv1) tag.composition_ms = signed_24(body.u24());
      break;
    case kVideoCodedFramesX:
      tag.kind = FlvTag::Kind::kFrame;
      break;
    case kSequenceEnd:
      tag.kind = FlvTag::Kind::kEnd;
      break;
    default:
      return flv_problem(DropReason::kUnsupported);
  }
  tag.body = body.rest();
  if (!body.ok()) return flv_problem(DropReason::kTruncated);
  return tag;
}

FlvResult<FlvTag> read_enhanced_audio(uint8_t first, ByteReader reader) {
  Enhanced packet{.packet_type = static_cast<uint8_t>(first & 0x0F), .body = {}};
  read_modifiers(reader, packet);
  const FlvResult<Enhanced> read = read_tracks(reader, packet, kAudioMultitrack);
  if (!read) return tl::unexpected<FlvProblem>(read.error());
  if (!read->present || read->packet_type == kAudioMultichannelConfig) return FlvTag{};
  if (read->codec != kAac) return flv_problem(DropReason::kUnsupported, four_cc_text(read->codec));

  FlvTag tag;
  tag.codec = FeedCodec::kAac;
  tag.keyframe = true;
  tag.nanoseconds = read->nanoseconds;
  tag.body = read->body;
  switch (read->packet_type) {
    case kSequenceStart:
      tag.kind = FlvTag::Kind::kConfig;
      return tag;
    case kCodedFrames:
      tag.kind = FlvTag::Kind::kFrame;
      return tag;
    case kSequenceEnd:
      tag.kind = FlvTag::Kind::kEnd;
      return tag;
    default:
      return flv_problem(DropReason::kUnsupported);
  }
}

}  // namespace

// |enhanced 1|frame type 3|packet type 4|  see above
// |0|frame type 3|codec 4|, for AVC: packet type 8, composition time 24, body
FlvResult<FlvTag> read_video_tag(ByteSpan bytes) {
  ByteReader reader(bytes);
  const uint8_t first = reader.u8();
  if (!reader.ok()) return flv_problem(DropReason::kTruncated);
  if (first & 0x80) return read_enhanced_video(first, reader);

  const uint8_t frame_type = first >> 4;
  if (frame_type == kCommandFrame) return FlvTag{};
  const uint8_t codec = first & 0x0F;
  if (codec != kLegacyAvc) return flv_problem(DropReason::kUnsupported, legacy_video_codec(codec));
  const uint8_t packet_type = reader.u8();
  FlvTag tag;
  tag.keyframe = frame_type == kKeyFrame || frame_type == kGeneratedKeyFrame;
  if (packet_type == 2) {
    tag.kind = FlvTag::Kind::kEnd;  // of which some senders leave out the composition time
    return tag;
  }
  const int32_t composition_ms = signed_24(reader.u24());
  tag.body = reader.rest();
  if (!reader.ok()) return flv_problem(DropReason::kTruncated);
  if (packet_type > 2) return flv_problem(DropReason::kMalformed);
  tag.kind = packet_type == 0 ? FlvTag::Kind::kConfig : FlvTag::Kind::kFrame;
  if (packet_type == 1) tag.composition_ms = composition_ms;
  return tag;
}

// |sound format 4|rate 2|size 1|type 1|, for AAC: packet type 8, body
// |9|packet type 4|  see above
FlvResult<FlvTag> read_audio_tag(ByteSpan bytes) {
  ByteReader reader(bytes);
  const uint8_t first = reader.u8();
  if (!reader.ok()) return flv_problem(DropReason::kTruncated);
  const uint8_t format = first >> 4;
  if (format == kExAudio) return read_enhanced_audio(first, reader);
  if (format != kLegacyAac)
    return flv_problem(DropReason::kUnsupported, legacy_audio_codec(format));
  const uint8_t packet_type = reader.u8();
  if (!reader.ok()) return flv_problem(DropReason::kTruncated);
  if (packet_type > 1) return flv_problem(DropReason::kMalformed);
  FlvTag tag;
  tag.kind = packet_type == 0 ? FlvTag::Kind::kConfig : FlvTag::Kind::kFrame;
  tag.codec = FeedCodec::kAac;
  tag.keyframe = true;
  tag.body = reader.rest();
  return tag;
}

}  // namespace longmen::rtmp
