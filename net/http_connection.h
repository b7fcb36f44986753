// One connection of the HTTP server: the TLS handshake, its first bytes, which say whether it is
// HTTP/2 (with TLS as agreed by ALPN, without it with prior knowledge) or HTTP/1.1, that protocol
// (net/http_protocol.h), and the goodbye. Every step has a deadline (net/http_server.h).
// RFC 9112, RFC 9113 §3.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <memory>

#include "net/http_protocol.h"

namespace longmen {

class HttpConnection : public std::enable_shared_from_this<HttpConnection> {
 public:
  HttpConnection(std::shared_ptr<ByteStream> stream, HttpPeer peer,
                 std::shared_ptr<HttpShared> shared)
      : stream_(std::move(stream)), peer_(std::move(peer)), shared_(std::move(shared)) {}

  // Until the connection has ended; keeps the object alive.
  boost::asio::awaitable<void> run();
  // Ends when what is under way is finished, or at once when there is nothing.
  void finish();
  void close() { stream_->close(); }

 private:
  boost::asio::awaitable<std::string> read_first_bytes();
  boost::asio::awaitable<void> say_goodbye();

  std::shared_ptr<ByteStream> stream_;
  HttpPeer peer_;
  std::shared_ptr<HttpShared> shared_;
  std::shared_ptr<HttpProtocol> protocol_;  // once it is known
  bool idle_ = false;                       // waits for the first bytes
};

}  // namespace longmen
