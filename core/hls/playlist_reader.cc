#include "core/hls/playlist_reader.h"

#include <fmt/format.h>

#include <charconv>
#include <map>
#include <utility>

namespace longmen::hls {
namespace {

// §4.2 has no negative numbers where we read one; beyond this no server can mean it.
constexpr int64_t kMaxNumber = int64_t{1} << 53;

template <class Number>
std::optional<Number> to_number(std::string_view text) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return {};
  if (!(number >= Number{} && static_cast<double>(number) <= static_cast<double>(kMaxNumber)))
    return {};
  return number;
}

// §4.2: NAME=VALUE with commas between, commas in quotes being text.
class Attributes {
 public:
  explicit Attributes(std::string_view list) {
    while (!list.empty()) {
      const size_t equals = list.find('=');
      if (equals == std::string_view::npos) return;
      const std::string_view name = list.substr(0, equals);
      list.remove_prefix(equals + 1);
      std::string_view value;
      if (list.starts_with('"')) {
        const size_t end = list.find('"', 1);
        if (end == std::string_view::npos) return;
        value = list.substr(1, end - 1);
        list.remove_prefix(end + 1);
      } else {
        value = list.substr(0, list.find(','));
        list.remove_prefix(value.size());
      }
      values_.emplace(name, value);
      if (list.starts_with(',')) list.remove_prefix(1);
    }
  }

  std::string text(std::string_view name) const {
    const auto found = values_.find(name);
    return found == values_.end() ? std::string() : std::string(found->second);
  }
  bool yes(std::string_view name) const { return text(name) == "YES"; }
  template <class Number>
  std::optional<Number> number(std::string_view name) const {
    const auto found = values_.find(name);
    if (found == values_.end()) return {};
    return to_number<Number>(found->second);
  }
  bool has(std::string_view name) const { return values_.contains(name); }

