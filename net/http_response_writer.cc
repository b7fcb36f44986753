#include "net/http_response_writer.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
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

// In steps of at most kMaxBodyPieceBytes, whatever the lengths of the pieces.
asio::awaitable<bool> write_all(ByteStream& stream, std::vector<std::string_view> pieces,
                                std::chrono::milliseconds step) {
  auto next = pieces.begin();
  while (next != pieces.end()) {
    StreamPieces now;
    size_t room = kMaxBodyPieceBytes;
    while (next != pieces.end() && room > 0 && now.size() < now.capacity()) {
      now.push_back(next->substr(0, room));
      room -= now.back().size();
      next->remove_prefix(now.back().size());
      if (next->empty()) ++next;
    }
    stream.expires_after(step);
    IoResult sent = co_await stream.write(now);
    if (sent.error) co_return false;
  }
  co_return true;
}

uint64_t bytes_of(const std::vector<FileRange>& ranges) {
  uint64_t bytes = 0;
  for (const FileRange& range : ranges)
    bytes += range.bytes;
  return bytes;
}

// What is in files goes from there, what is not as it is read. `head` leaves with the first of it
// when that is at hand.
asio::awaitable<bool> write_pieces(ByteStream& stream, std::string head, HttpBody& body,
                                   std::optional<uint64_t> expected, bool chunked,
                                   std::chrono::milliseconds step) {
  uint64_t written = 0;
  for (;;) {
    std::vector<FileRange> files;
    if (stream.sends_files() && !chunked) files = body.take_files();
    if (!files.empty()) {
      written += bytes_of(files);
      if (expected && written > *expected) co_return false;
      IoResult sent = co_await stream.send_files(head, files, step);
      if (sent.error) co_return false;
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

// The same bytes, where all of them are files'; what follows each other is one range.
std::vector<FileRange> files_of(const std::vector<SharedBytes>& pieces) {
  std::vector<FileRange> ranges;
  for (const SharedBytes& piece : pieces) {
    if (piece.file() < 0) return {};
    const bool goes_on = !ranges.empty() && ranges.back().file == piece.file() &&
                         ranges.back().offset + ranges.back().bytes == piece.offset();
    if (goes_on)
      ranges.back().bytes += piece->size();
    else if (!piece->empty())
      ranges.push_back({piece.file(), piece.offset(), piece->size(), piece.owner()});
  }
  return ranges;
}

// In steps of at most kMaxFileBytesAtOnce.
asio::awaitable<bool> send_all_files(ByteStream& stream, std::string head,
                                     std::vector<FileRange> ranges,
                                     std::chrono::milliseconds step) {
  auto next = ranges.begin();
  while (next != ranges.end()) {
    std::vector<FileRange> now;
    uint64_t room = kMaxFileBytesAtOnce;
    while (next != ranges.end() && room > 0) {
      FileRange& part = now.emplace_back(*next);
      part.bytes = std::min(part.bytes, room);
      room -= part.bytes;
      next->offset += part.bytes;
      next->bytes -= part.bytes;
      if (next->bytes == 0) ++next;
    }
    IoResult sent = co_await stream.send_files(head, now, step);
    if (sent.error) co_return false;
    head.clear();
    if (next != ranges.end()) co_await asio::post(asio::use_awaitable);  // others have their turn
  }
  co_return true;
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
  if (!no_content && stream.sends_files()) {
    std::vector<FileRange> files = files_of(response.shared);
    if (!files.empty() && bytes_of(files) >= files.size() * kWorthAFileBytes) {
      whole = co_await send_all_files(stream, std::move(header), std::move(files), step);
      co_return whole;
    }
  }
  std::vector<std::string_view> pieces{header};
  if (!no_content && response.shared.empty()) pieces.push_back(content_of(response));
  if (!no_content)
    for (const SharedBytes& piece : response.shared)
      pieces.push_back(as_text(*piece));
  whole = co_await write_all(stream, std::move(pieces), step);
  co_return whole;
}

}  // namespace longmen
