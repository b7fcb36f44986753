#include "net/http_response_writer.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <span>
#include <utility>

#include "core/http/date.h"

namespace longmen {
namespace asio = boost::asio;
namespace {

constexpr size_t kUsualHeaderBytes = 512;

bool is_chunked(const HttpResponse& response, const HttpResponseFraming& framing) {
  return response.stream && !response.stream_bytes && !framing.http_1_0 &&
         !has_no_body(response.status);
}

std::string_view content_of(const HttpResponse& response) {
  return response.constant.empty() ? std::string_view(response.content)
                                   : as_text(response.constant);
}

std::string header_of(const HttpResponse& response, const HttpResponseFraming& framing) {
  std::string header;
  header.reserve(kUsualHeaderBytes);
  const auto add = [&header](std::string_view name, std::string_view value) {
    header.append(name).append(": ").append(value).append("\r\n");
  };
  header.append("HTTP/1.1 ").append(fmt::format_int(response.status).c_str());
  header.append(" ").append(http_reason(response.status)).append("\r\n");
  header.append(response.fields.lines());
  add("Date", date_field());
  if (is_chunked(response, framing)) {
    add("Transfer-Encoding", "chunked");
  } else if (const auto bytes = content_length(response, framing.head_only)) {
    add("Content-Length", fmt::format_int(*bytes).c_str());
  }
  if (!keeps_connection(response, framing)) {
    add("Connection", "close");
  } else if (framing.http_1_0) {
    add("Connection", "keep-alive");
  }
  return header += "\r\n";
}

// The first `bytes` of the pieces have gone.
void take_front(std::span<std::string_view>& pieces, size_t bytes) {
  while (!pieces.empty()) {
    const size_t taken = std::min(bytes, pieces.front().size());
    pieces.front().remove_prefix(taken);
    bytes -= taken;
    if (!pieces.front().empty()) return;
    pieces = pieces.subspan(1);
  }
}

// In steps of at most kMaxBodyPieceBytes, whatever the lengths of the pieces; between them what the
// socket takes at once. `mapped`: they are of a file's.
asio::awaitable<bool> write_all(ByteStream& stream, std::span<std::string_view> left,
                                std::chrono::milliseconds step, bool mapped = false) {
  for (;;) {
    StreamPieces now;
    size_t room = kMaxBodyPieceBytes;
    for (auto next = left.begin(); next != left.end() && room > 0; ++next) {
      if (now.size() == now.capacity()) break;
      now.push_back(next->substr(0, room));
      room -= now.back().size();
    }
    stream.expires_after(step);
    IoResult sent = co_await stream.write(now);
    if (sent.error) co_return false;
    take_front(left, sent.bytes);
    if (left.empty()) co_return true;
    take_front(left, mapped ? stream.write_mapped_now({}, left) : stream.write_now(left));
    if (left.empty()) co_return true;
  }
}

// At once as much as the socket takes, what is left in steps. `mapped`: all but the first are of a
// file's.
asio::awaitable<bool> write_held(ByteStream& stream, std::vector<std::string_view> pieces,
                                 std::chrono::milliseconds step, bool mapped = false) {
  std::span<std::string_view> left = pieces;
  take_front(left, mapped ? stream.write_mapped_now(left.front(), left.subspan(1))
                          : stream.write_now(left));
  if (left.empty()) co_return true;
  co_return co_await write_all(stream, left, step, mapped);
}

// What is mapped goes from there, what is not as it is read. `head` leaves with the first of it
// when that is at hand.
asio::awaitable<bool> write_pieces(ByteStream& stream, std::string head, HttpBody& body,
                                   std::optional<uint64_t> expected, bool chunked,
                                   std::chrono::milliseconds step) {
  uint64_t written = 0;
  for (;;) {
    std::vector<MappedBytes> mapped;
    if (stream.takes_mapped() && !chunked) mapped = body.take_mapped();
    if (!mapped.empty()) {
      std::vector<std::string_view> pieces{head};
      for (const MappedBytes& each : mapped) {
        pieces.push_back(each.bytes);
        written += each.bytes.size();
      }
      if (expected && written > *expected) co_return false;
      const bool sent = co_await write_held(stream, std::move(pieces), step, true);
      if (!sent) co_return false;
      if (written == expected) co_return true;
      head.clear();
      co_await asio::post(asio::use_awaitable);  // others have their turn
      continue;
    }
    if (!head.empty()) {
      stream.expires_after(step);
      IoResult sent = co_await stream.write(head);
      if (sent.error) co_return false;
      head.clear();
    }
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

// Of a response without a stream.
std::vector<std::string_view> pieces_of(std::string_view header, const HttpResponse& response,
                                        bool no_content) {
  std::vector<std::string_view> pieces;
  pieces.reserve(2 + response.shared.size());
  pieces.push_back(header);
  if (no_content) return pieces;
  if (response.shared.empty()) pieces.push_back(content_of(response));
  for (const SharedBytes& piece : response.shared)
    pieces.push_back(as_text(*piece));
  return pieces;
}

}  // namespace

bool has_no_body(int status) {
  return status < 200 || status == 204 || status == 304;
}

std::optional<uint64_t> content_length(const HttpResponse& response, bool head_only) {
  if (has_no_body(response.status)) return std::nullopt;
  if (response.stream || (head_only && response.stream_bytes)) return response.stream_bytes;
  uint64_t bytes = content_of(response).size();
  for (const SharedBytes& piece : response.shared)
    bytes += piece->size();
  return bytes;
}

const std::string& date_field() {
  thread_local std::chrono::sys_seconds second;
  thread_local std::string written;
  const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  if (written.empty() || now != std::exchange(second, now)) written = http_date(now);
  return written;
}

bool keeps_connection(const HttpResponse& response, const HttpResponseFraming& framing) {
  const bool ends_with_connection = response.stream && !response.stream_bytes && framing.http_1_0 &&
                                    !has_no_body(response.status);
  return framing.keep && !ends_with_connection;
}

std::optional<std::string> begin_http_response(ByteStream& stream, const HttpResponse& response,
                                               HttpResponseFraming framing) {
  if (response.stream) return {};
  const std::string header = header_of(response, framing);
  const bool no_content = framing.head_only || has_no_body(response.status);
  std::vector<std::string_view> pieces = pieces_of(header, response, no_content);
  std::span<std::string_view> left = pieces;
  const size_t sent = stream.write_now(left);
  if (sent == 0) return {};
  take_front(left, sent);
  std::string rest;
  for (const std::string_view piece : left)
    rest += piece;
  return rest;
}

asio::awaitable<bool> write_rest(ByteStream& stream, std::string_view rest,
                                 std::chrono::milliseconds step) {
  if (rest.empty()) co_return true;
  std::array<std::string_view, 1> left{rest};
  co_return co_await write_all(stream, left, step);
}

asio::awaitable<bool> write_http_response(ByteStream& stream, HttpResponse& response,
                                          HttpResponseFraming framing,
                                          std::chrono::milliseconds step) {
  std::string header = header_of(response, framing);
  const bool no_content = framing.head_only || has_no_body(response.status);
  bool whole = false;
  if (response.stream && !no_content) {
    const bool chunked = is_chunked(response, framing);
    whole = co_await write_pieces(stream, std::move(header), *response.stream,
                                  response.stream_bytes, chunked, step);
    co_return whole;
  }
  whole = co_await write_held(stream, pieces_of(header, response, no_content), step);
  co_return whole;
}

}  // namespace longmen
