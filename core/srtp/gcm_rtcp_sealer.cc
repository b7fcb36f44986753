#include "core/srtp/gcm_rtcp_sealer.h"

#include <algorithm>

#include "core/srtp/evp_gcm_key.h"
#include "core/srtp/ipsec_mb_gcm_key.h"
#include "core/srtp/srtp_session.h"
#include "core/srtp/vaes_gcm_key.h"

namespace longmen {
namespace {

constexpr size_t kHeaderBytes = 8;
constexpr size_t kSsrcOffset = 4;
constexpr uint32_t kEncrypted = uint32_t{1} << 31;

uint32_t read_u32(const uint8_t* at) {
  return uint32_t{at[0]} << 24 | uint32_t{at[1]} << 16 | uint32_t{at[2]} << 8 | at[3];
}

void write_u32(uint32_t value, uint8_t* at) {
  for (int i = 0; i < 4; ++i)
    at[i] = static_cast<uint8_t>(value >> (24 - 8 * i));
}

// RFC 7714 §9.2: the header, the SSRC, and the word with E and index.
using AdditionalData = std::array<uint8_t, kHeaderBytes + 4>;
AdditionalData additional_data(const uint8_t* packet, uint32_t last_word) {
  AdditionalData additional;
  std::copy_n(packet, kHeaderBytes, additional.begin());
  write_u32(last_word, additional.data() + kHeaderBytes);
  return additional;
}

template <typename Call>
auto with_key(GcmBackend backend, const GcmSessionKey& session, EvpGcmKey::Use use, Call&& call) {
  switch (backend) {
    case GcmBackend::kVaes:
      return call(VaesGcmKey(session.key));
    case GcmBackend::kIpsecMb:
      return call(IpsecMbGcmKey(session.key));
    case GcmBackend::kOpenSsl:
      break;
  }
  return call(EvpGcmKey(session.key, use));
}

}  // namespace

GcmRtcpSealer::GcmRtcpSealer(const GcmSessionKey& own, const GcmSessionKey& peer,
                             GcmBackend backend)
    : own_(own), peer_(peer), backend_(backend) {}

Result<GcmRtcpSealer> GcmRtcpSealer::create(const SrtpMasterKey& own, const SrtpMasterKey& peer,
                                            GcmBackend backend) {
  const auto own_session = GcmSessionKey::derive(own, GcmSessionKey::Use::kRtcp);
  if (!own_session) return fail(own_session.error().message);
  const auto peer_session = GcmSessionKey::derive(peer, GcmSessionKey::Use::kRtcp);
  if (!peer_session) return fail(peer_session.error().message);
  return GcmRtcpSealer(*own_session, *peer_session, backend);
}

Parsed<size_t> GcmRtcpSealer::seal(std::span<uint8_t> buffer, size_t packet_bytes) {
  if (packet_bytes < kHeaderBytes) return drop(DropReason::kTruncated);
  if (packet_bytes > kMaxSrtpPacketBytes || buffer.size() < packet_bytes + kGcmRtcpTrailerBytes)
    return drop(DropReason::kTooLarge);
  if (next_index_ > kMaxSrtcpIndex) return drop(DropReason::kWrongState);
  const uint32_t index = next_index_++;
  const uint32_t last_word = kEncrypted | index;
  uint8_t* const packet = buffer.data();
  const GcmIv iv = make_gcm_iv(own_.salt, read_u32(packet + kSsrcOffset), index);
  const AdditionalData additional = additional_data(packet, last_word);
  uint8_t* const body = packet + kHeaderBytes;
  const ByteSpan plain(body, packet_bytes - kHeaderBytes);
  with_key(backend_, own_, EvpGcmKey::Use::kEncrypt,
           [&](auto&& key) { key.seal(iv, additional, plain, body); });
  write_u32(last_word, packet + packet_bytes + kGcmTagBytes);
  return packet_bytes + kGcmRtcpTrailerBytes;
}

Parsed<std::span<uint8_t>> GcmRtcpSealer::open(std::span<uint8_t> packet) {
  if (packet.size() > kMaxSrtpPacketBytes) return drop(DropReason::kTooLarge);
  if (packet.size() < kHeaderBytes + kGcmRtcpTrailerBytes) return drop(DropReason::kTruncated);
  const uint32_t last_word = read_u32(packet.data() + packet.size() - 4);
  if ((last_word & kEncrypted) == 0) return drop(DropReason::kUnsupported);
  const uint32_t index = last_word & ~kEncrypted;
  const uint32_t ssrc = read_u32(packet.data() + kSsrcOffset);
  Sender* sender = find(ssrc);
  if (sender && sender->window.is_replay(index)) return drop(DropReason::kReplayed);

  const GcmIv iv = make_gcm_iv(peer_.salt, ssrc, index);
  const AdditionalData additional = additional_data(packet.data(), last_word);
  const std::span<uint8_t> body =
      packet.subspan(kHeaderBytes, packet.size() - kHeaderBytes - sizeof last_word);
  const bool authentic = with_key(backend_, peer_, EvpGcmKey::Use::kDecrypt, [&](auto&& key) {
    return key.open(iv, additional, body, body.data());
  });
  if (!authentic) return drop(DropReason::kNotAuthenticated);

  if (!sender) {
    if (sender_count_ == kMaxRtcpSenders) return drop(DropReason::kQueueFull);
    sender = &senders_[sender_count_++];
    sender->ssrc = ssrc;
  }
  sender->window.note(index);
  return packet.first(packet.size() - kGcmRtcpTrailerBytes);
}

GcmRtcpSealer::Sender* GcmRtcpSealer::find(uint32_t ssrc) {
  const auto known = std::span(senders_).first(sender_count_);
  const auto found = std::ranges::find(known, ssrc, &Sender::ssrc);
  return found == known.end() ? nullptr : &*found;
}

}  // namespace longmen
