#include "core/srtp/srtp_session.h"

#include <fmt/format.h>
#include <srtp2/srtp.h>

namespace longmen {
namespace {

static_assert(kMaxSrtpTrailerBytes == SRTP_MAX_TRAILER_LEN + 4);

constexpr unsigned long kReplayWindowPackets = 1024;

// Once a process; the library has no state beyond it that sessions share.
srtp_err_status_t library_status() {
  static const srtp_err_status_t status = srtp_init();
  return status;
}

DropReason reason_of(srtp_err_status_t status) {
  switch (status) {
    case srtp_err_status_auth_fail:
    case srtp_err_status_cipher_fail:
    case srtp_err_status_no_ctx:
      return DropReason::kNotAuthenticated;
    case srtp_err_status_replay_fail:
    case srtp_err_status_replay_old:
      return DropReason::kReplayed;
    default:
      return DropReason::kMalformed;
  }
}

}  // namespace

void SrtpSession::Free::operator()(srtp_ctx_t_* session) const {
  srtp_dealloc(session);
}

Result<SrtpSession> SrtpSession::create(SrtpProfile profile, const SrtpMasterKey& master,
                                        Direction direction) {
  if (const srtp_err_status_t status = library_status(); status != srtp_err_status_ok)
    return fail(fmt::format("libsrtp does not start: status {}", static_cast<int>(status)));
  if (master.size_bytes != kSrtpKeyBytes + srtp_salt_bytes(profile))
    return fail("the SRTP master key has not the size of its profile");
  srtp_policy_t policy{};
  if (profile == SrtpProfile::kAeadAes128Gcm) {
    srtp_crypto_policy_set_aes_gcm_128_16_auth(&policy.rtp);
    srtp_crypto_policy_set_aes_gcm_128_16_auth(&policy.rtcp);
  } else {
    srtp_crypto_policy_set_aes_cm_128_hmac_sha1_80(&policy.rtp);
    srtp_crypto_policy_set_aes_cm_128_hmac_sha1_80(&policy.rtcp);
  }
  policy.ssrc.type = direction == Direction::kOutgoing ? ssrc_any_outbound : ssrc_any_inbound;
  policy.key = const_cast<uint8_t*>(master.bytes.data());  // only read
  policy.window_size = kReplayWindowPackets;
  srtp_t created = nullptr;
  if (const srtp_err_status_t status = srtp_create(&created, &policy); status != srtp_err_status_ok)
    return fail(fmt::format("libsrtp makes no session: status {}", static_cast<int>(status)));
  SrtpSession session;
  session.session_.reset(created);
  return session;
}

Parsed<size_t> SrtpSession::protect_rtp(std::span<uint8_t> buffer, size_t packet_bytes) {
  if (packet_bytes > kMaxSrtpPacketBytes || buffer.size() < packet_bytes + kMaxSrtpTrailerBytes)
    return drop(DropReason::kTooLarge);
  int size = static_cast<int>(packet_bytes);
  const srtp_err_status_t status = srtp_protect(session_.get(), buffer.data(), &size);
  if (status != srtp_err_status_ok) return drop(reason_of(status));
  return static_cast<size_t>(size);
}

Parsed<size_t> SrtpSession::protect_rtcp(std::span<uint8_t> buffer, size_t packet_bytes) {
  if (packet_bytes > kMaxSrtpPacketBytes || buffer.size() < packet_bytes + kMaxSrtpTrailerBytes)
    return drop(DropReason::kTooLarge);
  int size = static_cast<int>(packet_bytes);
  const srtp_err_status_t status = srtp_protect_rtcp(session_.get(), buffer.data(), &size);
  if (status != srtp_err_status_ok) return drop(reason_of(status));
  return static_cast<size_t>(size);
}

Parsed<std::span<uint8_t>> SrtpSession::unprotect_rtp(std::span<uint8_t> packet) {
  if (packet.size() > kMaxSrtpPacketBytes) return drop(DropReason::kTooLarge);
  int size = static_cast<int>(packet.size());
  const srtp_err_status_t status = srtp_unprotect(session_.get(), packet.data(), &size);
  if (status != srtp_err_status_ok) return drop(reason_of(status));
  return packet.first(static_cast<size_t>(size));
}

Parsed<std::span<uint8_t>> SrtpSession::unprotect_rtcp(std::span<uint8_t> packet) {
  if (packet.size() > kMaxSrtpPacketBytes) return drop(DropReason::kTooLarge);
  int size = static_cast<int>(packet.size());
  const srtp_err_status_t status = srtp_unprotect_rtcp(session_.get(), packet.data(), &size);
  if (status != srtp_err_status_ok) return drop(reason_of(status));
  return packet.first(static_cast<size_t>(size));
}

}  // namespace longmen
