#include "core/hls/update_pace.h"

#include <fmt/format.h>

namespace longmen::hls {
namespace {

constexpr double kTargetsPerSegment = 1.5;
constexpr double kMuchWorse = 2;  // than what is told

}  // namespace

std::vector<CheckFinding> UpdatePace::handle(const Look& look, const ToldMediaPlaylist& playlist) {
  if (playlist.ended || playlist.segments.empty()) {
    forget();
    return {};
  }
  const ToldSegment& last = playlist.segments.back();
  const bool whole = !last.uri.empty();
  if (playlist.target_duration_s)
    check(segments_, look, {last.media_sequence - (whole ? 0 : 1), 0},
          kTargetsPerSegment * static_cast<double>(*playlist.target_duration_s));
  // A segment that is whole is followed by the first part of the next one.
  const Number next = whole ? Number{last.media_sequence + 1, 0}
                            : Number{last.media_sequence, static_cast<int64_t>(last.parts.size())};
  if (playlist.part_target_s) check(parts_, look, next, *playlist.part_target_s);
  return findings_.take();
}

void UpdatePace::forget() {
  segments_.newest.reset();
  parts_.newest.reset();
}

void UpdatePace::check(Rule& rule, const Look& look, Number number, double limit_s) {
  double without_s = 0;  // for certain
  if (!rule.newest || rule.newest->number != number) {
    if (rule.newest && look.blocking) without_s = look.answered_s - look.asked_s - look.age_s;
    rule.newest = Newest{number, look.answered_s};
  } else {
    without_s = look.asked_s - look.age_s - rule.newest->seen_s;
  }
  if (without_s <= limit_s + kTolerance_s || without_s < kMuchWorse * rule.worst_s) return;
  rule.worst_s = without_s;
  findings_.violation("6.2.1", fmt::format("for {:.1f} s there was no new {}, and one is to be "
                                           "there within {} s",
                                           without_s, rule.what, limit_s));
}

}  // namespace longmen::hls
