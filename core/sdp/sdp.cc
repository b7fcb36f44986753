#include "core/sdp/sdp.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace longmen::sdp {
namespace {

bool is_control(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return (byte < 0x20 && byte != '\t') || byte == 0x7f;
}

Result<Media> read_media_line(std::string_view value, size_t line) {
  const std::vector<std::string_view> words = words_of(value);
  if (words.size() < 4) return fail(fmt::format("line {}: m= has fewer than four words", line));
  if (words.size() - 3 > kMaxFormats)
    return fail(fmt::format("line {}: m= has more than {} formats", line, kMaxFormats));
  if (!std::ranges::all_of(words, is_word))
    return fail(fmt::format("line {}: m= has characters beyond ASCII", line));
  Media media;
  media.kind = words[0];
  // "port/number of ports": the number has no meaning for WebRTC.
  const std::string_view port = words[1].substr(0, words[1].find('/'));
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), media.port);
  if (error != std::errc{} || end != port.data() + port.size() || media.port > 65535)
    return fail(fmt::format("line {}: port \"{}\" is not 0 to 65535", line, words[1]));
  media.protocol = words[2];
  media.formats.assign(words.begin() + 3, words.end());
  return media;
}

Result<Attribute> read_attribute_line(std::string_view value, size_t line) {
  const size_t colon = value.find(':');
  const std::string_view name = value.substr(0, colon);
  if (!is_word(name)) return fail(fmt::format("line {}: a= has no valid name", line));
  Attribute attribute{std::string(name), {}};
  if (colon != std::string_view::npos) attribute.value = value.substr(colon + 1);
  return attribute;
}

Result<void> read_line(std::string_view text, size_t line, Description& description) {
  if (text.size() > kMaxLineBytes)
    return fail(fmt::format("line {}: longer than {} bytes", line, kMaxLineBytes));
  if (std::ranges::any_of(text, is_control))
    return fail(fmt::format("line {}: has control characters", line));
  if (text.size() < 2 || text[1] != '=' || text[0] < 'a' || text[0] > 'z')
    return fail(fmt::format("line {}: is not of the form \"x=...\"", line));
  const std::string_view value = text.substr(2);
  if (text[0] == 'm') {
    if (description.media.size() == kMaxMedia)
      return fail(fmt::format("line {}: more than {} media sections", line, kMaxMedia));
    auto media = read_media_line(value, line);
    if (!media) return tl::unexpected(media.error());
    description.media.push_back(std::move(*media));
  } else if (text[0] == 'a') {
    auto attribute = read_attribute_line(value, line);
    if (!attribute) return tl::unexpected(attribute.error());
    AttributeList& list =
        description.media.empty() ? description.attributes : description.media.back().attributes;
    list.add(std::move(attribute->name), std::move(attribute->value));
  }
  return {};
}

Result<Description> read_lines(std::string_view text, bool whole) {
  if (text.size() > kMaxSdpBytes) return fail(fmt::format("longer than {} bytes", kMaxSdpBytes));
  Description description;
  size_t line = 0;
  bool first = true;
  while (!text.empty()) {
    if (++line > kMaxLines) return fail(fmt::format("more than {} lines", kMaxLines));
    const size_t end = text.find('\n');
    std::string_view current = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (current.ends_with('\r')) current.remove_suffix(1);
    if (current.empty()) continue;
    if (first && whole && current != "v=0") return fail("line 1: the first line is not \"v=0\"");
    first = false;
    if (auto read = read_line(current, line, description); !read)
      return tl::unexpected(read.error());
  }
  if (first) return fail("empty");
  return description;
}

}  // namespace

void AttributeList::add(std::string name, std::string value) {
  attributes_.push_back({std::move(name), std::move(value)});
}

const std::string* AttributeList::first(std::string_view name) const {
  const auto found = std::ranges::find(attributes_, name, &Attribute::name);
  return found == attributes_.end() ? nullptr : &found->value;
}

const std::string* Description::inherited(const Media& section, std::string_view name) const {
  const std::string* own = section.attributes.first(name);
  return own ? own : attributes.first(name);
}

Result<Description> parse(std::string_view text) {
  return read_lines(text, true);
}

Result<Description> parse_fragment(std::string_view text) {
  return read_lines(text, false);
}

bool is_word(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c > ' ' && c < '\x7f'; });
}

std::vector<std::string_view> words_of(std::string_view text) {
  std::vector<std::string_view> words;
  while (true) {
    const size_t begin = text.find_first_not_of(' ');
    if (begin == std::string_view::npos) return words;
    text.remove_prefix(begin);
    const size_t end = text.find(' ');
    words.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return words;
    text.remove_prefix(end);
  }
}

}  // namespace longmen::sdp
