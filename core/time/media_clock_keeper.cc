#include "core/time/media_clock_keeper.h"

#include <algorithm>
#include <boost/json.hpp>

namespace longmen {
namespace {

using std::chrono::nanoseconds;

constexpr int64_t kStateVersion = 1;
constexpr size_t kMaxBootIdBytes = 64;

std::optional<int64_t> integer(const boost::json::object& object, std::string_view key) {
  const boost::json::value* value = object.if_contains(key);
  if (!value || !value->is_int64() || value->get_int64() < 0) return std::nullopt;
  return value->get_int64();
}

MediaClockLine line_through(Monotonic mono, MediaTime media) {
  return MediaClockLine{mono, media, 0};
}

}  // namespace

MediaTime media_time_of(WallTime wall) {
  return MediaTime(floor_flicks(wall.time_since_epoch()));
}

std::string_view name_of(MediaClockAlarm alarm) {
  switch (alarm) {
    case MediaClockAlarm::kNone:
      return "none";
    case MediaClockAlarm::kDisagrees:
      return "disagrees";
    case MediaClockAlarm::kStepped:
      return "stepped";
  }
  return "unknown";
}

std::string to_json(const MediaClockState& state) {
  return boost::json::serialize(
      boost::json::object{{"version", kStateVersion},
                          {"boot_id", state.boot_id},
                          {"schedule", boost::json::parse(to_json(state.schedule))},
                          {"saved_mono_ns", state.saved.time_since_epoch().count()},
                          {"not_before_flicks", state.not_before.time_since_epoch().count()}});
}

Result<MediaClockState> media_clock_state_from_json(std::string_view json) {
  boost::json::error_code error;
  const boost::json::value value = boost::json::parse({json.data(), json.size()}, error);
  const boost::json::object* object = error ? nullptr : value.if_object();
  if (!object) return fail("media clock state: not a JSON object");
  if (integer(*object, "version") != kStateVersion)
    return fail("media clock state: version is not 1");
  const boost::json::value* boot_id = object->if_contains("boot_id");
  const boost::json::value* schedule = object->if_contains("schedule");
  const auto saved = integer(*object, "saved_mono_ns");
  const auto not_before = integer(*object, "not_before_flicks");
  if (!boot_id || !boot_id->is_string() || boot_id->get_string().size() > kMaxBootIdBytes)
    return fail("media clock state: boot_id is not a text of at most 64 bytes");
  if (!schedule || !saved || !not_before)
    return fail("media clock state: schedule, saved_mono_ns or not_before_flicks is missing");
  auto lines = media_clock_schedule_from_json(boost::json::serialize(*schedule));
  if (!lines) return tl::unexpected(lines.error());
  return MediaClockState{std::string(boot_id->get_string()), *lines, Monotonic(nanoseconds(*saved)),
                         MediaTime(Flicks(*not_before))};
}

MediaClockKeeper::MediaClockKeeper(const std::optional<MediaClockState>& persisted,
                                   std::string boot_id, WallTime wall, Monotonic mono)
    : boot_id_(std::move(boot_id)), last_wall_(wall), last_mono_(mono), decided_(mono) {
  latch(persisted, media_time_of(wall), mono);
  disagreement_ = floor_nanoseconds(media_time_of(wall) - schedule_.media_at(mono));
}

void MediaClockKeeper::latch(const std::optional<MediaClockState>& persisted, MediaTime wall,
                             Monotonic mono) {
  if (!persisted) {
    schedule_ = {line_through(mono, wall), std::nullopt};
    return;
  }
  // The same boot, unless the monotonic clock has gone back all the same (a container's time
  // namespace, a restored snapshot): then the persisted lines mean nothing.
  const bool same_boot = persisted->boot_id == boot_id_ && mono >= persisted->saved;
  const MediaTime earliest = same_boot ? persisted->schedule.media_at(mono) : persisted->not_before;
  const bool behind = wall - earliest > kMaxFollowed;
  if (same_boot && !behind) {
    schedule_ = persisted->schedule;
    return;
  }
  const MediaTime start = std::max(earliest, wall);
  jumped_at_start_ = floor_nanoseconds(start - earliest);
  schedule_ = {line_through(mono, start), std::nullopt};
}

std::optional<MediaClockSchedule> MediaClockKeeper::handle(WallTime wall, Monotonic mono) {
  observe(wall, mono);
  if (mono < decided_ + kDecideEvery) return std::nullopt;
  decided_ = mono;
  const MediaClockLine& line = schedule_.line_at(mono);
  const int32_t ppm = wanted_ppm();
  if (ppm == line.ppm) return std::nullopt;
  const Monotonic start = mono + kLead;
  schedule_ = {line, MediaClockLine{start, line.media_at(start), ppm}};
  return schedule_;
}

void MediaClockKeeper::observe(WallTime wall, Monotonic mono) {
  const nanoseconds step = (wall - last_wall_) - (mono - last_mono_);
  last_wall_ = wall;
  last_mono_ = mono;
  disagreement_ = floor_nanoseconds(media_time_of(wall) - schedule_.media_at(mono));
  if (std::chrono::abs(step) > kMaxFollowed) not_followed_ += step;
  const bool back = std::chrono::abs(not_followed_) <= kMaxFollowed ||
                    std::chrono::abs(disagreement_) <= kMaxFollowed;
  if (back) not_followed_ = nanoseconds(0);
}

int32_t MediaClockKeeper::wanted_ppm() const {
  if (not_followed_ != nanoseconds(0)) return 0;
  if (std::chrono::abs(disagreement_) < kLeftAlone) return 0;
  const int64_t ppm = disagreement_.count() / (nanoseconds(kCorrectWithin).count() / 1'000'000);
  return static_cast<int32_t>(std::clamp<int64_t>(ppm, -kSlewPpm, kSlewPpm));
}

MediaClockState MediaClockKeeper::state(Monotonic mono) const {
  return {boot_id_, schedule_, mono, schedule_.media_at(mono + kReserved)};
}

MediaClockAlarm MediaClockKeeper::alarm() const {
  if (not_followed_ != nanoseconds(0)) return MediaClockAlarm::kStepped;
  if (std::chrono::abs(disagreement_) > kAlarmBeyond) return MediaClockAlarm::kDisagrees;
  return MediaClockAlarm::kNone;
}

}  // namespace longmen
