// Decides how decoded audio lands on the absolute 48 kHz sample grid: samples come out strictly
// consecutive, forever, whatever the feed does. A chunk that starts within kSplice of where output
// stands is joined on, and what it is off by is corrected inaudibly: drift_compensation() says by
// how many samples the resampler is to stretch or shrink (at most 500 ppm). A chunk that is further
// off, or follows a silence, is put exactly in its place: silence before it, or its start left out.
// Missing audio becomes silence at its deadline. It holds no samples and knows no feed time: chunks
// come mapped (feed_clock.h), after the resampler, with its delay accounted for.
// Bounds: constant memory. Thread: one of the streamer's.
// Order: push() or nothing, then poll() until it gives nothing, then wait for next_deadline().
// Source: docs/TIMELINE.md §11.
#pragma once

#include <cstdint>
#include <optional>

#include "core/time/audio_grid.h"

namespace longmen {

// What to output from sample `first` on: `silence` zeros, then `copy` samples of the chunk after
// leaving out its first `skip` ones. skip + copy is the chunk's size, or copy is 0.
struct SamplePlacement {
  SampleIndex first = 0;
  int64_t silence = 0;
  int64_t skip = 0;
  int64_t copy = 0;
  bool spliced = false;  // the sound is cut here: fade
};

// For swr_set_compensation(swr, samples, over): positive stretches.
struct DriftCompensation {
  int samples = 0;
  int over = 48'000;
  bool operator==(const DriftCompensation&) const = default;
};

struct SampleRetimerOptions {
  // Sample n goes out at the latest `wait` and kSilenceRun after its media time.
  Flicks wait = std::chrono::milliseconds(60);
  // A chunk mapped further than this past `now` is refused; as FrameRetimerOptions has it.
  Flicks max_early = std::chrono::milliseconds(1250);
};

struct SampleRetimerCounts {
  uint64_t copied = 0;  // samples, as are the next two
  uint64_t silent = 0;
  uint64_t skipped = 0;  // samples that came and were not put out
  uint64_t splices = 0;  // cuts in running sound
};

class SampleRetimer {
 public:
  static constexpr int64_t kSplice = 1920;      // samples: 40 ms
  static constexpr int64_t kYoungSplice = 240;  // 5 ms
  static constexpr int64_t kYoung = 96'000;     // 2 s
  static constexpr int64_t kSilenceRun = 480;   // silence comes in whole runs of 10 ms
  static constexpr int kMaxCompensation = 24;   // samples a second: 500 ppm
  static constexpr int kCorrectWithinSeconds = 4;

  // Output begins with the first sample at or after `start`.
  explicit SampleRetimer(MediaTime start, SampleRetimerOptions options = {});

  // `samples` (0 or more) of 48 kHz, of which the first belongs to `start`.
  SamplePlacement push(MediaTime start, int64_t samples, MediaTime now);
  // What follows is of another source: it goes exactly to its place.
  void forget();
  // Silence that is due because nothing came: copy is 0.
  std::optional<SamplePlacement> poll(MediaTime now);
  MediaTime next_deadline() const;
  // To be set on the resampler after each push(), anew each time.
  DriftCompensation drift_compensation() const;

  SampleIndex next_sample() const { return next_; }
  const SampleRetimerCounts& counts() const { return counts_; }

 private:
  SamplePlacement place(int64_t error, int64_t samples);

  SampleRetimerOptions options_;
  SampleIndex next_;
  bool sounding_ = false;   // the sample before next_ came from the feed
  SampleIndex begun_ = 0;   // where running sound began
  bool exact_ = true;       // the next chunk goes exactly to its place
  int64_t off_256ths_ = 0;  // smoothed distance of chunks from where they are joined on, in 1/256
  SampleRetimerCounts counts_;
};

}  // namespace longmen
