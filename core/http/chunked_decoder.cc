#include "core/http/chunked_decoder.h"

#include <algorithm>

#include "core/base/hex.h"

namespace longmen {
namespace {

constexpr int kMaxDigits = 16;  // of 64 bits

// RFC 9110 §5.6.2.
bool is_token_character(char c) {
  if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) return true;
  return c != '\0' && std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}

bool is_control(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return (byte < 0x20 && c != '\t') || byte == 0x7f;
}

}  // namespace

Parsed<size_t> ChunkedDecoder::read(std::string_view in, size_t max_bytes, std::string& out) {
  if (failure_ != DropReason::kNone) return drop(failure_);
  size_t used = 0;
  while (used < in.size() && state_ != State::kDone) {
    if (state_ != State::kData) {
      failure_ = read_frame(in[used++]);
      if (failure_ != DropReason::kNone) return drop(failure_);
      continue;
    }
    if (out.size() >= max_bytes) break;
    const size_t fits = std::min(in.size() - used, max_bytes - out.size());
    const auto count = static_cast<size_t>(std::min<uint64_t>(chunk_bytes_, fits));
    out.append(in.substr(used, count));
    used += count;
    chunk_bytes_ -= count;
    if (chunk_bytes_ == 0) state_ = State::kDataCr;
  }
  return used;
}

DropReason ChunkedDecoder::read_frame(char c) {
  switch (state_) {
    case State::kSize:
      return read_size(c);
    case State::kSizeLf:
      digits_ = 0;
      return expect(c, '\n', chunk_bytes_ == 0 ? State::kTrailer : State::kData);
    case State::kDataCr:
      return expect(c, '\r', State::kDataLf);
    case State::kDataLf:
      return expect(c, '\n', State::kSize);
    case State::kTrailerLf:
      return expect(c, '\n', State::kTrailer);
    case State::kEndLf:
      return expect(c, '\n', State::kDone);
    default:
      return read_extra(c);
  }
}

DropReason ChunkedDecoder::read_size(char c) {
  const int digit = hex_digit(c);
  if (digit >= 0) {
    if (++digits_ > kMaxDigits) return DropReason::kMalformed;
    chunk_bytes_ = chunk_bytes_ << 4 | static_cast<uint64_t>(digit);
    return DropReason::kNone;
  }
  if (digits_ == 0) return DropReason::kMalformed;
  if (c == ' ' || c == '\t') {
    state_ = State::kBlank;
    return DropReason::kNone;
  }
  if (c == ';') {
    state_ = State::kExtension;
    return DropReason::kNone;
  }
  return expect(c, '\r', State::kSizeLf);
}

// What is read over. The ends of lines do not count, but a trailer has a name.
DropReason ChunkedDecoder::read_extra(char c) {
  if (c == '\r') {
    if (state_ == State::kExtension) {
      state_ = State::kSizeLf;
    } else if (state_ == State::kTrailerValue) {
      state_ = State::kTrailerLf;
    } else if (state_ == State::kTrailer) {
      state_ = State::kEndLf;
    } else {
      return DropReason::kMalformed;
    }
    return DropReason::kNone;
  }
  if (++extra_bytes_ > max_extra_bytes_) return DropReason::kTooLarge;
  switch (state_) {
    case State::kBlank:
      if (c == ';') state_ = State::kExtension;
      return c == ';' || c == ' ' || c == '\t' ? DropReason::kNone : DropReason::kMalformed;
    case State::kTrailer:
      state_ = State::kTrailerName;
      return is_token_character(c) ? DropReason::kNone : DropReason::kMalformed;
    case State::kTrailerName:
      if (c == ':') state_ = State::kTrailerValue;
      return c == ':' || is_token_character(c) ? DropReason::kNone : DropReason::kMalformed;
    default:  // kExtension, kTrailerValue
      return is_control(c) ? DropReason::kMalformed : DropReason::kNone;
  }
}

DropReason ChunkedDecoder::expect(char c, char expected, State next) {
  if (c != expected) return DropReason::kMalformed;
  state_ = next;
  return DropReason::kNone;
}

}  // namespace longmen
