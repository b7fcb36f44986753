#include "core/hls/media_name.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <limits>

#include "core/cmaf/init_segment.h"

namespace longmen::hls {
namespace {

constexpr size_t kMaxInitNameDigits = 64;
constexpr std::string_view kInitPrefix = "init-";
constexpr std::string_view kInitSuffix = ".mp4";
constexpr std::string_view kMediaSuffix = ".m4s";

// Digits up to `end`, which is taken too; no sign, no leading zero.
template <class Number>
std::optional<Number> take_number(std::string_view& text, std::string_view end) {
  const auto is_digit = [text](size_t at) {
    return at < text.size() && text[at] >= '0' && text[at] <= '9';
  };
  if (!is_digit(0) || (text[0] == '0' && is_digit(1))) return {};
  Number number = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc()) return {};
  text.remove_prefix(static_cast<size_t>(stop - text.data()));
  if (!text.starts_with(end)) return {};
  text.remove_prefix(end.size());
  return number;
}

std::optional<MediaName> read_init(std::string_view text) {
  text.remove_prefix(kInitPrefix.size());
  if (!text.ends_with(kInitSuffix)) return {};
  text.remove_suffix(kInitSuffix.size());
  const bool hexadecimal = std::ranges::all_of(
      text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
  if (text.empty() || text.size() > kMaxInitNameDigits || !hexadecimal) return {};
  return InitName{std::string(text)};
}

std::string folder(Generation generation, const HlsGrid& grid) {
  return fmt::format("{}-{}-{}/", generation.value, cmaf::kWriterVersion, grid.parts_per_segment());
}

}  // namespace

std::string rendition_name(RenditionId rendition) {
  if (is_video(rendition)) return fmt::format("v{}", rendition.value);
  const size_t sound = sound_of(rendition);
  return sound == 0 ? "audio" : fmt::format("audio{}", sound + 1);
}

std::string segment_name(Generation generation, const HlsGrid& grid, int64_t media_sequence) {
  return fmt::format("{}{}{}", folder(generation, grid), media_sequence, kMediaSuffix);
}

std::string part_name(Generation generation, const HlsGrid& grid, HlsNumber number) {
  return fmt::format("{}{}.{}{}", folder(generation, grid), number.media_sequence, number.part,
                     kMediaSuffix);
}

std::string init_name(std::string_view name) {
  return fmt::format("{}{}{}", kInitPrefix, name, kInitSuffix);
}

std::optional<MediaName> read_media_name(std::string_view text) {
  if (text.starts_with(kInitPrefix)) return read_init(text);
  const auto generation = take_number<uint64_t>(text, "-");
  if (!generation) return {};
  const auto version = take_number<int>(text, "-");
  if (!version) return {};
  const auto parts = take_number<int>(text, "/");
  if (!parts) return {};
  std::string_view rest = text;
  if (const auto number = take_number<int64_t>(rest, kMediaSuffix); number && rest.empty())
    return SegmentName{Generation{*generation}, *version, *parts, *number};
  const auto number = take_number<int64_t>(text, ".");
  if (!number) return {};
  const auto part = take_number<int>(text, kMediaSuffix);
  if (!part || !text.empty()) return {};
  return PartName{Generation{*generation}, *version, *parts, {*number, *part}};
}

std::optional<int64_t> media_sequence_of(const MediaName& name) {
  if (const auto* segment = std::get_if<SegmentName>(&name)) return segment->media_sequence;
  if (const auto* part = std::get_if<PartName>(&name)) return part->number.media_sequence;
  return {};
}

}  // namespace longmen::hls
