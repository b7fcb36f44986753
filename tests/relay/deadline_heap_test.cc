#include "relay/deadline_heap.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace longmen {
namespace {

struct Owner {
  size_t deadline_place = kNoPlace;
  int64_t deadline_ns = -1;
};

Monotonic at(int64_t ns) {
  return Monotonic(std::chrono::nanoseconds(ns));
}

TEST(DeadlineHeapTest, AgreesWithAPlainSearchUnderRandomChanges) {
  std::mt19937 random(1);
  std::vector<Owner> owners(50);
  DeadlineHeap<Owner> heap;
  for (int step = 0; step < 20'000; ++step) {
    Owner& owner = owners[random() % owners.size()];
    if (random() % 3 == 0) {
      heap.remove(owner);
      owner.deadline_ns = -1;
    } else {
      owner.deadline_ns = random() % 1000;
      heap.set(owner, at(owner.deadline_ns));
    }
    int64_t earliest = INT64_MAX;
    size_t in = 0;
    for (const Owner& each : owners) {
      if (each.deadline_ns < 0) continue;
      ++in;
      earliest = std::min(earliest, each.deadline_ns);
    }
    ASSERT_EQ(heap.size(), in);
    ASSERT_EQ(heap.empty(), in == 0);
    if (in == 0) continue;
    ASSERT_EQ(heap.earliest(), at(earliest));
    ASSERT_EQ(heap.due(at(earliest - 1)), nullptr);
    ASSERT_EQ(heap.due(at(earliest))->deadline_ns, earliest);
  }
}

}  // namespace
}  // namespace longmen
