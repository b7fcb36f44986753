// Where a load client may send: loopback, and networks that were named as a lab. It refuses
// everything else, so that a mistyped address does not become an attack. Every address that the
// URL's host resolves to and every candidate of an answer must be allowed. Resolving blocks.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/base/address.h"
#include "core/base/result.h"

namespace longmen {

class AllowedNetworks {
 public:
  // CIDR such as "10.1.0.0/16" or "fd00::/8".
  static Result<AllowedNetworks> parse(const std::vector<std::string>& lab_networks);

  bool allows(const Address& address) const;

 private:
  struct Network {
    Address base;
    unsigned prefix_bits = 0;
  };
  std::vector<Network> networks_;
};

struct LoadTarget {
  std::string host;       // as in the URL, for the Host field
  std::string authority;  // host and port
  Address address;        // the first that it resolves to
  std::string target;     // origin form of the POST
};

// Plain http, a path, and `rendition` added to the query when it is not empty.
Result<LoadTarget> resolve_load_target(std::string_view url, std::string_view rendition,
                                       const AllowedNetworks& allowed);

}  // namespace longmen
