// docs/TIMELINE.md §6: the numbers there are the numbers here.
#include "core/time/gop.h"

#include <gtest/gtest.h>

namespace longmen {
namespace {

using std::chrono::seconds;

constexpr MediaTime kT0{Flicks(1'246'954'383'360'000'000)};  // 2026-01-01T00:00:00Z

TEST(Timeline6Gop, GopsAtT0) {
  const GopGrid one(FrameGrid(30), 1);
  EXPECT_EQ(one.gop_at(kT0), 1'767'225'600);
  EXPECT_EQ(one.gop_at(kT0 - Flicks(1)), 1'767'225'599);
  EXPECT_EQ(one.frames_per_gop(), 30);
  EXPECT_EQ(one.time_of(1'767'225'600), kT0);
  EXPECT_EQ(one.first_slot_of(1'767'225'600), 53'016'768'000);
  const GopGrid two(FrameGrid(25), 2);
  EXPECT_EQ(two.gop_at(kT0), 883'612'800);
  EXPECT_EQ(two.gop_at(kT0 + seconds(1)), 883'612'800);
  EXPECT_EQ(two.gop_at(kT0 + seconds(2)), 883'612'801);
  EXPECT_EQ(two.frames_per_gop(), 50);
  EXPECT_EQ(two.first_slot_of(883'612'800), 44'180'640'000);
}

TEST(Timeline6Gop, AnIdrIsForcedInTheFirstSlotOnly) {
  for (const int fps : {25, 30, 50, 60}) {
    for (const int length : {1, 2}) {
      const FrameGrid frames(fps);
      const GopGrid gops(frames, length);
      const SlotIndex first = frames.slot_at(kT0);
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
