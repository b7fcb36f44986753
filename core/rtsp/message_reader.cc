#include "core/rtsp/message_reader.h"

#include <fmt/format.h>

#include <charconv>

#include "core/sdp/sdp.h"

namespace longmen::rtsp {
namespace {

constexpr uint8_t kDollar = 0x24;
constexpr size_t kInterleavedHeadBytes = 4;
constexpr std::string_view kVersion1 = "RTSP/1.0", kVersion2 = "RTSP/2.0";

bool has_control(std::string_view text) {
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte < 0x20 && byte != '\t') || byte == 0x7F) return true;
  }
  return false;
}

// The bytes of a head up to its empty line, and that of the empty line; 0: it is not there yet.
struct HeadEnd {
  size_t head_bytes = 0;
  size_t all_bytes = 0;
};
HeadEnd find_end(std::string_view text) {
  for (size_t at = text.find('\n'); at != std::string_view::npos; at = text.find('\n', at + 1)) {
    if (text.substr(at + 1).starts_with("\r\n")) return {at + 1, at + 3};
    if (text.substr(at + 1).starts_with('\n')) return {at + 1, at + 2};
  }
  return {};
}

std::string_view take_line(std::string_view& text) {
  const size_t end = text.find('\n');
  std::string_view line = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

}  // namespace

void MessageReader::push(ByteSpan bytes) {
  if (failed_) return;
  buffer_.erase(buffer_.begin(), buffer_.begin() + static_cast<ptrdiff_t>(taken_));
  taken_ = 0;
  buffer_.insert(buffer_.end(), bytes.begin(), bytes.end());
}

Result<std::optional<Message>> MessageReader::poll() {
  while (!failed_) {
    if (request_) {
      auto finished = finish_body();
      if (finished && !*finished && !request_) continue;  // a response
      return finished;
    }
    // Between messages, empty lines are nothing (RFC 9112 §2.2 says so of HTTP).
    while (!rest().empty() && (rest()[0] == '\r' || rest()[0] == '\n'))
      ++taken_;
    if (rest().empty()) return std::optional<Message>();
    if (rest()[0] == kDollar) {
      auto packet = read_interleaved();
      if (!packet) return std::optional<Message>();
      return std::optional<Message>(std::move(*packet));
    }
    auto read = read_head();
    if (!read) failed_ = read.error();
    if (read && !request_) return read;
  }
  return tl::unexpected(*failed_);
}

std::optional<Interleaved> MessageReader::read_interleaved() {
  const ByteSpan bytes = rest();
  if (bytes.size() < kInterleavedHeadBytes) return std::nullopt;
  const size_t size = size_t{bytes[2]} << 8 | bytes[3];
  if (bytes.size() < kInterleavedHeadBytes + size) return std::nullopt;
  const ByteSpan packet = bytes.subspan(kInterleavedHeadBytes, size);
  taken_ += kInterleavedHeadBytes + size;
  return Interleaved{bytes[1], Bytes(packet.begin(), packet.end())};
}

Result<std::optional<Message>> MessageReader::read_head() {
  const std::string_view text = as_text(rest());
  const HeadEnd end = find_end(text.substr(0, kMaxHeadBytes));
  if (end.all_bytes == 0 && text.size() >= kMaxHeadBytes)
    return fail(fmt::format("a request's head is longer than {} bytes", kMaxHeadBytes));
  if (end.all_bytes == 0) return std::optional<Message>();
  request_.emplace();
  if (auto read = read_lines(text.substr(0, end.head_bytes)); !read) {
    request_.reset();
    return tl::unexpected(read.error());
  }
  taken_ += end.all_bytes;
  return std::optional<Message>();
}

Result<void> MessageReader::read_lines(std::string_view head) {
  const std::string_view first = take_line(head);
  const auto words = sdp::words_of(first);
  is_response_ = first.starts_with("RTSP/");
  if (!is_response_) {
    if (words.size() != 3 || has_control(first) || (words[2] != kVersion1 && words[2] != kVersion2))
      return fail("this is not RTSP");
    request_->method = words[0];
    request_->uri = words[1];
  }
  while (!head.empty()) {
    const std::string_view line = take_line(head);
    const size_t colon = line.find(':');
    if (colon == std::string_view::npos || !sdp::is_word(line.substr(0, colon)) ||
        has_control(line))
      return fail("a header field is not of the form \"Name: value\"");
    if (request_->fields.size() == kMaxFields)
      return fail(fmt::format("more than {} header fields", kMaxFields));
    request_->fields.add(line.substr(0, colon), trim_spaces(line.substr(colon + 1)));
  }
  body_bytes_ = 0;
  const std::string_view length = request_->fields.value("Content-Length");
  if (length.empty()) return {};
  const auto [end, error] =
      std::from_chars(length.data(), length.data() + length.size(), body_bytes_);
  if (error != std::errc{} || end != length.data() + length.size())
    return fail("Content-Length is not a number");
  if (body_bytes_ > kMaxBodyBytes)
    return fail(fmt::format("a body is longer than {} bytes", kMaxBodyBytes));
  return {};
}

Result<std::optional<Message>> MessageReader::finish_body() {
  if (rest().size() < body_bytes_) return std::optional<Message>();
  request_->body = as_text(rest().first(body_bytes_));
  taken_ += body_bytes_;
  Request request = std::move(*request_);
  request_.reset();
  if (is_response_) return std::optional<Message>();
  return std::optional<Message>(std::move(request));
}

}  // namespace longmen::rtsp
