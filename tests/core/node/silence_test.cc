#include "core/node/silence.h"

#include <gtest/gtest.h>

namespace longmen {
namespace {

using namespace std::chrono_literals;
constexpr Monotonic kBegin{1h};

// Looks every 100 ms; of each of them the process waited so long for a processor.
std::chrono::nanoseconds length_after(Silence& silence, std::chrono::milliseconds time,
                                      std::chrono::milliseconds waits) {
  std::chrono::nanoseconds length{0}, waited{7s};  // before the silence it waited as well
  for (auto passed = 100ms; passed <= time; passed += 100ms) {
    waited += waits;
    length = silence.length(kBegin + passed, [&] { return waited; });
  }
  return length;
}

TEST(Silence, OfAProcessThatHangsIsAsLongAsTheTime) {
  Silence silence(kBegin);
  EXPECT_EQ(length_after(silence, 1s, 0ms), 1s);
}

TEST(Silence, WhatWaitsForAProcessorIsNotToBlame) {
  Silence silence(kBegin);
  // From the first look after kUsual on: at 400 ms.
  EXPECT_EQ(length_after(silence, 3s, 100ms), 400ms);
  silence.broken(kBegin);
  EXPECT_EQ(length_after(silence, 2400ms, 25ms), 400ms + 1500ms);  // of 2 s, a quarter
}

TEST(Silence, ThreadsThatWaitSideBySideExcuseNoMoreThanTheTime) {
  Silence silence(kBegin);
  EXPECT_EQ(length_after(silence, 3s, 900ms), 400ms);
}

TEST(Silence, WhatSpinsOnABusyMachineIsNotExcusedForEver) {
  Silence silence(kBegin);
  EXPECT_EQ(length_after(silence, 10s, 100ms), 10s - Silence::kMostExcused);
}

TEST(Silence, AThreadThatEndedTakesItsCountAlong) {
  Silence silence(kBegin);
  silence.length(kBegin + 400ms, [] { return 5s; });
  EXPECT_EQ(silence.length(kBegin + 500ms, [] { return 1s; }), 500ms);
}

TEST(Silence, NothingIsAskedForWhileSignsOfLifeCome) {
  Silence silence(kBegin);
  for (auto time = kBegin; time < kBegin + 5s; time += 200ms) {
    silence.length(time, [] {
      ADD_FAILURE() << "asked";
      return 0s;
    });
    silence.broken(time);
  }
}

}  // namespace
}  // namespace longmen
