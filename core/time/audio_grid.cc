#include "core/time/audio_grid.h"

#include "core/time/floor_div.h"

namespace longmen {
namespace {

constexpr int64_t kFlicksPerSample = Flicks::period::den / 48'000;
static_assert(Flicks::period::den % 48'000 == 0);

}  // namespace

SampleIndex sample_at(MediaTime time) {
  return floor_div(time.time_since_epoch().count(), kFlicksPerSample);
}

SampleIndex first_sample_from(MediaTime time) {
  return ceil_div(time.time_since_epoch().count(), kFlicksPerSample);
}

SampleIndex nearest_sample(MediaTime time) {
  return sample_at(time + Flicks(kFlicksPerSample / 2));
}

MediaTime time_of_sample(SampleIndex sample) {
  return MediaTime(Flicks(sample * kFlicksPerSample));
}

Flicks AudioGrid::frame_duration() const {
  return Flicks(samples_per_frame_ * kFlicksPerSample);
}

AudioFrameIndex AudioGrid::frame_at(MediaTime time) const {
  return floor_div(time.time_since_epoch().count(), frame_duration().count());
}

AudioFrameIndex AudioGrid::first_frame_from(MediaTime time) const {
  return ceil_div(time.time_since_epoch().count(), frame_duration().count());
}

SampleIndex AudioGrid::encoder_start(SampleIndex from, int priming) const {
  const int64_t samples = samples_per_frame_;
  return ceil_div(from - priming, samples) * samples + priming;
}

AudioFrameIndex AudioGrid::frame_of_packet(SampleIndex start, int priming, int64_t n) const {
  return floor_div<int64_t>(start - priming, samples_per_frame_) + n;
}

int64_t AudioGrid::first_whole_packet(int priming) const {
  return ceil_div(priming, samples_per_frame_);
}

}  // namespace longmen
