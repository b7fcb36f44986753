// What operators order for a channel's air, each with its row of the audit: the order, rehearsal,
// whether the feed needs a session, the emergency cut and its end. Who may is decided before
// (control/permission.h). A cut names no version: whoever cuts wants that, whatever another has
// just done. Inside the caller's transaction; every function throws as SOCI does.
#pragma once

#include <optional>
#include <string>

#include "control/air_table.h"
#include "control/decided.h"
#include "control/schedule_context.h"

namespace longmen {

// What is absent stays as it is.
struct AirWish {
  std::optional<std::string> order;  // "auto", "slate", "primary", "backup"
  std::optional<bool> rehearsal;
  std::optional<std::string> on_air;  // "feed", "session"
  std::optional<std::string> slate;   // with the order "slate": its id; empty: the channel's
};

Decided<boost::json::object> show_air(soci::session& sql, const std::string& channel);
Decided<boost::json::object> order_air(soci::session& sql, const ScheduleContext& context,
                                       const std::string& channel, const SeenVersion& seen,
                                       const AirWish& wish);
// A channel that is cut already stays so. `slate`: its id; empty for what the channel has for it.
// Where the configuration wants a second person, the first one's wish waits, and that of another
// account, while it does, cuts; who has asked can ask again, which makes it no longer.
Decided<boost::json::object> cut_air(soci::session& sql, const ScheduleContext& context,
                                     const std::string& channel, const std::string& slate);
// Ends a cut, or takes back the wish for one.
Decided<boost::json::object> undo_cut(soci::session& sql, const ScheduleContext& context,
                                      const std::string& channel, const SeenVersion& seen);

// For a session that goes live: what is on air then is for everybody.
void end_rehearsal(soci::session& sql, const ScheduleContext& context, const std::string& channel);

}  // namespace longmen
