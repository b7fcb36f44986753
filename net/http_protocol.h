// What an HTTP connection speaks once its first bytes have said which version it is, and what the
// versions share. RFC 9112, RFC 9113.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <memory>
#include <string>

#include "net/byte_stream.h"
#include "net/http_request_head.h"
#include "net/http_server.h"

namespace longmen {

struct HttpPeer {
  std::string address;  // without port; empty for Unix sockets
  bool secure = false;
};

// What all connections of a server share; it outlives them.
struct HttpShared {
  HttpServerLimits limits;
  HttpHandler handler;
  HttpServerEvents events;
  HttpAtOnce at_once;  // may be null
  bool stopping = false;
};

class HttpProtocol {
 public:
  virtual ~HttpProtocol() = default;
  // `begun`: what was read already. Until nothing more is to be said: false when the stream is of
  // no further use. Keeps the object alive.
  virtual boost::asio::awaitable<bool> run(std::string begun) = 0;
  // Ends when the responses under way are finished, or at once when there are none.
  virtual void finish() = 0;
};

// Reads a request, asks the handler, writes the response, and begins anew until either side has
// enough. Requests that come before the response of an earlier one wait in the socket. A response
// that cannot be finished ends the connection, so that no client takes half a body for a whole one.
std::shared_ptr<HttpProtocol> make_http1_connection(std::shared_ptr<ByteStream> stream,
                                                    HttpPeer peer,
                                                    std::shared_ptr<HttpShared> shared);

// Requests beside each other, each with a coroutine of its own: net/http2_session.h has the rest.
// One whose stream the client closes is let go (HttpAsker), and counts until its handler is done.
std::shared_ptr<HttpProtocol> make_http2_connection(std::shared_ptr<ByteStream> stream,
                                                    HttpPeer peer,
                                                    std::shared_ptr<HttpShared> shared);

// Of that head and peer, without its body.
HttpRequest begin_request(HttpRequestHead head, const HttpPeer& peer);
// 500 when they throw; the log has the words.
boost::asio::awaitable<HttpResponse> ask_http_handler(const HttpHandler& handler,
                                                      HttpRequest request);
std::optional<HttpResponse> ask_at_once(const HttpAtOnce& at_once, HttpRequest& request);

}  // namespace longmen
