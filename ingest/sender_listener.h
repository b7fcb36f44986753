// The listening sockets of a protocol that senders speak by TCP, plain and behind TLS, and the
// connections that came in by them. What a connection does is its protocol's.
// Bounds: max_connections of all, and of one address (of IPv6, a /64) where that is set; one more
// is closed at once and counted. One thread: that of its io_context.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <unordered_map>

#include "core/base/bytes.h"
#include "core/base/result.h"
#include "core/time/media_time.h"
#include "ingest/ingest_metrics.h"
#include "net/byte_stream.h"
#include "net/tls.h"
#include "net/unique_fd.h"

namespace longmen {

// By a connection, at a time.
inline constexpr size_t kReadBytes = 64 << 10;
// To be read into.
inline std::span<char> as_chars(Bytes& bytes) {
  return {reinterpret_cast<char*>(bytes.data()), bytes.size()};
}

// What was said last is read before the peer closes: nothing more is said, and what still comes is
// read away until it does, or is `overdue`.
boost::asio::awaitable<void> take_leave(ByteStream& stream, const bool& overdue);

class SenderConnection {
 public:
  virtual ~SenderConnection() = default;
  // Until the connection is closed.
  virtual boost::asio::awaitable<void> run() = 0;
  // At once, without a word.
  virtual void abort() = 0;
};

class SenderListener {
 public:
  struct Accepted {
    std::shared_ptr<ByteStream> stream;  // the handshake of TLS is still to be made
    int descriptor = -1;                 // its socket, to be asked about and nothing else
    boost::asio::ip::tcp::endpoint peer;
    bool secure = false;
  };
  using Open = std::function<std::shared_ptr<SenderConnection>(Accepted)>;

  // `protocol` is for people: "RTMP".
  SenderListener(boost::asio::io_context& io, IngestMetrics& metrics, std::string protocol,
                 Open open);
  ~SenderListener();
  SenderListener(const SenderListener&) = delete;
  SenderListener& operator=(const SenderListener&) = delete;

  // `socket` is bound and listening; connections to it are behind TLS when there is `tls`. Gives
  // its port.
  Result<uint16_t> start(UniqueFd socket, std::shared_ptr<const TlsServer> tls = nullptr);
  void set_max_connections(size_t count, size_t of_address = SIZE_MAX) {
    max_connections_ = count;
    max_of_address_ = of_address;
  }
  // Accepts no more; connections stay.
  void stop();

  size_t connections() const { return connections_.size(); }

 private:
  struct Door {
    boost::asio::ip::tcp::acceptor acceptor;
    std::shared_ptr<const TlsServer> tls;
  };
  boost::asio::awaitable<void> accept(Door& door, std::shared_ptr<const bool> alive);
  void open(boost::asio::ip::tcp::socket socket, const TlsServer* tls);
  bool has_room(const std::string& source);

  boost::asio::io_context& io_;
  IngestMetrics& metrics_;
  std::string protocol_;
  Open open_;
  std::list<Door> doors_;  // addresses of its items are kept
  size_t max_connections_ = 100, max_of_address_ = SIZE_MAX;
  Monotonic full_said_;  // by the log
  uint64_t next_number_ = 0;
  std::unordered_map<uint64_t, std::weak_ptr<SenderConnection>> connections_;
  std::map<std::string, size_t> of_source_;  // of those in connections_, by source_of()
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace longmen
