// What of a channel is recorded now, and under which name. A session's recording is named by the
// session, so that it goes on after a restart, and when a session is opened again; it goes on after
// the session's end, for as long as that may happen, and what is shown of it ends with the session.
// A channel that is always recorded has a recording a day (UTC) beside. Knows no file. Pure.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "core/node/channel.h"
#include "core/time/media_time.h"

namespace longmen::recording {

// Milliseconds of the media clock since 1970.
struct RecordingPlan {
  std::string id, session, title, series;
  int64_t start_ms = 0;
  int64_t end_ms = 0;  // 0: it goes on
  bool operator==(const RecordingPlan&) const = default;
};

// `wall_minus_media_ms`: a session's times are the wall clock's. `reopen_within`: of its end;
// whoever tells of sessions may be away then.
std::optional<RecordingPlan> plan_recording(const Channel& channel, MediaTime now,
                                            int64_t wall_minus_media_ms,
                                            std::chrono::milliseconds reopen_within);

}  // namespace longmen::recording
