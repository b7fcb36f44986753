#include "ingest/rtmp_listener.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cerrno>
#include <cstring>
#include <exception>

namespace longmen {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

constexpr std::chrono::milliseconds kPauseWithoutDescriptors{100};

}  // namespace

RtmpListener::RtmpListener(asio::io_context& io, Feeds& feeds, IngestMetrics& metrics,
                           RtmpDeadlines deadlines)
    : io_(io), feeds_(feeds), metrics_(metrics), deadlines_(deadlines) {}

RtmpListener::~RtmpListener() {
  *alive_ = false;
  for (auto& [number, weak] : connections_) {
    if (const auto connection = weak.lock()) connection->abort();
  }
}

Result<uint16_t> RtmpListener::start(UniqueFd socket, std::shared_ptr<const TlsServer> tls) {
  sockaddr_storage bound{};
  socklen_t bound_bytes = sizeof bound;
  if (::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&bound), &bound_bytes) != 0)
    return fail(fmt::format("RTMP socket: {}", std::strerror(errno)));
  error_code error;
  tcp::acceptor acceptor(io_);
  acceptor.assign(bound.ss_family == AF_INET6 ? tcp::v6() : tcp::v4(), socket.get(), error);
  if (error) return fail("RTMP socket: " + error.message());
  (void)socket.release();
  const uint16_t port = acceptor.local_endpoint(error).port();
  Door& door = doors_.emplace_back(Door{std::move(acceptor), std::move(tls)});
  asio::co_spawn(io_, accept(door), asio::detached);
  return port;
}

void RtmpListener::stop() {
  error_code ignored;
  for (Door& door : doors_)
    door.acceptor.close(ignored);
}

asio::awaitable<void> RtmpListener::accept(Door& door) {
  const auto alive = alive_;
  asio::steady_timer pause(io_);
  while (*alive && door.acceptor.is_open()) {
    error_code error;
    tcp::socket socket(io_);
    co_await door.acceptor.async_accept(socket, asio::redirect_error(asio::use_awaitable, error));
    if (!*alive || error == asio::error::operation_aborted) co_return;
    if (!error) {
      open(std::move(socket), door.tls.get());
      continue;
    }
    if (error == asio::error::connection_aborted) continue;
    spdlog::error("accepting RTMP connections: {}", error.message());
    pause.expires_after(kPauseWithoutDescriptors);
    co_await pause.async_wait(asio::redirect_error(asio::use_awaitable, error));
  }
}

void RtmpListener::open(tcp::socket socket, const TlsServer* tls) {
  if (connections_.size() >= max_connections_) {
    metrics_.refused(RefusalReason::kTooManyConnections);
    if (!full_) spdlog::warn("rtmp connections refused: there are {} already", max_connections_);
    full_ = true;
    return;
  }
  full_ = false;
  error_code error;
  const tcp::endpoint peer = socket.remote_endpoint(error);
  if (error) return;  // it has gone already
  socket.set_option(tcp::no_delay(true), error);
  const int descriptor = socket.native_handle();
  std::shared_ptr<ByteStream> stream;
  if (tls) {
    auto context = tls->context();
    if (!context) return;  // no certificate yet
    stream = make_tls_stream(StreamSocket(std::move(socket)), std::move(context));
  } else {
    stream = make_plain_stream(StreamSocket(std::move(socket)));
  }
  const uint64_t number = next_number_++;
  auto connection = std::make_shared<RtmpConnection>(io_, std::move(stream), descriptor, peer,
                                                     tls != nullptr, feeds_, metrics_, deadlines_);
  connections_.emplace(number, connection);
  // Holds the connection, whose coroutine may begin after this function has returned.
  const auto ended = [this, number, connection, alive = alive_](const std::exception_ptr& failed) {
    if (failed) spdlog::critical("an RTMP connection ended by an exception");
    if (*alive) connections_.erase(number);
  };
  asio::co_spawn(io_, connection->run(), ended);
}

}  // namespace longmen
