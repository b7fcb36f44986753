// Decides what a channel shows, live or a slate, and gives out the units of that; which of its
// slates, core/slate/slate_occasion.h says. Its operators' order comes first: while it holds the
// feed back there is the slate, and of what came before that ended nothing is shown later. Else
// live leaves the air when the streamer's link closes, or when no video came for kLiveSilence; it
// comes back at its own keyframe, once every rung has one. The slate plays on the media clock, as
// late as live usually is, so that time does not jump when the one follows the other. It does not
// know viewers, shards, links or clocks: time comes in with each call. Order: one handler, then
// poll_output() until it is empty. Bounds: kMaxPendingUnits wait for the other rungs' keyframes;
// output holds at most those or one GOP of the slate. One thread (main). Source: docs/TIMELINE.md
// (generations), RFC 3550 §5.1.
#pragma once

#include <deque>
#include <optional>

#include "core/media/slate.h"
#include "core/node/air_order.h"
#include "relay/on_air.h"

namespace longmen {

class ChannelSource {
 public:
  static constexpr std::chrono::nanoseconds kLiveSilence = std::chrono::milliseconds(600);
  static constexpr size_t kMaxPendingUnits = 4096;
  // Live pictures older than this are not what the studio shows now.
  static constexpr Flicks kMaxLiveLateness = std::chrono::seconds(2);
  static constexpr Flicks kUsualLateness = std::chrono::milliseconds(50);
  static constexpr Flicks kMaxSlateLateness = std::chrono::milliseconds(500);
  // A feed that may be shown again needs its keyframe: so long the slate stays the one that it was.
  static constexpr Flicks kFeedComesWithin = std::chrono::seconds(2);

  struct Output {
    OnAirPtr on_air;  // never empty
    MediaUnitPtr unit;
  };

  // --- Handlers.
  // A slate that is on air gives way to another one at once.
  void set_slates(const SlateSet& slates, MediaTime now);
  // The same one on all occasions; null: there is none (any more).
  void set_slate(const std::shared_ptr<const Slate>& slate, MediaTime now);
  void handle_announcement(const GenerationAnnouncement& announcement);
  void handle_unit(MediaUnitPtr unit, Monotonic now, MediaTime media_now);
  void handle_link_closed(MediaTime now);
  // Live that is held back leaves the air at once; it comes on again with the first keyframes since
  // the order's `hidden_before`.
  void set_air(const AirOrder& air, MediaTime now) { set_air(air, moment_, now); }
  // Of `moment`, the order's rule and what becomes of the feed are known here already.
  void set_air(const AirOrder& air, const SlateMoment& moment, MediaTime now);
  void handle_timeout(Monotonic now, MediaTime media_now);

  // --- Polls.
  std::optional<Output> poll_output();

  // --- Getters. The next handle_timeout() is due when either has come.
  std::optional<Monotonic> live_deadline() const;
  std::optional<MediaTime> slate_due() const;
  const AirOrder& air() const { return air_; }
  OnAirSource source() const { return on_air_ ? on_air_->source : OnAirSource::kNone; }
  Generation generation() const { return on_air_ ? on_air_->generation : Generation(); }
  uint64_t refused_units() const { return refused_units_; }

 private:
  bool wait_for_keyframes(MediaUnitPtr unit);
  void go_live();
  void lose_live(MediaTime now);
  void go_to_slate(MediaTime now);
  void show_wanted_slate(MediaTime now);
  const std::shared_ptr<const Slate>& wanted_slate(MediaTime now) const {
    return slates_[occasion_at(moment_, now)];
  }
  void play_slate(MediaTime now);
  void give_out(MediaUnitPtr unit) { output_.push_back({on_air_, std::move(unit)}); }

  AirOrder air_;
  SlateMoment moment_;
  SlateSet slates_;
  MediaTime stays_until_;               // the slate that is on air
  std::shared_ptr<const Slate> slate_;  // that is on air, or was last
  Slate::Position slate_next_;
  OnAirPtr on_air_;
  OnAirPtr live_;                        // announced by the streamer; null without one
  std::vector<MediaUnitPtr> pending_;    // of live_, since its first keyframe, while not on air
  std::optional<Monotonic> last_video_;  // of live, when it came
  Flicks lateness_ = kUsualLateness;     // of live video at its arrival, smoothed
  uint64_t refused_units_ = 0;
  std::deque<Output> output_;
};

}  // namespace longmen
