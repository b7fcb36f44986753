// Two UDP sockets on loopback for tests of the socket filter: one sends trains, as a relay does,
// the other is a viewer's.
#pragma once

#include <gtest/gtest.h>
#include <netinet/udp.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <vector>

#include "core/rtp/header.h"
#include "net/socket_address.h"
#include "net/unique_fd.h"

namespace longmen::test {

// Payload types.
inline constexpr uint8_t kVideo = 102;
inline constexpr uint8_t kRepeat = 103;
inline constexpr uint8_t kAudio = 111;

inline UniqueFd bound_socket() {
  UniqueFd socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  const SocketAddress any(Address::from_bytes(std::array<uint8_t, 4>{127, 0, 0, 1}, 0), AF_INET);
  EXPECT_EQ(bind(socket.get(), &any.any, any.bytes), 0);
  return socket;
}

class UdpPair {
 public:
  explicit UdpPair(bool gro) : sender_(bound_socket()), viewer_(bound_socket()) {
    const int on = gro;
    EXPECT_EQ(setsockopt(viewer_.get(), IPPROTO_UDP, UDP_GRO, &on, sizeof on), 0);
    const SocketAddress to(local_address(viewer_.get()), AF_INET);
    EXPECT_EQ(connect(sender_.get(), &to.any, to.bytes), 0);
  }

  int viewer() const { return viewer_.get(); }
  uint16_t port() const { return local_address(viewer_.get()).port; }

  void send(const Bytes& datagram) {
    EXPECT_EQ(::send(sender_.get(), datagram.data(), datagram.size(), 0), ssize_t(datagram.size()));
  }
  // Of equal sizes, but the last, which may be shorter.
  void send_train(const std::vector<Bytes>& packets) {
    Bytes all;
    for (const Bytes& packet : packets)
      all.insert(all.end(), packet.begin(), packet.end());
    iovec span{all.data(), all.size()};
    alignas(cmsghdr) uint8_t control[CMSG_SPACE(sizeof(uint16_t))] = {};
    msghdr message{};
    message.msg_iov = &span;
    message.msg_iovlen = 1;
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    cmsghdr* header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_UDP;
    header->cmsg_type = UDP_SEGMENT;
    header->cmsg_len = CMSG_LEN(sizeof(uint16_t));
    const auto segment = static_cast<uint16_t>(packets.front().size());
    std::memcpy(CMSG_DATA(header), &segment, sizeof segment);
    EXPECT_EQ(sendmsg(sender_.get(), &message, 0), ssize_t(all.size()));
  }
  // What reached the viewer's queue; loopback delivers before send() returns.
  std::vector<Bytes> received() {
    std::vector<Bytes> all;
    Bytes buffer(65536);
    for (;;) {
      const ssize_t size = recv(viewer_.get(), buffer.data(), buffer.size(), 0);
      if (size < 0) return all;
      all.emplace_back(buffer.begin(), buffer.begin() + size);
    }
  }

 private:
  UniqueFd sender_;
  UniqueFd viewer_;
};

struct PacketOf {
  uint8_t type = 0;
  uint16_t sequence = 0;
  uint32_t timestamp = 0;
  std::optional<uint16_t> transport_sequence;
  size_t bytes = 200;
};
inline constexpr uint8_t kTransportCcId = 3;

inline Bytes rtp_packet(const PacketOf& of) {
  Bytes packet(of.bytes, 0xAB);
  const RtpHeader header{.payload_type = of.type,
                         .sequence = of.sequence,
                         .timestamp = of.timestamp,
                         .ssrc = 1000u + of.type};
  RtpExtensions extensions;
  extensions.transport_cc = of.transport_sequence;
  write_rtp_header(header, {.transport_cc = kTransportCcId}, extensions, packet.data());
  return packet;
}

}  // namespace longmen::test
