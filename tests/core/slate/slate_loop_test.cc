#include "core/slate/slate_loop.h"

#include <gtest/gtest.h>

namespace longmen {
namespace {

const FrameGrid kGrid(25);

SlateLoop loop_of(double seconds) {
  return slate_loop_of(static_cast<SlotIndex>(seconds * 25), kGrid);
}

TEST(SlateLoop, IsAlwaysAMultipleOfEightSecondsThatHoldsTheClip) {
  for (SlotIndex slots = 1; slots <= 16 * 200; slots += 7) {
    const SlateLoop loop = slate_loop_of(slots, kGrid);
    EXPECT_EQ(loop.slots % 200, 0) << slots;
    EXPECT_GE(loop.slots, loop.rounds * slots) << slots;
    EXPECT_LE(loop.slots, std::max<SlotIndex>((slots + 199) / 200 * 200, 8 * 200)) << slots;
    EXPECT_LT(loop.picture_at(loop.slots - 1), slots);
  }
}

TEST(SlateLoop, RoundsLeaveTheLeastStandingStill) {
  EXPECT_EQ(loop_of(8).rounds, 1);
  EXPECT_EQ(loop_of(7.8).rounds, 1) << "nearly as long: once";
  EXPECT_EQ(loop_of(10).slots, 40 * 25);
  EXPECT_EQ(loop_of(10).rounds, 4);
  EXPECT_EQ(loop_of(2).rounds, 4);
  EXPECT_EQ(loop_of(60).slots, 64 * 25);
  EXPECT_EQ(loop_of(60).rounds, 1) << "another round would be too long";
}

TEST(SlateLoop, TheLastPictureStandsInSilence) {
  const SlateLoop loop = loop_of(60);
  EXPECT_EQ(loop.picture_at(0), 0);
  EXPECT_EQ(loop.picture_at(1499), 1499);
  EXPECT_EQ(loop.picture_at(1599), 1499);
  EXPECT_EQ(loop.sample_at(60 * 48'000 - 1, 25), 60 * 48'000 - 1);
  EXPECT_FALSE(loop.sample_at(60 * 48'000, 25));
  EXPECT_EQ(loop_of(10).sample_at(10 * 48'000 + 5, 25), 5) << "the second round";
  EXPECT_FALSE(loop.sample_at(-1, 25));
}

TEST(SlateLoop, NothingIsOnePicture) {
  EXPECT_EQ(slate_loop_of(0, kGrid).clip_slots, 1);
}

}  // namespace
}  // namespace longmen
