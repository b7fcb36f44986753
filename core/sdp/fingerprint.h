// The DTLS certificate fingerprint of a description (RFC 8122 §5): one of possibly several is
// picked for the relay to verify.
#pragma once

#include <optional>
#include <string>

#include "core/sdp/sdp.h"

namespace longmen::sdp {

struct Fingerprints {
  bool any = false;                   // there was one, usable or not
  std::optional<std::string> picked;  // "sha-256 AA:BB:..."; sha-256 before sha-384 before sha-512
};

// Those of the media section, or when it has none those of the session.
Fingerprints read_fingerprints(const Description& description, const Media& media);

}  // namespace longmen::sdp
