// docs/TIMELINE.md §11: the numbers there are the numbers here.
#include "core/feed/sample_retimer.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <vector>

#include "tests/support/start_of_2026.h"

namespace longmen {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr SampleIndex kS0 = 84'826'828'800'000;  // the sample at T0

// Checks at each step that output is consecutive.
class Output {
 public:
  explicit Output(MediaTime start = test::kStartOf2026)
      : retimer_(start), next_(retimer_.next_sample()) {}

  SamplePlacement chunk(MediaTime start, int64_t samples, MediaTime now) {
    advance(now);
    const SamplePlacement placement = retimer_.push(start, samples, now);
    EXPECT_TRUE(placement.copy == 0 || placement.skip + placement.copy == samples);
    check(placement);
    return placement;
  }
  SamplePlacement chunk(MediaTime start, int64_t samples) { return chunk(start, samples, start); }
  void advance(MediaTime to) {
    while (retimer_.next_deadline() <= to) {
      const MediaTime deadline = retimer_.next_deadline();
      EXPECT_FALSE(retimer_.poll(deadline - Flicks(1)));
      const auto silence = retimer_.poll(deadline);
      ASSERT_TRUE(silence);
      EXPECT_EQ(silence->copy, 0);
      EXPECT_EQ(silence->silence, 480);
      check(*silence);
    }
  }
  void check(const SamplePlacement& placement) {
    EXPECT_EQ(placement.first, next_);
    EXPECT_GE(placement.silence, 0);
    EXPECT_GE(placement.skip, 0);
    EXPECT_GE(placement.copy, 0);
    next_ += placement.silence + placement.copy;
    EXPECT_EQ(retimer_.next_sample(), next_);
  }
  const SampleRetimerCounts& counts() const { return retimer_.counts(); }

