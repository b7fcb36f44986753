// The orders of a channel's air on the line of time, when its programme is held for a while before
// it airs. What operators order concerns the programme that they see, before it is held: the end of
// it therefore takes effect when that instant is on air, and so what was made until then is shown;
// the beginning shows what is made from then on, and nothing that was held already. An emergency
// cut alone waits for nothing, and nothing that was made before it is undone becomes public. With
// another delay another programme begins, and nothing is held any more that an order could wait
// for. Without a delay every order is in force at once. Kept by the supervisor; reads no clock.
// Bound: kMaxWaiting orders wait, the first is in force early beyond it.
// Source: docs/TIMELINE.md §13.
#pragma once

#include <deque>
#include <optional>

#include "core/node/air_order.h"

namespace longmen {

class AirLine {
 public:
  static constexpr size_t kMaxWaiting = 8;
  // A streamer has ended the programme before by then.
  static constexpr Flicks kAnotherWithin = std::chrono::milliseconds(200);

  AirLine() = default;
  explicit AirLine(AirOrder in_force) : in_force_(in_force) {}

  // The rule that is ordered from `now` on, of a programme that is held for `delay`. The first one
  // is in force at once: the node has just started, and nothing is held from before.
  void order(AirRule rule, MediaTime now, Flicks delay);
  // Puts into force what is due. True: the order is another one.
  bool advance(MediaTime now);

  const AirOrder& in_force() const { return in_force_; }
  // What is in force when all that waits has been: with it a node starts anew.
  const AirOrder& newest() const { return waiting_.empty() ? in_force_ : waiting_.back().order; }
  // When advance() has something to do.
  std::optional<MediaTime> next() const;

 private:
  struct Waiting {
    MediaTime from;
    AirOrder order;
  };

  void put_newest_into_force();
  void begin_another(MediaTime now, Flicks delay);

  AirOrder in_force_;
  std::optional<Flicks> delay_;  // that was told last
  std::deque<Waiting> waiting_;
};

}  // namespace longmen
