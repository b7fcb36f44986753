#include "core/failover/source_time.h"

#include <gtest/gtest.h>

namespace longmen {
namespace {

using namespace std::chrono_literals;

constexpr Flicks kFrame = Flicks(1s) / 25;
constexpr Flicks kTenOClock = 10h;

// `count` pictures from `first` on; the last one's time, and how often it became another.
struct Played {
  Flicks last{0};
  int others = 0;
};
template <class Timecode>
Played play(SourceTime& source, int first, int count, Timecode timecode) {
  Played played;
  for (int i = first; i < first + count; ++i) {
    const auto [time, another] = source.picture(i * kFrame, timecode(i));
    played.last = time;
    played.others += another;
  }
  return played;
}
std::optional<Flicks> none(int) {
  return std::nullopt;
}
std::optional<Flicks> from_ten(int i) {
  return kTenOClock + i * kFrame;
}

TEST(SourceTime, WithoutATimecodeItIsTheFeeds) {
  SourceTime source;
  const Played played = play(source, 0, 100, none);
  EXPECT_EQ(played.last, 99 * kFrame);
  EXPECT_EQ(played.others, 0);
}

TEST(SourceTime, ASteadyTimecodeIsIt) {
  SourceTime source;
  EXPECT_EQ(play(source, 0, SourceTime::kSteady, from_ten).last,
            (SourceTime::kSteady - 1) * kFrame);
  const Played played = play(source, SourceTime::kSteady, 20, from_ten);
  EXPECT_EQ(played.last, kTenOClock + 29 * kFrame);
  EXPECT_EQ(played.others, 1);
  // Timestamps in milliseconds do not matter.
  EXPECT_EQ(source.picture(30 * kFrame + Flicks(1ms), kTenOClock + 30 * kFrame).time,
            kTenOClock + 30 * kFrame);
}

TEST(SourceTime, PicturesWithoutTheirOwnGoOnFromThoseBefore) {
  SourceTime source;
  const auto keyframes_alone = [](int i) { return i % 5 ? std::nullopt : from_ten(i); };
  const Played played = play(source, 0, 100, keyframes_alone);
  EXPECT_EQ(played.last, kTenOClock + 99 * kFrame);
  EXPECT_EQ(played.others, 1);
}

TEST(SourceTime, ATimecodeThatStandsIsNone) {
  SourceTime source;
  const Played played = play(source, 0, 100, [](int) { return std::optional(kTenOClock); });
  EXPECT_EQ(played.last, 99 * kFrame);
  EXPECT_EQ(played.others, 0);
}

TEST(SourceTime, AJumpMakesAnotherTimeTwice) {
  SourceTime source;
  play(source, 0, 50, from_ten);
  const auto after_midnight = [](int i) { return std::optional((i - 50) * kFrame); };
  EXPECT_TRUE(source.picture(50 * kFrame, Flicks(0)).another) << "not known to be steady";
  const Played played = play(source, 51, 20, after_midnight);
  EXPECT_EQ(played.last, 20 * kFrame);
  EXPECT_EQ(played.others, 1);
  source.forget();
  EXPECT_EQ(source.picture(Flicks(3s), std::nullopt).time, Flicks(3s));
}

}  // namespace
}  // namespace longmen
