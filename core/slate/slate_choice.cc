#include "core/slate/slate_choice.h"

#include <fmt/format.h>

#include <algorithm>

namespace longmen {
namespace json = boost::json;
namespace {

constexpr std::string_view kMinutes = "before_minutes";

// True: the field is an occasion, and was read.
Result<bool> read_occasion(std::string_view name, const json::value& value, ChosenSlates& chosen) {
  const auto occasion = slate_occasion_named(name);
  if (!occasion) return false;
  if (!value.is_string() && !value.is_null())
    return fail(fmt::format("{}: the id of a slate of the channel, or null, is allowed", name));
  chosen[*occasion] = value.is_null() ? std::string() : std::string(value.as_string());
  return true;
}

tl::unexpected<Error> no_field(std::string_view name) {
  return fail(fmt::format("there is no field \"{}\" here", name.substr(0, 64)));
}

const std::string& first_of(const std::string& one, const std::string& other) {
  return one.empty() ? other : one;
}

}  // namespace

json::object to_json(const ChosenSlates& chosen) {
  json::object object;
  for (const SlateOccasion occasion : kSlateOccasions) {
    const std::string& id = chosen[occasion];
    object[name_of(occasion)] = id.empty() ? json::value(nullptr) : json::value(id);
  }
  return object;
}

json::object to_json(const SlateChoice& choice) {
  json::object object = to_json(choice.on);
  object[kMinutes] = choice.before_minutes;
  return object;
}

Result<SlateChoice> read_slate_choice(const json::object& object, SlateChoice choice) {
  for (const auto& [name, value] : object) {
    const auto read = read_occasion(name, value, choice.on);
    if (!read) return tl::unexpected(read.error());
    if (*read) continue;
    if (name != kMinutes) return no_field(name);
    if (!value.is_int64() || value.as_int64() < 0 || value.as_int64() > SlateChoice::kMostMinutes)
      return fail(fmt::format("{}: 0 to {} is allowed", kMinutes, SlateChoice::kMostMinutes));
    choice.before_minutes = static_cast<int>(value.as_int64());
  }
  return choice;
}

Result<ChosenSlates> read_chosen_slates(const json::object& object, ChosenSlates chosen) {
  for (const auto& [name, value] : object) {
    const auto read = read_occasion(name, value, chosen);
    if (!read) return tl::unexpected(read.error());
    if (!*read) return no_field(name);
  }
  return chosen;
}

SlatePlan plan_slates(const SlateSituation& situation) {
  using Session = std::optional<SessionOfPlan>;
  SlatePlan plan;
  plan.break_ordered = situation.break_ordered;
  const auto put = [&](SlateOccasion occasion, const Session& session, const std::string& ordered,
                       bool titled) {
    const std::string& of_channel = situation.channel.on[occasion];
    const std::string& chosen =
        session ? first_of(session->chosen[occasion], of_channel) : of_channel;
    SlateSource& source = plan.on[occasion];
    if (const auto found = situation.library.find(first_of(ordered, chosen));
        found != situation.library.end()) {
      source = found->second;
    } else if (session && titled) {
      source.title = session->title;
    }
  };
  put(SlateOccasion::kBefore, situation.next, "", true);
  put(SlateOccasion::kBreak, situation.live, situation.ordered, true);
  put(SlateOccasion::kTrouble, situation.live, "", true);
  put(SlateOccasion::kCut, situation.live, situation.cut, true);
  put(SlateOccasion::kAfter, situation.last, "", false);  // "stand by" for what is over
  for (const auto& [id, source] : situation.library) {
    if (plan.others.size() < kMaxSlates) plan.others.push_back(source);
  }
  const auto media = [](int64_t wall_ms) {
    return MediaTime(Flicks(std::chrono::milliseconds(wall_ms)));
  };
  if (situation.last && situation.next) {
    const auto lead = std::chrono::minutes(situation.channel.before_minutes);
    plan.before_from = media(situation.next->at_ms) - Flicks(lead);
  } else if (situation.last) {
    plan.before_from = media(situation.last->at_ms) + Flicks(kAfterLasts);
  }
  return plan;
}

}  // namespace longmen
