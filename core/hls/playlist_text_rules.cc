#include "core/hls/playlist_text_rules.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <string>

#include "core/base/utf8.h"
#include "core/hls/attribute_list.h"
#include "core/hls/playlist_lines.h"

namespace longmen::hls {
namespace {

constexpr char32_t kByteOrderMarkCharacter = 0xFEFF;

// Where a tag may stand, and what is said of it.
struct KnownTag {
  std::string_view name;
  enum class In { kBoth, kMultivariant, kMedia } in = In::kMedia;
  bool once = false;
  bool list = false;  // of attributes
  std::string_view section;
};
constexpr auto kInBoth = KnownTag::In::kBoth;
constexpr auto kInMultivariant = KnownTag::In::kMultivariant;
constexpr auto kInMedia = KnownTag::In::kMedia;

constexpr std::array kTags = {
    KnownTag{"#EXT-X-VERSION", kInBoth, true, false, "4.4.1.2"},
    KnownTag{"#EXT-X-INDEPENDENT-SEGMENTS", kInBoth, true, false, "4.4.2.1"},
    KnownTag{"#EXT-X-START", kInBoth, true, true, "4.4.2.2"},
    KnownTag{"#EXT-X-DEFINE", kInBoth, false, true, "4.4.2.3"},
    KnownTag{"#EXT-X-TARGETDURATION", kInMedia, true, false, "4.4.3.1"},
    KnownTag{"#EXT-X-MEDIA-SEQUENCE", kInMedia, true, false, "4.4.3.2"},
    KnownTag{"#EXT-X-DISCONTINUITY-SEQUENCE", kInMedia, true, false, "4.4.3.3"},
    KnownTag{"#EXT-X-ENDLIST", kInMedia, true, false, "4.4.3.4"},
    KnownTag{"#EXT-X-PLAYLIST-TYPE", kInMedia, true, false, "4.4.3.5"},
    KnownTag{"#EXT-X-I-FRAMES-ONLY", kInMedia, true, false, "4.4.3.6"},
    KnownTag{"#EXT-X-PART-INF", kInMedia, true, true, "4.4.3.7"},
    KnownTag{"#EXT-X-SERVER-CONTROL", kInMedia, true, true, "4.4.3.8"},
    KnownTag{"#EXTINF", kInMedia, false, false, "4.4.4.1"},
    KnownTag{"#EXT-X-BYTERANGE", kInMedia, false, false, "4.4.4.2"},
    KnownTag{"#EXT-X-DISCONTINUITY", kInMedia, false, false, "4.4.4.3"},
    KnownTag{"#EXT-X-KEY", kInMedia, false, true, "4.4.4.4"},
    KnownTag{"#EXT-X-MAP", kInMedia, false, true, "4.4.4.5"},
    KnownTag{"#EXT-X-PROGRAM-DATE-TIME", kInMedia, false, false, "4.4.4.6"},
    KnownTag{"#EXT-X-GAP", kInMedia, false, false, "4.4.4.7"},
    KnownTag{"#EXT-X-BITRATE", kInMedia, false, false, "4.4.4.8"},
    KnownTag{"#EXT-X-PART", kInMedia, false, true, "4.4.4.9"},
    KnownTag{"#EXT-X-DATERANGE", kInMedia, false, true, "4.4.5.1"},
    KnownTag{"#EXT-X-SKIP", kInMedia, false, true, "4.4.5.2"},
    KnownTag{"#EXT-X-PRELOAD-HINT", kInMedia, false, true, "4.4.5.3"},
    KnownTag{"#EXT-X-RENDITION-REPORT", kInMedia, false, true, "4.4.5.4"},
    KnownTag{"#EXT-X-MEDIA", kInMultivariant, false, true, "4.4.6.1"},
    KnownTag{"#EXT-X-STREAM-INF", kInMultivariant, false, true, "4.4.6.2"},
    KnownTag{"#EXT-X-I-FRAME-STREAM-INF", kInMultivariant, false, true, "4.4.6.3"},
    KnownTag{"#EXT-X-SESSION-DATA", kInMultivariant, false, true, "4.4.6.4"},
    KnownTag{"#EXT-X-SESSION-KEY", kInMultivariant, false, true, "4.4.6.5"},
    KnownTag{"#EXT-X-CONTENT-STEERING", kInMultivariant, true, true, "4.4.6.6"},
};

// Of one line. What is no UTF-8 ends it.
void check_characters(std::string_view line, size_t number, CheckFindings& findings) {
  while (!line.empty()) {
    const auto character = take_utf8(line);
    if (!character) return findings.violation("4.1", "the playlist is not UTF-8", number);
    if (*character < 0x20 || (*character >= 0x7F && *character < 0xA0))
      findings.violation("4.1", fmt::format("control character U+{:04X}", uint32_t{*character}),
                         number);
    if (*character == kByteOrderMarkCharacter && number == 1)
      findings.violation("4.1", "the playlist begins with a byte order mark", number);
  }
}

class TextRules {
 public:
  TextRules(PlaylistKind kind, CheckFindings& findings) : kind_(kind), findings_(findings) {}

  void check(std::string_view text) {
    for (size_t number = 1; !text.empty(); ++number) {
      const std::string_view line = take_line(text);
      check_characters(line, number, findings_);
      if (number == 1 && !line.ends_with("#EXTM3U"))
        findings_.violation("4.4.1.1", "the first line is not #EXTM3U", number);
      check_tag(line, number);
      if (number > 1 && !line.empty() && !line.starts_with('#')) uri_seen_ = true;
    }
  }

 private:
  void check_tag(std::string_view line, size_t number) {
    const std::string_view name = tag_of(line);
    const auto tag = std::ranges::find(kTags, name, &KnownTag::name);
    if (name.empty() || tag == kTags.end()) return;
    const std::string section(tag->section);
    const auto other = kind_ == PlaylistKind::kMedia ? kInMultivariant : kInMedia;
    if (tag->in == other)
      findings_.violation(section,
                          fmt::format("{} stands in a {} playlist", name,
                                      other == kInMedia ? "multivariant" : "media"),
                          number);
    if (tag->once && ++times_[name] == 2)
      findings_.violation(section, fmt::format("{} stands there twice", name), number);
    if (uri_seen_ && (name == "#EXT-X-MEDIA-SEQUENCE" || name == "#EXT-X-DISCONTINUITY-SEQUENCE"))
      findings_.violation(section, fmt::format("{} follows a segment", name), number);
    if (!tag->list) return;
    if (const AttributeList list(value_of(line, name).value_or("")); !list.fault().empty())
      findings_.violation("4.2", fmt::format("{}: {}", name, list.fault()), number);
  }

  PlaylistKind kind_;
  CheckFindings& findings_;
  std::map<std::string_view, int> times_;
  bool uri_seen_ = false;
};

}  // namespace

void check_playlist_text(std::string_view text, PlaylistKind kind, CheckFindings& findings) {
  TextRules(kind, findings).check(text);
}

}  // namespace longmen::hls
