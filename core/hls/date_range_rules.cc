#include "core/hls/date_range_rules.h"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <map>
#include <optional>
#include <string>

#include "core/hls/attribute_list.h"
#include "core/hls/playlist_lines.h"
#include "core/hls/told_date.h"

namespace longmen::hls {
namespace {

constexpr double kDateRounding_s = 0.001;  // of what is written with three decimals
constexpr std::array kOfARange = {"CLASS",    "START-DATE",       "END-DATE",
                                  "DURATION", "PLANNED-DURATION", "END-ON-NEXT"};

// All that is told of one ID.
struct RangeOfDates {
  std::map<std::string, std::string> values;  // kOfARange
  size_t line = 0;                            // of its last tag

  std::string text(const std::string& name) const {
    const auto found = values.find(name);
    return found == values.end() ? std::string() : found->second;
  }
  std::optional<double> date(const std::string& name) const {
    const auto read = read_told_date(text(name));
    return read ? std::optional(read->seconds) : std::nullopt;
  }
};

class DateRangeRules {
 public:
  explicit DateRangeRules(CheckFindings& findings) : findings_(findings) {}

  void check(std::string_view text) {
    bool dates = false;
    for (size_t number = 1; !text.empty(); ++number) {
      const std::string_view line = take_line(text);
      dates = dates || value_of(line, "#EXT-X-PROGRAM-DATE-TIME");
      if (const auto value = value_of(line, "#EXT-X-DATERANGE")) add(AttributeList(*value), number);
    }
    for (const auto& [id, range] : ranges_)
      check(id, range);
    if (!ranges_.empty() && !dates)
      findings_.violation(kSection, "there is an EXT-X-DATERANGE, and no EXT-X-PROGRAM-DATE-TIME",
                          ranges_.begin()->second.line);
  }

 private:
  static constexpr const char* kSection = "4.4.5.1";

  void add(const AttributeList& list, size_t number) {
    if (!list.has("ID")) return findings_.violation(kSection, "EXT-X-DATERANGE has no ID", number);
    const std::string id = list.text("ID");
    RangeOfDates& range = ranges_[id];
    range.line = number;
    for (const std::string name : kOfARange) {
      if (!list.has(name)) continue;
      const auto [told, is_new] = range.values.emplace(name, list.text(name));
      if (!is_new && told->second != list.text(name))
        findings_.violation(kSection,
                            fmt::format("the date range \"{}\" has the {} {} and {}", id, name,
                                        told->second, list.text(name)),
                            number);
    }
  }

  void check(const std::string& id, const RangeOfDates& range) {
    const auto violation = [&](std::string_view words) {
      findings_.violation(kSection, fmt::format("the date range \"{}\" {}", id, words), range.line);
    };
    if (!range.values.contains("START-DATE")) violation("has no START-DATE");
    for (const std::string name : {"DURATION", "PLANNED-DURATION"}) {
      if (range.values.contains(name) && !to_decimal<double>(range.text(name)))
        violation(fmt::format("has the {} {}, which is no number of seconds from 0 on", name,
                              range.text(name)));
    }
    const auto start = range.date("START-DATE");
    const auto end = range.date("END-DATE");
    const auto duration = to_decimal<double>(range.text("DURATION"));
    if (start && end && *end < *start) violation("ends before it begins");
    if (start && end && duration && std::abs(*start + *duration - *end) > kDateRounding_s)
      violation("has an END-DATE that is not its START-DATE and its DURATION");
    if (range.values.contains("END-ON-NEXT")) check_end_on_next(range, violation);
  }

  template <class Violation>
  static void check_end_on_next(const RangeOfDates& range, const Violation& violation) {
    if (range.text("END-ON-NEXT") != "YES") violation("has an END-ON-NEXT that is not YES");
    if (!range.values.contains("CLASS")) violation("has END-ON-NEXT, and no CLASS");
    if (range.values.contains("DURATION") || range.values.contains("END-DATE"))
      violation("has END-ON-NEXT, and an end besides");
  }

  CheckFindings& findings_;
  std::map<std::string, RangeOfDates> ranges_;
};

}  // namespace

void check_date_ranges(std::string_view text, CheckFindings& findings) {
  DateRangeRules(findings).check(text);
}

}  // namespace longmen::hls
