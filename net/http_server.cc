#include "net/http_server.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/tcp.h>
#include <spdlog/spdlog.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cerrno>
#include <cstring>
#include <list>
#include <unordered_map>

#include "core/base/address.h"
#include "net/byte_stream.h"
#include "net/http_connection.h"

namespace longmen {
namespace asio = boost::asio;
namespace {

using Acceptor = asio::basic_socket_acceptor<asio::generic::stream_protocol>;
using namespace std::chrono_literals;

constexpr auto kAcceptRetry = 100ms;  // when the process has no descriptor left
constexpr auto kStopPoll = 20ms;

std::string too_many_connections() {
  const HttpResponse problem = http_problem(503, "too many connections");
  return fmt::format(
      "HTTP/1.1 503 {}\r\nContent-Type: application/problem+json\r\nContent-Length: {}\r\n"
      "Retry-After: 5\r\nConnection: close\r\n\r\n{}",
      http_reason(503), problem.content.size(), problem.content);
}

Address address_of(const sockaddr_storage& raw) {
  if (raw.ss_family == AF_INET) {
    const auto& v4 = reinterpret_cast<const sockaddr_in&>(raw);
    return Address::from_bytes({reinterpret_cast<const uint8_t*>(&v4.sin_addr), 4},
                               ntohs(v4.sin_port));
  }
  if (raw.ss_family == AF_INET6) {
    const auto& v6 = reinterpret_cast<const sockaddr_in6&>(raw);
    return Address::from_bytes({reinterpret_cast<const uint8_t*>(&v6.sin6_addr), 16},
                               ntohs(v6.sin6_port));
  }
  return {};
}

std::string peer_address(int socket) {
  sockaddr_storage raw{};
  socklen_t size = sizeof raw;
  if (::getpeername(socket, reinterpret_cast<sockaddr*>(&raw), &size) != 0) return "";
  return address_of(raw).ip_string();
}

// Abstract Unix sockets have no permissions: whoever is neither this user nor root is turned away.
bool same_user_or_root(int socket) {
  ucred who{};
  socklen_t size = sizeof who;
  if (::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &who, &size) != 0) return false;
  return who.uid == ::geteuid() || who.uid == 0;
}

}  // namespace

class HttpServer::State : public std::enable_shared_from_this<HttpServer::State> {
 public:
  State(asio::io_context& io, HttpServerLimits limits, HttpHandler handler, HttpServerEvents events,
        HttpAtOnce at_once)
      : io_(io), shared_(std::make_shared<HttpShared>()), stop_timer_(io) {
    shared_->limits = limits;
    shared_->handler = std::move(handler);
    shared_->events = std::move(events);
    shared_->at_once = std::move(at_once);
  }

