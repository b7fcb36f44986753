#include "core/viewer/train_builder.h"

#include <algorithm>
#include <array>

#include "core/base/invariant.h"

namespace longmen {
namespace {

constexpr size_t kMaxRtpPaddingBytes = 255;  // RFC 3550 §5.1: its last byte says how many

}  // namespace

TrainBuilder::TrainBuilder(RtpSealer& sealer, uint16_t& transport_sequence, std::span<uint8_t> out)
    : sealer_(sealer), transport_sequence_(transport_sequence), out_(out) {
  invariant(out.size() >= kTrainBufferBytes, "a train buffer holds the largest train");
}

bool TrainBuilder::fits(size_t segment_bytes) const {
  if (train_.segments == 0) return segment_bytes <= kMaxUdpPayloadBytes;
  return train_.segments <= kMaxTrainPackets && train_.last_segment_bytes == train_.segment_bytes &&
         segment_bytes <= train_.segment_bytes;
}

size_t TrainBuilder::write_header(const RtpHeader& header, const RtpExtensionIds& ids,
                                  const RtpExtensions& extensions) {
  RtpExtensions all = extensions;
  if (ids.transport_cc != 0) all.transport_cc = transport_sequence_;
  return write_rtp_header(header, ids, all, out_.data() + train_.bytes);
}

void TrainBuilder::seal(SealedStream& sealed, uint64_t index, size_t header_bytes,
                        const RtpPlaintext& plaintext, const RtpExtensionIds& ids) {
  const size_t bytes =
      sealer_.seal(sealed, index, out_.data() + train_.bytes, header_bytes, plaintext);
  if (ids.transport_cc != 0) ++transport_sequence_;
  if (train_.segments == 0) train_.segment_bytes = bytes;
  train_.last_segment_bytes = bytes;
  train_.bytes += bytes;
  ++train_.segments;
}

size_t TrainBuilder::add_packets(ViewerStream& stream, const RtpExtensionIds& ids,
                                 const MediaUnit& unit, const Placement& placement,
                                 size_t first_packet, const RtpExtensions& common,
                                 size_t max_segments) {
  size_t next = first_packet;
  size_t payload_bytes = 0;
  for (; next < unit.packets.size() && next - first_packet < max_segments; ++next) {
    const MediaPacket& packet = unit.packets[next];
    if (packet.starts_train && next != first_packet) break;
    const uint64_t index = placement.first_index + next;
    uint8_t padding_bytes = packet.padding_bytes;
    if (train_.segments == 0 && least_payload_bytes_ > packet.payload_bytes + padding_bytes) {
      padding_bytes = static_cast<uint8_t>(
          std::min(least_payload_bytes_ - packet.payload_bytes, kMaxRtpPaddingBytes));
    }
    RtpHeader header;
    header.marker = packet.marker;
    header.padding = padding_bytes > 0;
    header.payload_type = stream.parameters().payload_type;
    header.sequence = static_cast<uint16_t>(index);
    header.timestamp = placement.timestamp;
    header.ssrc = stream.parameters().ssrc;
    const RtpPlaintext plaintext{{}, unit.payload(packet), padding_bytes};
    const size_t header_bytes = write_header(header, ids, common);
    if (!fits(header_bytes + plaintext.size() + sealer_.tag_bytes())) break;
    seal(stream.sealed(), index, header_bytes, plaintext, ids);
    payload_bytes += packet.payload_bytes;
  }
  stream.count_sent(next - first_packet, payload_bytes);
  return next;
}

bool TrainBuilder::add_repeat(ViewerStream& stream, const RtpExtensionIds& ids,
                              const MediaUnit& unit, size_t packet_index, const SentPacket& sent) {
  const MediaPacket& packet = unit.packets[packet_index];
  const uint64_t index = stream.rtx_sealed().next_index;
  RtpHeader header;
  header.marker = packet.marker;
  header.payload_type = *stream.parameters().rtx_payload_type;
  header.sequence = static_cast<uint16_t>(index);
  header.timestamp = sent.timestamp;
  header.ssrc = stream.parameters().rtx_ssrc;
  // RFC 4588 §4: the original sequence number, then the original payload.
  const std::array<uint8_t, kRtxOsnBytes> original{static_cast<uint8_t>(sent.index >> 8),
                                                   static_cast<uint8_t>(sent.index)};
  const RtpPlaintext plaintext{original, unit.payload(packet), 0};
  const size_t header_bytes = write_header(header, ids, {});
  if (!fits(header_bytes + plaintext.size() + sealer_.tag_bytes())) return false;
  seal(stream.rtx_sealed(), index, header_bytes, plaintext, ids);
  return true;
}

}  // namespace longmen
