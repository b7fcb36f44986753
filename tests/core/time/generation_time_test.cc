// docs/TIMELINE.md §7: the numbers there are the numbers here.
#include "core/time/generation_time.h"

#include <gtest/gtest.h>

#include "core/time/audio_grid.h"
#include "core/time/gop.h"
#include "tests/support/start_of_2026.h"

namespace longmen {
namespace {

using std::chrono::milliseconds;

TEST(Timeline7Generation, StartedAtT0OnNode7) {
  const Generation generation = generation_started_at(test::kStartOf2026, 7);
  EXPECT_EQ(generation.value, 115'816'896'921'600'007u);
  EXPECT_EQ(start_of(generation), test::kStartOf2026);
  EXPECT_EQ(node_tag_of(generation), 7);
}

TEST(Timeline7Generation, LaterGenerationsCompareGreater) {
  const Generation first = generation_started_at(test::kStartOf2026, 0xFFFF);
  const Generation restarted = generation_started_at(test::kStartOf2026 + milliseconds(2500), 0);
  EXPECT_LT(first, restarted);
  EXPECT_LT(generation_started_at(test::kStartOf2026, 7),
            generation_started_at(test::kStartOf2026, 8));
  EXPECT_EQ(start_of(restarted), test::kStartOf2026 + milliseconds(2500));
  EXPECT_EQ(start_of(generation_started_at(test::kStartOf2026 - Flicks(1), 0)),
            test::kStartOf2026 - milliseconds(1));
}

// §12: the new run starts 11.234 s after T0, on the grids of the old one.
TEST(Timeline12Restart, TheNewGenerationStartsOnTheSameGrids) {
  const MediaTime start = test::kStartOf2026 + milliseconds(11'234);
  EXPECT_EQ(generation_started_at(start, 7).value, 115'816'897'657'831'431u);
  const FrameGrid frames(30);
  const GopGrid gops(frames, 1);
  EXPECT_EQ(frames.first_slot_from(start), 53'016'768'338);
  EXPECT_EQ(gops.first_slot_of(1'767'225'612), 53'016'768'360);
  for (SlotIndex slot = 53'016'768'338; slot < 53'016'768'360; ++slot)
    EXPECT_FALSE(gops.starts_gop(slot));
  EXPECT_TRUE(gops.starts_gop(53'016'768'360));
  EXPECT_EQ(kOpusGrid.first_frame_from(start), 88'361'280'562);
  EXPECT_EQ(kOpusGrid.time_of(88'361'280'562), test::kStartOf2026 + milliseconds(11'240));
  EXPECT_EQ(kAacGrid.first_frame_from(start), 82'838'700'527);
}

}  // namespace
}  // namespace longmen
