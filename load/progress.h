// How far a viewer has come at one instant; the difference of two says what it got in between. The
// same figures for full and light viewers. Numbers are unwrapped; media time is that of video, or
// of sound when there is no video.
#pragma once

#include <algorithm>
#include <cmath>
#include <optional>

#include "core/time/media_time.h"
#include "core/time/unwrapper.h"
#include "load/filter_counters.h"

namespace longmen {

struct StreamProgress {
  uint64_t packets = 0;
  int64_t highest = 0;  // sequence number
  bool begun = false;
};

struct Progress {
  Monotonic at{};
  uint64_t packets = 0;  // all that came
  uint64_t repeats = 0;  // of them by RTX
  uint64_t others = 0;   // of payload types that were not agreed on
  uint64_t bytes = 0;
  uint64_t trains = 0;
  uint64_t frames = 0;
  uint64_t short_freezes = 0;
  uint64_t long_freezes = 0;
  StreamProgress video;
  StreamProgress audio;
  std::optional<double> media_seconds;
  Monotonic media_at{};  // when the frame began to come that took media so far; zero: not known

  // The instant at which `media_seconds` was true: that of the frame, so that a rate does not
  // depend on where between two frames a look fell. A frame that is overdue is a standstill: then
  // it is now.
  Monotonic media_instant() const {
    const bool known = media_at != Monotonic{};
    return known && at - media_at <= std::chrono::milliseconds(kShortFreezeMs) ? media_at : at;
  }
};

struct ProgressBetween {
  double seconds = 0;
  uint64_t packets = 0;
  uint64_t repeats = 0;
  uint64_t others = 0;
  uint64_t bytes = 0;
  uint64_t trains = 0;
  uint64_t frames = 0;
  uint64_t expected = 0;  // video and audio, without repeats
  uint64_t lost = 0;
  uint64_t surplus = 0;  // came, though no number was left for them: twice, or late
  uint64_t short_freezes = 0;
  uint64_t long_freezes = 0;
  std::optional<double> media_seconds;
  std::optional<double> media_rate;  // media seconds a second
};

inline ProgressBetween between(const Progress& from, const Progress& to) {
  ProgressBetween out;
  out.seconds = std::chrono::duration<double>(to.at - from.at).count();
  out.packets = to.packets - from.packets;
  out.repeats = to.repeats - from.repeats;
  out.others = to.others - from.others;
  out.bytes = to.bytes - from.bytes;
  out.trains = to.trains - from.trains;
  out.frames = to.frames - from.frames;
  out.short_freezes = to.short_freezes - from.short_freezes;
  out.long_freezes = to.long_freezes - from.long_freezes;
  if (from.media_seconds && to.media_seconds) {
    out.media_seconds = *to.media_seconds - *from.media_seconds;
    const std::chrono::duration<double> took = to.media_instant() - from.media_instant();
    if (took.count() > 0) out.media_rate = *out.media_seconds / took.count();
  }
  for (auto stream : {&Progress::video, &Progress::audio}) {
    if (!(to.*stream).begun) continue;
    const auto came = static_cast<int64_t>((to.*stream).packets - (from.*stream).packets);
    // Of a stream that began in between nothing says what came before its first packet.
    const int64_t expected =
        (from.*stream).begun ? (to.*stream).highest - (from.*stream).highest : came;
    out.expected += static_cast<uint64_t>(std::max<int64_t>(expected, 0));
    out.lost += static_cast<uint64_t>(std::max<int64_t>(expected - came, 0));
    out.surplus += static_cast<uint64_t>(std::max<int64_t>(came - expected, 0));
  }
  return out;
}

// Of several looks the one at which media was least behind time. When a viewer's turn comes, and
// how large the picture is that is under way, moves single frames; a server that falls behind moves
// all of them.
class LeastLag {
 public:
  void look(const Progress& progress) {
    if (!progress.media_seconds) return;
    const Monotonic at = progress.media_instant();
    const double lag =
        std::chrono::duration<double>(at.time_since_epoch()).count() - *progress.media_seconds;
    if (found_ && lag >= lag_) return;
    found_ = true;
    lag_ = lag;
    at_ = at;
    media_seconds_ = *progress.media_seconds;
  }
  // Media seconds a second between two such looks.
  static std::optional<double> rate(const LeastLag& from, const LeastLag& to) {
    const std::chrono::duration<double> took = to.at_ - from.at_;
    if (!from.found_ || !to.found_ || took.count() <= 0) return {};
    return (to.media_seconds_ - from.media_seconds_) / took.count();
  }

 private:
  bool found_ = false;
  double lag_ = 0;
  Monotonic at_{};
  double media_seconds_ = 0;
};

// Unwraps what the filter counts; to be fed at least every 32,767 packets and 6 hours.
class FilteredProgress {
 public:
  // What came before the filter: media time goes on from there, packets are counted anew.
  void begin(const Progress& before, bool audio_only) {
    progress_.at = before.at;
    progress_.media_seconds = before.media_seconds;
    progress_.media_at = before.media_at;
    if (!before.media_seconds) return;
    const double ticks = *before.media_seconds * rate_of(audio_only);
    timestamp_.unwrap(static_cast<uint64_t>(std::llround(ticks)));
  }
  void note(const FilterCounters& counted, bool audio_only, Monotonic now) {
    progress_.at = now;
    progress_.packets = counted.packets();
    progress_.repeats = counted.streams[FilterCounters::kRepeats].packets;
    progress_.others = counted.streams[FilterCounters::kOthers].packets;
    progress_.bytes = counted.bytes;
    progress_.trains = counted.trains;
    progress_.short_freezes = counted.short_freezes;
    progress_.long_freezes = counted.long_freezes;
    note_stream(counted.streams[FilterCounters::kVideo], video_sequence_, progress_.video);
    note_stream(counted.streams[FilterCounters::kAudio], audio_sequence_, progress_.audio);
    const FilterStream& leading =
        counted.streams[audio_only ? FilterCounters::kAudio : FilterCounters::kVideo];
    progress_.frames = leading.timestamps;
    if (!leading.seen) return;
    progress_.media_at = Monotonic(std::chrono::nanoseconds(counted.last_frame_ns));
    progress_.media_seconds =
        static_cast<double>(timestamp_.unwrap(leading.timestamp)) / rate_of(audio_only);
  }
  const Progress& progress() const { return progress_; }

 private:
  static double rate_of(bool audio_only) { return audio_only ? 48'000.0 : 90'000.0; }
  static void note_stream(const FilterStream& counted, SequenceUnwrapper& sequence,
                          StreamProgress& into) {
    into.packets = counted.packets;
    into.begun = counted.seen != 0;
    if (into.begun) into.highest = sequence.unwrap(counted.sequence);
  }

  SequenceUnwrapper video_sequence_;
  SequenceUnwrapper audio_sequence_;
  TimestampUnwrapper timestamp_;
  Progress progress_;
};

}  // namespace longmen
