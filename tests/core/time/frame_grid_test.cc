// docs/TIMELINE.md §4: the numbers there are the numbers here.
#include "core/time/frame_grid.h"

#include <gtest/gtest.h>

#include <random>

#include "tests/support/start_of_2026.h"

namespace longmen {
namespace {

TEST(Timeline4FrameGrid, SlotsAtT0) {
  struct Row {
    int fps;
    int64_t flicks;
    SlotIndex slot;
  };
  for (const Row& row :
       {Row{25, 28'224'000, 44'180'640'000}, Row{30, 23'520'000, 53'016'768'000},
        Row{50, 14'112'000, 88'361'280'000}, Row{60, 11'760'000, 106'033'536'000}}) {
    const FrameGrid grid(row.fps);
    EXPECT_EQ(grid.slot_duration(), Flicks(row.flicks));
    EXPECT_EQ(grid.slot_at(test::kStartOf2026), row.slot);
    EXPECT_EQ(grid.time_of(row.slot), test::kStartOf2026);
    EXPECT_EQ(grid.slot_at(test::kStartOf2026 - Flicks(1)), row.slot - 1);
    EXPECT_EQ(grid.first_slot_from(test::kStartOf2026), row.slot);
    EXPECT_EQ(grid.first_slot_from(test::kStartOf2026 + Flicks(1)), row.slot + 1);
    EXPECT_EQ(grid.nearest_slot(test::kStartOf2026 + Flicks(row.flicks / 2 - 1)), row.slot);
    EXPECT_EQ(grid.nearest_slot(test::kStartOf2026 + Flicks(row.flicks / 2)), row.slot + 1);
    EXPECT_EQ(grid.nearest_slot(test::kStartOf2026 - Flicks(row.flicks / 2)), row.slot);
  }
}

TEST(FrameGrid, SupportsFourRatesOnly) {
  for (int fps = -1; fps < 130; ++fps)
    EXPECT_EQ(FrameGrid::supports(fps), fps == 25 || fps == 30 || fps == 50 || fps == 60);
  EXPECT_DEATH(FrameGrid(29), "");
}

TEST(FrameGrid, EveryInstantLiesInItsSlot) {
  std::mt19937_64 random(4);
  for (int i = 0; i < 10'000; ++i) {
    const FrameGrid grid(std::array{25, 30, 50, 60}[random() % 4]);
    const MediaTime time{Flicks(static_cast<int64_t>(random() >> 2) - (int64_t{1} << 60))};
    const SlotIndex slot = grid.slot_at(time);
    ASSERT_LE(grid.time_of(slot), time);
    ASSERT_GT(grid.time_of(slot + 1), time);
    ASSERT_LE(std::chrono::abs(grid.time_of(grid.nearest_slot(time)) - time),
              grid.slot_duration() / 2);
  }
}

}  // namespace
}  // namespace longmen
