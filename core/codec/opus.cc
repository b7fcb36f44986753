#include "core/codec/opus.h"

#include <algorithm>

namespace longmen::opus {
namespace {

// RFC 6716 table 2: the frame size of each of the 32 configurations.
Samples48k frame_duration(uint8_t toc) {
  const int configuration = toc >> 3;
  if (configuration < 12) {  // SILK: 10, 20, 40, 60 ms
    constexpr int kSilk[] = {480, 960, 1920, 2880};
    return Samples48k(kSilk[configuration % 4]);
  }
  if (configuration < 16) return Samples48k(configuration % 2 == 0 ? 480 : 960);  // hybrid
  return Samples48k(120 << configuration % 4);  // CELT: 2.5, 5, 10, 20 ms
}

}  // namespace

Parsed<Samples48k> packet_duration(ByteSpan packet) {
  if (packet.empty()) return drop(DropReason::kTruncated);  // R1
  int frames = 1;
  switch (packet[0] & 3) {
    case 0:
      break;
    case 1:
      if ((packet.size() - 1) % 2 != 0) return drop(DropReason::kMalformed);  // R3
      frames = 2;
      break;
    case 2:
      frames = 2;
      break;
    default:
      if (packet.size() < 2) return drop(DropReason::kTruncated);
      frames = packet[1] & 0x3f;
      if (frames == 0) return drop(DropReason::kMalformed);
  }
  const Samples48k duration = frame_duration(packet[0]) * frames;
  if (duration > kMaxPacketDuration) return drop(DropReason::kMalformed);  // R5
  return duration;
}

Parsed<bool> is_stereo(ByteSpan packet) {
  if (packet.empty()) return drop(DropReason::kTruncated);
  return (packet[0] & 4) != 0;
}

Parsed<void> join(ByteSpan first, ByteSpan second, Bytes& out) {
  if (first.empty() || second.empty()) return drop(DropReason::kTruncated);  // R1
  const uint8_t toc = first[0];
  if (toc != second[0] || (toc & 3) != 0) return drop(DropReason::kUnsupported);
  first = first.subspan(1);
  second = second.subspan(1);
  if (std::max(first.size(), second.size()) > kMaxFrameBytes) return drop(DropReason::kMalformed);
  if (2 * frame_duration(toc) > kMaxPacketDuration) return drop(DropReason::kUnsupported);
  if (first.size() == second.size()) {  // code 1 (§3.2.3)
    out.push_back(toc | 1);
  } else {  // code 2 (§3.2.4): how long the first one is, in one byte or two (§3.2.1)
    out.push_back(toc | 2);
    const size_t bytes = first.size();
    if (bytes < 252) {
      out.push_back(static_cast<uint8_t>(bytes));
    } else {
      out.push_back(static_cast<uint8_t>(252 + bytes % 4));
      out.push_back(static_cast<uint8_t>((bytes - out.back()) / 4));
    }
  }
  out.insert(out.end(), first.begin(), first.end());
  out.insert(out.end(), second.begin(), second.end());
  return {};
}

}  // namespace longmen::opus
