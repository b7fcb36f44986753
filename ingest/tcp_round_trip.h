// How far away the other end of a TCP connection is, as the kernel knows it: tcp(7).
#pragma once

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <chrono>
#include <optional>

namespace longmen {

inline std::optional<std::chrono::milliseconds> tcp_round_trip(int socket) {
  tcp_info info{};
  socklen_t bytes = sizeof info;
  if (::getsockopt(socket, IPPROTO_TCP, TCP_INFO, &info, &bytes) != 0) return std::nullopt;
  return std::chrono::duration_cast<std::chrono::milliseconds>(
      std::chrono::microseconds(info.tcpi_rtt));
}

}  // namespace longmen
