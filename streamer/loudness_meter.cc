#include "streamer/loudness_meter.h"

#include <algorithm>
#include <cmath>

#include "core/base/invariant.h"

namespace longmen {
namespace {

constexpr unsigned kMeteredChannels = 2;
constexpr unsigned long kMeteredRate = 48'000;

}  // namespace

LoudnessMeter::LoudnessMeter(Of of) : of_(of) {
  begin_anew();
}

void LoudnessMeter::begin_anew() {
  const int mode = of_ == Of::kMoment ? EBUR128_MODE_S
                                      : EBUR128_MODE_I | EBUR128_MODE_LRA | EBUR128_MODE_TRUE_PEAK |
                                            EBUR128_MODE_HISTOGRAM;
  state_.reset(ebur128_init(kMeteredChannels, kMeteredRate, mode));
  invariant(state_ != nullptr, "libebur128 measures stereo of 48 kHz");
}

void LoudnessMeter::add(std::span<const float> samples) {
  const int added =
      ebur128_add_frames_float(state_.get(), samples.data(), samples.size() / kMeteredChannels);
  invariant(added == EBUR128_SUCCESS, "libebur128 has its memory from the beginning");
}

std::optional<double> LoudnessMeter::figure(int (*read)(ebur128_state*, double*)) const {
  double lufs = -HUGE_VAL;
  if (read(state_.get(), &lufs) != EBUR128_SUCCESS || !(lufs > kSilenceLufs)) return std::nullopt;
  return lufs;
}

std::optional<double> LoudnessMeter::momentary_lufs() const {
  return figure(ebur128_loudness_momentary);
}

std::optional<double> LoudnessMeter::short_term_lufs() const {
  return figure(ebur128_loudness_shortterm);
}

std::optional<double> LoudnessMeter::integrated_lufs() const {
  return figure(ebur128_loudness_global);
}

// Without any sound it says 0, which would be a range of something.
std::optional<double> LoudnessMeter::range_lu() const {
  return integrated_lufs() ? figure(ebur128_loudness_range) : std::nullopt;
}

std::optional<double> LoudnessMeter::true_peak_dbtp() const {
  double highest = 0;
  for (unsigned channel = 0; channel < kMeteredChannels; ++channel) {
    double peak = 0;
    if (ebur128_true_peak(state_.get(), channel, &peak) == EBUR128_SUCCESS)
      highest = std::max(highest, peak);
  }
  const double dbtp = 20 * std::log10(highest);
  if (!(dbtp > kSilenceLufs)) return std::nullopt;
  return dbtp;
}

}  // namespace longmen
