// docs/TIMELINE.md §5: the numbers there are the numbers here.
#include "core/time/audio_grid.h"

#include <gtest/gtest.h>

#include "tests/support/start_of_2026.h"

namespace longmen {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr SampleIndex kS0 = 84'826'828'800'000;  // the sample at T0

TEST(Timeline5AudioGrid, SamplesAtT0) {
  EXPECT_EQ(sample_at(test::kStartOf2026), kS0);
  EXPECT_EQ(time_of_sample(kS0 + 1), test::kStartOf2026 + Flicks(14'700));
  EXPECT_EQ(sample_at(test::kStartOf2026 - Flicks(1)), kS0 - 1);
  EXPECT_EQ(first_sample_from(test::kStartOf2026 + Flicks(1)), kS0 + 1);
  EXPECT_EQ(nearest_sample(test::kStartOf2026 + Flicks(7'349)), kS0);
  EXPECT_EQ(nearest_sample(test::kStartOf2026 + Flicks(7'350)), kS0 + 1);
}

TEST(Timeline5AudioGrid, AacFramesAtT0) {
  EXPECT_EQ(kAacGrid.frame_duration(), Flicks(15'052'800));
  EXPECT_EQ(kAacGrid.frame_at(test::kStartOf2026), 82'838'700'000);
  EXPECT_EQ(kAacGrid.time_of(82'838'700'000), test::kStartOf2026);
  // T0 + 1 s lies 896 samples inside a frame, the next one starts 128 samples later.
  EXPECT_EQ(kAacGrid.frame_at(test::kStartOf2026 + seconds(1)), 82'838'700'046);
  EXPECT_EQ(kAacGrid.first_frame_from(test::kStartOf2026 + seconds(1)), 82'838'700'047);
  EXPECT_EQ(kAacGrid.first_sample_of(82'838'700'047), kS0 + 48'000 + 128);
  // 375 frames in 8 s: the slate.
  EXPECT_EQ(kAacGrid.time_of(82'838'700'375), test::kStartOf2026 + seconds(8));
}

TEST(Timeline5AudioGrid, OpusPacketsAtT0) {
  EXPECT_EQ(kOpusGrid.frame_duration(), Flicks(milliseconds(20)));
  EXPECT_EQ(kOpusGrid.frame_at(test::kStartOf2026), 88'361'280'000);
  EXPECT_EQ(kOpusGrid.frame_at(test::kStartOf2026),
            int64_t{220'903'200} * 400);  // §7: slate loop n, 400 packets each
  EXPECT_EQ(kOpusGrid.time_of(88'361'280'001), test::kStartOf2026 + milliseconds(20));
  EXPECT_EQ(kOpusGrid.first_frame_from(test::kStartOf2026 + milliseconds(1)), 88'361'280'001);
}

// Priming of 1024 samples (a whole frame), of 1600 (not whole), and Opus' lookahead of 312.
TEST(Timeline5AudioGrid, AnEncoderIsStartedSoThatItsPacketsLieOnTheGrid) {
  struct Row {
    AudioGrid grid;
    int priming;
    SampleIndex start;
    AudioFrameIndex packet0;
    int64_t discarded;
  };
  for (const Row& row : {Row{kAacGrid, 1024, kS0 + 1024, 82'838'700'000, 1},
                         Row{kAacGrid, 1600, kS0 + 576, 82'838'699'999, 2},
                         Row{kAacGrid, 0, kS0 + 1024, 82'838'700'001, 0},
                         Row{kOpusGrid, 312, kS0 + 312, 88'361'280'000, 1}}) {
    SCOPED_TRACE(row.priming);
    EXPECT_EQ(row.grid.encoder_start(kS0 + 1, row.priming), row.start);
    EXPECT_EQ(row.grid.encoder_start(row.start, row.priming), row.start);
    EXPECT_EQ(row.grid.frame_of_packet(row.start, row.priming, 0), row.packet0);
    EXPECT_EQ(row.grid.first_sample_of(row.packet0), row.start - row.priming);
    EXPECT_EQ(row.grid.first_whole_packet(row.priming), row.discarded);
    // The first packet that is kept decodes to samples of the input alone.
    EXPECT_GE(
        row.grid.first_sample_of(row.grid.frame_of_packet(row.start, row.priming, row.discarded)),
        row.start);
  }
}

// A frame of 1024 samples at 44.1 kHz lasts 16,384,000 flicks: 1114.557... samples of 48 kHz; 441
// such frames last exactly as long as 480 frames at 48 kHz: 10.24 s.
TEST(Timeline5AudioGrid, FramesOf44100HzAreExactInFlicks) {
  const Flicks frame(16'384'000);
  EXPECT_EQ(441 * frame, 480 * kAacGrid.frame_duration());
  EXPECT_EQ(441 * frame, Flicks(milliseconds(10'240)));
  EXPECT_EQ(sample_at(test::kStartOf2026 + frame) - kS0, 1114);
  EXPECT_EQ(sample_at(test::kStartOf2026 + 441 * frame) - kS0, 491'520);
}

}  // namespace
}  // namespace longmen
