#include "core/failover/failover_rules.h"

#include <fmt/format.h>

#include <algorithm>

namespace longmen {
namespace json = boost::json;
namespace {

constexpr std::array kConditionNames{
    Named{Condition::kSilent, "silent"}, Named{Condition::kErrors, "errors"},
    Named{Condition::kFrozen, "frozen"}, Named{Condition::kBlack, "black"},
    Named{Condition::kNoData, "no_data"}};
constexpr std::string_view kSlateElse = "slate", kStayElse = "stay";
constexpr int64_t kMostErrors = 10'000;

int64_t count_ms(std::chrono::milliseconds time) {
  return time.count();
}

bool is_time(int64_t ms) {
  return ms == 0 || (ms >= count_ms(FailoverRules::kLeast) && ms <= count_ms(FailoverRules::kMost));
}

std::string allowed_time(std::string_view name) {
  return fmt::format("{}: 0 or {} to {} is allowed", name, count_ms(FailoverRules::kLeast),
                     count_ms(FailoverRules::kMost));
}

Result<void> read_condition(std::string_view name, const json::value& value, ConditionRule& rule) {
  if (!value.is_object()) return fail(fmt::format("{}: an object is allowed", name));
  for (const auto& [field, given] : value.as_object()) {
    if (field == "after_ms") {
      if (!given.is_int64() || !is_time(given.as_int64()))
        return fail(allowed_time(fmt::format("{}.after_ms", name)));
      rule.after = std::chrono::milliseconds(given.as_int64());
    } else if (field == "else") {
      const bool known =
          given.is_string() && (given.as_string() == kSlateElse || given.as_string() == kStayElse);
      if (!known) return fail(fmt::format("{}.else: slate or stay is allowed", name));
      rule.to_slate = given.as_string() == kSlateElse;
    } else {
      return fail(fmt::format("{}: after_ms and else are allowed", name));
    }
  }
  return {};
}

}  // namespace

std::string_view name_of(Condition condition) {
  return name_in(kConditionNames, condition);
}

json::object to_json(const FailoverRules& rules) {
  json::object object;
  for (const Condition condition : kConditions) {
    const ConditionRule& rule = rules.of(condition);
    object[name_of(condition)] = json::object{{"after_ms", count_ms(rule.after)},
                                              {"else", rule.to_slate ? kSlateElse : kStayElse}};
  }
  object["errors_per_second"] = rules.errors_per_second;
  object["return_after_ms"] =
      rules.return_after ? json::value(count_ms(*rules.return_after)) : json::value(nullptr);
  return object;
}

Result<FailoverRules> read_failover_rules(const json::object& object, FailoverRules rules) {
  for (const auto& [name, value] : object) {
    if (const auto condition = value_in<Condition>(kConditionNames, name)) {
      if (auto read = read_condition(name, value, rules.of(*condition)); !read)
        return tl::unexpected(read.error());
    } else if (name == "errors_per_second") {
      if (!value.is_int64() || value.as_int64() < 1 || value.as_int64() > kMostErrors)
        return fail(fmt::format("errors_per_second: 1 to {} is allowed", kMostErrors));
      rules.errors_per_second = static_cast<int>(value.as_int64());
    } else if (name == "return_after_ms") {
      if (value.is_null()) {
        rules.return_after.reset();
        continue;
      }
      if (!value.is_int64() || !is_time(value.as_int64()))
        return fail(allowed_time("return_after_ms") + ", and null for by hand");
      rules.return_after = std::chrono::milliseconds(value.as_int64());
    } else {
      return fail(
          fmt::format("there is no field \"{}\" here", std::string_view(name).substr(0, 64)));
    }
  }
  return rules;
}

}  // namespace longmen
