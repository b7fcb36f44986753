// The body of WHEP's PATCH: application/trickle-ice-sdpfrag. Reads the player's (candidates need
// no acting on: an ICE-lite agent learns addresses from checks; other credentials than the current
// ones ask for an ICE restart) and writes the server's answer to a restart.
// Source: RFC 8840 §9, RFC 9725 §4.3, draft-ietf-wish-whep.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/base/result.h"
#include "core/ice/ice_credentials.h"
#include "core/node/join.h"

namespace longmen::sdp {

inline constexpr size_t kMaxFragmentBytes = 16 << 10;

struct IceFragment {
  std::optional<IceCredentials> credentials;  // both or none: one alone is an error
  size_t candidates = 0;                      // how many a=candidate lines
  bool end_of_candidates = false;
  // What the answer repeats of it.
  std::string bundle_group;  // "BUNDLE 0 1"; empty: none
  std::string media_line;    // "audio 9 UDP/TLS/RTP/SAVPF 111"; empty: no m= line
  std::string mid;
};

Result<IceFragment> read_ice_fragment(std::string_view text);

// The answer to a restart that `request` asked for: the new local credentials and the candidate of
// `answer` (address, port, ufrag, pwd are used).
std::string write_ice_fragment(const IceFragment& request, const JoinAnswer& answer);

}  // namespace longmen::sdp
