// What can be done with sites, each with its row of the audit. A site's parent is of a tier above
// its own, so the tree has no circle; no two of the same name below one parent, and none of the
// same code. One with screens or children stays. Inside the caller's transaction; every function
// throws as SOCI does. Bound: kMaxSites.
#pragma once

#include "control/schedule_context.h"
#include "control/site_table.h"

namespace longmen {

inline constexpr size_t kMaxCodeBytes = 64;

struct SiteWish {
  std::optional<std::string> code, name, tier, parent, address, notes;  // parent: an id, or ""
};

// What is wrong with the texts themselves.
Decided<bool> check_site_texts(const Site& site);

Decided<Site> create_site(soci::session& sql, const ScheduleContext& context, const SiteWish& wish);
Decided<Site> change_site(soci::session& sql, const ScheduleContext& context, const std::string& id,
                          const SeenVersion& seen, const SiteWish& wish);
Decided<Site> remove_site(soci::session& sql, const ScheduleContext& context, const std::string& id,
                          const SeenVersion& seen);

}  // namespace longmen
