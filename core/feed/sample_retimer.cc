#include "core/feed/sample_retimer.h"

#include <algorithm>
#include <cstdlib>
#include <utility>

namespace longmen {
namespace {

constexpr int64_t kParts = 256;
constexpr int64_t kSmoothing = 16;  // chunks: a third of a second of AAC, against feeds that give
                                    // times in whole milliseconds

}  // namespace

SampleRetimer::SampleRetimer(MediaTime start, SampleRetimerOptions options)
    : options_(options), next_(first_sample_from(start)) {}

SamplePlacement SampleRetimer::push(MediaTime start, int64_t samples, MediaTime now) {
  if (samples <= 0) return {next_, 0, 0, 0, false};
  if (start > now + options_.max_early) {
    counts_.skipped += static_cast<uint64_t>(samples);
    return {next_, 0, samples, 0, false};
  }
  const int64_t error = nearest_sample(start) - next_;
  const SamplePlacement placement = place(error, samples);
  next_ += placement.silence + placement.copy;
  counts_.copied += static_cast<uint64_t>(placement.copy);
  counts_.silent += static_cast<uint64_t>(placement.silence);
  counts_.skipped += static_cast<uint64_t>(placement.skip);
  counts_.splices += placement.spliced ? 1 : 0;
  return placement;
}

SamplePlacement SampleRetimer::place(int64_t error, int64_t samples) {
  const int64_t splice = next_ - begun_ < kYoung ? kYoungSplice : kSplice;
  if (!exact_ && std::abs(error) <= splice) {
    off_256ths_ += (error * kParts - off_256ths_) / kSmoothing;
    return {next_, 0, 0, samples, false};
  }
  off_256ths_ = 0;
  const int64_t skip = std::min(samples, std::max<int64_t>(-error, 0));
  exact_ = skip == samples;
  if (exact_) return {next_, 0, skip, 0, false};  // all of it is past: nothing goes out yet
  if (!sounding_) begun_ = next_;
  const bool spliced = std::exchange(sounding_, true);
  return {next_, std::max<int64_t>(error, 0), skip, samples - skip, spliced};
}

std::optional<SamplePlacement> SampleRetimer::poll(MediaTime now) {
  const int64_t due = sample_at(now - options_.wait) - next_;
  if (due < kSilenceRun) return std::nullopt;
  const SamplePlacement placement{next_, due / kSilenceRun * kSilenceRun, 0, 0, sounding_};
  next_ += placement.silence;
  sounding_ = false;
  exact_ = true;
  off_256ths_ = 0;
  counts_.silent += static_cast<uint64_t>(placement.silence);
  counts_.splices += placement.spliced ? 1 : 0;
  return placement;
}

void SampleRetimer::forget() {
  exact_ = true;
  begun_ = next_;
  off_256ths_ = 0;
}

MediaTime SampleRetimer::next_deadline() const {
  return time_of_sample(next_ + kSilenceRun) + options_.wait;
}

DriftCompensation SampleRetimer::drift_compensation() const {
  const int64_t samples = off_256ths_ / (kParts * kCorrectWithinSeconds);
  return {static_cast<int>(std::clamp<int64_t>(samples, -kMaxCompensation, kMaxCompensation))};
}

}  // namespace longmen
