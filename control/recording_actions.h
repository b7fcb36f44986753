// What people can do with recordings, each with its row of the audit: keep for ever, remove,
// withdraw a range that must not be seen, and take that back. Inside the caller's transaction;
// every function throws as SOCI does.
#pragma once

#include "control/decided.h"
#include "control/recording_table.h"
#include "control/schedule_context.h"

namespace longmen {

Decided<StoredRecording> keep_recording(soci::session& sql, const ScheduleContext& context,
                                        const std::string& id, const SeenVersion& seen, bool keep);
// `confirmed` is its id again: what is removed is gone. 409 while it is being recorded or is kept.
// What is shown of one that has ended, to its whole segments; a range that is none: all of it.
Decided<StoredRecording> trim_recording(soci::session& sql, const ScheduleContext& context,
                                        const std::string& id, const SeenVersion& seen,
                                        const recording::TimeRange& shown);
Decided<StoredRecording> remove_recording(soci::session& sql, const ScheduleContext& context,
                                          const std::string& id, const SeenVersion& seen,
                                          const std::string& confirmed);
// In an emergency, so whatever version is there now. What overlaps the range is shown nowhere from
// now on: whole segments.
Decided<StoredRecording> withdraw_range(soci::session& sql, const ScheduleContext& context,
                                        const std::string& id, const recording::TimeRange& range);
Decided<StoredRecording> give_back_ranges(soci::session& sql, const ScheduleContext& context,
                                          const std::string& id, const SeenVersion& seen);

}  // namespace longmen
