// Decides by how much one input of a channel is to be made louder or softer, so that what people
// hear of it is as loud as the channel's target: slowly enough that nobody hears it work, within
// kMaxGainDb either way. It is told the momentary loudness (ITU-R BS.1770, 400 ms) every kStep and
// knows neither samples nor clocks.
//
// Pauses do not count, so nothing is pumped up in them: what is below kGateLufs, and what is
// kGateBelowLu below the sound so far, leaves the gain where it is. If the latter lasts for
// kGatedAtMost it is no pause but the programme, which has become softer: it is believed. Until it
// has arrived once, the gain moves faster: there is nothing yet that it could disturb. Bounds:
// constant memory. Thread: its owner's.
#pragma once

#include <chrono>
#include <optional>

namespace longmen {

class LoudnessLeveller {
 public:
  static constexpr std::chrono::milliseconds kStep{100};
  static constexpr double kMaxGainDb = 12;
  static constexpr double kUpDbPerSecond = 1, kDownDbPerSecond = 2;
  static constexpr double kFirstDbPerSecond = 4;
  static constexpr double kGateLufs = -48, kGateBelowLu = 15;
  static constexpr std::chrono::seconds kGatedAtMost{8};
  static constexpr std::chrono::seconds kMemory{5};
  // The gain sets out when it is so much off, and stops when it is as good as there.
  static constexpr double kSetOutLu = 0.8, kArrivedLu = 0.1;

  // --- Handlers.
  // Nothing: the gain goes back to none.
  void set_target(std::optional<double> lufs) { target_lufs_ = lufs; }
  // Another sender: what was heard says nothing of it. The gain stays until more is known.
  void forget();
  // Of the step before now; nothing: silence.
  void heard(std::optional<double> momentary_lufs);

  // --- Getters.
  double gain_db() const { return gain_db_; }
  // Of the sound so far, pauses left out.
  std::optional<double> level_lufs() const;

 private:
  bool is_pause(double lufs);
  void move_to(double wanted_db, double up_per_second, double down_per_second);

  std::optional<double> target_lufs_;
  double gain_db_ = 0;
  double energy_ = 0;  // mean of the steps that counted
  int steps_ = 0;      // that are in it, at most kMemory
  int gated_steps_ = 0;
  bool moving_ = true;
  bool arrived_once_ = false;
};

}  // namespace longmen
