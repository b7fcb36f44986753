#include "core/feed/even_pacer.h"

#include <gtest/gtest.h>

#include <random>

namespace longmen {
namespace {

using namespace std::chrono_literals;
constexpr MediaTime kStart{Flicks(705'600'000LL * 1'764'000'000)};

TEST(EvenPacer, MuchJitterGoesInAndLittleComesOut) {
  EvenPacer pacer;
  std::mt19937 random(7);
  MediaTime last_arrival = kStart;
  std::vector<Flicks> lateness;
  for (int i = 0; i < 1000; ++i) {
    const MediaTime time = kStart + i * Flicks(20ms);
    const MediaTime arrival =
        std::max(last_arrival, time + Flicks(std::chrono::milliseconds(random() % 35)));
    last_arrival = arrival;
    const MediaTime due = pacer.due(time, arrival);
    EXPECT_GE(due, arrival);
    EXPECT_LE(due, arrival + EvenPacer::kMaxHold);
    if (i > 250) lateness.push_back(due - time);
  }
  const auto [least, most] = std::ranges::minmax(lateness);
  EXPECT_LE(most - least, EvenPacer::kLeft + Flicks(2ms));
  EXPECT_LE(most, Flicks(35ms));
  std::ranges::sort(lateness);
  EXPECT_LE(lateness[lateness.size() / 2], Flicks(35ms) - EvenPacer::kLeft);
}

TEST(EvenPacer, AnOutlierIsForgotten) {
  EvenPacer pacer;
  for (int i = 0; i < 1000; ++i) {
    const MediaTime time = kStart + i * Flicks(20ms);
    const Flicks late = i == 100 ? Flicks(50ms) : Flicks(5ms);
    const MediaTime due = pacer.due(time, time + late);
    if (i > 100 && i < 300) {
      EXPECT_EQ(due - time, Flicks(50ms) - EvenPacer::kLeft) << i;
    }
    if (i > 700) {
      EXPECT_EQ(due - time, Flicks(5ms)) << i;
    }
  }
}

TEST(EvenPacer, NothingIsHeldLongAndOrderIsKept) {
  EvenPacer pacer;
  pacer.due(kStart, kStart + Flicks(2s));  // a stall
  MediaTime last = kStart + Flicks(2s);
  for (int i = 1; i < 100; ++i) {
    const MediaTime time = kStart + i * Flicks(20ms);
    const MediaTime now = std::max(time, kStart + Flicks(2s));
    const MediaTime due = pacer.due(time, now);
    EXPECT_LE(due - now, EvenPacer::kMaxHold);
    EXPECT_GE(due, last);
    last = due;
  }
}

}  // namespace
}  // namespace longmen
