#include "net/http_request_reader.h"

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/beast/http/error.hpp>

namespace longmen {
namespace http = boost::beast::http;
namespace {

HttpProblem problem_of_header(boost::system::error_code error) {
  if (error == http::error::header_limit) return {431, "the request's header is too large"};
  if (error == http::error::bad_version) return {505, "HTTP/1.1 and HTTP/1.0 are spoken here"};
  if (error == http::error::bad_transfer_encoding)
    return {501, "the only transfer coding known here is chunked"};
  return {400, "the request is malformed: " + error.message()};
}

template <class Message>
HttpFields fields_of(const Message& message) {
  HttpFields fields;
  for (const auto& field : message)
    fields.add({field.name_string().data(), field.name_string().size()},
               {field.value().data(), field.value().size()});
  return fields;
}

// Nothing when the head is framed as another reader of the same bytes would frame it.
std::optional<HttpProblem> problem_of_framing(const HttpRequestHead& head, bool is_http_1_0,
                                              bool is_chunked) {
  const size_t hosts = head.fields.count("Host");
  if (hosts > 1 || (hosts == 0 && !is_http_1_0))
    return HttpProblem{400, "exactly one Host is needed"};
  // What Beast lets pass: RFC 9112 §6.1.
  if (head.fields.contains("Transfer-Encoding")) {
    const auto codings = head.fields.list("Transfer-Encoding");
    if (codings.size() != 1 || !equal_ignoring_case(codings.front(), "chunked") || !is_chunked)
      return HttpProblem{501, "the only transfer coding known here is chunked"};
    if (is_http_1_0) return HttpProblem{400, "HTTP/1.0 has no transfer codings"};
  }
  return std::nullopt;
}

}  // namespace

std::span<char> HttpRequestReader::prepare(size_t bytes) {
  const auto space = buffer_.prepare(bytes);
  return {static_cast<char*>(space.data()), space.size()};
}

void HttpRequestReader::shrink(size_t bytes) {
  parser_.reset();
  if (buffer_.capacity() > bytes) buffer_.shrink_to_fit();
}

void HttpRequestReader::begin(size_t max_header_bytes) {
  parser_.emplace();
  // Beast counts anew from every field that it has read, so the bound is kept in read_head().
  parser_->header_limit(static_cast<std::uint32_t>(max_header_bytes + 8));
  parser_->skip(true);  // bodies are read here
  max_header_bytes_ = max_header_bytes;
  header_bytes_ = 0;
  method_.clear();
  is_http_1_0_ = false;
  keeps_alive_ = false;
  awaits_continue_ = false;
  body_bytes_left_ = 0;
  chunks_.reset();
  body_problem_.reset();
}

std::optional<HttpRequestReader::Head> HttpRequestReader::read_head() {
  if (buffer_.size() == 0) return std::nullopt;
  const size_t allowed = max_header_bytes_ - header_bytes_;
  const size_t offered = std::min(buffer_.size(), allowed);
  boost::system::error_code error;
  const size_t used =
      parser_->put(boost::asio::const_buffer(buffer_.data().data(), offered), error);
  buffer_.consume(used);
  header_bytes_ += used;
  if (error && error != http::error::need_more) return tl::unexpected(problem_of_header(error));
  if (parser_->is_header_done()) return finish_head();
  if (offered == allowed) return tl::unexpected(problem_of_header(http::error::header_limit));
  return std::nullopt;
}

HttpRequestReader::Head HttpRequestReader::finish_head() {
  const auto& message = parser_->get();
  method_ = std::string(message.method_string());
  is_http_1_0_ = message.version() < 11;
  keeps_alive_ = parser_->keep_alive();
  HttpRequestHead head;
  head.method = method_;
  head.fields = fields_of(message);
  if (const auto length = parser_->content_length()) head.body_bytes = *length;
  const bool is_chunked = parser_->chunked();
  head.has_body = is_chunked || head.body_bytes.value_or(0) > 0;
  auto problem = read_http_target({message.target().data(), message.target().size()}, head.target);
  if (!problem) problem = problem_of_framing(head, is_http_1_0_, is_chunked);
  if (!problem) problem = problem_of_head(head);
  if (problem) return tl::unexpected(std::move(*problem));
  if (is_chunked) chunks_.emplace(max_header_bytes_);
  body_bytes_left_ = head.body_bytes.value_or(0);
  awaits_continue_ = head.fields.contains("Expect") && !is_http_1_0_ && head.has_body;
  parser_.reset();
  return head;
}

HttpRequestReader::Piece HttpRequestReader::read_body(size_t max_bytes) {
  if (body_problem_) return tl::unexpected(*body_problem_);
  if (chunks_) return read_chunks(max_bytes);
  const size_t fits = std::min(buffer_.size(), max_bytes);
  const auto count = static_cast<size_t>(std::min<uint64_t>(body_bytes_left_, fits));
  std::string piece(static_cast<const char*>(buffer_.data().data()), count);
  buffer_.consume(count);
  body_bytes_left_ -= count;
  return piece;
}

HttpRequestReader::Piece HttpRequestReader::read_chunks(size_t max_bytes) {
  std::string piece;
  const auto bytes = buffer_.data();
  const auto used =
      chunks_->read({static_cast<const char*>(bytes.data()), bytes.size()}, max_bytes, piece);
  if (used) {
    buffer_.consume(*used);
    return piece;
  }
  body_problem_ =
      used.error() == DropReason::kTooLarge
          ? HttpProblem{431, "the extensions and trailers of the request's chunks are too large"}
          : HttpProblem{400, "the request's body is broken: its chunks are malformed"};
  if (!piece.empty()) return piece;  // what stands before
  return tl::unexpected(*body_problem_);
}

bool HttpRequestReader::is_done() const {
  if (parser_ || body_problem_) return false;
  return chunks_ ? chunks_->is_done() : body_bytes_left_ == 0;
}

bool HttpRequestReader::can_go_on(uint64_t max_discarded_bytes) const {
  if (!keeps_alive_ || parser_ || body_problem_) return false;
  if (is_done()) return true;
  // A client that still waits for 100 may or may not send its body now: there is no telling.
  return !awaits_continue_ && !chunks_ && body_bytes_left_ <= max_discarded_bytes;
}

}  // namespace longmen
