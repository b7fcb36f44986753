#include "net/http_connection.h"

#include <spdlog/spdlog.h>

#include <array>

#include "net/http2_session.h"

namespace longmen {
namespace asio = boost::asio;
namespace {

constexpr size_t kFirstBytes = 2 << 10;
// What is read and thrown away after the last response: closing on unread bytes would make the
// kernel reset the connection, and the client might never see the response.
constexpr uint64_t kMaxLingerBytes = 256 << 10;

HttpResponse our_mistake(std::string_view path, std::string_view words) {
  spdlog::error("{} failed: {}", path, words);
  return http_problem(500, "this is our mistake; the log says more");
}

}  // namespace

asio::awaitable<void> HttpConnection::run() {
  const auto self = shared_from_this();
  stream_->expires_after(shared_->limits.handshake);
  IoResult shaken = co_await stream_->handshake();
  if (shaken.error) {
    spdlog::debug("TLS handshake failed address={}: {}", peer_.address, shaken.error.message());
    stream_->close();
    co_return;
  }
  std::string begun = co_await read_first_bytes();
  if (!begun.empty() && !shared_->stopping) {
    protocol_ = begun.starts_with(kHttp2Preface) ? make_http2_connection(stream_, peer_, shared_)
                                                 : make_http1_connection(stream_, peer_, shared_);
    const bool polite = co_await protocol_->run(std::move(begun));
    if (polite) co_await say_goodbye();
  }
  stream_->close();
}

void HttpConnection::finish() {
  if (protocol_) {
    protocol_->finish();
  } else if (idle_) {
    stream_->interrupt();
  }
}

// As many as tell the preface from a request; none when they do not come.
asio::awaitable<std::string> HttpConnection::read_first_bytes() {
  std::string bytes;
  std::array<char, kFirstBytes> buffer;
  idle_ = true;
  stream_->expires_after(shared_->limits.header);
  while (bytes.size() < kHttp2Preface.size() && kHttp2Preface.starts_with(bytes)) {
    IoResult received = co_await stream_->read_some(buffer);
    if (received.error) {
      bytes.clear();
      break;
    }
    bytes.append(buffer.data(), received.bytes);
  }
  idle_ = false;
  co_return bytes;
}

asio::awaitable<void> HttpConnection::say_goodbye() {
  stream_->expires_after(shared_->limits.goodbye);
  IoResult finished = co_await stream_->finish_sending();
  uint64_t discarded = 0;
  while (!finished.error && discarded < kMaxLingerBytes) {
    std::array<char, 4096> waste;
    IoResult received = co_await stream_->read_some(waste);
    if (received.error) break;
    discarded += received.bytes;
  }
}

HttpRequest begin_request(HttpRequestHead head, const HttpPeer& peer) {
  HttpRequest request;
  request.method = std::move(head.method);
  request.target = std::move(head.target);
  request.fields = std::move(head.fields);
  request.body_bytes = head.body_bytes;
  request.client_address = peer.address;
  request.secure = peer.secure;
  return request;
}

asio::awaitable<HttpResponse> ask_http_handler(const HttpHandler& handler, HttpRequest request) {
  std::string path = request.target.path;
  std::string words;
  try {
    co_return co_await handler(std::move(request));
  } catch (const std::exception& error) {
    words = error.what();
  }
  co_return our_mistake(path, words);
}

std::optional<HttpResponse> ask_at_once(const HttpAtOnce& at_once, HttpRequest& request) {
  if (!at_once || request.body) return {};
  try {
    return at_once(request);
  } catch (const std::exception& error) {
    return our_mistake(request.target.path, error.what());
  }
}

}  // namespace longmen
