#include "net/http_client.h"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <cstddef>
#include <cstring>
#include <limits>

#include "net/byte_stream.h"

namespace longmen {
namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
namespace {

using Parser = http::response_parser<http::buffer_body>;
using Outcome = tl::expected<HttpClientResponse, HttpProblem>;

constexpr size_t kAnswerPieceBytes = 16 << 10;

tl::unexpected<HttpProblem> away(const std::string& what, boost::system::error_code error) {
  const bool late = error == asio::error::timed_out;
  return tl::unexpected(HttpProblem{late ? 504 : 502, what + ": " + error.message()});
}

asio::generic::stream_protocol::endpoint address_of(const HttpEndpoint& endpoint,
                                                    boost::system::error_code& error) {
  if (endpoint.abstract_socket.empty()) {
    const auto address = asio::ip::make_address(endpoint.address, error);
    return asio::ip::tcp::endpoint(address, endpoint.port);
  }
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string& name = endpoint.abstract_socket;
  if (name.size() + 1 > sizeof address.sun_path) {
    error = asio::error::name_too_long;
    return {};
  }
  std::memcpy(address.sun_path + 1, name.data(), name.size());
  return {&address, offsetof(sockaddr_un, sun_path) + 1 + name.size()};
}

bool owner_is_trusted(StreamSocket& socket) {
  ucred who{};
  socklen_t size = sizeof who;
  if (::getsockopt(socket.native_handle(), SOL_SOCKET, SO_PEERCRED, &who, &size) != 0) return false;
  return who.uid == ::geteuid() || who.uid == 0;
}

class Exchange : public HttpBody, public std::enable_shared_from_this<Exchange> {
 public:
  Exchange(std::shared_ptr<ByteStream> stream, HttpClientLimits limits)
      : stream_(std::move(stream)), limits_(limits) {
    parser_.header_limit(static_cast<std::uint32_t>(limits.header_bytes));
    parser_.body_limit(std::numeric_limits<std::uint64_t>::max());
  }

  asio::awaitable<Outcome> run(HttpClientRequest request) {
    const boost::system::error_code unsent = co_await send(request);
    if (request_problem_) co_return tl::unexpected(*request_problem_);
    // A server that refuses a body may answer and close before it has read it all.
    if (request.method == "HEAD") parser_.skip(true);
    stream_->expires_after(limits_.response_header);
    const boost::system::error_code failed = co_await read_header();
    if (failed) co_return away("no response", unsent ? unsent : failed);
    HttpClientResponse response;
    const auto& message = parser_.get();
    response.status = static_cast<int>(message.result_int());
    for (const auto& field : message) {
      response.fields.add({field.name_string().data(), field.name_string().size()},
                          {field.value().data(), field.value().size()});
    }
    if (const auto length = parser_.content_length()) response.body_bytes = *length;
    if (!parser_.is_done()) response.body = shared_from_this();
    co_return response;
  }

  asio::awaitable<HttpBodyPiece> read() override {
    std::string piece(kAnswerPieceBytes, '\0');
    while (!parser_.is_done()) {
      auto& body = parser_.get().body();
      body.data = piece.data();
      body.size = piece.size();
      boost::system::error_code error;
      if (buffer_.size() > 0) {
        buffer_.consume(parser_.put(buffer_.data(), error));
      } else if (at_end_) {
        parser_.put_eof(error);
        if (!error && !parser_.is_done()) error = http::error::partial_message;
      } else {
        error = http::error::need_more;
      }
      const size_t got = piece.size() - body.size;
      body.data = nullptr;
      body.size = 0;
      if (error && error != http::error::need_more && error != http::error::need_buffer)
        co_return away("the response's body is broken", error);
      if (got > 0) {
        piece.resize(got);
        co_return piece;
      }
      if (error != http::error::need_more) continue;
      stream_->expires_after(limits_.body_step);
      const boost::system::error_code failed = co_await receive();
      if (failed) co_return away("the response's body is broken", failed);
    }
    piece.clear();
    co_return piece;
  }

  void cancel() override { stream_->close(); }

