// Which rung of the ladder a viewer gets, by what is known of its link. Down on evidence alone:
// pictures were late, a queue that stands, a link that is slower than the rung needs, heavy loss
// that fewer bytes would mend. Up after a probe has shown that the link carries the rung; a rung
// that had to be left again soon is tried again after a while that doubles. Sound alone is the last
// rung, below the lowest picture. A viewer that says nothing keeps the best rung.
// It does not know packets, probes' padding, or when keyframes come: the viewer says what it shows.
// No allocation; injected time; one thread.
#pragma once

#include <array>
#include <optional>

#include "core/bandwidth/bandwidth_estimator.h"
#include "core/media/identity.h"

namespace longmen {

struct Rung {
  RenditionId id;
  Bitrate need;  // with sound, on the wire; 0 while it is not known
};
struct Ladder {  // what is on air, largest first
  std::array<Rung, kMaxVideoRenditions> rungs{};
  size_t count = 0;
};

class RenditionChoice {
 public:
  static constexpr double kUse = 0.92;          // of a link's rate, by the rung that is to fit it
  static constexpr double kProbeMargin = 1.05;  // a probe must carry this much of the rung's need
  static constexpr double kProbeTop = 1.10;     // and goes up to this much of it
  static constexpr double kHeavyLoss = 0.10;    // tolerated, when it is not known to be the path's
  static constexpr double kMostLossTolerated = 0.30;
  static constexpr std::chrono::nanoseconds kTroubleQueue = std::chrono::milliseconds(150);
  static constexpr std::chrono::nanoseconds kStandingQueue = std::chrono::milliseconds(100);
  static constexpr std::chrono::nanoseconds kCalmQueue = std::chrono::milliseconds(40);
  static constexpr std::chrono::nanoseconds kSettle = std::chrono::milliseconds(1250);
  static constexpr std::chrono::nanoseconds kLossSettle = std::chrono::milliseconds(2500);
  static constexpr std::chrono::nanoseconds kFirstProbeWait = std::chrono::seconds(2);
  static constexpr std::chrono::nanoseconds kMaxProbeWait = std::chrono::seconds(6);
  static constexpr std::chrono::nanoseconds kMinProbeSpacing = std::chrono::seconds(1);
  static constexpr std::chrono::nanoseconds kTrial = std::chrono::seconds(8);
  static constexpr std::chrono::nanoseconds kFirstBackoff = std::chrono::seconds(10);
  static constexpr std::chrono::nanoseconds kMaxBackoff = std::chrono::seconds(80);
  // Without transport-cc, reports are slower and say less.
  static constexpr std::chrono::nanoseconds kReportPatience = std::chrono::seconds(2);
  // A player that has reported nothing by then reports nothing: the best rung is its rung.
  static constexpr std::chrono::nanoseconds kNoReportWait = std::chrono::seconds(3);
  static constexpr std::chrono::nanoseconds kFirstSoundWait = std::chrono::seconds(4);
  static constexpr std::chrono::nanoseconds kMaxSoundWait = std::chrono::seconds(10);
  // The lowest rung is left when it is in trouble twice, so far apart.
  static constexpr std::chrono::nanoseconds kLastRungPatience = std::chrono::seconds(2);
  static constexpr std::chrono::nanoseconds kLastRungMemory = std::chrono::seconds(10);

  // ---- what happens
  void note_shown(RenditionId rung, Monotonic now);  // its first frame leaves
  void note_late();  // pictures were left out, since they would have been late
  // After each feedback and now and then; `may_probe`: padding can be sent.
  void update(const LinkView& link, const Ladder& ladder, bool may_probe, Monotonic now);
  void note_probe(Bitrate carried, const LinkView& link, const Ladder& ladder, Monotonic now);

  // ---- what follows
  RenditionId target() const { return target_; }  // the rung, or the lowest with sound_only()
  bool sound_only() const { return sound_only_; }
  // What a rung takes to which `target` leads on this ladder.
  Bitrate need(const Ladder& ladder) const;
  // The rate to probe for; none when it is not the time.
  std::optional<Bitrate> probe_goal(const LinkView& link, const Ladder& ladder,
                                    Monotonic now) const;

 private:
  size_t position(const Ladder& ladder) const;                      // ladder.count: sound only
  size_t best_position(const Ladder& ladder, Monotonic now) const;  // that is not blocked
  void aim(size_t position, const Ladder& ladder);
  bool troubled(const LinkView& link, Bitrate need) const;
  bool gives_up_last_rung(const LinkView& link, Bitrate need, Monotonic now);
  void step_down(const LinkView& link, const Ladder& ladder, Monotonic now);
  void step_up(size_t position, const Ladder& ladder, Monotonic now);
  void await_target(const LinkView& link, const Ladder& ladder);
  void learn_from_loss(const LinkView& link, Monotonic now);
  void follow_reports(const LinkView& link, const Ladder& ladder, Monotonic now);

  RenditionId target_;
  bool sound_only_ = false;
  std::optional<Monotonic> begun_;
  bool ever_heard_ = false;
  std::optional<RenditionId> shown_;
  Monotonic shown_at_{};
  bool late_ = false;

  Monotonic next_probe_{};
  std::chrono::nanoseconds probe_wait_ = kFirstProbeWait;
  std::optional<Bitrate> failed_at_;  // the link's rate at the last probe that failed
  Monotonic last_probe_{};
  std::optional<Monotonic> upgraded_at_;
  RenditionId blocked_;  // with better ones, until then
  Monotonic blocked_until_{};
  std::chrono::nanoseconds backoff_ = kFirstBackoff;
  std::chrono::nanoseconds sound_wait_ = kFirstSoundWait;

  double tolerated_loss_ = kHeavyLoss;
  std::optional<double> left_for_loss_;  // what it was then, until it is known what that mended
  std::optional<Monotonic> bad_reports_since_;
  std::optional<Monotonic> last_rung_trouble_;
};

}  // namespace longmen
