// When pictures are decoded, of a stream that says only when they are shown, as RTP does: given the
// times of presentation in the order of decoding, each picture is decoded when the one that many
// places before it in the order of presentation is shown, as many as the stream reorders. How many
// is learnt, when the stream does not say: a picture that comes before one that was given already
// shows that it is one more. What is given is never later than the presentation, and its distance
// from arrival is the way's. A jump begins anew. Bounds: kMaxReordered. One thread. Source: ITU-T
// H.264 §C.4.2 (reordering).
#pragma once

#include <algorithm>
#include <chrono>
#include <optional>
#include <set>

#include "core/time/media_time.h"

namespace longmen {

class DecodingTimes {
 public:
  static constexpr size_t kMaxReordered = 8;
  static constexpr std::chrono::seconds kJump{1};

  // The stream says that it reorders at least so many.
  void expect(size_t reordered) {
    reordered_ = std::max(reordered_, std::min(reordered, kMaxReordered));
  }

  Flicks next(Flicks presentation) {
    if (last_ && std::chrono::abs(presentation - *last_) > kJump) {
      waiting_.clear();
      last_.reset();
    }
    const bool passed_over = last_ && presentation < *last_ && reordered_ < kMaxReordered;
    waiting_.insert(presentation);
    if (passed_over) {
      ++reordered_;
      last_ = presentation;
      return presentation;
    }
    if (waiting_.size() <= reordered_)
      return std::min(last_.value_or(presentation), *waiting_.begin());
    last_ = *waiting_.begin();
    waiting_.erase(waiting_.begin());
    return *last_;
  }

 private:
  size_t reordered_ = 0;
  std::multiset<Flicks> waiting_;  // shown later than what was given
  std::optional<Flicks> last_;
};

}  // namespace longmen
