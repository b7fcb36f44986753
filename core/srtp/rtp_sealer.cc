#include "core/srtp/rtp_sealer.h"

#include "core/base/invariant.h"

namespace longmen {
namespace {

size_t seal_with_libsrtp(SrtpSession& session, SealedStream& stream, uint64_t index,
                         uint8_t* packet, size_t header_bytes, const RtpPlaintext& plaintext) {
  invariant(index >= stream.next_index && index <= kMaxSrtpIndex, "an SRTP index is sealed once");
  stream.next_index = index + 1;
  plaintext.write_to(packet + header_bytes);
  const size_t plain_bytes = header_bytes + plaintext.size();
  const auto sealed =
      session.protect_rtp({packet, plain_bytes + kMaxSrtpTrailerBytes}, plain_bytes);
  invariant(sealed.has_value(), "libsrtp seals");
  return *sealed;
}

}  // namespace

Result<RtpSealer> RtpSealer::create(SrtpProfile profile, const SrtpMasterKey& master,
                                    GcmBackend backend) {
  if (profile == SrtpProfile::kAeadAes128Gcm) {
    auto sealer = GcmSealer::create(master, backend);
    if (!sealer) return fail(sealer.error().message);
    return RtpSealer(std::move(*sealer));
  }
  auto session = SrtpSession::create(profile, master, SrtpSession::Direction::kOutgoing);
  if (!session) return fail(session.error().message);
  return RtpSealer(std::move(*session));
}

size_t RtpSealer::seal(SealedStream& stream, uint64_t index, uint8_t* packet, size_t header_bytes,
                       const RtpPlaintext& plaintext) {
  if (GcmSealer* gcm = std::get_if<GcmSealer>(&sealer_)) [[likely]]
    return gcm->seal(stream, index, packet, header_bytes, plaintext);
  return seal_with_libsrtp(std::get<SrtpSession>(sealer_), stream, index, packet, header_bytes,
                           plaintext);
}

}  // namespace longmen
