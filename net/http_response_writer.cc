#include "net/http_response_writer.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

#include "core/http/date.h"

namespace longmen {
namespace asio = boost::asio;
namespace {

bool is_chunked(const HttpResponse& response, const HttpResponseFraming& framing) {
  return response.stream && !response.stream_bytes && !framing.http_1_0 &&
         !has_no_body(response.status);
}

std::string_view content_of(const HttpResponse& response) {
  return response.constant.empty() ? std::string_view(response.content)
                                   : as_text(response.constant);
}

std::string header_of(const HttpResponse& response, const HttpResponseFraming& framing) {
  std::string header =
      fmt::format("HTTP/1.1 {} {}\r\n", response.status, http_reason(response.status));
  for (const auto& field : response.fields)
    header.append(field.name).append(": ").append(field.value).append("\r\n");
  header += "Date: " + date_field() + "\r\n";
  if (is_chunked(response, framing)) {
    header += "Transfer-Encoding: chunked\r\n";
  } else if (const auto bytes = content_length(response, framing.head_only)) {
    header += fmt::format("Content-Length: {}\r\n", *bytes);
  }
  if (!keeps_connection(response, framing)) {
    header += "Connection: close\r\n";
  } else if (framing.http_1_0) {
    header += "Connection: keep-alive\r\n";
  }
  return header += "\r\n";
}

asio::awaitable<bool> write_text(ByteStream& stream, std::string header, std::string_view content,
                                 std::chrono::milliseconds step) {
  size_t position = std::min(content.size(), kMaxBodyPieceBytes);
  const std::string_view first = content.substr(0, position);
  stream.expires_after(step);
  IoResult sent = co_await stream.write(header, first);
  while (!sent.error && position < content.size()) {
    const std::string_view piece = content.substr(position, kMaxBodyPieceBytes);
    position += piece.size();
    stream.expires_after(step);
    sent = co_await stream.write(piece);
  }
  co_return !sent.error;
}

asio::awaitable<bool> write_shared(ByteStream& stream, std::string header,
                                   const std::vector<std::shared_ptr<const Bytes>>& pieces,
                                   std::chrono::milliseconds step) {
  for (const auto& piece : pieces) {
    // The header leaves with the first piece.
    const bool whole =
        co_await write_text(stream, std::exchange(header, {}), as_text(*piece), step);
    if (!whole) co_return false;
  }
  co_return true;
}

asio::awaitable<bool> write_pieces(ByteStream& stream, HttpBody& body,
                                   std::optional<uint64_t> expected, bool chunked,
                                   std::chrono::milliseconds step) {
  uint64_t written = 0;
  for (;;) {
    stream.expires_never();  // how long the producer may take is its own matter
    HttpBodyPiece piece = co_await body.read();
    if (!piece) {
      spdlog::debug("a response was cut short: {}", piece.error().words);
      co_return false;
    }
    const bool last = piece->empty();
    written += piece->size();
    if (expected && written > *expected) co_return false;
    std::string frame;
    if (chunked) {
      frame = last ? "0\r\n\r\n" : fmt::format("{:x}\r\n", piece->size());
      if (!last) piece->append("\r\n");
    }
    if (!frame.empty() || !last) {
      stream.expires_after(step);
      IoResult sent = co_await stream.write(frame, *piece);
      if (sent.error) co_return false;
    }
    if (last) co_return !expected || written == *expected;
  }
}

}  // namespace

bool has_no_body(int status) {
  return status < 200 || status == 204 || status == 304;
}

std::optional<uint64_t> content_length(const HttpResponse& response, bool head_only) {
  if (has_no_body(response.status)) return std::nullopt;
  if (response.stream || (head_only && response.stream_bytes)) return response.stream_bytes;
  uint64_t bytes = content_of(response).size();
  for (const auto& piece : response.shared)
    bytes += piece->size();
  return bytes;
}

std::string date_field() {
  const auto now = std::chrono::system_clock::now();
  return http_date(std::chrono::floor<std::chrono::seconds>(now));
}

bool keeps_connection(const HttpResponse& response, const HttpResponseFraming& framing) {
  const bool ends_with_connection = response.stream && !response.stream_bytes && framing.http_1_0 &&
                                    !has_no_body(response.status);
  return framing.keep && !ends_with_connection;
}

asio::awaitable<bool> write_http_response(ByteStream& stream, HttpResponse& response,
                                          HttpResponseFraming framing,
                                          std::chrono::milliseconds step) {
  std::string header = header_of(response, framing);
  const bool no_content = framing.head_only || has_no_body(response.status);
  bool whole = false;
  if (!response.stream || no_content) {
    if (!no_content && !response.shared.empty()) {
      whole = co_await write_shared(stream, std::move(header), response.shared, step);
      co_return whole;
    }
    const std::string_view content = no_content ? std::string_view() : content_of(response);
    whole = co_await write_text(stream, std::move(header), content, step);
    co_return whole;
  }
  stream.expires_after(step);
  IoResult sent = co_await stream.write(header);
  if (sent.error) co_return false;
  const bool chunked = is_chunked(response, framing);
  whole = co_await write_pieces(stream, *response.stream, response.stream_bytes, chunked, step);
  co_return whole;
}

}  // namespace longmen