  SampleRetimer retimer_;
  SampleIndex next_;
};

TEST(Timeline11SampleRetimer, AContinuousFeedIsCopied) {
  Output out;
  for (int64_t i = 0; i < 1000; ++i) {
    const SamplePlacement p = out.chunk(time_of_sample(kS0 + i * 1024), 1024);
    ASSERT_EQ(p.silence + p.skip, 0);
    ASSERT_FALSE(p.spliced);
    ASSERT_EQ(out.retimer_.drift_compensation(), DriftCompensation{});
  }
  EXPECT_EQ(out.counts().copied, 1'024'000u);
}

TEST(Timeline11SampleRetimer, TheFirstChunkGoesExactlyToItsPlace) {
  Output out;
  SamplePlacement p = out.chunk(test::kStartOf2026 + milliseconds(10), 1024);
  EXPECT_EQ(p.first, kS0);
  EXPECT_EQ(p.silence, 480);
  EXPECT_EQ(p.copy, 1024);
  EXPECT_FALSE(p.spliced);
  Output late;
  p = late.chunk(test::kStartOf2026 - milliseconds(10), 1024, test::kStartOf2026);
  EXPECT_EQ(p.silence, 0);
  EXPECT_EQ(p.skip, 480);
  EXPECT_EQ(p.copy, 544);
}

struct Row {
  int64_t off, silence, skip;
  bool spliced;
};

// A chunk that is off by so much, behind so many samples of running sound.
void expect_placed(int64_t played, const std::vector<Row>& rows) {
  for (const Row& row : rows) {
    SCOPED_TRACE(row.off);
    Output out;
    out.chunk(test::kStartOf2026, played);
    const SamplePlacement p =
        out.chunk(time_of_sample(kS0 + played + row.off), 4800, test::kStartOf2026 + seconds(2));
    EXPECT_EQ(p.silence, row.silence);
    EXPECT_EQ(p.skip, row.skip);
    EXPECT_EQ(p.copy, 4800 - row.skip);
    EXPECT_EQ(p.spliced, row.spliced);
    EXPECT_EQ(out.counts().splices, row.spliced ? 1u : 0u);
  }
}

TEST(Timeline11SampleRetimer, InTheFirstTwoSecondsFiveMillisecondsAreJoinedOn) {
  expect_placed(
      95'999, {{240, 0, 0, false}, {241, 241, 0, true}, {-240, 0, 0, false}, {-241, 0, 241, true}});
}

TEST(Timeline11SampleRetimer, FortyMillisecondsAreJoinedOnMoreAreSpliced) {
  expect_placed(
      96'000,
      {{1920, 0, 0, false}, {1921, 1921, 0, true}, {-1920, 0, 0, false}, {-1921, 0, 1921, true}});
}

TEST(Timeline11SampleRetimer, MissingAudioBecomesSilenceAtItsDeadline) {
  Output out;
  out.chunk(test::kStartOf2026, 4800);  // until 100 ms
  EXPECT_EQ(out.retimer_.next_deadline(), test::kStartOf2026 + milliseconds(170));
  out.advance(test::kStartOf2026 + milliseconds(1000));
  EXPECT_EQ(out.next_, kS0 + 45'120);  // 940 ms
  EXPECT_EQ(out.counts().silent, 40'320u);
  EXPECT_EQ(out.counts().splices, 1u);
  // What comes then goes exactly to its place, although it is less than 40 ms off.
  const SamplePlacement p = out.chunk(test::kStartOf2026 + milliseconds(930), 1024,
                                      test::kStartOf2026 + milliseconds(1000));
  EXPECT_EQ(p.skip, 480);
  EXPECT_EQ(p.copy, 544);
  EXPECT_FALSE(p.spliced);
}

TEST(SampleRetimer, WhatIsWhollyPastIsLeftOutAndTheNextIsExact) {
  Output out;
  out.chunk(test::kStartOf2026, 48'000, test::kStartOf2026 + seconds(1));
  SamplePlacement p = out.chunk(test::kStartOf2026, 1024, test::kStartOf2026 + seconds(1));
  EXPECT_EQ(p.skip, 1024);
  EXPECT_EQ(p.copy, 0);
  EXPECT_FALSE(p.spliced);
  p = out.chunk(test::kStartOf2026 + milliseconds(990), 1024, test::kStartOf2026 + seconds(1));
  EXPECT_EQ(p.skip, 480);
  EXPECT_TRUE(p.spliced);
  EXPECT_EQ(out.counts().splices, 1u);
  p = out.chunk(test::kStartOf2026, 0, test::kStartOf2026 + seconds(1));
  EXPECT_EQ(p.copy + p.skip + p.silence, 0);
  p = out.chunk(test::kStartOf2026 + seconds(60), 1024,
                test::kStartOf2026 + seconds(1));  // refused: far ahead
  EXPECT_EQ(p.copy + p.silence, 0);
  EXPECT_EQ(p.skip, 1024);
}

TEST(Timeline11SampleRetimer, NeverMoreThan500PpmInEitherDirection) {
  for (const int sign : {1, -1}) {
    Output out;
    out.chunk(test::kStartOf2026, 96'000);
    for (int i = 0; i < 200; ++i) {
      const SampleIndex at = out.next_ + sign * 1900;
      const SamplePlacement p = out.chunk(time_of_sample(at), 1024);
      ASSERT_EQ(p.copy, 1024);
    }
    EXPECT_EQ(out.retimer_.drift_compensation(), (DriftCompensation{sign * 24, 48'000}));
  }
}

// A sender of 44.1 kHz whose clock is off by 200 ppm, with times in whole milliseconds: the loop
// through the resampler holds it within a few milliseconds, without a splice, never beyond 500 ppm.
TEST(Timeline11SampleRetimer, ADriftOf200PpmIsResampledAway) {
  for (const double ppm : {200.0, -200.0, 450.0, -450.0, 0.0}) {
    SCOPED_TRACE(ppm);
    Output out;
    const double chunk_seconds = 1024.0 / 44'100 * (1 + ppm * 1e-6);  // as media time sees it
    double fraction = 0;
    double worst = 0;
    for (int64_t i = 0; i < 3600 * 43; ++i) {  // an hour
      const double at = static_cast<double>(i) * chunk_seconds;
      const MediaTime start = test::kStartOf2026 + milliseconds(std::llround(at * 1000));
      const DriftCompensation drift = out.retimer_.drift_compensation();
      ASSERT_LE(std::abs(drift.samples), 24);
      ASSERT_EQ(drift.over, 48'000);
      // The resampler: 1024 samples of 44.1 kHz, stretched.
      fraction += 1024.0 * 48'000 / 44'100 * (1 + drift.samples / 48'000.0);
      const auto samples = static_cast<int64_t>(fraction);
      fraction -= static_cast<double>(samples);
      const SamplePlacement p = out.chunk(start, samples, start);
      ASSERT_EQ(p.copy, samples);
      ASSERT_EQ(p.silence, 0);
      const double off =
          at * 48'000 - static_cast<double>(out.retimer_.next_sample() - samples - kS0);
      worst = std::max(worst, std::abs(off));
    }
    EXPECT_LT(worst, 48.0 * 2.5);  // 450 ppm x 4 s = 1.8 ms
    EXPECT_EQ(out.counts().splices, 0u);
  }
}

TEST(SampleRetimer, AnyFeedGivesConsecutiveSamplesInTime) {
  for (uint64_t seed = 1; seed <= 200; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937_64 random(seed);
    Output out(test::kStartOf2026 + Flicks(static_cast<int64_t>(random() % 100'000)));
    MediaTime now = test::kStartOf2026;
    uint64_t pushed = 0;
    Flicks bias{0};
    for (int i = 0; i < 2000; ++i) {
      if (random() % 100 == 0) bias = milliseconds(static_cast<int64_t>(random() % 1600) - 700);
      if (random() % 200 == 0) now += milliseconds(random() % 3000);
      now += floor_flicks(microseconds(random() % 40'000));
      const auto samples = static_cast<int64_t>(random() % 3000);
      out.chunk(now + bias, samples, now);
      pushed += static_cast<uint64_t>(samples);
      ASSERT_LT(now, out.retimer_.next_deadline());
      if (HasFailure()) return;
    }
    ASSERT_EQ(out.counts().copied + out.counts().skipped, pushed);
  }
}

}  // namespace
}  // namespace longmen
