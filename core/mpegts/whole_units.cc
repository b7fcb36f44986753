#include "core/mpegts/whole_units.h"

#include "core/codec/h265.h"

namespace longmen::mpegts {
namespace {

constexpr uint8_t kSequenceHeader = 0xB3;

bool has_sequence_header(ByteSpan bytes) {
  for (size_t i = 0; i + 3 < bytes.size(); ++i) {
    if (bytes[i] == 0 && bytes[i + 1] == 0 && bytes[i + 2] == 1 && bytes[i + 3] == kSequenceHeader)
      return true;
  }
  return false;
}

bool is_keyframe(FeedCodec codec, ByteSpan bytes) {
  if (codec == FeedCodec::kH265) return h265::has_irap(bytes);
  if (codec == FeedCodec::kMpegVideo) return has_sequence_header(bytes);
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
