#include "core/srtp/replay_window.h"

#include <gtest/gtest.h>

#include <random>
#include <set>

namespace longmen {
namespace {

TEST(ReplayWindow, TakesAnyFirstIndexAndEachOnce) {
  for (const uint32_t first : {0u, 1u, 127u, 128u, 0x7fffffffu}) {
    ReplayWindow window;
    EXPECT_FALSE(window.is_replay(first));
    window.note(first);
    EXPECT_TRUE(window.is_replay(first));
  }
}

TEST(ReplayWindow, OlderOnesUpToItsWidthMayComeLate) {
  ReplayWindow window;
  window.note(1000);
  EXPECT_FALSE(window.is_replay(1000 - kReplayWindowIndices + 1));
  EXPECT_TRUE(window.is_replay(1000 - kReplayWindowIndices));
  window.note(1000 - kReplayWindowIndices + 1);
  EXPECT_TRUE(window.is_replay(1000 - kReplayWindowIndices + 1));
  EXPECT_FALSE(window.is_replay(999));
}

TEST(ReplayWindow, AWideStepForgetsNothingThatItMustNot) {
  ReplayWindow window;
  window.note(5);
  window.note(5 + kReplayWindowIndices);  // 5 falls out
  EXPECT_TRUE(window.is_replay(5));
  EXPECT_FALSE(window.is_replay(6));
  window.note(0x7fffffff);
  EXPECT_TRUE(window.is_replay(5 + kReplayWindowIndices));
  EXPECT_FALSE(window.is_replay(0x7ffffffe));
}

TEST(ReplayWindow, IsThatOfASetOfIndices) {
  std::mt19937 random(3);
  ReplayWindow window;
  std::set<uint32_t> seen;
  uint32_t base = 0;
  for (int i = 0; i < 20000; ++i) {
    if (random() % 4 == 0) base += random() % 40;
    const uint32_t index = base + random() % 200;
    const uint32_t newest = seen.empty() ? 0 : *seen.rbegin();
    const bool replay =
        seen.contains(index) || (!seen.empty() && index + kReplayWindowIndices <= newest);
    ASSERT_EQ(window.is_replay(index), replay) << i;
    if (!replay) {
      window.note(index);
      seen.insert(index);
    }
  }
}

}  // namespace
}  // namespace longmen
