#include "core/http/fields.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "core/base/ascii_case.h"

namespace longmen {
namespace {

// Of eight bytes, whether one may be a control character: one is below 0x20, or is 0x7f. The tab is
// one, too.
bool have_control(uint64_t bytes) {
  constexpr uint64_t kOnes = 0x0101010101010101, kTops = 0x80 * kOnes;
  const uint64_t deletes = bytes ^ (0x7f * kOnes);
  return (((bytes - 0x20 * kOnes) & ~bytes) | ((deletes - kOnes) & ~deletes)) & kTops;
}

bool may_have_control(std::string_view text) {
  size_t at = 0;
  for (uint64_t bytes; at + sizeof bytes <= text.size(); at += sizeof bytes) {
    std::memcpy(&bytes, text.data() + at, sizeof bytes);
    if (have_control(bytes)) return true;
  }
  return std::ranges::any_of(text.substr(at),
                             [](unsigned char c) { return c < 0x20 || c == 0x7f; });
}

bool is_space(char c) {
  return c == ' ' || c == '\t';
}
// What is written as a space: add() leaves none at the ends, so that what is added again stays.
bool becomes_space(char c) {
  return static_cast<unsigned char>(c) <= 0x20 || c == 0x7f;
}

template <class IsBlank>
std::string_view trim(std::string_view text, IsBlank is_blank) {
  while (!text.empty() && is_blank(text.front()))
    text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back()))
    text.remove_suffix(1);
  return text;
}

void append_without_controls(std::string& to, std::string_view text) {
  const size_t from = to.size();
  to += text;
  if (!may_have_control(text)) return;
  for (size_t i = from; i < to.size(); ++i) {
    const auto byte = static_cast<unsigned char>(to[i]);
    if ((byte < 0x20 && byte != '\t') || byte == 0x7f) to[i] = ' ';
  }
}

void split_list(std::string_view text, std::vector<std::string_view>& items) {
  bool quoted = false;
  size_t start = 0;
  for (size_t i = 0; i <= text.size(); ++i) {
    if (i < text.size() && quoted && text[i] == '\\') {
      if (i + 1 < text.size()) ++i;
      continue;
    }
    if (i < text.size() && text[i] == '"') quoted = !quoted;
    if (i < text.size() && (quoted || text[i] != ',')) continue;
    const std::string_view item = trim_spaces(text.substr(start, i - start));
    if (!item.empty()) items.push_back(item);
    start = i + 1;
  }
}

// ";q=0", ";q=0.0" and so on: not acceptable (RFC 9110 §12.4.2).
bool has_zero_weight(std::string_view parameters) {
  while (!parameters.empty()) {
    const size_t end = std::min(parameters.find(';'), parameters.size());
    const std::string_view parameter = trim_spaces(parameters.substr(0, end));
    parameters.remove_prefix(std::min(end + 1, parameters.size()));
    if (parameter.size() < 3 || ascii_lower(parameter[0]) != 'q' || parameter[1] != '=') continue;
    return parameter.substr(2).find_first_not_of("0.") == std::string_view::npos;
  }
  return false;
}

}  // namespace

bool equal_ignoring_case(std::string_view left, std::string_view right) {
  return left.size() == right.size() &&
         std::equal(left.begin(), left.end(), right.begin(),
                    [](char a, char b) { return ascii_lower(a) == ascii_lower(b); });
}

std::string_view trim_spaces(std::string_view text) {
  return trim(text, is_space);
}

void HttpFields::add(std::string_view name, std::string_view value) {
  if (places_.empty()) {
    places_.reserve(kUsual);
    lines_.reserve(kUsualBytes);
  }
  name = trim(name, becomes_space);
  value = trim(value, becomes_space);
  places_.push_back({static_cast<uint32_t>(lines_.size()), static_cast<uint32_t>(name.size()),
                     static_cast<uint32_t>(value.size())});
  append_without_controls(lines_, name);
  lines_ += ": ";
  append_without_controls(lines_, value);
  lines_ += "\r\n";
}

void HttpFields::set(std::string_view name, std::string_view value) {
  if (!contains(name)) return add(name, value);
  const std::string kept_name(name), kept_value(value);  // they may be what goes
  remove(kept_name);
  add(kept_name, kept_value);
}

void HttpFields::remove(std::string_view name) {
  if (!contains(name)) return;
  HttpFields kept;
  for (const Field& each : *this)
    if (!equal_ignoring_case(each.name, name)) kept.add(each.name, each.value);
  *this = std::move(kept);
}

std::string_view HttpFields::value(std::string_view name) const {
  for (const Place& place : places_)
    if (is_named(place, name)) return field(place).value;
  return {};
}

size_t HttpFields::count(std::string_view name) const {
  return static_cast<size_t>(
      std::ranges::count_if(places_, [&](const Place& place) { return is_named(place, name); }));
}

std::vector<std::string_view> HttpFields::list(std::string_view name) const {
  std::vector<std::string_view> items;
  for (const Place& place : places_)
    if (is_named(place, name)) split_list(field(place).value, items);
  return items;
}

void remove_hop_by_hop_fields(HttpFields& fields) {
  std::vector<std::string> named;
  for (std::string_view name : fields.list("Connection"))
    named.emplace_back(name);
  for (const std::string& name : named)
    fields.remove(name);
  constexpr std::array<std::string_view, 9> kHopByHop{"Connection",
                                                      "Keep-Alive",
                                                      "Proxy-Connection",
                                                      "Proxy-Authenticate",
                                                      "Proxy-Authorization",
                                                      "TE",
                                                      "Trailer",
                                                      "Transfer-Encoding",
                                                      "Upgrade"};
  for (std::string_view name : kHopByHop)
    fields.remove(name);
}

bool is_media_type(std::string_view content_type, std::string_view essence) {
  return equal_ignoring_case(trim_spaces(content_type.substr(0, content_type.find(';'))), essence);
}

bool accepts_encoding(const HttpFields& fields, std::string_view coding) {
  bool any = false;
  for (std::string_view item : fields.list("Accept-Encoding")) {
    const size_t end = std::min(item.find(';'), item.size());
    const std::string_view name = trim_spaces(item.substr(0, end));
    const bool accepted = !has_zero_weight(item.substr(std::min(end + 1, item.size())));
    if (equal_ignoring_case(name, coding)) return accepted;  // its own weight outranks "*"
    if (name == "*") any = accepted;
  }
  return any;
}

bool none_match_names(const HttpFields& fields, std::string_view etag) {
  for (std::string_view tag : fields.list("If-None-Match")) {
    if (tag == "*") return true;
    if (tag.starts_with("W/")) tag.remove_prefix(2);
    if (tag == etag) return true;
  }
  return false;
}

}  // namespace longmen
