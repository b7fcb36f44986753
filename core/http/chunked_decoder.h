// Takes a chunked body apart: what the chunks hold comes out; sizes, extensions and trailers are
// read over. It decides where the body ends, byte by byte, so that this is the same however the
// bytes were cut; it knows no connection and keeps none of them. Strict where another reader of the
// same bytes might find another end: a line ends in CR LF, a size has 1 to 16 hexadecimal digits,
// blanks stand before an extension alone, a trailer begins with a name and a colon. Bound: all
// extensions and trailers of a body together. RFC 9112 §7.1.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/base/result.h"

namespace longmen {

class ChunkedDecoder {
 public:
  explicit ChunkedDecoder(size_t max_extra_bytes) : max_extra_bytes_(max_extra_bytes) {}

  // Appends to `out` until `in` is used up, the body has ended, or `out` has `max_bytes`. Returns
  // how much of `in` was used. kMalformed, kTooLarge: what was appended before is of the body;
  // every later call fails, too.
  Parsed<size_t> read(std::string_view in, size_t max_bytes, std::string& out);
  bool is_done() const { return state_ == State::kDone; }

 private:
  enum class State : uint8_t {
    kSize,
    kBlank,
    kExtension,
    kSizeLf,
    kData,
    kDataCr,
    kDataLf,
    kTrailer,
    kTrailerName,
    kTrailerValue,
    kTrailerLf,
    kEndLf,
    kDone
  };

  DropReason read_frame(char c);
  DropReason read_size(char c);
  DropReason read_extra(char c);
  DropReason expect(char c, char expected, State next);

  size_t max_extra_bytes_;
  size_t extra_bytes_ = 0;
  uint64_t chunk_bytes_ = 0;  // still to come
  int digits_ = 0;
  State state_ = State::kSize;
  DropReason failure_ = DropReason::kNone;
};

}  // namespace longmen
