#include "core/srtp/gcm_sealer.h"

#include <algorithm>

#include "core/base/invariant.h"

namespace longmen {

uint8_t* RtpPlaintext::write_to(uint8_t* at) const {
  at = std::copy(prefix.begin(), prefix.end(), at);
  at = std::copy(payload.begin(), payload.end(), at);
  if (padding_bytes == 0) return at;
  at = std::fill_n(at, padding_bytes - 1, uint8_t{0});
  *at++ = padding_bytes;
  return at;
}

GcmSealer::GcmSealer(Key key, const GcmSessionKey& session)
    : key_(std::move(key)), salt_(session.salt) {}

Result<GcmSealer> GcmSealer::create(const SrtpMasterKey& master, GcmBackend backend) {
  const auto session = GcmSessionKey::derive(master, GcmSessionKey::Use::kRtp);
  if (!session) return fail(session.error().message);
  if (backend == GcmBackend::kVaes)
    return GcmSealer(std::make_unique<VaesGcmKey>(session->key), *session);
  if (backend == GcmBackend::kIpsecMb)
    return GcmSealer(std::make_unique<IpsecMbGcmKey>(session->key), *session);
  return GcmSealer(EvpGcmKey(session->key, EvpGcmKey::Use::kEncrypt), *session);
}

size_t GcmSealer::seal(SealedStream& stream, uint64_t index, uint8_t* packet, size_t header_bytes,
                       const RtpPlaintext& plaintext) {
  invariant(index >= stream.next_index && index <= kMaxSrtpIndex, "an SRTP index is sealed once");
  stream.next_index = index + 1;

  const GcmIv iv = make_gcm_iv(salt_, stream.ssrc, index);
  const ByteSpan header(packet, header_bytes);
  uint8_t* const out = packet + header_bytes;
  ByteSpan plain = plaintext.payload;
  // Repeats and padded packets are few: a copy and one call cost less than a call for each part.
  if (!plaintext.prefix.empty() || plaintext.padding_bytes > 0) [[unlikely]] {
    plaintext.write_to(out);
    plain = ByteSpan(out, plaintext.size());
  }
  if (const auto* vaes = std::get_if<std::unique_ptr<VaesGcmKey>>(&key_)) {
    (*vaes)->seal(iv, header, plain, out);
  } else if (const auto* ipsec_mb = std::get_if<std::unique_ptr<IpsecMbGcmKey>>(&key_)) {
    (*ipsec_mb)->seal(iv, header, plain, out);
  } else {
    std::get<EvpGcmKey>(key_).seal(iv, header, plain, out);
  }
  return header_bytes + plain.size() + kGcmTagBytes;
}

}  // namespace longmen
