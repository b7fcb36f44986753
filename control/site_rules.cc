// What sites and screens may be called, and what tiers are called: apart from what changes them in
// the database, so that tables of sites can be fuzzed without one.
#include <array>

#include "control/screen_actions.h"
#include "control/site_actions.h"
#include "control/text_rules.h"
#include "core/base/names.h"

namespace longmen {
namespace {

// The API's first, then what tables of sites have.
constexpr std::array kTiers{
    Named{SiteTier::kCity, "city"},         Named{SiteTier::kCentre, "centre"},
    Named{SiteTier::kTownship, "township"}, Named{SiteTier::kSite, "site"},
    Named{SiteTier::kCity, "市级"},         Named{SiteTier::kCity, "市"},
    Named{SiteTier::kCentre, "中心"},       Named{SiteTier::kTownship, "乡镇"},
    Named{SiteTier::kTownship, "街道"},     Named{SiteTier::kTownship, "镇街"},
    Named{SiteTier::kSite, "站点"},         Named{SiteTier::kSite, "社区"},
    Named{SiteTier::kSite, "村"},
};

}  // namespace

std::string_view name_of(SiteTier tier) {
  return name_in(kTiers, tier);
}

std::optional<SiteTier> site_tier_named(std::string_view name) {
  return value_in<SiteTier>(kTiers, name);
}

Decided<bool> check_site_texts(const Site& site) {
  if (const auto fault = fault_of_title("name", site.name)) return refuse(422, *fault);
  if (const auto fault = fault_of_text("code", site.code, kMaxCodeBytes, LineBreaks::kNone))
    return refuse(422, *fault);
  if (const auto fault = fault_of_text("address", site.address, kMaxPlaceBytes, LineBreaks::kNone))
    return refuse(422, *fault);
  if (const auto fault =
          fault_of_text("notes", site.notes, kMaxDescriptionBytes, LineBreaks::kAllowed))
    return refuse(422, *fault);
  return true;
}

Decided<bool> check_screen_texts(const Screen& screen) {
  if (const auto fault = fault_of_title("name", screen.name)) return refuse(422, *fault);
  return true;
}

}  // namespace longmen
