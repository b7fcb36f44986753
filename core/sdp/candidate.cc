#include "core/sdp/candidate.h"

#include <fmt/format.h>

namespace longmen::sdp {

std::string write_host_candidate(const std::string& address, uint16_t port) {
  return fmt::format(
      "a=candidate:1 1 udp {} {} {} typ host\r\n"
      "a=end-of-candidates\r\n",
      kHostPriority, address, port);
}

}  // namespace longmen::sdp
