#include "core/rtp/transport_feedback.h"

#include <algorithm>
#include <span>

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

struct Delta {
  Status status = Status::kNotReceived;
  int32_t ticks = 0;
};

// The reference time is what the first delta counts from. Empty: a delta does not fit 16 bits.
std::vector<Delta> deltas_of(const TransportFeedback& feedback, FeedbackTicks reference) {
  std::vector<Delta> deltas;
  deltas.reserve(feedback.packets.size());
  FeedbackTicks before = reference;
  for (const FeedbackPacket& packet : feedback.packets) {
    Delta delta;
    if (packet.received) {
      const int64_t ticks = (packet.arrival - before).count();
      if (ticks < INT16_MIN || ticks > INT16_MAX) return {};
      delta.ticks = static_cast<int32_t>(ticks);
      delta.status = ticks >= 0 && ticks <= UINT8_MAX ? Status::kSmallDelta : Status::kLargeDelta;
      before = packet.arrival;
    }
    deltas.push_back(delta);
  }
  return deltas;
}

// How many of `deltas` the next chunk says, and the chunk: a run where it says more than a vector,
// one bit a packet where no delta is large, else two.
size_t write_chunk(std::span<const Delta> deltas, ByteWriter& writer) {
  constexpr size_t kMostInRun = 0x1FFF;
  constexpr size_t kOneBit = 14;
  constexpr size_t kTwoBits = 7;
  size_t run = 1;
  while (run < deltas.size() && run < kMostInRun && deltas[run].status == deltas[0].status)
    ++run;
  const auto large = std::ranges::find(deltas.first(std::min(kOneBit, deltas.size())),
                                       Status::kLargeDelta, &Delta::status);
  const auto before_large = static_cast<size_t>(large - deltas.begin());
  const bool one_bit = before_large == std::min(kOneBit, deltas.size());
  const size_t in_vector = std::min(one_bit ? kOneBit : kTwoBits, deltas.size());
  if (run >= in_vector) {
    writer.u16(static_cast<uint32_t>(deltas[0].status) << 13 | static_cast<uint32_t>(run));
    return run;
  }
  uint32_t chunk = one_bit ? 0x8000 : 0xC000;
  for (size_t i = 0; i < in_vector; ++i) {
    const auto status = static_cast<uint32_t>(deltas[i].status);
    chunk |= one_bit ? status << (kOneBit - 1 - i) : status << 2 * (kTwoBits - 1 - i);
  }
  writer.u16(chunk);
  return in_vector;
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

bool write_transport_feedback(const TransportFeedback& feedback, Bytes& out) {
  const auto& packets = feedback.packets;
  if (packets.empty() || packets.size() > kMaxFeedbackPackets) return false;
  const auto first = std::ranges::find(packets, true, &FeedbackPacket::received);
  const FeedbackTicks arrival = first == packets.end() ? FeedbackTicks(0) : first->arrival;
  int64_t reference = arrival / kReferenceUnit;
  if (kReferenceUnit * reference > arrival) --reference;
  const std::vector<Delta> deltas = deltas_of(feedback, kReferenceUnit * reference);
  if (deltas.empty()) return false;

  const size_t start = out.size();
  ByteWriter writer(out);
  writer.u8(0x80 | kFormat);
  writer.u8(kTransportFeedbackType);
  writer.u16(0);
  writer.u32(feedback.sender_ssrc);
  writer.u32(feedback.media_ssrc);
  writer.u16(feedback.base_sequence);
  writer.u16(packets.size());
  writer.u24(static_cast<uint64_t>(reference) & 0xFFFFFF);
  writer.u8(feedback.feedback_count);
  for (std::span<const Delta> rest(deltas); !rest.empty();)
    rest = rest.subspan(write_chunk(rest, writer));
  for (const Delta& delta : deltas) {
    if (delta.status == Status::kSmallDelta) writer.u8(static_cast<uint64_t>(delta.ticks));
    if (delta.status == Status::kLargeDelta) writer.u16(static_cast<uint16_t>(delta.ticks));
  }
  while ((out.size() - start) % 4 != 0)
    writer.u8(0);
  writer.patch_u16(start + 2, (out.size() - start) / 4 - 1);
  return true;
}

}  // namespace longmen::rtcp
