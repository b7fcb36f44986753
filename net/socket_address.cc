#include "net/socket_address.h"

#include <arpa/inet.h>

namespace longmen {
namespace {

constexpr uint8_t kMappedPrefix[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};

}  // namespace

SocketAddress::SocketAddress(const Address& address, int family) : v6{} {
  if (family == AF_INET && address.is_v4()) {
    v4.sin_family = AF_INET;
    v4.sin_port = htons(address.port);
    std::memcpy(&v4.sin_addr, address.ip.data(), 4);
    bytes = sizeof v4;
  } else if (family == AF_INET6 && address.valid()) {
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(address.port);
    auto* ip = reinterpret_cast<uint8_t*>(&v6.sin6_addr);
    if (address.is_v6()) {
      std::memcpy(ip, address.ip.data(), 16);
    } else {
      std::memcpy(ip, kMappedPrefix, sizeof kMappedPrefix);
      std::memcpy(ip + sizeof kMappedPrefix, address.ip.data(), 4);
    }
    bytes = sizeof v6;
  }
}

Address to_address(const sockaddr* from) {
  if (from->sa_family == AF_INET) {
    sockaddr_in v4;
    std::memcpy(&v4, from, sizeof v4);
    return Address::from_bytes({reinterpret_cast<const uint8_t*>(&v4.sin_addr), 4},
                               ntohs(v4.sin_port));
  }
  if (from->sa_family == AF_INET6) {
    sockaddr_in6 v6;
    std::memcpy(&v6, from, sizeof v6);
    return Address::from_bytes({reinterpret_cast<const uint8_t*>(&v6.sin6_addr), 16},
                               ntohs(v6.sin6_port));
  }
  return {};
}

Address local_address(int socket) {
  SocketAddress address;
  address.bytes = sizeof address.v6;
  if (getsockname(socket, &address.any, &address.bytes) != 0) return {};
  return to_address(&address.any);
}

}  // namespace longmen
