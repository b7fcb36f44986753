// The viewers of a channel that want the same video, in a circle. After wake() every one of them is
// to be visited; visits go round from where the last round stopped and a step further, so that it
// is not always the same viewer that waits longest. O(1) to join, leave and step; allocates only
// when it grows. One thread.
#pragma once

#include <optional>
#include <vector>

#include "core/base/invariant.h"
#include "relay/viewer_session.h"

namespace longmen {

class ViewerCircle {
 public:
  void add(ViewerSession& session) {
    session.circle = this;
    session.circle_place = members_.size();
    members_.push_back(&session);
    quiet_ = 0;  // the new one is due, wherever the cursor is
  }

  void remove(ViewerSession& session) {
    const size_t place = session.circle_place;
    invariant(place < members_.size() && members_[place] == &session, "viewer's place in a circle");
    members_[place] = members_.back();
    members_[place]->circle_place = place;
    members_.pop_back();
    session.circle = nullptr;
    // The last one took its place and may have been passed by: go round once more.
    quiet_ = 0;
    if (cursor_ >= members_.size()) cursor_ = 0;
  }

  void wake() {
    if (!due() && !members_.empty()) cursor_ = (cursor_ + step()) % members_.size();
    quiet_ = 0;
  }
  bool due() const { return quiet_ < members_.size(); }

  // While due(). Say with visited() whether that viewer has all that there is.
  ViewerSession& next() {
    ViewerSession& session = *members_[cursor_];
    if (++cursor_ == members_.size()) cursor_ = 0;
    return session;
  }
  // Whom next() will return after so many other calls; while due().
  const ViewerSession& ahead(size_t calls) const {
    size_t place = cursor_ + calls;
    while (place >= members_.size())  // a few calls at most: cheaper than a division
      place -= members_.size();
    return *members_[place];
  }
  void visited(bool finished) { quiet_ = finished ? quiet_ + 1 : 0; }

  size_t size() const { return members_.size(); }
  const std::vector<ViewerSession*>& members() const { return members_; }

  // The shard's own marks.
  bool queued = false;
  std::optional<Monotonic> sound_due;  // sound waits for company, at the latest until then

 private:
  // About the golden section of the circle: rounds begin spread out evenly.
  size_t step() const { return members_.size() * 5 / 8 + 1; }

  std::vector<ViewerSession*> members_;
  size_t cursor_ = 0;
  size_t quiet_ = 0;  // visits since the last wake() that left nothing to do
};

}  // namespace longmen
