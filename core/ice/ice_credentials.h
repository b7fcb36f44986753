// The user name fragment and password of one side of an ICE session (RFC 8445 §5.3, RFC 8839
// §5.4). Ours have 48 and 144 bits of randomness.
#pragma once

#include <string>
#include <string_view>

#include "core/base/random.h"

namespace longmen {

inline constexpr size_t kLocalUfragChars = 8;
inline constexpr size_t kLocalPwdChars = 24;

struct IceCredentials {
  std::string ufrag;  // 4..256 ice-chars
  std::string pwd;    // 22..256 ice-chars
  bool operator==(const IceCredentials&) const = default;
};

IceCredentials make_ice_credentials(const RandomBytes& random);

// A peer's: lengths as in RFC 8839 §5.4, characters any visible ASCII but ':' (the RFC allows only
// letters, digits, '+' and '/'; some players also use '-', '_' or '=').
bool valid_ice_ufrag(std::string_view ufrag);
bool valid_ice_pwd(std::string_view pwd);

}  // namespace longmen
