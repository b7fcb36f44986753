// The one ICE candidate that an ICE-lite server with one UDP port has (RFC 8839 §5.1).
#pragma once

#include <cstdint>
#include <string>

namespace longmen::sdp {

// RFC 8445 §5.1.2.1 with type preference 126 (host), local preference 65535, component 1.
inline constexpr uint32_t kHostPriority = 126u << 24 | 65535u << 8 | 255u;

// The candidate's and end-of-candidates' lines, with CRLF.
std::string write_host_candidate(const std::string& address, uint16_t port);

}  // namespace longmen::sdp
