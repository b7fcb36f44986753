#include "core/hls/playlist_reader.h"

#include <fmt/format.h>

#include <utility>

#include "core/hls/attribute_list.h"
#include "core/hls/playlist_lines.h"
#include "core/hls/told_date.h"

namespace longmen::hls {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

// "1000@2000", "1000".
std::optional<ToldRange> to_range(std::string_view text) {
  const size_t at = text.find('@');
  const auto length = to_decimal<int64_t>(text.substr(0, at));
  if (!length) return {};
  if (at == std::string_view::npos) return ToldRange{*length, std::nullopt};
  const auto offset = to_decimal<int64_t>(text.substr(at + 1));
  return offset ? std::optional(ToldRange{*length, offset}) : std::nullopt;
}

Result<void> check_text(std::string_view text) {
  if (text.size() > kMaxPlaylistBytes) return fail("the playlist is too large");
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
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
    ++line_;
    if (line.empty()) return;
    if (!line.starts_with('#')) {
      segment_.uri = line;
      segment_.line = line_;
      follow(segment_.byte_range, segment_.uri, after_segment_);
      return end_segment();
    }
    if (const std::string_view tag = tag_of(line); !tag.empty())
      playlist_.tag_lines.emplace(tag, line_);
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
    if (const auto value = value_of(line, "#EXT-X-PLAYLIST-TYPE")) playlist_.type = *value;
    if (const auto value = value_of(line, "#EXT-X-SKIP"))
      playlist_.skipped = AttributeList(*value).number<int64_t>("SKIPPED-SEGMENTS").value_or(0);
    if (const auto value = value_of(line, "#EXT-X-PART-INF"))
      playlist_.part_target_s = AttributeList(*value).number<double>("PART-TARGET");
    if (const auto value = value_of(line, "#EXT-X-SERVER-CONTROL")) {
      const AttributeList attributes(*value);
      playlist_.server_control = attributes.all();
      playlist_.can_block_reload = attributes.yes("CAN-BLOCK-RELOAD");
      playlist_.can_skip_until_s = attributes.number<double>("CAN-SKIP-UNTIL");
      playlist_.hold_back_s = attributes.number<double>("HOLD-BACK");
      playlist_.part_hold_back_s = attributes.number<double>("PART-HOLD-BACK");
    }
    if (const auto value = value_of(line, "#EXT-X-RENDITION-REPORT")) {
      const AttributeList attributes(*value);
      playlist_.reports.push_back({attributes.text("URI"), attributes.number<int64_t>("LAST-MSN"),
                                   attributes.number<int64_t>("LAST-PART"), line_});
    }
    if (const auto value = value_of(line, "#EXT-X-PRELOAD-HINT")) {
      const AttributeList attributes(*value);
      if (attributes.text("TYPE") == "PART")
        playlist_.preload_hint = {attributes.text("URI"),
                                  attributes.number<int64_t>("BYTERANGE-START"),
                                  attributes.number<int64_t>("BYTERANGE-LENGTH"), line_};
    }
    if (const auto value = value_of(line, "#EXT-X-DATERANGE")) {
      const AttributeList attributes(*value);
      if (attributes.has("ID"))
        playlist_.date_ranges[attributes.text("ID")].merge(attributes.all());
    }
  }

  void read_of_segment(std::string_view line) {
    if (const auto value = value_of(line, "#EXTINF")) {
      const auto duration = to_decimal<double>(value->substr(0, value->find(',')));
      if (!duration) problem_ = fmt::format("\"{}\" has no duration", line);
      segment_.duration_s = duration.value_or(0);
      segment_.has_duration = true;
    }
    if (const auto value = value_of(line, "#EXT-X-PROGRAM-DATE-TIME")) {
      segment_.has_date = true;
      if (const auto date = read_told_date(*value)) segment_.date_s = date->seconds;
    }
    if (const auto value = value_of(line, "#EXT-X-KEY")) {
      const std::string method = AttributeList(*value).text("METHOD");
      encrypted_ = method == "AES-128" || method == "AES-256-GCM";
    }
    if (const auto value = value_of(line, "#EXT-X-BITRATE"))
      bitrate_kbps_ = to_decimal<int64_t>(*value);
    if (const auto value = value_of(line, "#EXT-X-BYTERANGE"))
      segment_.byte_range = to_range(*value);
    if (const auto value = value_of(line, "#EXT-X-MAP")) {
      const AttributeList attributes(*value);
      map_uri_ = attributes.text("URI");
      map_range_ = to_range(attributes.text("BYTERANGE"));
      if (map_range_ && !map_range_->offset) map_range_->offset = 0;
    }
    if (const auto value = value_of(line, "#EXT-X-PART")) read_part(line, AttributeList(*value));
  }

