// A transport stream that comes by UDP, alone or in RTP (RFC 2250 §2), to an address of this
// machine or to a multicast group, from one source alone if one is named (RFC 4607).
#include <fmt/format.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <boost/asio/ip/multicast.hpp>
#include <boost/asio/ip/udp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cerrno>
#include <cstring>
#include <utility>

#include "core/rtp/header.h"
#include "core/rtp/reorder_buffer.h"
#include "ingest/monotonic_now.h"
#include "ingest/pull_source.h"
#include "ingest/silence_timer.h"
#include "ingest/ts_feed.h"
#include "net/socket_address.h"
#include "net/udp_options.h"

namespace longmen {
namespace {

namespace asio = boost::asio;
using asio::ip::udp;
using boost::system::error_code;

constexpr int kReceiveBufferBytes = 4 << 20;  // a busy moment of ours must not cost packets
constexpr size_t kMaxDatagramBytes = 65'507;
constexpr int kMaxDatagramsAtOnce = 256;

class DatagramPull : public PullSource {
 public:
  DatagramPull(asio::io_context& io, const PullConfig& pull, const PullUrl& url,
               IngestMetrics& metrics, PullHandlers handlers)
      : rtp_(url.scheme == PullUrl::Scheme::kRtp),
        metrics_(metrics),
        handlers_(std::move(handlers)),
        stream_(fmt::format("{} pull {}", rtp_ ? "rtp" : "udp", url.shown()), pull.channel, metrics,
                pull.program),
        order_(std::chrono::milliseconds(pull.latency_ms)),
        silence_(io, [this] { end("nothing came for too long"); }),
        order_timer_(io),
        socket_(io) {
    if (const auto opened = open(pull, url); !opened) {
      end(opened.error().message);
      return;
    }
    receive();
  }
  ~DatagramPull() override {
    *alive_ = false;
    error_code ignored;
    socket_.close(ignored);
  }

 private:
  Result<void> open(const PullConfig& pull, const PullUrl& url) {
    error_code error;
    const auto address = asio::ip::make_address(url.host, error);
    if (error) return fail(error.message());
    if (!url.user.empty()) source_ = asio::ip::make_address(url.user, error);
    const udp::endpoint endpoint(address, static_cast<uint16_t>(url.port));
    socket_.open(endpoint.protocol(), error);
    if (!error && address.is_multicast())
      socket_.set_option(udp::socket::reuse_address(true), error);
    if (!error) socket_.bind(endpoint, error);
    if (error) return fail(fmt::format("{} cannot be bound: {}", url.shown(), error.message()));
    set_receive_buffer(socket_.native_handle(), kReceiveBufferBytes);
    socket_.non_blocking(true, error);
    return address.is_multicast() ? join(address, pull.interface_address) : Result<void>();
  }

  Result<void> join(const asio::ip::address& group, const std::string& interface_address) {
    const int family = group.is_v4() ? AF_INET : AF_INET6;
    const int level = group.is_v4() ? IPPROTO_IP : IPPROTO_IPV6;
    const auto raw = [family](const asio::ip::address& address, sockaddr_storage& out) {
      const auto value = Address::from_text(address.to_string(), 0);
      const SocketAddress from(value.value_or(Address{}), family);
      std::memcpy(&out, &from.any, from.bytes);
    };
    const auto index = interface_of(interface_address);
    if (!index) return tl::unexpected(index.error());
    int joined = -1;
    if (source_.is_unspecified()) {
      group_req request{};
      request.gr_interface = *index;
      raw(group, request.gr_group);
      joined =
          ::setsockopt(socket_.native_handle(), level, MCAST_JOIN_GROUP, &request, sizeof request);
    } else {
      group_source_req request{};
      request.gsr_interface = *index;
      raw(group, request.gsr_group);
      raw(source_, request.gsr_source);
      joined = ::setsockopt(socket_.native_handle(), level, MCAST_JOIN_SOURCE_GROUP, &request,
                            sizeof request);
    }
    if (joined != 0)
      return fail(fmt::format("the group cannot be joined: {}", std::strerror(errno)));
    // Else every socket of the machine's groups at this port is heard (ip(7)).
    const int off = 0;
    if (group.is_v4())
      ::setsockopt(socket_.native_handle(), IPPROTO_IP, IP_MULTICAST_ALL, &off, sizeof off);
    return {};
  }

