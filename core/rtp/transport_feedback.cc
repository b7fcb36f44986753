#include "core/rtp/transport_feedback.h"

#include <algorithm>

namespace longmen::rtcp {
namespace {

constexpr uint8_t kTransportFeedbackType = 205;
constexpr uint8_t kFormat = 15;
constexpr FeedbackTicks kReferenceUnit = std::chrono::milliseconds(64);

// Packet status symbols (§3.1.1).
enum class Status : uint8_t { kNotReceived = 0, kSmallDelta = 1, kLargeDelta = 2, kReserved = 3 };

int32_t sign_extend(uint32_t value, int bits) {
  return static_cast<int32_t>(value << (32 - bits)) >> (32 - bits);
}

// The status of each packet, kept in `arrival` until the deltas are read.
void add(Status status, uint16_t count, TransportFeedback& out) {
  if (out.packets.size() >= count) return;  // the last chunk may hold more symbols than needed
  FeedbackPacket packet;
  packet.sequence = static_cast<uint16_t>(out.base_sequence + out.packets.size());
  packet.received = status == Status::kSmallDelta || status == Status::kLargeDelta;
  packet.arrival = FeedbackTicks(static_cast<uint8_t>(status));
  out.packets.push_back(packet);
}

//  run length:    |0| S |    length (13)        |
//  one-bit vector |1|0|  14 symbols             |
//  two-bit vector |1|1|  7 symbols              |
void read_chunk(uint16_t chunk, uint16_t count, TransportFeedback& out) {
  if (!(chunk & 0x8000)) {
    const auto status = static_cast<Status>(chunk >> 13 & 3);
    const size_t length =
        std::min<size_t>(chunk & 0x1FFF, static_cast<size_t>(count) - out.packets.size());
    for (size_t index = 0; index < length; ++index)
      add(status, count, out);
  } else if (!(chunk & 0x4000)) {
    for (int bit = 13; bit >= 0; --bit)
      add(static_cast<Status>(chunk >> bit & 1), count, out);
  } else {
    for (int bit = 12; bit >= 0; bit -= 2)
      add(static_cast<Status>(chunk >> bit & 3), count, out);
  }
}

bool read_deltas(ByteReader& reader, TransportFeedback& out) {
  FeedbackTicks arrival = out.reference;
  for (FeedbackPacket& packet : out.packets) {
    if (!packet.received) {
      packet.arrival = FeedbackTicks(0);
      continue;
    }
    const auto status = static_cast<Status>(packet.arrival.count());
    arrival += FeedbackTicks(status == Status::kSmallDelta ? static_cast<int32_t>(reader.u8())
                                                           : sign_extend(reader.u16(), 16));
    if (!reader.ok()) return false;
    packet.arrival = arrival;
  }
  return true;
}

}  // namespace

DropReason decode_transport_feedback(ByteSpan packet, TransportFeedback& out) {
  ByteReader reader(packet);
  const uint8_t first = reader.u8();
  const uint8_t type = reader.u8();
  reader.skip(2);  // length: the reader of the compound has cut the packet out
  if (!reader.ok()) return DropReason::kTruncated;
  if (type != kTransportFeedbackType || (first & 0x1F) != kFormat) return DropReason::kUnsupported;
  out.sender_ssrc = reader.u32();
  out.media_ssrc = reader.u32();
  out.base_sequence = reader.u16();
  const uint16_t count = reader.u16();
  out.reference = kReferenceUnit * sign_extend(reader.u24(), 24);
  out.feedback_count = reader.u8();
  if (!reader.ok()) return DropReason::kTruncated;
  if (count == 0) return DropReason::kMalformed;
  if (count > kMaxFeedbackPackets) return DropReason::kTooLarge;

  out.packets.clear();
  out.packets.reserve(count);
  while (out.packets.size() < count) {
    const uint16_t chunk = reader.u16();
    if (!reader.ok()) return DropReason::kTruncated;
    // A run of no packets would say nothing; only a broken sender writes it.
    if (!(chunk & 0x8000) && (chunk & 0x1FFF) == 0) return DropReason::kMalformed;
    read_chunk(chunk, count, out);
  }
  return read_deltas(reader, out) ? DropReason::kNone : DropReason::kTruncated;
}

}  // namespace longmen::rtcp
