#include "core/mpegts/opus_units.h"

#include <utility>

#include "core/codec/opus.h"

namespace longmen::mpegts {
namespace {

constexpr uint16_t kPrefix = 0x7FE0, kPrefixMask = 0xFFE0;
constexpr uint16_t kStartTrim = 0x10, kEndTrim = 0x08, kExtension = 0x04;

// control_header_prefix 11, start_trim_flag 1, end_trim_flag 1, control_extension_flag 1,
// reserved 2; au_size: bytes of 255 and one that is less, which add up; start_trim 16, end_trim 16,
// control_extension_length 8 and so many bytes, where the flags say so. Gives the packet behind it.
Parsed<ByteSpan> read_access_unit(ByteReader& reader) {
  const uint16_t control = reader.u16();
  if (!reader.ok() || (control & kPrefixMask) != kPrefix) return drop(DropReason::kMalformed);
  size_t size = 0;
  for (uint8_t more = 255; more == 255 && reader.ok();)
    size += more = reader.u8();
  if (control & kStartTrim) reader.skip(2);
  if (control & kEndTrim) reader.skip(2);
  if (control & kExtension) reader.skip(reader.u8());
  const ByteSpan packet = reader.take(size);
  if (!reader.ok()) return drop(DropReason::kTruncated);
  return packet;
}

}  // namespace

Parsed<void> OpusUnits::push(ByteSpan payload, std::optional<Flicks> pts, Monotonic arrival,
                             std::vector<FeedItem>& out) {
  if (pts) next_pts_ = pts;
  if (!next_pts_) return drop(DropReason::kUnsupported);
  ByteReader reader(payload);
  while (!reader.at_end()) {
    const auto packet = read_access_unit(reader);
    if (!packet) return drop(packet.error());
    const auto duration = opus::packet_duration(*packet);
    if (!duration) return drop(duration.error());
    if (!std::exchange(begun_, true)) out.emplace_back(FeedTrack{FeedCodec::kOpus, {}});
    FeedUnit unit;
    unit.codec = FeedCodec::kOpus;
    unit.pts = unit.dts = *next_pts_;
    unit.arrival = arrival;
    unit.keyframe = true;
    unit.data.assign(packet->begin(), packet->end());
    out.emplace_back(std::move(unit));
    *next_pts_ += *duration;
  }
  return {};
}

}  // namespace longmen::mpegts
