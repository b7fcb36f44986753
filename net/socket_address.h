// Between the kernel's socket addresses and core's Address. On an IPv6 socket an IPv4 address goes
// out mapped (::ffff:a.b.c.d) and comes back as IPv4. Ignorant of scope ids.
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include "core/base/address.h"

namespace longmen {

struct SocketAddress {
  union {
    sockaddr any;
    sockaddr_in v4;
    sockaddr_in6 v6;
  };
  socklen_t bytes = 0;

  SocketAddress() : v6{} {}
  // `family` is that of the socket: AF_INET or AF_INET6. `bytes` stays 0 when the address cannot
  // be reached from such a socket.
  SocketAddress(const Address& address, int family);
};

// Of family kNone when it is not an IP address.
Address to_address(const sockaddr* from);
Address local_address(int socket);

}  // namespace longmen
