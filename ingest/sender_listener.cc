#include "ingest/sender_listener.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cerrno>
#include <cstring>
#include <exception>
#include <utility>

#include "ingest/monotonic_now.h"
#include "ingest/stream_keys.h"

namespace longmen {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

constexpr std::chrono::milliseconds kPauseWithoutDescriptors{100};
constexpr std::chrono::seconds kFullSaidEvery{10};

tcp::endpoint unmapped(const tcp::endpoint& peer) {
  const auto address = peer.address();
  if (!address.is_v6() || !address.to_v6().is_v4_mapped()) return peer;
  return {asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6()), peer.port()};
}

}  // namespace

asio::awaitable<void> take_leave(ByteStream& stream, const bool& overdue) {
  stream.expires_never();
  IoResult last = co_await stream.finish_sending();
  Bytes buffer(kReadBytes);
  while (!last.error && !overdue)
    last = co_await stream.read_some(as_chars(buffer));
}

SenderListener::SenderListener(asio::io_context& io, IngestMetrics& metrics, std::string protocol,
                               Open open)
    : io_(io), metrics_(metrics), protocol_(std::move(protocol)), open_(std::move(open)) {}

SenderListener::~SenderListener() {
  *alive_ = false;
  for (auto& [number, weak] : connections_) {
    if (const auto connection = weak.lock()) connection->abort();
  }
}

Result<uint16_t> SenderListener::start(UniqueFd socket, std::shared_ptr<const TlsServer> tls) {
  sockaddr_storage bound{};
  socklen_t bound_bytes = sizeof bound;
  if (::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&bound), &bound_bytes) != 0)
    return fail(fmt::format("{} socket: {}", protocol_, std::strerror(errno)));
  error_code error;
  tcp::acceptor acceptor(io_);
  acceptor.assign(bound.ss_family == AF_INET6 ? tcp::v6() : tcp::v4(), socket.get(), error);
  if (error) return fail(fmt::format("{} socket: {}", protocol_, error.message()));
  (void)socket.release();
  const uint16_t port = acceptor.local_endpoint(error).port();
  Door& door = doors_.emplace_back(Door{std::move(acceptor), std::move(tls)});
  asio::co_spawn(io_, accept(door, alive_), asio::detached);
  return port;
}

void SenderListener::stop() {
  error_code ignored;
  for (Door& door : doors_)
    door.acceptor.close(ignored);
}

// It begins only when the io_context runs, and this may be gone by then.
asio::awaitable<void> SenderListener::accept(Door& door, std::shared_ptr<const bool> alive) {
  if (!*alive) co_return;
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
    spdlog::error("accepting {} connections: {}", protocol_, error.message());
    pause.expires_after(kPauseWithoutDescriptors);
    co_await pause.async_wait(asio::redirect_error(asio::use_awaitable, error));
  }
}

bool SenderListener::has_room(const std::string& source) {
  const auto known = of_source_.find(source);
  const bool all = connections_.size() >= max_connections_;
  if (!all && (known == of_source_.end() || known->second < max_of_address_)) return true;
  metrics_.refused(RefusalReason::kTooManyConnections);
  if (monotonic_now() - full_said_ >= kFullSaidEvery) {
    full_said_ = monotonic_now();
    spdlog::warn("{} connections refused: there are {} already{}", protocol_,
                 all ? max_connections_ : max_of_address_, all ? "" : " from one address");
  }
  return false;
}

void SenderListener::open(tcp::socket socket, const TlsServer* tls) {
  error_code error;
  const tcp::endpoint peer = unmapped(socket.remote_endpoint(error));
  if (error) return;  // it has gone already
  const std::string source = source_of(peer.address());
  if (!has_room(source)) return;
  socket.set_option(tcp::no_delay(true), error);
  Accepted accepted{nullptr, socket.native_handle(), peer, tls != nullptr};
  if (tls) {
    auto context = tls->context();
    if (!context) return;  // no certificate yet
    accepted.stream = make_tls_stream(StreamSocket(std::move(socket)), std::move(context));
  } else {
    accepted.stream = make_plain_stream(StreamSocket(std::move(socket)));
  }
  const uint64_t number = next_number_++;
  const auto connection = open_(std::move(accepted));
  connections_.emplace(number, connection);
  ++of_source_[source];
  // Holds the connection, whose coroutine may begin after this function has returned.
  const auto ended = [this, number, connection, source,
                      alive = alive_](const std::exception_ptr& failed) {
    if (failed) spdlog::critical("a connection of a sender ended by an exception");
    if (!*alive) return;
    connections_.erase(number);
    if (const auto known = of_source_.find(source); known != of_source_.end())
      if (--known->second == 0) of_source_.erase(known);
  };
  asio::co_spawn(io_, connection->run(), ended);
}

}  // namespace longmen
