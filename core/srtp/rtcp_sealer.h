// Seals our RTCP and opens the peer's with whichever profile was negotiated: GcmRtcpSealer, or
// libsrtp for SHA1_80. We are the DTLS server. One thread.
#pragma once

#include <variant>

#include "core/srtp/gcm_rtcp_sealer.h"
#include "core/srtp/srtp_session.h"

namespace longmen {

class RtcpSealer {
 public:
  static Result<RtcpSealer> create(const SrtpKeys& keys,
                                   GcmBackend backend = preferred_gcm_backend());

  // As GcmRtcpSealer::seal(), but `buffer` has room for kMaxSrtpTrailerBytes more (libsrtp demands
  // it even when it needs 14).
  Parsed<size_t> seal(std::span<uint8_t> buffer, size_t packet_bytes);
  // As GcmRtcpSealer::open(); libsrtp says kMalformed of some packets that are refused elsewise.
  Parsed<std::span<uint8_t>> open(std::span<uint8_t> packet);

 private:
  struct Libsrtp {
    SrtpSession outgoing;
    SrtpSession incoming;
  };
  explicit RtcpSealer(std::variant<GcmRtcpSealer, Libsrtp> sealer) : sealer_(std::move(sealer)) {}
  std::variant<GcmRtcpSealer, Libsrtp> sealer_;
};

}  // namespace longmen
