// Puts a response on the wire: status line and fields, the length or chunks, the body in pieces,
// each with a deadline of its own, so that a slow link has time for a large page and a client that
// does not read has not. Knows no request beyond what the framing must follow. RFC 9112 §6, §7.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <optional>
#include <string>

#include "net/byte_stream.h"
#include "net/http_message.h"

namespace longmen {

struct HttpResponseFraming {
  bool head_only = false;  // the request was HEAD
  bool http_1_0 = false;   // the client knows no chunks
  bool keep = true;        // the connection may go on afterwards
};

// 204 and 304, whatever the handler gave.
bool has_no_body(int status);
// What Content-Length says of a response; nothing: its end is not known before it comes.
std::optional<uint64_t> content_length(const HttpResponse& response, bool head_only);
// Now, for Date.
const std::string& date_field();

// Whether the connection can go on after this response: not when only its end ends the body.
bool keeps_connection(const HttpResponse& response, const HttpResponseFraming& framing);

// What of a response that needs not be waited for the socket takes at once; what is left of it must
// follow before all else. Nothing: none of it has left.
std::optional<std::string> begin_http_response(ByteStream& stream, const HttpResponse& response,
                                               HttpResponseFraming framing);
boost::asio::awaitable<bool> write_rest(ByteStream& stream, std::string_view rest,
                                        std::chrono::milliseconds step);

// False when the response is not whole; the connection must be closed then, without words.
boost::asio::awaitable<bool> write_http_response(ByteStream& stream, HttpResponse& response,
                                                 HttpResponseFraming framing,
                                                 std::chrono::milliseconds step);

}  // namespace longmen
