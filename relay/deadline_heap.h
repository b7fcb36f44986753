// The deadlines of many owners, one each, in one structure: the earliest is at the front. An owner
// carries its place (`T::deadline_place`, kNoPlace while it is not in the heap), so that changing
// or removing a deadline costs log n and allocates nothing but the heap's own growth.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "core/base/invariant.h"
#include "core/time/media_time.h"

namespace longmen {

inline constexpr size_t kNoPlace = SIZE_MAX;

template <class T>
class DeadlineHeap {
 public:
  // Puts the owner in, or changes its deadline.
  void set(T& owner, Monotonic deadline) {
    if (owner.deadline_place == kNoPlace) {
      owner.deadline_place = entries_.size();
      entries_.push_back({deadline, &owner});
    } else {
      entries_[owner.deadline_place].deadline = deadline;
    }
    sift_down(sift_up(owner.deadline_place));
  }

  void remove(T& owner) {
    const size_t place = owner.deadline_place;
    if (place == kNoPlace) return;
    invariant(place < entries_.size() && entries_[place].owner == &owner, "deadline's place");
    owner.deadline_place = kNoPlace;
    const Entry last = entries_.back();
    entries_.pop_back();
    if (place == entries_.size()) return;
    entries_[place] = last;
    last.owner->deadline_place = place;
    sift_down(sift_up(place));
  }

  bool empty() const { return entries_.empty(); }
  size_t size() const { return entries_.size(); }
  Monotonic earliest() const { return entries_.front().deadline; }
  // The owner of the earliest deadline when that has passed; it stays in the heap.
  T* due(Monotonic now) const {
    return !entries_.empty() && entries_.front().deadline <= now ? entries_.front().owner : nullptr;
  }

 private:
  struct Entry {
    Monotonic deadline;
    T* owner = nullptr;
  };

  void exchange(size_t a, size_t b) {
    std::swap(entries_[a], entries_[b]);
    entries_[a].owner->deadline_place = a;
    entries_[b].owner->deadline_place = b;
  }
  size_t sift_up(size_t place) {
    while (place > 0 && entries_[place].deadline < entries_[(place - 1) / 2].deadline) {
      exchange(place, (place - 1) / 2);
      place = (place - 1) / 2;
    }
    return place;
  }
  void sift_down(size_t place) {
    for (;;) {
      size_t least = place;
      for (size_t child = 2 * place + 1; child <= 2 * place + 2 && child < entries_.size(); ++child)
        if (entries_[child].deadline < entries_[least].deadline) least = child;
      if (least == place) return;
      exchange(place, least);
      place = least;
    }
  }

  std::vector<Entry> entries_;
};

}  // namespace longmen
