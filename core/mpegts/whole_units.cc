#include "core/mpegts/whole_units.h"

namespace longmen::mpegts {
namespace {

constexpr uint8_t kFirstIrap = 16, kLastIrap = 23;  // nal_unit_type
constexpr uint8_t kSequenceHeader = 0xB3;

// Calls `is(byte)` with the byte behind each start code until it says yes.
template <class Is>
bool any_start_code(ByteSpan bytes, Is is) {
  for (size_t i = 0; i + 3 < bytes.size(); ++i) {
    if (bytes[i] == 0 && bytes[i + 1] == 0 && bytes[i + 2] == 1 && is(bytes[i + 3])) return true;
  }
  return false;
}

bool is_keyframe(FeedCodec codec, ByteSpan bytes) {
  if (codec == FeedCodec::kH265) {
    return any_start_code(bytes, [](uint8_t byte) {
      const uint8_t type = byte >> 1 & 0x3F;
      return !(byte & 0x80) && type >= kFirstIrap && type <= kLastIrap;
    });
  }
  if (codec == FeedCodec::kMpegVideo)
    return any_start_code(bytes, [](uint8_t byte) { return byte == kSequenceHeader; });
  return true;
}

}  // namespace

Parsed<void> WholeUnits::push(ByteSpan payload, std::optional<Flicks> pts,
                              std::optional<Flicks> dts, Monotonic arrival,
                              std::vector<FeedItem>& out) {
  if (!pts || !dts) return drop(DropReason::kUnsupported);
  if (payload.empty()) return {};
  if (payload.size() > kMaxFeedUnitBytes) return drop(DropReason::kTooLarge);
  FeedUnit unit;
  unit.codec = codec_;
  unit.pts = *pts;
  unit.dts = *dts;
  unit.arrival = arrival;
  unit.keyframe = is_keyframe(codec_, payload);
  if (!begun_ && !unit.keyframe) return {};
  if (!begun_) out.emplace_back(FeedTrack{codec_, {}});
  begun_ = true;
  unit.data.assign(payload.begin(), payload.end());
  out.emplace_back(std::move(unit));
  return {};
}

}  // namespace longmen::mpegts