  void read_part(std::string_view line, const AttributeList& attributes) {
    ToldPart part;
    part.uri = attributes.text("URI");
    const auto duration = attributes.number<double>("DURATION");
    if (!duration || part.uri.empty())
      problem_ = fmt::format("\"{}\" has no DURATION or no URI", line);
    part.duration_s = duration.value_or(0);
    part.independent = attributes.yes("INDEPENDENT");
    part.gap = attributes.yes("GAP");
    part.byte_range = to_range(attributes.text("BYTERANGE"));
    part.line = segment_.line = line_;
    follow(part.byte_range, part.uri, after_part_);
    segment_.parts.push_back(std::move(part));
  }

  // The end of the last range, by its resource.
  struct After {
    std::string uri;
    int64_t offset = 0;
  };
  static void follow(std::optional<ToldRange>& range, const std::string& uri, After& after) {
    if (!range) return;
    if (!range->offset && after.uri == uri) range->offset = after.offset;
    if (!range->offset) return;
    after = {uri, *range->offset + range->length};
    if (after.offset > kMaxDecimal) range.reset();
  }

  void end_segment() {
    segment_.media_sequence =
        playlist_.first_told() + static_cast<int64_t>(playlist_.segments.size());
    segment_.map_uri = map_uri_;
    segment_.map_range = map_range_;
    segment_.encrypted = encrypted_;
    if (!segment_.byte_range) segment_.bitrate_kbps = bitrate_kbps_;
    playlist_.segments.push_back(std::exchange(segment_, {}));
  }

  template <class Number>
  Number number(std::string_view line, std::string_view value) {
    const auto number = to_decimal<Number>(value);
    if (!number) problem_ = fmt::format("\"{}\" has no number", line);
    return number.value_or(Number{});
  }

  ToldMediaPlaylist playlist_;
  ToldSegment segment_;
  std::string map_uri_;
  std::optional<ToldRange> map_range_;
  std::optional<int64_t> bitrate_kbps_;
  bool encrypted_ = false;
  After after_segment_, after_part_;
  size_t line_ = 0;
  std::string problem_;
};

ToldRendition read_rendition(const AttributeList& attributes, size_t line) {
  return {attributes.text("TYPE"),
          attributes.text("GROUP-ID"),
          attributes.text("NAME"),
          attributes.text("LANGUAGE"),
          attributes.text("URI"),
          attributes.text("DEFAULT"),
          attributes.text("AUTOSELECT"),
          attributes.text("FORCED"),
          attributes.text("INSTREAM-ID"),
          line,
          attributes.all()};
}

ToldVariant read_variant(const AttributeList& attributes, size_t line) {
  ToldVariant variant;
  variant.bandwidth = attributes.number<int64_t>("BANDWIDTH");
  variant.average_bandwidth = attributes.number<int64_t>("AVERAGE-BANDWIDTH");
  variant.codecs = attributes.text("CODECS");
  variant.supplemental_codecs = attributes.text("SUPPLEMENTAL-CODECS");
  variant.resolution = attributes.text("RESOLUTION");
  variant.frame_rate = attributes.text("FRAME-RATE");
  variant.audio = attributes.text("AUDIO");
  variant.video = attributes.text("VIDEO");
  variant.subtitles = attributes.text("SUBTITLES");
  variant.closed_captions = attributes.text("CLOSED-CAPTIONS");
  variant.line = line;
  return variant;
}

}  // namespace

bool is_multivariant(std::string_view text) {
  return text.find("\n#EXT-X-STREAM-INF:") != std::string_view::npos;
}

Result<ToldMultivariantPlaylist> read_multivariant_playlist(std::string_view text) {
  if (auto checked = check_text(text); !checked) return tl::unexpected(checked.error());
  ToldMultivariantPlaylist playlist;
  std::optional<ToldVariant> variant;
  for (size_t number = 1; !text.empty(); ++number) {
    const std::string_view line = take_line(text);
    if (const auto value = value_of(line, "#EXT-X-MEDIA")) {
      playlist.renditions.push_back(read_rendition(AttributeList(*value), number));
    } else if (const auto data = value_of(line, "#EXT-X-SESSION-DATA")) {
      const AttributeList attributes(*data);
      playlist.session_data.push_back({attributes.text("DATA-ID"), attributes.text("LANGUAGE"),
                                       attributes.has("VALUE"), attributes.has("URI"), number});
    } else if (const auto stream = value_of(line, "#EXT-X-STREAM-INF")) {
      if (variant) playlist.without_uri.push_back(variant->line);
      variant = read_variant(AttributeList(*stream), number);
    } else if (!line.empty() && !line.starts_with('#') && variant) {
      variant->uri = line;
      playlist.variants.push_back(*std::exchange(variant, std::nullopt));
    }
  }
  if (variant) playlist.without_uri.push_back(variant->line);
  if (playlist.variants.empty()) return fail("the playlist has no variants");
  return playlist;
}

Result<ToldMediaPlaylist> read_media_playlist(std::string_view text) {
  if (auto checked = check_text(text); !checked) return tl::unexpected(checked.error());
  return MediaReader().read(text);
}

}  // namespace longmen::hls
