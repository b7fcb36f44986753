// Reads the requests of one connection: bytes in; the header of each, what stands in its body, and
// whether another request may follow out. It decides what is well-formed and how a body is framed,
// and says what is wrong as the client is told; it does not know where bytes come from, how long
// they may take, or which body is too large for a route. What is accepted does not depend on how
// the bytes are cut; only how early a header is refused does. Bounds: a header, all of it, and what
// stands between the pieces of a body: max_header_bytes; it buffers no more than that and what was
// committed last. RFC 9112; fields in Beast's parser, bodies in core/http/chunked_decoder.h.
#pragma once

#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "core/http/chunked_decoder.h"
#include "net/http_request_head.h"

namespace longmen {

class HttpRequestReader {
 public:
  using Head = tl::expected<HttpRequestHead, HttpProblem>;
  using Piece = tl::expected<std::string, HttpProblem>;

  // Where the next bytes go, and how many of them came.
  std::span<char> prepare(size_t bytes);
  void commit(size_t bytes) { buffer_.commit(bytes); }
  size_t buffered_bytes() const { return buffer_.size(); }
  // Between requests, with nothing buffered: holds no more memory than for so many bytes.
  void shrink(size_t bytes);

  // The next request; of the one before, nothing is to be outstanding.
  void begin(size_t max_header_bytes);
  // Nothing: more bytes are needed. After a problem the connection is of no further use.
  std::optional<Head> read_head();
  // The next piece of the body, at most `max_bytes`. An empty one: more bytes are needed, or
  // is_done(). A problem stays.
  Piece read_body(size_t max_bytes);

  // What is known of the request: with its head, or with the problem that was found in it.
  std::string_view method() const { return method_; }  // empty: not even that
  bool is_http_1_0() const { return is_http_1_0_; }
  // The client may keep its body back until it is told to go on.
  bool awaits_continue() const { return awaits_continue_; }
  void continue_is_sent() { awaits_continue_ = false; }
  // All of the request has been read.
  bool is_done() const;
  // Whether another request can follow, once at most `max_discarded_bytes` of this one's body were
  // read and thrown away.
  bool can_go_on(uint64_t max_discarded_bytes) const;

 private:
  using Parser = boost::beast::http::request_parser<boost::beast::http::empty_body>;

  Head finish_head();
  Piece read_chunks(size_t max_bytes);

  boost::beast::flat_buffer buffer_;
  std::optional<Parser> parser_;  // until the header is read
  size_t max_header_bytes_ = 0;
  size_t header_bytes_ = 0;  // read of it
  std::string method_;
  bool is_http_1_0_ = false;
  bool keeps_alive_ = false;
  bool awaits_continue_ = false;
  uint64_t body_bytes_left_ = 0;          // of a body whose length was said
  std::optional<ChunkedDecoder> chunks_;  // of one whose length was not
  std::optional<HttpProblem> body_problem_;
};

}  // namespace longmen