 private:
  std::map<std::string_view, std::string_view> values_;
};

std::string_view take_line(std::string_view& text) {
  const size_t end = text.find('\n');
  std::string_view line = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

// What follows "#NAME:" when that is the tag.
std::optional<std::string_view> value_of(std::string_view line, std::string_view tag) {
  if (!line.starts_with(tag) || line.size() <= tag.size() || line[tag.size()] != ':') return {};
  return line.substr(tag.size() + 1);
}

Result<void> check_text(std::string_view text) {
  if (text.size() > kMaxPlaylistBytes) return fail("the playlist is too large");
  if (!text.starts_with("#EXTM3U")) return fail("the playlist does not begin with #EXTM3U");
  return {};
}

class MediaReader {
 public:
  Result<ToldMediaPlaylist> read(std::string_view text) {
    while (!text.empty() && problem_.empty())
      read_line(take_line(text));
    if (!problem_.empty()) return fail(problem_);
    if (!segment_.parts.empty()) end_segment();
    return std::move(playlist_);
  }

 private:
  void read_line(std::string_view line) {
    if (line.empty()) return;
    if (!line.starts_with('#')) {
      segment_.uri = line;
      return end_segment();
    }
    if (line == "#EXT-X-DISCONTINUITY") segment_.discontinuity = true;
    if (line == "#EXT-X-GAP") segment_.gap = true;
    if (line == "#EXT-X-ENDLIST") playlist_.ended = true;
    read_header(line);
    read_of_segment(line);
  }

  void read_header(std::string_view line) {
    if (const auto value = value_of(line, "#EXT-X-VERSION"))
      playlist_.version = number<int>(line, *value);
    if (const auto value = value_of(line, "#EXT-X-TARGETDURATION"))
      playlist_.target_duration_s = number<int64_t>(line, *value);
    if (const auto value = value_of(line, "#EXT-X-MEDIA-SEQUENCE"))
      playlist_.media_sequence = number<int64_t>(line, *value);
    if (const auto value = value_of(line, "#EXT-X-DISCONTINUITY-SEQUENCE"))
      playlist_.discontinuity_sequence = number<int64_t>(line, *value);
    if (const auto value = value_of(line, "#EXT-X-SKIP"))
      playlist_.skipped = Attributes(*value).number<int64_t>("SKIPPED-SEGMENTS").value_or(0);
    if (const auto value = value_of(line, "#EXT-X-PART-INF"))
      playlist_.part_target_s = Attributes(*value).number<double>("PART-TARGET");
    if (const auto value = value_of(line, "#EXT-X-SERVER-CONTROL")) {
      const Attributes attributes(*value);
      playlist_.can_block_reload = attributes.yes("CAN-BLOCK-RELOAD");
      playlist_.can_skip_until_s = attributes.number<double>("CAN-SKIP-UNTIL");
      playlist_.hold_back_s = attributes.number<double>("HOLD-BACK");
      playlist_.part_hold_back_s = attributes.number<double>("PART-HOLD-BACK");
    }
    if (const auto value = value_of(line, "#EXT-X-RENDITION-REPORT")) {
      const Attributes attributes(*value);
      playlist_.reports.push_back({attributes.text("URI"), attributes.number<int64_t>("LAST-MSN"),
                                   attributes.number<int64_t>("LAST-PART")});
    }
    if (const auto value = value_of(line, "#EXT-X-PRELOAD-HINT")) {
      const Attributes attributes(*value);
      if (attributes.text("TYPE") == "PART") playlist_.preload_hint = attributes.text("URI");
    }
  }

  void read_of_segment(std::string_view line) {
    if (const auto value = value_of(line, "#EXTINF")) {
      const auto duration = to_number<double>(value->substr(0, value->find(',')));
      if (!duration) problem_ = fmt::format("\"{}\" has no duration", line);
      segment_.duration_s = duration.value_or(0);
    }
    if (value_of(line, "#EXT-X-PROGRAM-DATE-TIME")) segment_.has_date = true;
    if (const auto value = value_of(line, "#EXT-X-MAP")) map_uri_ = Attributes(*value).text("URI");
    if (const auto value = value_of(line, "#EXT-X-PART")) {
      const Attributes attributes(*value);
      ToldPart part;
      part.uri = attributes.text("URI");
      const auto duration = attributes.number<double>("DURATION");
      if (!duration || part.uri.empty())
        problem_ = fmt::format("\"{}\" has no DURATION or no URI", line);
      part.duration_s = duration.value_or(0);
      part.independent = attributes.yes("INDEPENDENT");
      part.gap = attributes.yes("GAP");
      part.byte_range = attributes.has("BYTERANGE");
      segment_.parts.push_back(std::move(part));
    }
  }

  void end_segment() {
    segment_.media_sequence =
        playlist_.first_told() + static_cast<int64_t>(playlist_.segments.size());
    segment_.map_uri = map_uri_;
    playlist_.segments.push_back(std::exchange(segment_, {}));
  }

  template <class Number>
  Number number(std::string_view line, std::string_view value) {
    const auto number = to_number<Number>(value);
    if (!number) problem_ = fmt::format("\"{}\" has no number", line);
    return number.value_or(Number{});
  }

  ToldMediaPlaylist playlist_;
  ToldSegment segment_;
  std::string map_uri_;
  std::string problem_;
};

}  // namespace

bool is_multivariant(std::string_view text) {
  return text.find("\n#EXT-X-STREAM-INF:") != std::string_view::npos;
}

Result<ToldMultivariantPlaylist> read_multivariant_playlist(std::string_view text) {
  if (auto checked = check_text(text); !checked) return tl::unexpected(checked.error());
  ToldMultivariantPlaylist playlist;
  std::optional<ToldVariant> variant;
  while (!text.empty()) {
    const std::string_view line = take_line(text);
    if (const auto value = value_of(line, "#EXT-X-MEDIA")) {
      const Attributes attributes(*value);
      if (attributes.text("TYPE") == "AUDIO" && attributes.has("URI"))
        playlist.sounds.emplace_back(attributes.text("GROUP-ID"), attributes.text("URI"));
    } else if (const auto stream = value_of(line, "#EXT-X-STREAM-INF")) {
      const Attributes attributes(*stream);
      variant = ToldVariant{"",
                            attributes.number<int64_t>("BANDWIDTH"),
                            attributes.number<int64_t>("AVERAGE-BANDWIDTH"),
                            attributes.text("CODECS"),
                            attributes.text("RESOLUTION"),
                            attributes.text("FRAME-RATE"),
                            attributes.text("AUDIO"),
                            attributes.text("CLOSED-CAPTIONS")};
    } else if (!line.empty() && !line.starts_with('#') && variant) {
      variant->uri = line;
      playlist.variants.push_back(*std::exchange(variant, std::nullopt));
    }
  }
  if (playlist.variants.empty()) return fail("the playlist has no variants");
  return playlist;
}

Result<ToldMediaPlaylist> read_media_playlist(std::string_view text) {
  if (auto checked = check_text(text); !checked) return tl::unexpected(checked.error());
  return MediaReader().read(text);
}

}  // namespace longmen::hls
