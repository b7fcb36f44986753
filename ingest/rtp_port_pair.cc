#include "ingest/rtp_port_pair.h"

#include <fmt/format.h>

#include <array>
#include <utility>

#include "ingest/monotonic_now.h"
#include "net/udp_options.h"

namespace longmen {
namespace {

namespace asio = boost::asio;
using asio::ip::udp;
using boost::system::error_code;

constexpr int kPairBufferBytes = 4 << 20;  // a busy moment of ours must not cost packets
constexpr size_t kMostDatagramBytes = 65'507;
constexpr int kPairTries = 64;  // for two free ports beside each other

error_code bind_to(udp::socket& socket, const asio::ip::address& address, uint16_t port) {
  error_code error;
  socket.close(error);
  socket.open(address.is_v6() ? udp::v6() : udp::v4(), error);
  if (!error) socket.bind({address, port}, error);
  if (error) return error;
  set_receive_buffer(socket.native_handle(), kPairBufferBytes);
  socket.non_blocking(true, error);
  return error;
}

}  // namespace

RtpPortPair::RtpPortPair(asio::io_context& io, const Peer& peer, OnDatagram on_datagram)
    : rtp_{udp::socket(io), {peer.address, peer.rtp_port}, {}, {}},
      rtcp_{udp::socket(io), {peer.address, peer.rtcp_port}, {}, {}},
      on_datagram_(std::move(on_datagram)) {}

RtpPortPair::~RtpPortPair() {
  *alive_ = false;
  error_code ignored;
  rtp_.socket.close(ignored);
  rtcp_.socket.close(ignored);
}

Result<std::unique_ptr<RtpPortPair>> RtpPortPair::open(asio::io_context& io,
                                                       const asio::ip::address& here,
                                                       const Range& range, const Peer& peer,
                                                       OnDatagram on_datagram) {
  std::unique_ptr<RtpPortPair> pair(new RtpPortPair(io, peer, std::move(on_datagram)));
  const bool any = range.first == 0;
  error_code error;
  for (int count = 0; count < (any ? kPairTries : range.pairs); ++count) {
    const int port = any ? 0 : range.first + 2 * *range.turn;
    if (!any) *range.turn = (*range.turn + 1) % range.pairs;
    error = pair->bind(here, static_cast<uint16_t>(port));
    if (error) continue;
    pair->receive(false);
    pair->receive(true);
    return pair;
  }
  return fail(fmt::format("no two UDP ports beside each other can be had: {}", error.message()));
}

error_code RtpPortPair::bind(const asio::ip::address& here, uint16_t port) {
  error_code error = bind_to(rtp_.socket, here, port);
  if (error) return error;
  port_ = rtp_.socket.local_endpoint(error).port();
  if (!error && port_ % 2 != 0) error = asio::error::address_in_use;  // the one before it may be
  if (!error) error = bind_to(rtcp_.socket, here, static_cast<uint16_t>(port_ + 1));
  return error;
}

void RtpPortPair::receive(bool rtcp) {
  udp::socket& socket = rtcp ? rtcp_.socket : rtp_.socket;
  socket.async_wait(udp::socket::wait_read, [this, rtcp, alive = alive_](error_code error) {
    if (error || !*alive) return;
    read(rtcp);
    if (*alive) receive(rtcp);
  });
}

void RtpPortPair::read(bool rtcp) {
  const auto alive = alive_;
  Ear& ear = rtcp ? rtcp_ : rtp_;
  std::array<uint8_t, kMostDatagramBytes> buffer;
  for (int count = 0; *alive && count < kMaxDatagramsAtOnce; ++count) {
    udp::endpoint from;
    error_code error;
    const size_t bytes = ear.socket.receive_from(asio::buffer(buffer), from, 0, error);
    if (error == asio::error::would_block) return;
    if (error || !listens_to(ear, from)) continue;
    on_datagram_(rtcp, ByteSpan(buffer).first(bytes));
  }
}

bool RtpPortPair::listens_to(Ear& ear, const udp::endpoint& from) {
  if (from.address() != ear.announced.address()) return false;
  const Monotonic now = monotonic_now();
  const bool other = from != ear.heard && from != ear.announced;
  if (other && now - ear.heard_at < kSilence) return false;
  ear.heard = from;
  ear.heard_at = now;
  return true;
}

void RtpPortPair::send_rtcp(ByteSpan compound) {
  error_code ignored;  // the next report says the same
  rtcp_.socket.send_to(asio::buffer(compound.data(), compound.size()), rtcp_.announced, 0, ignored);
}

}  // namespace longmen
