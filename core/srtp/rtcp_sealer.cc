#include "core/srtp/rtcp_sealer.h"

namespace longmen {

Result<RtcpSealer> RtcpSealer::create(const SrtpKeys& keys, GcmBackend backend) {
  if (keys.profile == SrtpProfile::kAeadAes128Gcm) {
    auto sealer = GcmRtcpSealer::create(keys.server, keys.client, backend);
    if (!sealer) return fail(sealer.error().message);
    return RtcpSealer(std::move(*sealer));
  }
  using Direction = SrtpSession::Direction;
  auto outgoing = SrtpSession::create(keys.profile, keys.server, Direction::kOutgoing);
  if (!outgoing) return fail(outgoing.error().message);
  auto incoming = SrtpSession::create(keys.profile, keys.client, Direction::kIncoming);
  if (!incoming) return fail(incoming.error().message);
  return RtcpSealer(Libsrtp{std::move(*outgoing), std::move(*incoming)});
}

Parsed<size_t> RtcpSealer::seal(std::span<uint8_t> buffer, size_t packet_bytes) {
  if (auto* gcm = std::get_if<GcmRtcpSealer>(&sealer_)) return gcm->seal(buffer, packet_bytes);
  return std::get<Libsrtp>(sealer_).outgoing.protect_rtcp(buffer, packet_bytes);
}

Parsed<std::span<uint8_t>> RtcpSealer::open(std::span<uint8_t> packet) {
  if (auto* gcm = std::get_if<GcmRtcpSealer>(&sealer_)) return gcm->open(packet);
  return std::get<Libsrtp>(sealer_).incoming.unprotect_rtcp(packet);
}

}  // namespace longmen
