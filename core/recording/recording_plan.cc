#include "core/recording/recording_plan.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include "core/recording/recording_info.h"

namespace longmen::recording {

std::optional<RecordingPlan> plan_recording(const Channel& channel, MediaTime now,
                                            int64_t wall_minus_media_ms) {
  if (channel.record == RecordRule::kOff) return {};
  const int64_t now_ms =
      std::chrono::floor<std::chrono::milliseconds>(now.time_since_epoch()).count();
  if (channel.session && is_recording_id(channel.session->id)) {
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
