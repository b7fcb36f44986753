// A session description as lines: reads the structure (session level, media sections, attributes)
// and leaves the meaning of attributes to others. Accepts LF and CRLF. Unknown line types are
// skipped (RFC 8866 §5). Names of attributes and the words of m= lines are printable ASCII, no line
// has control characters. Bounds are the constants below; an error says which line and why.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"

namespace longmen::sdp {

inline constexpr size_t kMaxSdpBytes = 64 << 10;
inline constexpr size_t kMaxLines = 4096;
inline constexpr size_t kMaxLineBytes = 4096;
inline constexpr size_t kMaxMedia = 16;
inline constexpr size_t kMaxFormats = 128;  // of one media line

struct Attribute {
  std::string name;   // "rtpmap"
  std::string value;  // "96 H264/90000"; empty for a flag
};

class AttributeList {
 public:
  void add(std::string name, std::string value);
  const std::vector<Attribute>& all() const { return attributes_; }
  bool has(std::string_view name) const { return first(name) != nullptr; }
  // The first of that name, or null.
  const std::string* first(std::string_view name) const;

 private:
  std::vector<Attribute> attributes_;
};

struct Media {
  std::string kind;  // "video", "audio", "application"
  uint32_t port = 0;
  std::string protocol;              // "UDP/TLS/RTP/SAVPF"
  std::vector<std::string> formats;  // payload types, as written
  AttributeList attributes;
};

struct Description {
  AttributeList attributes;  // session level
  std::vector<Media> media;

  // The media section's own, or else the session's (RFC 8839 §5.4, RFC 8122 §5), or null.
  const std::string* inherited(const Media& media, std::string_view name) const;
};

// A whole description: the first line is "v=0".
Result<Description> parse(std::string_view text);
// A fragment (RFC 8840 §9.2): attributes and media sections only are required to make sense.
Result<Description> parse_fragment(std::string_view text);

// Printable ASCII without spaces, as RFC 8866's token and the words of an m= line are.
bool is_word(std::string_view text);
// Splits at runs of spaces.
std::vector<std::string_view> words_of(std::string_view text);

}  // namespace longmen::sdp
