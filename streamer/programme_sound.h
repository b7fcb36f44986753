// The sound of a channel between its inputs and its encoders: how loud each input comes, by how
// much that is raised or lowered towards the channel's target (core/sound/loudness_leveller.h, one
// an input, so that a switch goes to a gain that is right already), the limiter behind it, and how
// loud the result is. It counts samples and never moves one: what is held for the limiter to look
// ahead leaves 5 ms later with the sample number it came with, so that sound stays with its
// picture. Without a target, and with no more than two channels coming in, samples pass to the bit.
//
// What is integrated begins anew with each session that goes live. Bounds: constant memory.
// Thread: the programme's.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/sound/loudness_leveller.h"
#include "core/sound/sound_rules.h"
#include "core/sound/true_peak_limiter.h"
#include "core/time/audio_grid.h"
#include "streamer/loudness_meter.h"

namespace longmen {

// How loud it is. What is not there is silence, or was not measured.
struct SoundState {
  struct OfInput {
    SoundMapping mapping = SoundMapping::kStereo;
    std::optional<double> momentary_lufs, short_term_lufs;  // mapped, and not levelled
    double gain_db = 0;
  };
  // What goes on air.
  std::optional<double> momentary_lufs, short_term_lufs;
  // Since `since`.
  std::optional<double> integrated_lufs, range_lu, true_peak_dbtp;
  MediaTime since;
  std::string session;  // that is measured; empty: none was live yet
  std::optional<double> target_lufs;
  double limited_by_db = 0;  // at most, since the state before
  uint64_t limited_frames = 0;
  OfInputs<OfInput> inputs;
};

// "integrated -23.1 LUFS, range 6.2 LU, true peak -1.3 dBTP"
std::string words_of_loudness(const SoundState& state);

class ProgrammeSound {
 public:
  static constexpr double kCeilingDbtp = -1;

  ProgrammeSound() = default;

  // --- Handlers.
  void set_rules(const SoundRules& rules);
  // Mapped already, in the order in which it comes; `downmixed` of more than two channels.
  void arrived(ChannelInput input, std::span<const float> samples, bool downmixed);
  void ended(ChannelInput input);
  // The session that is live, or empty. One that ended and is opened again is no other one.
  void set_session(const std::string& id, MediaTime now);

  struct Ready {
    SampleIndex first = 0;
    std::span<const float> samples;  // valid up to the next call
  };
  // What goes on air next, of `input` or silence in its place; left and right interleaved, `first`
  // where the last call ended. Gives what is ready of it, consecutively.
  Ready put_out(ChannelInput input, SampleIndex first, std::span<const float> samples);

  // --- Polls.
  SoundState take_state();

 private:
  struct OfInput {
    LoudnessMeter meter{LoudnessMeter::Of::kMoment};
    LoudnessLeveller leveller;
    int64_t frames_of_step = 0;  // that came since the leveller heard last
    bool came = false;           // something, since the last state
    bool downmixed = false;
  };
  SoundState::OfInput take_state_of(ChannelInput input);
  bool is_processing_wanted(float gain) const;
  void amplify(std::span<const float> samples, float gain);

  SoundRules rules_;
  OfInputs<OfInput> inputs_;
  float gain_ = 1;           // on its way to the input's
  bool processing_ = false;  // else samples pass as they are
  TruePeakLimiter limiter_{kCeilingDbtp};
  std::vector<float> amplified_, ready_;
  LoudnessMeter on_air_{LoudnessMeter::Of::kProgramme};
  std::string session_;
  MediaTime since_;
};

}  // namespace longmen
