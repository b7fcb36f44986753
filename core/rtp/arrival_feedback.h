// When the packets of a transport came, for transport-cc feedback: a receiver notes each and tells
// the sender now and then, who works out of it what the path carries. What did not come between the
// first and the last is said to be lost. What comes after all is told in the next feedback, which
// begins with it and has nothing of what was told before: a path that changes the order would else
// look like one that loses. Bounds: kMaxFeedbackPackets between two feedbacks; nothing that is
// kMostBack behind. One thread. Source: draft-holmer-rmcat-transport-wide-cc-extensions-01 §3.1.1.
#pragma once

#include <optional>
#include <vector>

#include "core/rtp/transport_feedback.h"
#include "core/time/media_time.h"
#include "core/time/unwrapper.h"

namespace longmen {

class ArrivalFeedback {
 public:
  static constexpr int64_t kMostBack = 1'000;

  void note(uint16_t transport_sequence, Monotonic now);
  // Appends feedback about what came since the last; false: there is nothing to say.
  bool write(uint32_t own_ssrc, uint32_t media_ssrc, Bytes& out);

 private:
  struct Arrival {
    int64_t sequence = 0;
    Monotonic at;
  };
  SequenceUnwrapper sequence_;
  std::vector<Arrival> arrivals_;
  std::optional<int64_t> told_until_;
  uint8_t feedback_count_ = 0;
};

}  // namespace longmen
