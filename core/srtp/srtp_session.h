// libsrtp for what is not on the hot path: SRTP and SRTCP of peers without GCM, and unsealing RTP
// (ways in); in tests, the oracle. A session costs 18 kB with GCM and 30 kB without. One session is
// one direction with one master key, any SSRC. Works in place. libsrtp keeps rollover counters and
// replay windows by itself. One thread. Bound: a packet, with trailer, is at most
// kMaxSrtpPacketBytes. Sources: RFC 3711, RFC 7714.
#pragma once

#include <memory>
#include <span>

#include "core/srtp/srtp_keys.h"

struct srtp_ctx_t_;

namespace longmen {

inline constexpr size_t kMaxSrtpPacketBytes = 2048;
inline constexpr size_t kMaxSrtpTrailerBytes = 16 + 128 + 4;  // SRTP_MAX_TRAILER_LEN, SRTCP index

class SrtpSession {
 public:
  enum class Direction { kOutgoing, kIncoming };
  static Result<SrtpSession> create(SrtpProfile profile, const SrtpMasterKey& master,
                                    Direction direction);

  // `buffer` starts with a packet of `packet_bytes` and has room for kMaxSrtpTrailerBytes more.
  // Returns the size of the protected packet.
  Parsed<size_t> protect_rtp(std::span<uint8_t> buffer, size_t packet_bytes);
  Parsed<size_t> protect_rtcp(std::span<uint8_t> buffer, size_t packet_bytes);
  // In place; returns the plain packet, the front part of `packet`. Failures: kNotAuthenticated,
  // kReplayed, kMalformed, kTooLarge.
  Parsed<std::span<uint8_t>> unprotect_rtp(std::span<uint8_t> packet);
  Parsed<std::span<uint8_t>> unprotect_rtcp(std::span<uint8_t> packet);

 private:
  struct Free {
    void operator()(srtp_ctx_t_* session) const;
  };
  SrtpSession() = default;

  std::unique_ptr<srtp_ctx_t_, Free> session_;
};

}  // namespace longmen
