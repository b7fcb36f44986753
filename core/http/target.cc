#include "core/http/target.h"

#include <algorithm>

#include "core/base/hex.h"

namespace longmen {
namespace {

bool starts_with_ignoring_case(std::string_view text, std::string_view lower_prefix) {
  return text.size() >= lower_prefix.size() &&
         std::equal(lower_prefix.begin(), lower_prefix.end(), text.begin(),
                    [](char wanted, char c) { return wanted == (c | 0x20) || wanted == c; });
}

bool is_ambiguous_in_segment(unsigned char c) {
  return c < 0x20 || c == 0x7f || c == '/' || c == '\\';
}

bool is_letter_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z');
}

// Whether it is a path that stays as it is, as nearly all are: of letters, digits, and dots and
// slashes that stand behind one of those.
bool is_plain_path(std::string_view text) {
  if (text.size() < 2 || text[0] != '/') return false;
  bool behind_slash = true;
  for (const char c : text.substr(1)) {
    const bool plain = is_letter_or_digit(c) || c == '-' || c == '_';
    if (!plain && (behind_slash || (c != '.' && c != '/'))) return false;
    behind_slash = c == '/';
  }
  return !behind_slash;
}

// RFC 3986 §5.2.4, on segments that are decoded already, so that "%2e%2e" is "..".
Parsed<std::string> normalise_path(std::string_view raw) {
  std::string path;
  path.reserve(raw.size() + 1);
  bool directory = false;  // the path ends with a slash or a dot segment
  while (!raw.empty()) {
    raw.remove_prefix(1);  // the slash before the segment
    const size_t end = std::min(raw.find('/'), raw.size());
    std::string_view segment = raw.substr(0, end);
    raw.remove_prefix(end);
    std::optional<std::string> decoded;
    if (segment.find('%') != std::string_view::npos) {
      decoded = percent_decode(segment);
      if (!decoded) return drop(DropReason::kMalformed);
      segment = *decoded;
    }
    if (std::any_of(segment.begin(), segment.end(), is_ambiguous_in_segment))
      return drop(DropReason::kMalformed);
    directory = segment.empty() || segment == "." || segment == "..";
    if (segment == ".." && !path.empty()) path.erase(path.rfind('/'));
    if (!directory) path.append("/").append(segment);
  }
  if (directory || path.empty()) path += '/';
  return path;
}

Parsed<void> parse_query(HttpTarget& target) {
  std::string_view rest = target.raw_query;
  while (!rest.empty()) {
    const size_t end = std::min(rest.find('&'), rest.size());
    const std::string_view field = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (field.empty()) continue;
    if (target.query.size() == kMaxQueryFields) return drop(DropReason::kTooLarge);
    const size_t equals = std::min(field.find('='), field.size());
    auto name = percent_decode(field.substr(0, equals), true);
    auto value = percent_decode(field.substr(std::min(equals + 1, field.size())), true);
    if (!name || !value) return drop(DropReason::kMalformed);
    target.query.emplace_back(std::move(*name), std::move(*value));
  }
  return {};
}

}  // namespace

std::string_view HttpTarget::query_value(std::string_view name) const {
  for (const auto& [field, value] : query) {
    if (field == name) return value;
  }
  return {};
}

std::string HttpTarget::origin_form() const {
  std::string form = path == "*" ? path : percent_encode_path(path);
  if (!raw_query.empty()) form += '?' + raw_query;
  return form;
}

Parsed<HttpTarget> parse_http_target(std::string_view text) {
  if (text.size() > kMaxTargetBytes) return drop(DropReason::kTooLarge);
  HttpTarget target;
  if (is_plain_path(text)) {
    target.path = text;
    return target;
  }
  if (text == "*") {
    target.path = "*";
    return target;
  }
  for (std::string_view scheme : {"http://", "https://"}) {
    if (!starts_with_ignoring_case(text, scheme)) continue;
    text.remove_prefix(scheme.size());
    const size_t authority = std::min(text.find_first_of("/?#"), text.size());
    if (authority == 0) return drop(DropReason::kMalformed);
    text.remove_prefix(authority);
    if (text.empty()) text = "/";
    break;
  }
  const bool visible = std::none_of(text.begin(), text.end(), [](unsigned char c) {
    return c <= 0x20 || c == 0x7f || c == '#';  // a fragment is never sent
  });
  if (!visible) return drop(DropReason::kMalformed);
  const size_t question = std::min(text.find('?'), text.size());
  const std::string_view raw_path = text.substr(0, question);
  target.raw_query = text.substr(std::min(question + 1, text.size()));
  if (raw_path.empty() && question == text.size()) return drop(DropReason::kMalformed);
  if (!raw_path.empty() && raw_path.front() != '/') return drop(DropReason::kMalformed);
  auto path = normalise_path(raw_path.empty() ? "/" : raw_path);
  if (!path) return drop(path.error());
  target.path = std::move(*path);
  if (auto parsed = parse_query(target); !parsed) return drop(parsed.error());
  return target;
}

std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space) {
  std::string decoded;
  decoded.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%') {
      if (text.size() - i < 3) return std::nullopt;
      const int high = hex_digit(text[i + 1]);
      const int low = hex_digit(text[i + 2]);
      if (high < 0 || low < 0) return std::nullopt;
      decoded += static_cast<char>(high << 4 | low);
      i += 2;
    } else {
      decoded += plus_is_space && text[i] == '+' ? ' ' : text[i];
    }
  }
  return decoded;
}

std::string percent_encode_but(std::string_view text, std::string_view plain) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string encoded;
  encoded.reserve(text.size());
  for (const char c : text) {
    if (is_letter_or_digit(c) || plain.find(c) != std::string_view::npos) {
      encoded += c;
    } else {
      encoded += '%';
      encoded += kDigits[static_cast<unsigned char>(c) >> 4];
      encoded += kDigits[static_cast<unsigned char>(c) & 15];
    }
  }
  return encoded;
}

std::string percent_encode(std::string_view text) {
  return percent_encode_but(text, "-._~");
}

std::string percent_encode_path(std::string_view path) {
  return percent_encode_but(path, "-._~!$&'()*+,;=:@/");
}

}  // namespace longmen
