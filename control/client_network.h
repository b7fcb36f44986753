// By which network a client is counted: an IPv4 address is one; of an IPv6 address the first
// `v6_bits`, since whoever has one has at least a /64, and many have a /56 or a /48 (RFC 6177).
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

#include "core/base/address.h"

namespace longmen {

// `v6_bits`: a multiple of 8. What is no address is its own network.
inline std::string network_of(std::string_view text, int v6_bits) {
  auto address = Address::from_text(text, 0);
  if (!address || !address->is_v6()) return std::string(text);
  std::fill(address->ip.begin() + v6_bits / 8, address->ip.end(), uint8_t{0});
  return address->ip_string();
}
// By its /56 and its /48; an IPv4 address is both.
struct ClientNetwork {
  explicit ClientNetwork(std::string_view address)
      : narrow(network_of(address, 56)), wide(network_of(address, 48)) {}
  std::string narrow, wide;
};
inline bool is_v6(std::string_view text) {
  const auto address = Address::from_text(text, 0);
  return address && address->is_v6();
}

}  // namespace longmen
