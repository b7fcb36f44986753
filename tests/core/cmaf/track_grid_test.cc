#include "core/cmaf/track_grid.h"

#include <gtest/gtest.h>

#include "tests/core/cmaf/made_up_units.h"

namespace longmen::cmaf {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using test::kN0;
using test::kStartOf2026;

TEST(TrackGrid, PartsOf200MillisecondsAreWholeFramesAtEveryRate) {
  for (const int fps : {25, 30, 50, 60}) {
    const TrackGrid grid = TrackGrid::of_video(HlsGrid(seconds(1), 5), FrameGrid(fps));
    EXPECT_EQ(grid.longest_part(), Flicks(milliseconds(200))) << fps;
    for (int part = 0; part < 5; ++part)
      EXPECT_EQ(grid.duration_of({kN0, part}), Flicks(milliseconds(200))) << fps;
    EXPECT_EQ(grid.start_of({kN0, 3}), kStartOf2026 + milliseconds(600));
    EXPECT_EQ(90'000 / grid.frame_ticks(), fps);
  }
}

TEST(TrackGrid, SoundStartsWithTheFirstFrameOfThePart) {
  const TrackGrid grid = TrackGrid::of_audio(HlsGrid(seconds(1), 5));
  EXPECT_EQ(grid.start_of({kN0, 0}), kStartOf2026);
  EXPECT_EQ(grid.start_of({kN0 + 1, 0}), kAacGrid.time_of(82'838'700'047));
  EXPECT_EQ(grid.duration_of({kN0, 0}), 10 * kAacGrid.frame_duration());
  EXPECT_EQ(grid.duration_of({kN0, 1}), 9 * kAacGrid.frame_duration());
  EXPECT_EQ(grid.longest_part(), 10 * kAacGrid.frame_duration());
}

TEST(TrackGrid, PartsOf250MillisecondsDifferByAFrameAndByLessThan15Percent) {
  for (const int fps : {25, 30, 50, 60}) {
    const TrackGrid grid = TrackGrid::of_video(HlsGrid(seconds(1), 4), FrameGrid(fps));
    for (int part = 0; part < 4; ++part) {
      EXPECT_LE(grid.duration_of({kN0, part}), grid.longest_part());
      EXPECT_GE(grid.duration_of({kN0, part}).count() * 100, grid.longest_part().count() * 85);
    }
  }
}

TEST(TrackGrid, TimesOffTheGridAreNone) {
  const TrackGrid video = TrackGrid::of_video(HlsGrid(seconds(1), 5), FrameGrid(30));
  EXPECT_EQ(video.frame_at(kStartOf2026), 53'016'768'000);
  EXPECT_EQ(video.frame_at(kStartOf2026 + Flicks(1)), std::nullopt);
  EXPECT_EQ(video.frame_at(MediaTime(Flicks(-23'520'000))), std::nullopt);
}

}  // namespace
}  // namespace longmen::cmaf
