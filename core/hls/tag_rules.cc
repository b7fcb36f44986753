#include "core/hls/tag_rules.h"

#include <fmt/format.h>

#include <string>

#include "core/hls/attribute_list.h"
#include "core/hls/playlist_lines.h"

namespace longmen::hls {
namespace {

constexpr int kVersionOfIv = 2;
constexpr int kVersionOfKeyFormat = 5;
constexpr size_t kIvDigits = 32;

bool is_iv(std::string_view text) {
  if (!text.starts_with("0x") && !text.starts_with("0X")) return false;
  text.remove_prefix(2);
  return !text.empty() && text.size() <= kIvDigits &&
         text.find_first_not_of("0123456789abcdefABCDEF") == std::string_view::npos;
}

class TagRules {
 public:
  explicit TagRules(CheckFindings& findings) : findings_(findings) {}

  void check(std::string_view text) {
    while (!text.empty()) {
      ++number_;
      const std::string_view line = take_line(text);
      if (const auto value = value_of(line, "#EXT-X-VERSION"))
        version_ = to_decimal<int>(*value).value_or(version_);
      if (const auto value = value_of(line, "#EXT-X-KEY")) check_key(AttributeList(*value));
      if (const auto value = value_of(line, "#EXT-X-SESSION-KEY"))
        check_session_key(AttributeList(*value));
      if (const auto value = value_of(line, "#EXT-X-START")) check_start(AttributeList(*value));
      if (const auto value = value_of(line, "#EXT-X-MAP"))
        need(AttributeList(*value), "URI", "EXT-X-MAP", "4.4.4.5");
      if (const auto value = value_of(line, "#EXT-X-SKIP"))
        need(AttributeList(*value), "SKIPPED-SEGMENTS", "EXT-X-SKIP", "4.4.5.2");
      if (const auto value = value_of(line, "#EXT-X-PRELOAD-HINT")) {
        need(AttributeList(*value), "TYPE", "EXT-X-PRELOAD-HINT", "4.4.5.3");
        need(AttributeList(*value), "URI", "EXT-X-PRELOAD-HINT", "4.4.5.3");
      }
    }
  }

 private:
  void violation(std::string section, std::string words) {
    findings_.violation(std::move(section), std::move(words), number_);
  }
  void need(const AttributeList& list, std::string_view attribute, std::string_view tag,
            std::string section) {
    if (!list.has(attribute))
      violation(std::move(section), fmt::format("{} has no {}", tag, attribute));
  }

  void check_session_key(const AttributeList& list) {
    if (list.text("METHOD") == "NONE") violation("4.4.6.5", "EXT-X-SESSION-KEY has METHOD=NONE");
    check_key(list);
  }

  void check_key(const AttributeList& list) {
    need(list, "METHOD", "EXT-X-KEY", "4.4.4.4");
    if (list.text("METHOD") == "NONE") {
      if (list.size() > 1)
        violation("4.4.4.4", "EXT-X-KEY has METHOD=NONE and other attributes besides");
      return;
    }
    need(list, "URI", "EXT-X-KEY", "4.4.4.4");
    if (list.has("IV") && !is_iv(list.text("IV")))
      violation("4.4.4.4",
                fmt::format("the IV {} is no hexadecimal number of 128 bits", list.text("IV")));
    if (list.has("IV") && version_ < kVersionOfIv)
      violation("8", fmt::format("the IV of EXT-X-KEY needs EXT-X-VERSION {}", kVersionOfIv));
    if ((list.has("KEYFORMAT") || list.has("KEYFORMATVERSIONS")) && version_ < kVersionOfKeyFormat)
      violation("8", fmt::format("the KEYFORMAT of EXT-X-KEY needs EXT-X-VERSION {}",
                                 kVersionOfKeyFormat));
  }

  void check_start(const AttributeList& list) {
    const std::string text = list.text("TIME-OFFSET");
    std::string_view offset = text;
    if (offset.starts_with('-')) offset.remove_prefix(1);
    if (!to_decimal<double>(offset))
      violation("4.4.2.2", "EXT-X-START has no TIME-OFFSET in seconds");
    const std::string precise = list.text("PRECISE");
    if (list.has("PRECISE") && precise != "YES" && precise != "NO")
      violation("4.4.2.2", fmt::format("PRECISE={} is neither YES nor NO", precise));
  }

  int version_ = 1;
  CheckFindings& findings_;
  size_t number_ = 0;
};

}  // namespace

void check_tags(std::string_view text, CheckFindings& findings) {
  TagRules(findings).check(text);
}

}  // namespace longmen::hls