 private:
  asio::awaitable<boost::system::error_code> send(HttpClientRequest& request) {
    std::string header = fmt::format("{} {} HTTP/1.1\r\n", request.method, request.target);
    if (!request.fields.contains("Host")) header += "Host: localhost\r\n";
    header.append(request.fields.lines());
    const bool chunked = request.stream && !request.stream_bytes;
    const uint64_t bytes =
        request.stream ? request.stream_bytes.value_or(0) : request.content.size();
    if (chunked) {
      header += "Transfer-Encoding: chunked\r\n";
    } else if (bytes > 0 || request.method == "POST" || request.method == "PUT" ||
               request.method == "PATCH") {
      header += fmt::format("Content-Length: {}\r\n", bytes);
    }
    header += "Connection: close\r\n\r\n";
    stream_->expires_after(limits_.write_step);
    IoResult sent = co_await stream_->write(header, request.content);
    while (!sent.error && request.stream) {
      stream_->expires_never();
      HttpBodyPiece piece = co_await request.stream->read();
      if (!piece) {
        request_problem_ = piece.error();
        co_return boost::system::error_code{};
      }
      const bool last = piece->empty();
      std::string frame;
      if (chunked) {
        frame = last ? "0\r\n\r\n" : fmt::format("{:x}\r\n", piece->size());
        if (!last) piece->append("\r\n");
      }
      stream_->expires_after(limits_.write_step);
      if (!frame.empty() || !last) sent = co_await stream_->write(frame, *piece);
      if (last) break;
    }
    co_return sent.error;
  }

  asio::awaitable<boost::system::error_code> receive() {
    const auto space = buffer_.prepare(kAnswerPieceBytes);
    const std::span<char> into(static_cast<char*>(space.data()), space.size());
    IoResult received = co_await stream_->read_some(into);
    buffer_.commit(received.bytes);
    if (received.error == asio::error::eof) {
      at_end_ = true;
      received.error = {};
    }
    co_return received.error;
  }

  asio::awaitable<boost::system::error_code> read_header() {
    for (;;) {
      boost::system::error_code error = http::error::need_more;
      if (buffer_.size() > 0) {
        error = {};
        buffer_.consume(parser_.put(buffer_.data(), error));
      }
      if (error && error != http::error::need_more) co_return error;
      if (parser_.is_header_done()) co_return boost::system::error_code{};
      if (at_end_) co_return asio::error::make_error_code(asio::error::misc_errors::eof);
      const boost::system::error_code failed = co_await receive();
      if (failed) co_return failed;
    }
  }

  std::shared_ptr<ByteStream> stream_;
  HttpClientLimits limits_;
  beast::flat_buffer buffer_;
  Parser parser_;
  std::optional<HttpProblem> request_problem_;
  bool at_end_ = false;
};

}  // namespace

asio::awaitable<Outcome> http_fetch(HttpEndpoint endpoint, HttpClientRequest request,
                                    HttpClientLimits limits) {
  boost::system::error_code error;
  const auto address = address_of(endpoint, error);
  if (error) co_return away("the address is not valid", error);
  const auto executor = co_await asio::this_coro::executor;
  auto socket = std::make_shared<StreamSocket>(executor);
  auto late = std::make_shared<bool>(false);
  asio::steady_timer timer(executor, limits.connect);
  timer.async_wait([socket, late](boost::system::error_code cancelled) {
    if (cancelled) return;
    *late = true;
    boost::system::error_code ignored;
    socket->close(ignored);
  });
  auto [failed] = co_await socket->async_connect(address, asio::as_tuple(asio::use_awaitable));
  timer.cancel();
  if (*late) co_return away("no connection", asio::error::timed_out);
  if (failed) co_return away("no connection", failed);
  if (!endpoint.abstract_socket.empty() && !owner_is_trusted(*socket))
    co_return tl::unexpected(HttpProblem{502, "the socket is another user's"});
  auto exchange = std::make_shared<Exchange>(make_plain_stream(std::move(*socket)), limits);
  co_return co_await exchange->run(std::move(request));
}

}  // namespace longmen
