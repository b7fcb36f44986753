#include "core/rtp/transport_feedback.h"

#include <algorithm>
#include <bit>

#include "core/time/floor_div.h"

namespace longmen::rtcp {
namespace {

constexpr uint8_t kTransportFeedbackType = 205;
constexpr uint8_t kFormat = 15;
constexpr FeedbackTicks kReferenceUnit = std::chrono::milliseconds(64);

// Packet status symbols (§3.1.1). The reserved one counts as not received and has no delta.
enum class Status : uint8_t { kNotReceived = 0, kSmallDelta = 1, kLargeDelta = 2, kReserved = 3 };

//  run length:    |0| S |    length (13)        |
//  one-bit vector |1|0|  14 symbols             |
//  two-bit vector |1|1|  7 symbols              |
constexpr uint16_t kVectorChunk = 0x8000;
constexpr uint16_t kTwoBitChunk = 0xC000;
constexpr uint16_t kMaxRun = 0x1FFF;
constexpr uint16_t kOneBitSymbols = 14;
constexpr uint16_t kTwoBitSymbols = 7;

int32_t sign_extend(uint32_t value, int bits) {
  return static_cast<int32_t>(value << (32 - bits)) >> (32 - bits);
}

size_t delta_bytes(Status status) {
  return status == Status::kSmallDelta ? 1 : status == Status::kLargeDelta ? 2 : 0;
}

// Of the first `symbols` of a chunk.
size_t delta_bytes(uint16_t chunk, uint16_t symbols) {
  if (!(chunk & kVectorChunk)) return symbols * delta_bytes(static_cast<Status>(chunk >> 13 & 3));
  if ((chunk & kTwoBitChunk) == kVectorChunk)
    return static_cast<size_t>(
        std::popcount(static_cast<uint16_t>((chunk & 0x3FFF) >> (kOneBitSymbols - symbols))));
  size_t bytes = 0;
  for (int index = 0; index < symbols; ++index)
    bytes += delta_bytes(static_cast<Status>(chunk >> (12 - 2 * index) & 3));
  return bytes;
}

uint16_t symbols_of(uint16_t chunk) {
  if (!(chunk & kVectorChunk)) return chunk & kMaxRun;
  return (chunk & kTwoBitChunk) == kTwoBitChunk ? kTwoBitSymbols : kOneBitSymbols;
}

}  // namespace

Parsed<FeedbackReader> FeedbackReader::open(ByteSpan packet) {
  ByteReader reader(packet);
  const uint8_t first = reader.u8();
  const uint8_t type = reader.u8();
  reader.skip(2);  // length: the reader of the compound has cut the packet out
  if (!reader.ok()) return drop(DropReason::kTruncated);
  if (type != kTransportFeedbackType || (first & 0x1F) != kFormat)
    return drop(DropReason::kUnsupported);
  FeedbackReader feedback;
  feedback.sender_ssrc_ = reader.u32();
  feedback.media_ssrc_ = reader.u32();
  feedback.base_sequence_ = reader.u16();
  feedback.packet_count_ = reader.u16();
  feedback.reference_ = kReferenceUnit * sign_extend(reader.u24(), 24);
  feedback.arrival_ = feedback.reference_;
  feedback.feedback_count_ = reader.u8();
  if (!reader.ok()) return drop(DropReason::kTruncated);
  if (feedback.packet_count_ == 0) return drop(DropReason::kMalformed);
  if (feedback.packet_count_ > kMaxFeedbackPackets) return drop(DropReason::kTooLarge);
  DropReason problem = DropReason::kNone;
  if (!feedback.find_deltas(reader.rest(), problem)) return drop(problem);
  return feedback;
}

// The deltas follow the chunks, of which there are as many as the packet count needs.
bool FeedbackReader::find_deltas(ByteSpan chunks_and_deltas, DropReason& problem) {
  chunks_ = ByteReader(chunks_and_deltas);
  deltas_ = ByteReader(chunks_and_deltas);
  size_t needed_bytes = 0;
  for (uint16_t left = packet_count_; left > 0;) {
    const uint16_t chunk = deltas_.u16();
    problem = DropReason::kTruncated;
    if (!deltas_.ok()) return false;
    // A run of no packets would say nothing; only a broken sender writes it.
    problem = DropReason::kMalformed;
    if (symbols_of(chunk) == 0) return false;
    const uint16_t symbols = std::min(symbols_of(chunk), left);
    needed_bytes += delta_bytes(chunk, symbols);
    left = static_cast<uint16_t>(left - symbols);
  }
  problem = DropReason::kTruncated;
  return deltas_.remaining() >= needed_bytes;
}

void FeedbackReader::load_chunk() {
  const uint16_t chunk = chunks_.u16();
  symbols_left_ = symbols_of(chunk);
  if (!(chunk & kVectorChunk)) {
    symbol_bits_ = 0;
    symbols_ = chunk >> 13 & 3;
  } else {
    symbol_bits_ = (chunk & kTwoBitChunk) == kTwoBitChunk ? 2 : 1;
    symbols_ = static_cast<uint16_t>(chunk << 2);  // the next symbol is on top
  }
}

std::optional<FeedbackPacket> FeedbackReader::next() {
  if (next_packet_ == packet_count_) return std::nullopt;
  if (symbols_left_ == 0) load_chunk();
  --symbols_left_;
  auto status = static_cast<Status>(symbols_);
  if (symbol_bits_ != 0) {
    status = static_cast<Status>(symbols_ >> (16 - symbol_bits_));
    symbols_ = static_cast<uint16_t>(symbols_ << symbol_bits_);
  }
  FeedbackPacket packet;
  packet.sequence = static_cast<uint16_t>(base_sequence_ + next_packet_++);
  if (delta_bytes(status) == 0) return packet;
  arrival_ += FeedbackTicks(status == Status::kSmallDelta ? static_cast<int32_t>(deltas_.u8())
                                                          : sign_extend(deltas_.u16(), 16));
  packet.received = true;
  packet.arrival = arrival_;
  return packet;
}

DropReason decode_transport_feedback(ByteSpan packet, TransportFeedback& out) {
  auto reader = FeedbackReader::open(packet);
  if (!reader) return reader.error();
  out.sender_ssrc = reader->sender_ssrc();
  out.media_ssrc = reader->media_ssrc();
  out.base_sequence = reader->base_sequence();
  out.feedback_count = reader->feedback_count();
  out.reference = reader->reference();
  out.packets.clear();
  out.packets.reserve(reader->packet_count());
  while (const auto entry = reader->next())
    out.packets.push_back(*entry);
  return DropReason::kNone;
}

namespace {

// The symbols of the packets that can be said, and their deltas.
void collect(const TransportFeedback& feedback, FeedbackTicks reference,
             std::vector<Status>& statuses, Bytes& deltas) {
  ByteWriter writer(deltas);
  FeedbackTicks before = reference;
  for (const FeedbackPacket& packet : feedback.packets) {
    if (statuses.size() == kMaxFeedbackPackets) return;
    if (!packet.received) {
      statuses.push_back(Status::kNotReceived);
      continue;
    }
    const int64_t delta = (packet.arrival - before).count();
    if (delta < INT16_MIN || delta > INT16_MAX) return;
    before = packet.arrival;
    const bool is_small = delta >= 0 && delta <= 255;
    statuses.push_back(is_small ? Status::kSmallDelta : Status::kLargeDelta);
    if (is_small)
      writer.u8(static_cast<uint64_t>(delta));
    else
      writer.u16(static_cast<uint16_t>(delta));
  }
}

// Writes one chunk; returns how many symbols it holds.
size_t write_chunk(std::span<const Status> statuses, ByteWriter& writer) {
  const Status first = statuses.front();
  size_t run = 1;
  while (run < statuses.size() && run < kMaxRun && statuses[run] == first)
    ++run;
  const auto vector = statuses.first(std::min<size_t>(statuses.size(), kOneBitSymbols));
  const bool has_large = std::ranges::find(vector, Status::kLargeDelta) != vector.end();
  if (run >= (has_large ? kTwoBitSymbols : kOneBitSymbols) || run == statuses.size()) {
    writer.u16(static_cast<uint64_t>(first) << 13 | run);
    return run;
  }
  const size_t capacity = has_large ? kTwoBitSymbols : kOneBitSymbols;
  const size_t bits = has_large ? 2 : 1;
  const size_t count = std::min(statuses.size(), capacity);
  uint16_t symbols = 0;
  for (size_t index = 0; index < count; ++index)
    symbols = static_cast<uint16_t>(symbols | static_cast<unsigned>(statuses[index])
                                                  << bits * (capacity - 1 - index));
  writer.u16((has_large ? kTwoBitChunk : kVectorChunk) | symbols);
  return count;
}

}  // namespace

void write_transport_feedback(const TransportFeedback& feedback, Bytes& out) {
  const int64_t reference = floor_div(feedback.reference.count(), kReferenceUnit.count());
  std::vector<Status> statuses;
  Bytes deltas;
  collect(feedback, kReferenceUnit * reference, statuses, deltas);
  if (statuses.empty()) return;
  const size_t start = out.size();
  ByteWriter writer(out);
  writer.u8(0x80 | kFormat);
  writer.u8(kTransportFeedbackType);
  writer.u16(0);
  writer.u32(feedback.sender_ssrc);
  writer.u32(feedback.media_ssrc);
  writer.u16(feedback.base_sequence);
  writer.u16(statuses.size());
  writer.u24(static_cast<uint64_t>(reference) & 0xFFFFFF);
  writer.u8(feedback.feedback_count);
  for (std::span<const Status> left = statuses; !left.empty();)
    left = left.subspan(write_chunk(left, writer));
  writer.bytes(deltas);
  while ((out.size() - start) % 4 != 0)
    writer.u8(0);
  writer.patch_u16(start + 2, (out.size() - start) / 4 - 1);
}

}  // namespace longmen::rtcp
