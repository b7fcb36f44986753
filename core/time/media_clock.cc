#include "core/time/media_clock.h"

#include <fmt/format.h>

#include <boost/json.hpp>

#include "core/time/floor_div.h"

namespace longmen {
namespace {

using Wide = __int128;

constexpr int64_t kScheduleVersion = 1;
constexpr int64_t kMaxInstant = int64_t{1} << 62;  // year 2177; sums of two stay in 64 bits
constexpr int64_t kNoNext = kMaxSlewPpm + 1;

// flicks = ns * 7056 / 10^4 * (10^6 + ppm) / 10^6
constexpr Wide kNumeratorPerPpm = 7056;
constexpr Wide kDenominator = Wide{10'000} * 1'000'000;

Wide numerator(int32_t ppm) {
  return kNumeratorPerPpm * (1'000'000 + ppm);
}

boost::json::object line_to_json(const MediaClockLine& line) {
  return {{"mono_ns", line.mono.time_since_epoch().count()},
          {"media_flicks", line.media.time_since_epoch().count()},
          {"ppm", line.ppm}};
}

Result<int64_t> number(const boost::json::object& object, std::string_view key) {
  const boost::json::value* value = object.if_contains(key);
  if (!value || !value->is_int64())
    return fail(fmt::format("media clock: {} is not a whole number", key));
  return value->get_int64();
}

Result<MediaClockLine> line_from_json(const boost::json::value& value) {
  const boost::json::object* object = value.if_object();
  if (!object) return fail("media clock: a line is not an object");
  const auto mono = number(*object, "mono_ns");
  const auto media = number(*object, "media_flicks");
  const auto ppm = number(*object, "ppm");
  if (!mono) return tl::unexpected(mono.error());
  if (!media) return tl::unexpected(media.error());
  if (!ppm) return tl::unexpected(ppm.error());
  if (*mono < 0 || *mono > kMaxInstant || *media < 0 || *media > kMaxInstant)
    return fail("media clock: an instant is out of range");
  if (*ppm < -kMaxSlewPpm || *ppm > kMaxSlewPpm)
    return fail(fmt::format("media clock: ppm = {}: -{} to {}", *ppm, kMaxSlewPpm, kMaxSlewPpm));
  return MediaClockLine{Monotonic(std::chrono::nanoseconds(*mono)), MediaTime(Flicks(*media)),
                        static_cast<int32_t>(*ppm)};
}

}  // namespace

MediaTime MediaClockLine::media_at(Monotonic instant) const {
  const Wide elapsed_ns =
      Wide{instant.time_since_epoch().count()} - mono.time_since_epoch().count();
  return media + Flicks(static_cast<int64_t>(floor_div(elapsed_ns * numerator(ppm), kDenominator)));
}

Monotonic MediaClockLine::monotonic_at(MediaTime time) const {
  const Wide ahead = Wide{time.time_since_epoch().count()} - media.time_since_epoch().count();
  return mono + std::chrono::nanoseconds(
                    static_cast<int64_t>(ceil_div(ahead * kDenominator, numerator(ppm))));
}

Monotonic MediaClockSchedule::monotonic_at(MediaTime time) const {
  const Monotonic instant = current.monotonic_at(time);
  return next && instant > next->mono ? next->monotonic_at(time) : instant;
}

std::string to_json(const MediaClockSchedule& schedule) {
  boost::json::object object{{"version", kScheduleVersion},
                             {"current", line_to_json(schedule.current)}};
  if (schedule.next) object["next"] = line_to_json(*schedule.next);
  return boost::json::serialize(object);
}

Result<MediaClockSchedule> media_clock_schedule_from_json(std::string_view json) {
  boost::json::error_code error;
  const boost::json::value value = boost::json::parse({json.data(), json.size()}, error);
  const boost::json::object* object = error ? nullptr : value.if_object();
  if (!object) return fail("media clock: not a JSON object");
  const auto version = number(*object, "version");
  if (!version || *version != kScheduleVersion) return fail("media clock: version is not 1");
  const boost::json::value* current = object->if_contains("current");
  if (!current) return fail("media clock: current is missing");
  const auto current_line = line_from_json(*current);
  if (!current_line) return tl::unexpected(current_line.error());
  MediaClockSchedule schedule{*current_line, std::nullopt};
  if (const boost::json::value* next = object->if_contains("next")) {
    const auto next_line = line_from_json(*next);
    if (!next_line) return tl::unexpected(next_line.error());
    if (next_line->media != schedule.current.media_at(next_line->mono))
      return fail("media clock: the next line does not meet the current one");
    schedule.next = *next_line;
  }
  return schedule;
}

// Ordering without fences (which ThreadSanitizer does not model): a reader that sees any word of a
// later set() through acquire also sees the version that was stored before it, and reads again.
void SharedMediaClock::set(const MediaClockSchedule& schedule) {
  const uint64_t version = version_.load(std::memory_order_relaxed) + 1;
  const MediaClockLine next = schedule.next.value_or(MediaClockLine{{}, {}, kNoNext});
  const std::array<int64_t, 6> words = {schedule.current.mono.time_since_epoch().count(),
                                        schedule.current.media.time_since_epoch().count(),
                                        schedule.current.ppm,
                                        next.mono.time_since_epoch().count(),
                                        next.media.time_since_epoch().count(),
                                        next.ppm};
  Slot& slot = slots_[version % 2];
  for (size_t i = 0; i < words.size(); ++i)
    slot[i].store(words[i], std::memory_order_release);
  version_.store(version, std::memory_order_release);
}

MediaClockSchedule SharedMediaClock::schedule() const {
  std::array<int64_t, 6> words{};
  uint64_t version = version_.load(std::memory_order_acquire);
  if (version == 0) return {};
  for (;;) {
    const Slot& slot = slots_[version % 2];
    for (size_t i = 0; i < words.size(); ++i)
      words[i] = slot[i].load(std::memory_order_acquire);
    const uint64_t after = version_.load(std::memory_order_acquire);
    if (after == version) break;
    version = after;
  }
  const auto line = [&words](size_t at) {
    return MediaClockLine{Monotonic(std::chrono::nanoseconds(words[at])),
                          MediaTime(Flicks(words[at + 1])), static_cast<int32_t>(words[at + 2])};
  };
  MediaClockSchedule schedule{line(0), std::nullopt};
  if (words[5] != kNoNext) schedule.next = line(3);
  return schedule;
}

}  // namespace longmen
