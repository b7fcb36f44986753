// Brings a table of sites and screens in: planned first (control/site_plan.h), all of it against
// one state of the database, then written kLinesAtOnce lines at a time, each time a transaction of
// its own, so that whoever else wants something of the database has their turn in between: a town's
// 13,500 rows take seconds. Each line has a savepoint: one that is no longer right because somebody
// changed something meanwhile is told with its number and leaves no trace. Nothing is written when
// the plan has a mistake and all or nothing is wanted. What was interrupted is brought in again as
// a whole; what is there already stays. Bound: kMaxToldSiteMistakes.
#pragma once

#include <boost/json/object.hpp>
#include <span>

#include "control/decided.h"
#include "control/guide_import.h"
#include "control/schedule_context.h"
#include "control/site_plan.h"

namespace longmen {

inline constexpr size_t kLinesAtOnce = 40;
inline constexpr size_t kMaxToldSiteMistakes = 1000;

// Within a transaction that reads. Throws as SOCI does.
SiteSnapshot site_snapshot(soci::session& sql);

// Within one that writes; returns what is wrong now. Throws as SOCI does.
std::vector<ImportMistake> write_planned(soci::session& sql, const ScheduleContext& context,
                                         std::span<const PlannedLine> lines);

// What was planned and turned out to be wrong, in the plan's order, is counted as that.
void take_back(SitePlan& plan, const std::vector<ImportMistake>& mistakes);
boost::json::object site_import_report(const SitePlan& plan, bool done);

}  // namespace longmen
