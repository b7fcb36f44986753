// What can be done with screens, each with its row of the audit. No two of one site have the same
// name. Inside the caller's transaction; every function throws as SOCI does. Bound: kMaxScreens.
#pragma once

#include "control/schedule_context.h"
#include "control/screen_table.h"

namespace longmen {

struct ScreenWish {
  std::optional<std::string> site, name, channel, volume_rule, audio;
  std::optional<bool> test;
  std::optional<int64_t> volume_percent;
};

// What is wrong with its texts and figures themselves.
Decided<bool> check_screen_texts(const Screen& screen);

// Without a channel: the first one.
Decided<Screen> create_screen(soci::session& sql, const ScheduleContext& context,
                              const ScreenWish& wish);
Decided<Screen> change_screen(soci::session& sql, const ScheduleContext& context,
                              const std::string& id, const SeenVersion& seen,
                              const ScreenWish& wish);
// Its credential ends with it.
Decided<Screen> remove_screen(soci::session& sql, const ScheduleContext& context,
                              const std::string& id, const SeenVersion& seen);
// The device that the screen was until now, if any, is it no longer and may not watch any more.
void end_enrolment(soci::session& sql, const ScheduleContext& context, const Screen& screen);
// A screen that was written: with another channel, its device may watch that one alone.
void follow_channel(soci::session& sql, const ScheduleContext& context, const Screen& before,
                    const Screen& after);
// The device at the wall is that screen no longer; the screen stays, and waits for another.
Decided<Screen> revoke_screen(soci::session& sql, const ScheduleContext& context,
                              const std::string& id);

}  // namespace longmen
