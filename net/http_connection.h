// One connection of the HTTP server: reads a request, asks the handler, writes the response, and
// begins anew until either side has enough. Requests that come before the response of an earlier
// one wait in the socket. Every step has a deadline (net/http_server.h). A response that cannot be
// finished ends the connection, so that no client takes half a body for a whole one. RFC 9112.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <memory>
#include <string>

#include "net/byte_stream.h"
#include "net/http_server.h"

namespace longmen {

class HttpConnection {
 public:
  struct Peer {
    std::string address;  // without port; empty for Unix sockets
    bool secure = false;
  };
  // What all connections of a server share; it outlives them.
  struct Shared {
    HttpServerLimits limits;
    HttpHandler handler;
    HttpServerEvents events;
    bool stopping = false;
  };

  virtual ~HttpConnection() = default;
  // Until the connection has ended; keeps the object alive.
  virtual boost::asio::awaitable<void> run() = 0;
  // Ends when the response under way is finished, or at once when there is none.
  virtual void finish() = 0;
  virtual void close() = 0;
};

std::shared_ptr<HttpConnection> make_http_connection(
    std::shared_ptr<ByteStream> stream, HttpConnection::Peer peer,
    std::shared_ptr<HttpConnection::Shared> shared);

}  // namespace longmen
