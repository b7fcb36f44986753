// The orders of a channel's air on the line of time, when its programme is held for a while before
// it airs. What operators order concerns the programme that they see, before it is held: the end of
// it therefore takes effect when that instant is on air, and so what was made until then is shown;
// the beginning shows what is made from then on, and nothing that was held already. An emergency
// cut alone waits for nothing, and nothing that was made before it is undone becomes public.
// Without a delay every order is in force at once. Kept by the supervisor; reads no clock. Bound:
// kMaxWaiting orders wait, the first is in force early beyond it. Source: docs/TIMELINE.md §13.
#pragma once

#include <deque>
#include <optional>

#include "core/node/air_order.h"

namespace longmen {

class AirLine {
 public:
  static constexpr size_t kMaxWaiting = 8;

  AirLine() = default;
  explicit AirLine(AirOrder in_force) : in_force_(in_force) {}

  // The rule that is ordered from `now` on, of a programme that is held for `delay`.
  void order(AirRule rule, MediaTime now, Flicks delay);
  // Puts into force what is due. True: the order is another one.
  bool advance(MediaTime now);

  const AirOrder& in_force() const { return in_force_; }
  // When advance() has something to do.
  std::optional<MediaTime> next() const;

 private:
  struct Waiting {
    MediaTime from;
    AirOrder order;
  };

  AirOrder in_force_;
  std::deque<Waiting> waiting_;
};

}  // namespace longmen
