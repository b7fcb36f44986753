#include "core/rtp/packetizer.h"

#include <algorithm>
#include <array>

#include "core/codec/caption_sei.h"
#include "core/codec/h264.h"

namespace longmen {
namespace {

constexpr uint8_t kForbiddenAndNri = 0xe0;
constexpr uint8_t kHighestNri = 0x60;
constexpr size_t kFuHeaderBytes = 2;         // FU indicator and FU header, RFC 6184 §5.8
constexpr size_t kAuHeaderSectionBytes = 4;  // AU-headers-length and one AU-header, RFC 3640 §3.2.1
constexpr size_t kMaxAacFrameBytes = (1 << 13) - 1;  // sizeLength=13
constexpr size_t kWireHeaderBytes = 28;              // core/media/media_unit.h
constexpr size_t kWirePacketBytes = 4;

struct Fragment {
  ByteSpan bytes;
  uint8_t padding_bytes = 0;
  bool starts_train = false;
  bool last = false;
};

// Cuts into the fewest fragments of at most `max_bytes`, in trains of at most kMaxTrainPackets,
// equal in each train but for the last fragment of all, which padding makes equal.
template <class Emit>
void cut(ByteSpan body, size_t max_bytes, Emit emit) {
  size_t left = (body.size() + max_bytes - 1) / max_bytes;
  while (left > 0) {
    const size_t train = std::min(left, kMaxTrainPackets);
    const size_t size = (body.size() + left - 1) / left;
    for (size_t i = 0; i < train; ++i, --left) {
      Fragment fragment;
      fragment.bytes = body.first(std::min(size, body.size()));
      fragment.padding_bytes = static_cast<uint8_t>(size - fragment.bytes.size());
      fragment.starts_train = i == 0;
      fragment.last = left == 1;
      body = body.subspan(fragment.bytes.size());
      emit(fragment);
    }
  }
}

void append_packet(MediaUnit& unit, std::span<const uint8_t> header, ByteSpan body,
                   uint8_t padding_bytes, bool starts_train) {
  MediaPacket packet;
  packet.offset = static_cast<uint32_t>(unit.payloads.size());
  packet.payload_bytes = static_cast<uint16_t>(header.size() + body.size());
  packet.padding_bytes = padding_bytes;
  packet.starts_train = starts_train;
  unit.payloads.insert(unit.payloads.end(), header.begin(), header.end());
  unit.payloads.insert(unit.payloads.end(), body.begin(), body.end());
  unit.packets.push_back(packet);
}

// Packets of the train that the unit's last packet is in.
size_t open_train_packets(const MediaUnit& unit) {
  size_t count = 0;
  for (auto packet = unit.packets.rbegin(); packet != unit.packets.rend(); ++packet) {
    ++count;
    if (packet->starts_train) break;
  }
  return count;
}

// RFC 6184 §5.6: alone in a packet, in the train before when sizes agree.
void append_single(MediaUnit& unit, ByteSpan nal, bool may_join) {
  bool joins = false;
  if (may_join && !unit.packets.empty()) {
    const MediaPacket& before = unit.packets.back();
    joins = size_t{before.payload_bytes} + before.padding_bytes == nal.size() &&
            open_train_packets(unit) < kMaxTrainPackets;
  }
  append_packet(unit, {}, nal, 0, !joins);
}

// RFC 6184 §5.8.
void append_fragmented(MediaUnit& unit, ByteSpan nal) {
  const uint8_t indicator =
      static_cast<uint8_t>((nal[0] & kForbiddenAndNri) | static_cast<uint8_t>(h264::NalType::kFuA));
  uint8_t start = h264::kFuStart;
  cut(nal.subspan(1), kMaxPayloadBytes - kFuHeaderBytes, [&](const Fragment& fragment) {
    const uint8_t fu_header = static_cast<uint8_t>(start | (fragment.last ? h264::kFuEnd : 0) |
                                                   static_cast<uint8_t>(h264::nal_type(nal)));
    append_packet(unit, std::array{indicator, fu_header}, fragment.bytes, fragment.padding_bytes,
                  fragment.starts_train);
    start = 0;
  });
}

void append_nal(MediaUnit& unit, ByteSpan nal, bool may_join) {
  if (nal.size() <= kMaxPayloadBytes)
    append_single(unit, nal, may_join);
  else
    append_fragmented(unit, nal);
}

// All as one STAP-A (RFC 6184 §5.7.1), or one by one when they are too many for that.
void append_parameter_sets(MediaUnit& unit, const std::vector<Bytes>& sps,
                           const std::vector<Bytes>& pps) {
  Bytes stap{static_cast<uint8_t>(kHighestNri | static_cast<uint8_t>(h264::NalType::kStapA))};
  for (const std::vector<Bytes>* sets : {&sps, &pps}) {
    for (const Bytes& nal : *sets) {
      ByteWriter(stap).u16(nal.size());
      ByteWriter(stap).bytes(nal);
    }
  }
  if (stap.size() <= kMaxExtendedPayloadBytes) return append_packet(unit, {}, stap, 0, true);
  for (const std::vector<Bytes>* sets : {&sps, &pps})
    for (const Bytes& nal : *sets)
      append_nal(unit, nal, false);
}

}  // namespace

Packetizer::Packetizer(Generation generation, RenditionId rendition, PacketSequence first_sequence)
    : generation_(generation), rendition_(rendition), next_sequence_(first_sequence) {}

Parsed<MediaUnit> Packetizer::h264(ByteSpan annex_b, MediaTime time) {
  if (annex_b.size() > kMaxMediaUnitBytes) return drop(DropReason::kTooLarge);
  nals_.clear();
  if (auto split = h264::split_annex_b(annex_b, nals_); !split) return drop(split.error());
  std::erase_if(nals_, [](ByteSpan nal) {
    return !h264::worth_sending(h264::nal_type(nal)) && !h264::carries_captions(nal);
  });
  auto parameter_sets = keep_parameter_sets();
  if (!parameter_sets) return drop(parameter_sets.error());
  if (std::ranges::all_of(nals_, h264::is_sei)) return drop(DropReason::kMalformed);
  const bool idr = std::any_of(nals_.begin(), nals_.end(), [](ByteSpan nal) {
    return h264::nal_type(nal) == h264::NalType::kIdr;
  });
  if (idr && (sps_.empty() || pps_.empty())) return drop(DropReason::kWrongState);

  MediaUnit unit = begin_unit(time, idr);
  unit.payloads.reserve(annex_b.size() + 2 * (annex_b.size() / kMaxPayloadBytes) + 256);
  if (idr || *parameter_sets) append_parameter_sets(unit, sps_, pps_);
  bool first = true;
  for (ByteSpan nal : nals_) {
    append_nal(unit, nal, !first);
    first = false;
  }
  return finish(std::move(unit));
}

Parsed<bool> Packetizer::keep_parameter_sets() {
  std::vector<Bytes> sps;
  std::vector<Bytes> pps;
  for (ByteSpan nal : nals_) {
    const h264::NalType type = h264::nal_type(nal);
    if (type != h264::NalType::kSps && type != h264::NalType::kPps) continue;
    std::vector<Bytes>& sets = type == h264::NalType::kSps ? sps : pps;
    if (nal.size() > h264::kMaxParameterSetBytes || sets.size() == h264::kMaxParameterSets)
      return drop(DropReason::kTooLarge);
    sets.emplace_back(nal.begin(), nal.end());
  }
  if (sps.empty() && pps.empty()) return false;
  if (!sps.empty()) sps_ = std::move(sps);
  if (!pps.empty()) pps_ = std::move(pps);
  std::erase_if(nals_, [](ByteSpan nal) {
    const h264::NalType type = h264::nal_type(nal);
    return type == h264::NalType::kSps || type == h264::NalType::kPps;
  });
  return true;
}

Parsed<MediaUnit> Packetizer::opus(ByteSpan packet, MediaTime time) {
  if (packet.empty()) return drop(DropReason::kTruncated);
  if (packet.size() > kMaxExtendedPayloadBytes) return drop(DropReason::kTooLarge);
  MediaUnit unit = begin_unit(time, true);
  append_packet(unit, {}, packet, 0, true);
  return finish(std::move(unit));
}

// RFC 3640 §3.3.6, AAC-hbr: 16 bits AU-headers-length (in bits), 13 bits AU-size, 3 bits AU-Index.
// Fragments of one frame all say the size of the whole (§3.2.3.1).
Parsed<MediaUnit> Packetizer::aac(ByteSpan frame, MediaTime time) {
  if (frame.empty()) return drop(DropReason::kTruncated);
  if (frame.size() > kMaxAacFrameBytes) return drop(DropReason::kTooLarge);
  MediaUnit unit = begin_unit(time, true);
  const std::array<uint8_t, kAuHeaderSectionBytes> section{
      0, 16, static_cast<uint8_t>(frame.size() >> 5), static_cast<uint8_t>(frame.size() << 3)};
  cut(frame, kMaxExtendedPayloadBytes - section.size(), [&](const Fragment& fragment) {
    append_packet(unit, section, fragment.bytes, fragment.padding_bytes, fragment.starts_train);
  });
  return finish(std::move(unit));
}

MediaUnit Packetizer::begin_unit(MediaTime time, bool keyframe) const {
  MediaUnit unit;
  unit.generation = generation_;
  unit.rendition = rendition_;
  unit.time = time;
  unit.keyframe = keyframe;
  unit.first_sequence = next_sequence_;
  return unit;
}

Parsed<MediaUnit> Packetizer::finish(MediaUnit unit) {
  const size_t count = unit.packets.size();
  if (count > kMaxPacketsPerUnit ||
      kWireHeaderBytes + count * kWirePacketBytes + unit.payloads.size() > kMaxMediaUnitBytes)
    return drop(DropReason::kTooLarge);
  if (count > kMaxPacketSequence - next_sequence_) return drop(DropReason::kTooLarge);
  unit.packets.back().marker = true;
  next_sequence_ += count;
  return unit;
}

}  // namespace longmen