  // The number of the interface that has this address; 0: as the kernel routes.
  static Result<uint32_t> interface_of(const std::string& address) {
    if (address.empty()) return 0;
    ifaddrs* all = nullptr;
    if (::getifaddrs(&all) != 0) return fail(std::strerror(errno));
    const std::unique_ptr<ifaddrs, decltype(&::freeifaddrs)> owner(all, &::freeifaddrs);
    for (const ifaddrs* item = all; item; item = item->ifa_next) {
      if (item->ifa_addr && to_address(item->ifa_addr).ip_string() == address)
        return ::if_nametoindex(item->ifa_name);
    }
    return fail(fmt::format("no interface has the address {}", address));
  }

  void receive() {
    socket_.async_wait(udp::socket::wait_read, [this, alive = alive_](error_code error) {
      if (!*alive || ended_) return;
      if (error) return end(error.message());
      for (int count = 0; count < kMaxDatagramsAtOnce && !ended_; ++count) {
        udp::endpoint from;
        const size_t bytes = socket_.receive_from(asio::buffer(datagram_), from, 0, error);
        if (error) break;
        if (!source_.is_unspecified() && from.address() != source_) {
          metrics_.dropped(DropReason::kUnknownPeer);
          continue;
        }
        take(ByteSpan(datagram_).first(bytes));
      }
      if (ended_) return;
      if (error && error != asio::error::would_block) return end(error.message());
      receive();
    });
  }

  void take(ByteSpan datagram) {
    if (!rtp_) return push(datagram, monotonic_now());
    const auto packet = read_rtp(datagram);
    if (!packet) return metrics_.dropped(packet.error());
    if (!ssrc_) measure_at_ = monotonic_now() + kTellHealthEvery;
    if (ssrc_ && *ssrc_ != packet->header.ssrc) order_.restart();
    ssrc_ = packet->header.ssrc;
    bytes_ += datagram.size();
    if (const auto pushed = order_.push(packet->header.sequence, packet->payload, monotonic_now());
        !pushed)
      metrics_.dropped(pushed.error());
    drain();
    if (monotonic_now() >= measure_at_) measure();
  }

  // Holes in the stream are told as its errors, by push(); so they are not given up again.
  void measure() {
    stream_.measured({.packets = order_.passed(),
                      .lost = order_.lost(),
                      .bits_per_second = bit_rate_told(std::exchange(bytes_, 0))});
    measure_at_ = monotonic_now() + kTellHealthEvery;
  }

  void drain() {
    while (auto packet = ended_ ? std::nullopt : order_.poll(monotonic_now())) {
      if (packet->gap) stream_.lose();
      push(packet->payload, packet->arrival);
    }
    const auto due = order_.next_timeout();
    if (!due || ended_) return;
    order_timer_.expires_at(*due);
    order_timer_.async_wait([this, alive = alive_](error_code cancelled) {
      if (!cancelled && *alive) drain();
    });
  }

  void push(ByteSpan bytes, Monotonic arrival) {
    switch (stream_.push(bytes, arrival, handlers_.place)) {
      case TsFeed::Taken::kMedia:
        // Before the first there is nothing to try again: it listens.
        return std::exchange(heard_, true) ? silence_.broken() : silence_.begin();
      case TsFeed::Taken::kUnsupported:
        return end("its codec is not supported");
      case TsFeed::Taken::kNoPlace:
        return end("the channel has another feed");
      case TsFeed::Taken::kNothing:
        return;
    }
  }

  void end(const std::string& why) {
    if (!std::exchange(ended_, true)) handlers_.ended(why, false);
  }

  bool rtp_;
  IngestMetrics& metrics_;
  PullHandlers handlers_;
  TsFeed stream_;
  ReorderBuffer order_;
  SilenceTimer silence_;
  asio::steady_timer order_timer_;
  udp::socket socket_;
  asio::ip::address source_;  // unspecified: any
  std::optional<uint32_t> ssrc_;
  size_t bytes_ = 0;  // of RTP, since it was measured
  Monotonic measure_at_;
  std::array<uint8_t, kMaxDatagramBytes> datagram_{};
  bool heard_ = false;
  bool ended_ = false;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace

std::unique_ptr<PullSource> make_datagram_pull(asio::io_context& io, const PullConfig& pull,
                                               const PullUrl& url, IngestMetrics& metrics,
                                               PullHandlers handlers) {
  return std::make_unique<DatagramPull>(io, pull, url, metrics, std::move(handlers));
}

}  // namespace longmen
