// docs/TIMELINE.md §6: the numbers there are the numbers here.
#include "core/time/gop.h"

#include <gtest/gtest.h>

#include "tests/support/start_of_2026.h"

namespace longmen {
namespace {

using std::chrono::seconds;

TEST(Timeline6Gop, GopsAtT0) {
  const GopGrid one(FrameGrid(30), 1);
  EXPECT_EQ(one.gop_at(test::kStartOf2026), 1'767'225'600);
  EXPECT_EQ(one.gop_at(test::kStartOf2026 - Flicks(1)), 1'767'225'599);
  EXPECT_EQ(one.frames_per_gop(), 30);
  EXPECT_EQ(one.time_of(1'767'225'600), test::kStartOf2026);
  EXPECT_EQ(one.first_slot_of(1'767'225'600), 53'016'768'000);
  const GopGrid two(FrameGrid(25), 2);
  EXPECT_EQ(two.gop_at(test::kStartOf2026), 883'612'800);
  EXPECT_EQ(two.gop_at(test::kStartOf2026 + seconds(1)), 883'612'800);
  EXPECT_EQ(two.gop_at(test::kStartOf2026 + seconds(2)), 883'612'801);
  EXPECT_EQ(two.frames_per_gop(), 50);
  EXPECT_EQ(two.first_slot_of(883'612'800), 44'180'640'000);
}

TEST(Timeline6Gop, AnIdrIsForcedInTheFirstSlotOnly) {
  for (const int fps : {25, 30, 50, 60}) {
    for (const int length : {1, 2}) {
      const FrameGrid frames(fps);
      const GopGrid gops(frames, length);
      const SlotIndex first = frames.slot_at(test::kStartOf2026);
      for (SlotIndex slot = first - 200; slot < first + 200; ++slot) {
        const bool at_multiple =
            frames.time_of(slot).time_since_epoch() % seconds(length) == Flicks(0);
        ASSERT_EQ(gops.starts_gop(slot), at_multiple) << fps << " " << length << " " << slot;
        ASSERT_EQ(gops.gop_of(slot), gops.gop_at(frames.time_of(slot)));
      }
    }
  }
  EXPECT_DEATH(GopGrid(FrameGrid(25), 3), "");
}

}  // namespace
}  // namespace longmen
