#include "streamer/programme_sound.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

namespace longmen {
namespace {

constexpr int64_t kSides = 2;
constexpr int64_t kStepFrames = LoudnessLeveller::kStep / std::chrono::milliseconds(1) * 48;
// A gain that changes glides in about 20 ms, by the frame: no click, and sooner than it is noticed.
constexpr double kGlide = 1 / (0.02 * 48'000);
constexpr double kThere = 1e-5;

std::string in_tenths(const std::optional<double>& number, std::string_view unit) {
  return number ? fmt::format("{:.1f} {}", *number, unit) : "none";
}

}  // namespace

std::string words_of_loudness(const SoundState& state) {
  return fmt::format("integrated {}, range {}, true peak {}",
                     in_tenths(state.integrated_lufs, "LUFS"), in_tenths(state.range_lu, "LU"),
                     in_tenths(state.true_peak_dbtp, "dBTP"));
}

void ProgrammeSound::set_rules(const SoundRules& rules) {
  rules_ = rules;
  for (OfInput& input : inputs_)
    input.leveller.set_target(rules.target_lufs);
}

void ProgrammeSound::arrived(ChannelInput input, std::span<const float> samples, bool downmixed) {
  OfInput& of = inputs_[input];
  of.downmixed = downmixed;
  of.came = true;
  while (!samples.empty()) {
    const auto wanted = static_cast<size_t>((kStepFrames - of.frames_of_step) * kSides);
    const auto now = samples.first(std::min(wanted, samples.size()));
    samples = samples.subspan(now.size());
    of.meter.add(now);
    of.frames_of_step += static_cast<int64_t>(now.size()) / kSides;
    if (of.frames_of_step < kStepFrames) continue;
    of.frames_of_step = 0;
    of.leveller.heard(of.meter.momentary_lufs());
  }
}

void ProgrammeSound::ended(ChannelInput input) {
  OfInput& of = inputs_[input];
  of.meter.begin_anew();
  of.leveller.forget();
  of.frames_of_step = 0;
  of.downmixed = false;
}

void ProgrammeSound::set_session(const std::string& id, MediaTime now) {
  if (since_ == MediaTime()) since_ = now;
  if (id.empty() || id == session_) return;
  on_air_.begin_anew();
  session_ = id;
  since_ = now;
}

bool ProgrammeSound::is_processing_wanted(double gain) const {
  return rules_.target_lufs || gain != 1 || gain_ != 1 ||
         std::ranges::any_of(inputs_, &OfInput::downmixed);
}

void ProgrammeSound::amplify(std::span<const float> samples, double gain) {
  amplified_.assign(samples.begin(), samples.end());
  for (size_t i = 0; i + 1 < amplified_.size(); i += kSides) {
    if (gain_ != gain) {
      gain_ += (gain - gain_) * kGlide;
      if (std::abs(gain - gain_) < kThere) gain_ = gain;
    }
    amplified_[i] *= static_cast<float>(gain_);
    amplified_[i + 1] *= static_cast<float>(gain_);
  }
}

ProgrammeSound::Ready ProgrammeSound::put_out(std::optional<ChannelInput> input, SampleIndex first,
                                              std::span<const float> samples) {
  const double gain = input ? std::pow(10, inputs_[*input].leveller.gain_db() / 20) : 1;
  const bool wanted = is_processing_wanted(gain);
  if (!processing_ && !wanted) {
    on_air_.add(samples);
    return {first, samples};
  }
  processing_ = true;
  limiter_.set_limiting(wanted);
  const SampleIndex begins = first - limiter_.held_frames();
  amplify(samples, gain);
  ready_.clear();
  limiter_.push(amplified_, ready_);
  if (!wanted && limiter_.at_rest()) {
    limiter_.flush(ready_);
    processing_ = false;
  }
  on_air_.add(ready_);
  return {begins, ready_};
}

SoundState ProgrammeSound::on_air_state() const {
  SoundState state;
  state.momentary_lufs = on_air_.momentary_lufs();
  state.short_term_lufs = on_air_.short_term_lufs();
  state.integrated_lufs = on_air_.integrated_lufs();
  state.range_lu = on_air_.range_lu();
  state.true_peak_dbtp = on_air_.true_peak_dbtp();
  state.since = since_;
  state.session = session_;
  state.target_lufs = rules_.target_lufs;
  return state;
}

SoundState ProgrammeSound::take_state() {
  SoundState state = on_air_state();
  state.limited_by_db = std::max(0.0, -20 * std::log10(double{limiter_.take_least_gain()}));
  state.limited_frames = limiter_.limited_frames();
  for (const ChannelInput input : kChannelInputs)
    state.inputs[input] = take_state_of(input);
  return state;
}

// Of one that hangs nothing is said: the meter would show its last sound for ever.
SoundState::OfInput ProgrammeSound::take_state_of(ChannelInput input) {
  OfInput& of = inputs_[input];
  SoundState::OfInput state;
  state.mapping = mapping_on_air(rules_, input);
  state.gain_db = of.leveller.gain_db();
  if (!std::exchange(of.came, false)) return state;
  state.momentary_lufs = of.meter.momentary_lufs();
  state.short_term_lufs = of.meter.short_term_lufs();
  return state;
}

}  // namespace longmen
