#include "core/feed/feed_unit.h"

namespace longmen {
namespace {

constexpr uint8_t kVersion = 3;

bool known(uint8_t codec) {
  return codec >= static_cast<uint8_t>(FeedCodec::kH264) &&
         codec <= static_cast<uint8_t>(kLastFeedCodec);
}

bool known_input(uint8_t input) {
  return input <= static_cast<uint8_t>(ChannelInput::kBackup);
}

}  // namespace

// u8 version, u8 input, u8 codec, u8 flags (1 recorded), then the configuration.
void write_feed_track(ChannelInput input, const FeedTrack& track, Bytes& out) {
  ByteWriter writer(out);
  writer.u8(kVersion);
  writer.u8(static_cast<uint8_t>(input));
  writer.u8(static_cast<uint8_t>(track.codec));
  writer.u8(track.recorded ? 1 : 0);
  writer.bytes(track.config);
}

Parsed<ReadFeedTrack> read_feed_track(ByteSpan bytes) {
  ByteReader reader(bytes);
  const uint8_t version = reader.u8();
  const uint8_t input = reader.u8();
  const uint8_t codec = reader.u8();
  const bool recorded = reader.u8() & 1;
  if (!reader.ok()) return drop(DropReason::kTruncated);
  if (version != kVersion || !known_input(input) || !known(codec))
    return drop(DropReason::kUnsupported);
  if (reader.remaining() > kMaxCodecConfigBytes) return drop(DropReason::kTooLarge);
  ByteSpan config = reader.rest();
  return ReadFeedTrack{
      static_cast<ChannelInput>(input),
      {static_cast<FeedCodec>(codec), Bytes(config.begin(), config.end()), recorded}};
}

// u8 version, u8 input, u8 codec, u8 flags (1 keyframe), i64 dts, i64 pts, i64 arrival in ns,
// then the data.
void write_feed_unit(ChannelInput input, const FeedUnit& unit, Bytes& out) {
  ByteWriter writer(out);
  out.reserve(out.size() + 28 + unit.data.size());
  writer.u8(kVersion);
  writer.u8(static_cast<uint8_t>(input));
  writer.u8(static_cast<uint8_t>(unit.codec));
  writer.u8(unit.keyframe ? 1 : 0);
  writer.u64(static_cast<uint64_t>(unit.dts.count()));
  writer.u64(static_cast<uint64_t>(unit.pts.count()));
  writer.u64(static_cast<uint64_t>(unit.arrival.time_since_epoch().count()));
  writer.bytes(unit.data);
}

Parsed<ReadFeedUnit> read_feed_unit(ByteSpan bytes) {
  ByteReader reader(bytes);
  ReadFeedUnit read;
  FeedUnit& unit = read.unit;
  const uint8_t version = reader.u8();
  const uint8_t input = reader.u8();
  const uint8_t codec = reader.u8();
  unit.keyframe = reader.u8() & 1;
  unit.dts = Flicks(static_cast<int64_t>(reader.u64()));
  unit.pts = Flicks(static_cast<int64_t>(reader.u64()));
  unit.arrival = Monotonic(std::chrono::nanoseconds(static_cast<int64_t>(reader.u64())));
  if (!reader.ok()) return drop(DropReason::kTruncated);
  if (version != kVersion || !known_input(input) || !known(codec))
    return drop(DropReason::kUnsupported);
  if (reader.remaining() > kMaxFeedUnitBytes) return drop(DropReason::kTooLarge);
  read.input = static_cast<ChannelInput>(input);
  unit.codec = static_cast<FeedCodec>(codec);
  ByteSpan data = reader.rest();
  unit.data.assign(data.begin(), data.end());
  return read;
}

// u8 version, u8 input, u32 count.
void write_feed_errors(const FeedErrors& errors, Bytes& out) {
  ByteWriter writer(out);
  writer.u8(kVersion);
  writer.u8(static_cast<uint8_t>(errors.input));
  writer.u32(errors.count);
}

Parsed<FeedErrors> read_feed_errors(ByteSpan bytes) {
  ByteReader reader(bytes);
  const uint8_t version = reader.u8();
  const uint8_t input = reader.u8();
  const uint32_t count = reader.u32();
  if (!reader.ok()) return drop(DropReason::kTruncated);
  if (version != kVersion || !known_input(input)) return drop(DropReason::kUnsupported);
  return FeedErrors{static_cast<ChannelInput>(input), count};
}

// u8 version, u8 input.
void write_feed_end(ChannelInput input, Bytes& out) {
  ByteWriter writer(out);
  writer.u8(kVersion);
  writer.u8(static_cast<uint8_t>(input));
}

Parsed<ChannelInput> read_feed_end(ByteSpan bytes) {
  ByteReader reader(bytes);
  const uint8_t version = reader.u8();
  const uint8_t input = reader.u8();
  if (!reader.ok()) return drop(DropReason::kTruncated);
  if (version != kVersion || !known_input(input)) return drop(DropReason::kUnsupported);
  return static_cast<ChannelInput>(input);
}

}  // namespace longmen
