// Audio on the line of time: sample n is at n / 48000 seconds since the epoch, and frame k of a
// grid of N samples begins at sample k * N, in every generation and node. It also says where to
// start an encoder so that its packets, once decoded, lie on the grid.
// Constant; any thread. Source: docs/TIMELINE.md §5.
#pragma once

#include <cstdint>

#include "core/time/media_time.h"

namespace longmen {

using SampleIndex = int64_t;
using AudioFrameIndex = int64_t;

SampleIndex sample_at(MediaTime time);          // the last one at or before
SampleIndex first_sample_from(MediaTime time);  // the first one at or after
SampleIndex nearest_sample(MediaTime time);
MediaTime time_of_sample(SampleIndex sample);

class AudioGrid {
 public:
  // 1 or more samples of 48 kHz.
  constexpr explicit AudioGrid(int samples_per_frame) : samples_per_frame_(samples_per_frame) {}

  constexpr int samples_per_frame() const { return samples_per_frame_; }
  Flicks frame_duration() const;
  SampleIndex first_sample_of(AudioFrameIndex frame) const { return frame * samples_per_frame_; }
  MediaTime time_of(AudioFrameIndex frame) const { return time_of_sample(first_sample_of(frame)); }
  AudioFrameIndex frame_at(MediaTime time) const;          // the one that holds it
  AudioFrameIndex first_frame_from(MediaTime time) const;  // the first that starts at or after

  // An encoder with `priming` samples of delay gives packets of which number n (from 0) decodes to
  // the input samples from n * samples_per_frame() - priming on. Fed from the sample that this
  // returns (the first suitable one at or after `from`), its packets lie on the grid.
  SampleIndex encoder_start(SampleIndex from, int priming) const;
  // The frame of packet `n` of an encoder that was started so. The first ceil(priming /
  // samples_per_frame()) packets hold samples before `start`: they are discarded.
  AudioFrameIndex frame_of_packet(SampleIndex start, int priming, int64_t n) const;
  int64_t first_whole_packet(int priming) const;

 private:
  int samples_per_frame_;
};

inline constexpr AudioGrid kAacGrid{1024};
inline constexpr AudioGrid kOpusGrid{960};

}  // namespace longmen
