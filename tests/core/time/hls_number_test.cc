// docs/TIMELINE.md §8: the numbers there are the numbers here.
#include "core/time/hls_number.h"

#include <gtest/gtest.h>

#include <random>

#include "tests/support/start_of_2026.h"

namespace longmen {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr int64_t kN0 = 1'767'225'600;

TEST(Timeline8HlsNumber, AtT0) {
  const HlsGrid grid(seconds(1), 5);
  EXPECT_EQ(grid.part_duration(), Flicks(milliseconds(200)));
  EXPECT_EQ(grid.number_at(test::kStartOf2026), (HlsNumber{kN0, 0}));
  EXPECT_EQ(grid.number_at(test::kStartOf2026 - Flicks(1)), (HlsNumber{kN0 - 1, 4}));
  EXPECT_EQ(grid.number_at(test::kStartOf2026 + milliseconds(999)), (HlsNumber{kN0, 4}));
  EXPECT_EQ(grid.part_start({kN0, 3}), test::kStartOf2026 + milliseconds(600));
  EXPECT_EQ(grid.next({kN0, 4}), (HlsNumber{kN0 + 1, 0}));
  const HlsGrid two(seconds(2), 4);
  EXPECT_EQ(two.number_at(test::kStartOf2026 + milliseconds(1500)), (HlsNumber{883'612'800, 3}));
  EXPECT_EQ(two.segment_start(883'612'801), test::kStartOf2026 + seconds(2));
}

TEST(Timeline8HlsNumber, ASegmentOfOneSecondHolds46Or47AacFrames) {
  const HlsGrid grid(seconds(1), 5);
  EXPECT_EQ(grid.aac_frames_of_segment(kN0), (AudioFrameRange{82'838'700'000, 82'838'700'047}));
  std::vector<int64_t> counts;
  for (int64_t n = kN0; n < kN0 + 8; ++n)
    counts.push_back(grid.aac_frames_of_segment(n).count());
  EXPECT_EQ(counts, (std::vector<int64_t>{47, 47, 47, 47, 47, 47, 47, 46}));
}

TEST(Timeline8HlsNumber, PartsOf200MillisecondsHold9Or10AacFrames) {
  const HlsGrid grid(seconds(1), 5);
  std::vector<int64_t> counts;
  for (int part = 0; part < 5; ++part)
    counts.push_back(grid.aac_frames_of_part({kN0, part}).count());
  EXPECT_EQ(counts, (std::vector<int64_t>{10, 9, 10, 9, 9}));
}

TEST(HlsGrid, EveryAacFrameBelongsToExactlyOnePartAndSegment) {
  std::mt19937_64 random(8);
  for (int round = 0; round < 200; ++round) {
    const HlsGrid grid(seconds(1 + random() % 4), std::array{1, 2, 4, 5, 10}[random() % 5]);
    HlsNumber number = grid.number_at(test::kStartOf2026 + seconds(random() % 100'000));
    AudioFrameIndex expected = grid.aac_frames_of_part(number).first;
    for (int i = 0; i < 50; ++i) {
      const AudioFrameRange frames = grid.aac_frames_of_part(number);
      ASSERT_EQ(frames.first, expected);
      for (AudioFrameIndex frame = frames.first; frame < frames.end; ++frame)
        ASSERT_EQ(grid.number_at(kAacGrid.time_of(frame)), number);
      expected = frames.end;
      number = grid.next(number);
    }
  }
}

}  // namespace
}  // namespace longmen
