#include "core/recording/recording_plan.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include "core/recording/recording_info.h"

namespace longmen::recording {

std::optional<RecordingPlan> plan_recording(const Channel& channel, MediaTime now,
                                            int64_t wall_minus_media_ms,
                                            std::chrono::milliseconds reopen_within) {
  if (channel.record == RecordRule::kOff) return {};
  const int64_t now_ms =
      std::chrono::floor<std::chrono::milliseconds>(now.time_since_epoch()).count();
  const auto goes_on = [&](const ChannelSession& session) {
    const bool over = session.ended_ms > 0 &&
                      now_ms + wall_minus_media_ms >= session.ended_ms + reopen_within.count();
    return is_recording_id(session.id) && !over;
  };
  if (channel.session && goes_on(*channel.session)) {
    const ChannelSession& session = *channel.session;
    RecordingPlan plan{session.id, session.id, session.title, session.series, 0, 0};
    plan.start_ms = session.live_ms - wall_minus_media_ms;
    // An end that is to come would be none.
    if (session.ended_ms > 0) plan.end_ms = session.ended_ms - wall_minus_media_ms;
    return plan;
  }
  if (channel.record != RecordRule::kAlways) return {};
  const auto day =
      std::chrono::floor<std::chrono::seconds>(now.time_since_epoch()).count() / 86'400;
  RecordingPlan plan;
  plan.id =
      fmt::format("{}-{:%Y%m%d}", channel.id, fmt::gmtime(static_cast<std::time_t>(day * 86'400)));
  plan.title = channel.name;
  plan.start_ms = now_ms;
  return plan;
}

}  // namespace longmen::recording
