#include "ingest/rtp_port_pair.h"

#include <fmt/format.h>

#include <array>
#include <utility>

namespace longmen {
namespace {

namespace asio = boost::asio;
using asio::ip::udp;
using boost::system::error_code;

constexpr int kPairBufferBytes = 4 << 20;  // a busy moment of ours must not cost packets
constexpr size_t kMostDatagramBytes = 65'507;
constexpr int kPairTries = 64;  // for two free ports beside each other

}  // namespace

RtpPortPair::RtpPortPair(asio::io_context& io, udp::endpoint rtcp_to, OnDatagram on_datagram)
    : rtp_(io), rtcp_(io), rtcp_to_(std::move(rtcp_to)), on_datagram_(std::move(on_datagram)) {}

RtpPortPair::~RtpPortPair() {
  *alive_ = false;
  error_code ignored;
  rtp_.close(ignored);
  rtcp_.close(ignored);
}

Result<std::unique_ptr<RtpPortPair>> RtpPortPair::open(asio::io_context& io,
                                                       const asio::ip::address& here, Range range,
                                                       const asio::ip::address& there,
                                                       uint16_t rtcp_port, OnDatagram on_datagram) {
  std::unique_ptr<RtpPortPair> pair(
      new RtpPortPair(io, udp::endpoint(there, rtcp_port), std::move(on_datagram)));
  const int tries = range.first > 0 ? range.pairs : kPairTries;
  for (int count = 0; count < tries; ++count) {
    const int port = range.first > 0 ? range.first + 2 * count : 0;
    if (!pair->bind(here, static_cast<uint16_t>(port))) continue;
    pair->receive(false);
    pair->receive(true);
    return pair;
  }
  return fail("there are no two free UDP ports beside each other");
}

bool RtpPortPair::bind(const asio::ip::address& here, uint16_t port) {
  error_code error;
  const auto open_at = [&](udp::socket& socket, uint16_t number) {
    socket.close(error);
    socket.open(here.is_v6() ? udp::v6() : udp::v4(), error);
    if (!error) socket.bind({here, number}, error);
    if (error) return false;
    socket.set_option(asio::socket_base::receive_buffer_size(kPairBufferBytes), error);
    socket.non_blocking(true, error);
    return true;
  };
  if (!open_at(rtp_, port)) return false;
  port_ = rtp_.local_endpoint(error).port();
  return port_ % 2 == 0 && open_at(rtcp_, static_cast<uint16_t>(port_ + 1));
}

void RtpPortPair::receive(bool rtcp) {
  udp::socket& socket = rtcp ? rtcp_ : rtp_;
  socket.async_wait(udp::socket::wait_read, [this, rtcp, alive = alive_](error_code error) {
    if (error || !*alive) return;
    read(rtcp);
    if (*alive) receive(rtcp);
  });
}

void RtpPortPair::read(bool rtcp) {
  const auto alive = alive_;
  udp::socket& socket = rtcp ? rtcp_ : rtp_;
  std::array<uint8_t, kMostDatagramBytes> buffer;
  for (int count = 0; *alive && count < kMaxDatagramsAtOnce; ++count) {
    udp::endpoint from;
    error_code error;
    const size_t bytes = socket.receive_from(asio::buffer(buffer), from, 0, error);
    if (error == asio::error::would_block) return;
    if (error || from.address() != rtcp_to_.address()) continue;
    on_datagram_(rtcp, ByteSpan(buffer).first(bytes));
  }
}

void RtpPortPair::send_rtcp(ByteSpan compound) {
  error_code ignored;  // the next report says the same
  rtcp_.send_to(asio::buffer(compound.data(), compound.size()), rtcp_to_, 0, ignored);
}

}  // namespace longmen
