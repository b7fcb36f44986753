#include "core/recording/still_plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <iterator>
#include <map>

#include "core/recording/cue_time.h"

namespace longmen::recording {
namespace {

constexpr std::chrono::seconds kPosterWithin{60};
// Of eight bits. A picture that fades in, and one of a single colour, are below.
constexpr int kDark = 32;
constexpr int kFlat = 12;
// Of a keyframe's bytes, what the pictures behind it take on average where something moves.
constexpr double kMoves = 0.004;
constexpr std::string_view kSheetSuffix = ".jpg";

int64_t pixels_of(const TrackInfo& track) {
  return int64_t{track.width} * track.height;
}

template <class Fits>
std::optional<size_t> smallest_track(const RecordingInfo& info, Fits fits) {
  std::optional<size_t> best;
  for (size_t i = 0; i < info.tracks.size(); ++i) {
    const TrackInfo& track = info.tracks[i];
    if (!is_video(track.id) || !fits(track)) continue;
    if (!best || pixels_of(track) < pixels_of(info.tracks[*best])) best = i;
  }
  return best;
}

bool has_keyframe(const RecordedSegment& segment) {
  return !segment.parts.empty() && segment.parts.front().bytes > 0 &&
         segment.parts.front().independent && !segment.parts.front().samples.empty();
}

// How much of a segment's bytes are not its keyframe's.
bool moves(const RecordedSegment& segment) {
  uint64_t keyframe = 0, others = 0, pictures = 0;
  for (const RecordedPart& part : segment.parts) {
    for (const RecordedSample& sample : part.samples) {
      if (sample.sync) {
        keyframe += sample.bytes;
      } else {
        others += sample.bytes;
        ++pictures;
      }
    }
  }
  return pictures > 0 && static_cast<double>(others) / static_cast<double>(pictures) >
                             kMoves * static_cast<double>(keyframe);
}

int worth(const Still& still, bool is_moving) {
  const bool seen = still.look.luma >= kDark && still.look.contrast >= kFlat;
  return (seen ? 1024 : 0) + (is_moving ? 512 : 0) + still.look.contrast;
}

bool read_number(std::string_view text, int64_t& number) {
  const auto [end, wrong] = std::from_chars(text.data(), text.data() + text.size(), number);
  return wrong == std::errc() && end == text.data() + text.size() && number >= 0;
}

}  // namespace

std::optional<size_t> still_track(const RecordingInfo& info) {
  return smallest_track(info, [](const TrackInfo&) { return true; });
}

std::optional<size_t> poster_track(const RecordingInfo& info) {
  const auto large = smallest_track(
      info, [](const TrackInfo& track) { return track.height >= kPosterSize.height; });
  return large ? large : still_track(info);
}

StillPlan plan_stills(const RecordingInfo& info, const RecordedTrack& track, int every_s) {
  StillPlan plan;
  const auto& segments = track.segments();
  const auto first = segments.lower_bound(info.first_segment());
  const auto end = segments.lower_bound(info.end_segment());
  const int64_t segment_s =
      std::chrono::duration_cast<std::chrono::seconds>(info.grid().segment_duration()).count();
  plan.spacing = std::max<int64_t>(1, every_s / std::max<int64_t>(1, segment_s));
  if (first == end) return plan;
  const int64_t last = std::prev(end)->first;
  while (last / plan.spacing - first->first / plan.spacing >= kMaxSlots)
    plan.spacing *= 2;
  for (auto at = first; at != end;) {
    if (!has_keyframe(at->second) || !info.shows(at->first)) {
      ++at;
      continue;
    }
    plan.wanted.push_back(at->first);
    at = segments.lower_bound((at->first / plan.spacing + 1) * plan.spacing);
    if (at == segments.end() || at->first >= info.end_segment()) break;
  }
  return plan;
}

std::optional<int64_t> choose_poster(const RecordingInfo& info, const RecordedTrack& track,
                                     const StillPlan& plan, const StillIndex& made) {
  std::optional<int64_t> best;
  int best_worth = -1;
  for (const int64_t number : plan.wanted) {
    const Still* still = made.find(StillKind::kStill, number);
    if (!still) continue;
    const bool early =
        number - plan.wanted.front() <= kPosterWithin / info.grid().segment_duration();
    if (!early && best_worth >= 1024) break;
    const RecordedSegment* segment = track.find(number);
    const int its_worth = worth(*still, segment && moves(*segment));
    if (its_worth <= best_worth) continue;
    best = number;
    best_worth = its_worth;
  }
  return best;
}

std::string sheet_name(const SheetName& name) {
  return fmt::format("{}-{}{}", name.spacing, name.number, kSheetSuffix);
}

std::optional<SheetName> read_sheet_name(std::string_view text) {
  if (!text.ends_with(kSheetSuffix)) return {};
  text.remove_suffix(kSheetSuffix.size());
  const size_t dash = text.find('-');
  if (dash == std::string_view::npos) return {};
  SheetName name;
  if (!read_number(text.substr(0, dash), name.spacing) ||
      !read_number(text.substr(dash + 1), name.number) || name.spacing == 0)
    return {};
  return name;
}

std::vector<std::optional<int64_t>> stills_of_sheet(const StillPlan& plan, const StillIndex& made,
                                                    const SheetName& name) {
  std::vector<std::optional<int64_t>> stills(static_cast<size_t>(kStillsInSheet));
  if (name.spacing != plan.spacing) return stills;
  for (const int64_t number : plan.wanted) {
    const int64_t slot = number / plan.spacing;
    if (slot / kStillsInSheet != name.number) continue;
    if (made.find(StillKind::kStill, number))
      stills[static_cast<size_t>(slot % kStillsInSheet)] = number;
  }
  return stills;
}

std::string write_thumbnail_track(const StillPlan& plan, const StillIndex& made,
                                  const PositionOf& position_of, Flicks duration,
                                  std::string_view folder) {
  struct Placed {
    Flicks start{};
    int64_t slot = 0;
  };
  std::vector<Placed> placed;
  std::map<int64_t, int> in_sheet;
  for (const int64_t number : plan.wanted) {
    const auto start = position_of(number);
    if (!start || !made.find(StillKind::kStill, number)) continue;
    placed.push_back({*start, number / plan.spacing});
    ++in_sheet[placed.back().slot / kStillsInSheet];
  }
  std::string text = "WEBVTT\n";
  for (size_t i = 0; i < placed.size(); ++i) {
    const auto [start, slot] = placed[i];
    // What is before the first one has it, too.
    const Flicks from = i == 0 ? Flicks() : start;
    const Flicks to = i + 1 < placed.size() ? placed[i + 1].start : std::max(duration, start);
    if (to <= from) continue;
    const int64_t sheet = slot / kStillsInSheet;
    const auto tile = static_cast<int>(slot % kStillsInSheet);
    fmt::format_to(std::back_inserter(text), "\n{} --> {}\n{}{}?n={}#xywh={},{},{},{}\n",
                   cue_time(from), cue_time(to), folder, sheet_name({plan.spacing, sheet}),
                   in_sheet[sheet], tile % kSheetSide * kStillSize.width,
                   tile / kSheetSide * kStillSize.height, kStillSize.width, kStillSize.height);
  }
  return text;
}

}  // namespace longmen::recording
