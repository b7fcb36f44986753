// What an SRT sender says of itself in its stream id: STREAM_KEY alone, perhaps with ?take_over=no
// behind it, or #!::r=CHANNEL,m=publish,s=STREAM_KEY, in any order. What else stands there is
// ignored. Knows no key and no channel. Bounds: kMaxStreamIdBytes, which SRT itself has. Source:
// SRT Access Control (Stream ID) Guidelines, "General syntax", "Standard keys".
#pragma once

#include <string>
#include <string_view>
#include <tl/expected.hpp>

namespace longmen::srt {

inline constexpr size_t kMaxStreamIdBytes = 512;

struct StreamId {
  std::string key;
  std::string channel;     // empty: the one that the key is of
  bool takes_over = true;  // false: it never wants another sender's place
};

enum class StreamIdProblem {
  kNotUnderstood,  // the syntax is broken, or of the nested form
  kNoKey,
  kNotPublishing,  // m=request, or both ways
  kNotAStream,     // t=file, t=auth
};

tl::expected<StreamId, StreamIdProblem> read_stream_id(std::string_view text);

}  // namespace longmen::srt