  Result<void> listen(UniqueFd socket, std::shared_ptr<const TlsServer> tls) {
    sockaddr_storage raw{};
    socklen_t size = sizeof raw;
    if (::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&raw), &size) != 0)
      return fail(fmt::format("listening socket: {}", std::strerror(errno)));
    Listener& listener = listeners_.emplace_back(io_, raw.ss_family, std::move(tls));
    boost::system::error_code error;
    const asio::generic::stream_protocol protocol(raw.ss_family, 0);
    listener.acceptor.assign(protocol, socket.get(), error);
    if (error) {
      listeners_.pop_back();
      return fail("listening socket: " + error.message());
    }
    socket.release();
    listener.acceptor.non_blocking(true, error);
    accept_next(listener);
    return {};
  }

  void set_limits(const HttpServerLimits& limits) { shared_->limits = limits; }
  size_t connections() const { return connections_.size(); }

  void stop(std::chrono::milliseconds grace, std::function<void()> stopped) {
    shared_->stopping = true;
    for (Listener& listener : listeners_) {
      boost::system::error_code ignored;
      listener.acceptor.close(ignored);
      listener.retry.cancel();
    }
    for (const auto& [number, connection] : connections_)
      connection->finish();
    stopped_ = std::move(stopped);
    stop_at_ = std::chrono::steady_clock::now() + grace;
    check_stopped();
  }

  void close() {
    shared_->stopping = true;
    for (Listener& listener : listeners_) {
      boost::system::error_code ignored;
      listener.acceptor.close(ignored);
      listener.retry.cancel();
    }
    stop_timer_.cancel();
    close_connections();
  }

 private:
  struct Listener {
    Listener(asio::io_context& io, int address_family, std::shared_ptr<const TlsServer> server)
        : acceptor(io), retry(io), family(address_family), tls(std::move(server)) {}
    Acceptor acceptor;
    asio::steady_timer retry;
    int family;
    std::shared_ptr<const TlsServer> tls;
  };

  void accept_next(Listener& listener) {
    listener.acceptor.async_accept([self = shared_from_this(), &listener](
                                       boost::system::error_code error, StreamSocket socket) {
      if (self->shared_->stopping) return;
      if (error && error != asio::error::connection_aborted)
        return self->retry_later(listener, error);
      if (!error) self->accepted(listener, std::move(socket));
      self->accept_next(listener);
    });
  }

  void retry_later(Listener& listener, boost::system::error_code error) {
    spdlog::warn("no connection can be accepted: {}", error.message());
    listener.retry.expires_after(kAcceptRetry);
    listener.retry.async_wait(
        [self = shared_from_this(), &listener](boost::system::error_code cancelled) {
          if (!cancelled && !self->shared_->stopping) self->accept_next(listener);
        });
  }

  void accepted(const Listener& listener, StreamSocket socket) {
    const int descriptor = socket.native_handle();
    HttpPeer peer;
    if (listener.family == AF_UNIX) {
      if (!same_user_or_root(descriptor)) return refused("user");
    } else {
      peer.address = peer_address(descriptor);
      if (peer.address.empty()) return;  // it has gone already; no request comes from nowhere
      const int on = 1;  // responses leave in one piece; the next one must not wait for an ACK
      ::setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    }
    peer.secure = listener.tls != nullptr;
    const HttpServerLimits& limits = shared_->limits;
    const size_t of_address = by_address_.contains(peer.address) ? by_address_[peer.address] : 0;
    const bool crowded = connections_.size() >= limits.connections;
    if (crowded || (!peer.address.empty() && of_address >= limits.connections_per_address)) {
      // One try to say why; a TLS client learns nothing before a handshake that costs too much.
      if (!peer.secure) {
        static const std::string words = too_many_connections();
        (void)::send(descriptor, words.data(), words.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
      }
      return refused(crowded ? "connections" : "address");
    }
    std::shared_ptr<ByteStream> stream;
    if (listener.tls) {
      auto context = listener.tls->context();
      if (!context) return;
      stream = make_tls_stream(std::move(socket), std::move(context));
    } else {
      stream = make_plain_stream(std::move(socket));
    }
    begin(std::move(stream), std::move(peer));
  }

  void begin(std::shared_ptr<ByteStream> stream, HttpPeer peer) {
    const std::string address = peer.address;
    auto connection = std::make_shared<HttpConnection>(std::move(stream), std::move(peer), shared_);
    const uint64_t number = ++last_number_;
    connections_.emplace(number, connection);
    if (!address.empty()) ++by_address_[address];
    asio::co_spawn(io_, connection->run(),
                   [self = shared_from_this(), number, address](const std::exception_ptr& failure) {
                     self->ended(number, address, failure);
                   });
  }

  void ended(uint64_t number, const std::string& address, const std::exception_ptr& failure) {
    connections_.erase(number);
    if (const auto found = by_address_.find(address); found != by_address_.end()) {
      if (--found->second == 0) by_address_.erase(found);
    }
    if (!failure) return;
    try {
      std::rethrow_exception(failure);
    } catch (const std::exception& error) {
      spdlog::error("an HTTP connection ended: {}", error.what());
    }
  }

  void refused(std::string_view limit) {
    if (shared_->events.refused) shared_->events.refused(limit);
  }

  void check_stopped() {
    if (std::chrono::steady_clock::now() >= stop_at_) close_connections();
    if (connections_.empty()) {
      if (auto stopped = std::exchange(stopped_, nullptr)) stopped();
      return;
    }
    stop_timer_.expires_after(kStopPoll);
    stop_timer_.async_wait([self = shared_from_this()](boost::system::error_code cancelled) {
      if (!cancelled) self->check_stopped();
    });
  }

  void close_connections() {
    for (const auto& [number, connection] : connections_)
      connection->close();
  }

  asio::io_context& io_;
  std::shared_ptr<HttpShared> shared_;
  std::list<Listener> listeners_;  // addresses of its items are kept
  std::unordered_map<uint64_t, std::shared_ptr<HttpConnection>> connections_;
  std::unordered_map<std::string, size_t> by_address_;
  uint64_t last_number_ = 0;
  asio::steady_timer stop_timer_;
  std::chrono::steady_clock::time_point stop_at_;
  std::function<void()> stopped_;
};

HttpServer::HttpServer(asio::io_context& io, HttpServerLimits limits, HttpHandler handler,
                       HttpServerEvents events, HttpAtOnce at_once)
    : state_(std::make_shared<State>(io, limits, std::move(handler), std::move(events),
                                     std::move(at_once))) {}
HttpServer::~HttpServer() {
  state_->close();
}
Result<void> HttpServer::listen(UniqueFd socket, std::shared_ptr<const TlsServer> tls) {
  return state_->listen(std::move(socket), std::move(tls));
}
void HttpServer::set_limits(const HttpServerLimits& limits) {
  state_->set_limits(limits);
}
void HttpServer::stop(std::chrono::milliseconds grace, std::function<void()> stopped) {
  state_->stop(grace, std::move(stopped));
}
size_t HttpServer::connections() const {
  return state_->connections();
}

}  // namespace longmen
