#include "core/session/wall_replay_rule.h"

#include <fmt/format.h>

#include <array>
#include <optional>

#include "core/base/names.h"

namespace longmen {
namespace json = boost::json;
namespace {

constexpr std::array kWhatNames{Named{WallReplayWhat::kOff, "off"},
                                Named{WallReplayWhat::kLast, "last"},
                                Named{WallReplayWhat::kDay, "day"}};

std::string clock_words(int minute) {
  return fmt::format("{:02}:{:02}", minute / 60, minute % 60);
}

// "07:30", as clock_words() writes it.
std::optional<int> minute_of(std::string_view text) {
  const auto digit = [&](size_t at) { return text[at] >= '0' && text[at] <= '9'; };
  if (text.size() != 5 || text[2] != ':') return std::nullopt;
  if (!digit(0) || !digit(1) || !digit(3) || !digit(4)) return std::nullopt;
  const int hour = (text[0] - '0') * 10 + text[1] - '0';
  const int minute = (text[3] - '0') * 10 + text[4] - '0';
  if (hour > 23 || minute > 59) return std::nullopt;
  return hour * 60 + minute;
}

Result<void> read_minute(std::string_view name, const json::value& value, int& out) {
  const auto minute =
      value.is_string() ? minute_of(std::string_view(value.get_string())) : std::nullopt;
  if (!minute) return fail(fmt::format("{}: 00:00 to 23:59 is allowed", name));
  out = *minute;
  return {};
}

}  // namespace

std::string_view name_of(WallReplayWhat what) {
  return name_in(kWhatNames, what);
}

json::object to_json(const WallReplayRule& rule) {
  return {{"what", name_of(rule.what)},
          {"from", clock_words(rule.from_minute)},
          {"until", clock_words(rule.until_minute)},
          {"minutes_before", rule.minutes_before},
          {"sound", rule.sound}};
}

Result<WallReplayRule> read_wall_replay_rule(const json::object& object, WallReplayRule rule) {
  for (const auto& [name, value] : object) {
    if (name == "what") {
      const auto what = value.is_string() ? value_in<WallReplayWhat>(
                                                kWhatNames, std::string_view(value.get_string()))
                                          : std::nullopt;
      if (!what) return fail("what: off, last or day is allowed");
      rule.what = *what;
    } else if (name == "from" || name == "until") {
      int& minute = name == "from" ? rule.from_minute : rule.until_minute;
      if (auto read = read_minute(name, value, minute); !read) return tl::unexpected(read.error());
    } else if (name == "minutes_before") {
      if (!value.is_int64() || value.get_int64() < 0 ||
          value.get_int64() > WallReplayRule::kMostBefore) {
        return fail(fmt::format("minutes_before: 0 to {} is allowed", WallReplayRule::kMostBefore));
      }
      rule.minutes_before = static_cast<int>(value.get_int64());
    } else if (name == "sound") {
      if (!value.is_bool()) return fail("sound: true or false is allowed");
      rule.sound = value.get_bool();
    } else {
      return fail(
          fmt::format("there is no field \"{}\" here", std::string_view(name).substr(0, 64)));
    }
  }
  return rule;
}

}  // namespace longmen
