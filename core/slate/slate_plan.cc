#include "core/slate/slate_plan.h"

#include <algorithm>

namespace longmen {
namespace json = boost::json;
namespace {

// It becomes a file's name.
bool is_sha256(std::string_view text) {
  return text.size() == 64 && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

}  // namespace

std::vector<SlateSource> sources_of(const SlatePlan& plan) {
  std::vector<SlateSource> sources;
  const auto add = [&](const SlateSource& source) {
    if (source.is_plain_card() ||
        std::find(sources.begin(), sources.end(), source) != sources.end())
      return;
    sources.push_back(source);
  };
  for (const SlateSource& source : plan.on.values)
    add(source);
  for (const SlateSource& source : plan.others)
    add(source);
  return sources;
}

json::object to_json(const SlateSource& source) {
  return {{"sha256", source.sha256}, {"clip", source.clip}, {"title", source.title}};
}

SlateSource slate_source_from_json(const JsonFields& fields) {
  SlateSource source;
  fields.read("sha256", source.sha256);
  fields.read("clip", source.clip);
  fields.read("title", source.title);
  if (!is_sha256(source.sha256)) source.sha256.clear();
  if (source.is_card()) source.clip = false;
  return source;
}

json::object to_json(const SlatePlan& plan) {
  json::object on;
  for (const SlateOccasion occasion : kSlateOccasions)
    on[name_of(occasion)] = to_json(plan.on[occasion]);
  json::array others;
  for (const SlateSource& source : plan.others)
    others.push_back(to_json(source));
  return {{"on", std::move(on)},
          {"others", std::move(others)},
          {"break_ordered", plan.break_ordered},
          {"before_from_flicks", plan.before_from.time_since_epoch().count()}};
}

SlatePlan slate_plan_from_json(const JsonFields& fields) {
  SlatePlan plan;
  fields.inside("on", [&](const JsonFields& on) {
    for (const SlateOccasion occasion : kSlateOccasions)
      on.inside(name_of(occasion),
                [&](const JsonFields& each) { plan.on[occasion] = slate_source_from_json(each); });
  });
  fields.each("others", [&](const JsonFields& each) {
    if (plan.others.size() < kMaxSlates) plan.others.push_back(slate_source_from_json(each));
  });
  fields.read("break_ordered", plan.break_ordered);
  int64_t before_from = 0;
  fields.read("before_from_flicks", before_from);
  plan.before_from = MediaTime(Flicks(before_from));
  return plan;
}

}  // namespace longmen
