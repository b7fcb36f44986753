// Keys and a viewer's end of SRTP for tests: what the other side would derive from DTLS.
#pragma once

#include <random>

#include "core/srtp/rtp_sealer.h"

namespace longmen::test {

inline SrtpKeys random_srtp_keys(SrtpProfile profile, uint64_t seed) {
  std::mt19937_64 random(seed);
  Bytes exported(srtp_exporter_bytes(profile));
  for (uint8_t& byte : exported)
    byte = static_cast<uint8_t>(random());
  return *split_srtp_exporter(profile, exported);
}

inline SrtpSession viewer_incoming(const SrtpKeys& keys) {
  return std::move(
      *SrtpSession::create(keys.profile, keys.server, SrtpSession::Direction::kIncoming));
}
inline SrtpSession viewer_outgoing(const SrtpKeys& keys) {
  return std::move(
      *SrtpSession::create(keys.profile, keys.client, SrtpSession::Direction::kOutgoing));
}

}  // namespace longmen::test
