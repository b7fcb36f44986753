// docs/TIMELINE.md §1 and §2: the numbers there are the numbers here.
#include "core/time/media_clock.h"

#include <gtest/gtest.h>

#include <random>
#include <thread>

#include "tests/support/start_of_2026.h"

namespace longmen {
namespace {

using std::chrono::hours;
using std::chrono::nanoseconds;
using std::chrono::seconds;

constexpr Monotonic kM0{seconds(1000)};

TEST(Timeline1Units, T0IsThatManyFlicks) {
  EXPECT_EQ(test::kStartOf2026, MediaTime(seconds(1'767'225'600)));
}

TEST(Timeline2MediaClock, ALineIsExactToTheFlick) {
  const MediaClockLine line{kM0, test::kStartOf2026, 0};
  EXPECT_EQ(line.media_at(kM0), test::kStartOf2026);
  EXPECT_EQ(line.media_at(kM0 + nanoseconds(1)), test::kStartOf2026);
  EXPECT_EQ(line.media_at(kM0 + nanoseconds(2)), test::kStartOf2026 + Flicks(1));
  EXPECT_EQ(line.media_at(kM0 + nanoseconds(10'000)), test::kStartOf2026 + Flicks(7056));
  EXPECT_EQ(line.media_at(kM0 - nanoseconds(1)), test::kStartOf2026 - Flicks(1));
  EXPECT_EQ(line.monotonic_at(test::kStartOf2026 + Flicks(1)), kM0 + nanoseconds(2));
  EXPECT_EQ(line.monotonic_at(test::kStartOf2026 + Flicks(7056)), kM0 + nanoseconds(10'000));
}

TEST(Timeline2MediaClock, ASlopeOf250PpmGains900MillisecondsAnHour) {
  const MediaClockLine fast{kM0, test::kStartOf2026, 250};
  EXPECT_EQ(fast.media_at(kM0 + hours(1)),
            test::kStartOf2026 + std::chrono::milliseconds(3'600'900));
  const MediaClockLine slow{kM0, test::kStartOf2026, -250};
  EXPECT_EQ(slow.media_at(kM0 + hours(1)),
            test::kStartOf2026 + std::chrono::milliseconds(3'599'100));
}

TEST(Timeline2MediaClock, ALineOfTwentyYearsLosesNothing) {
  const MediaClockLine line{kM0, test::kStartOf2026, 500};
  EXPECT_EQ(line.media_at(kM0 + hours(20 * 365 * 24)),
            test::kStartOf2026 + Flicks(hours(20 * 365 * 24)) +
                Flicks(seconds(20 * 365 * 24 * 3600)) / 2000);
}

TEST(MediaClockLine, MonotonicAtIsTheFirstNanosecondThatReachesATime) {
  std::mt19937_64 random(1);
  for (int i = 0; i < 100'000; ++i) {
    const MediaClockLine line{Monotonic(nanoseconds(random() % (int64_t{1} << 60))),
                              MediaTime(Flicks(static_cast<int64_t>(random() >> 3))),
                              static_cast<int32_t>(random() % 1001) - 500};
    const MediaTime time = line.media + Flicks(static_cast<int64_t>(random() % (int64_t{1} << 58)) -
                                               (int64_t{1} << 57));
    const Monotonic reached = line.monotonic_at(time);
    ASSERT_GE(line.media_at(reached), time);
    ASSERT_LT(line.media_at(reached - nanoseconds(1)), time);
  }
}

MediaClockSchedule bent(int32_t before, int32_t after, seconds bend) {
  const MediaClockLine current{kM0, test::kStartOf2026, before};
  const Monotonic start = kM0 + bend;
  return {current, MediaClockLine{start, current.media_at(start), after}};
}

TEST(MediaClockSchedule, ChangesSlopeAtTheInstantOfTheNextLine) {
  const MediaClockSchedule schedule = bent(0, -250, seconds(10));
  EXPECT_EQ(schedule.media_at(kM0 + seconds(10)), test::kStartOf2026 + seconds(10));
  EXPECT_EQ(schedule.media_at(kM0 + seconds(14)),
            test::kStartOf2026 + seconds(14) - std::chrono::milliseconds(1));
  EXPECT_EQ(schedule.monotonic_at(test::kStartOf2026 + seconds(5)), kM0 + seconds(5));
  EXPECT_EQ(schedule.monotonic_at(test::kStartOf2026 + seconds(14) - std::chrono::milliseconds(1)),
            kM0 + seconds(14));
}

TEST(MediaClockSchedule, NeverGoesBackAndInvertsAroundTheBend) {
  for (const auto& [before, after] : {std::pair{500, -500}, {-500, 500}, {0, 250}, {-250, 0}}) {
    const MediaClockSchedule schedule = bent(before, after, seconds(1));
    MediaTime last = schedule.media_at(kM0 + seconds(1) - nanoseconds(101));
    for (int ns = -100; ns < 100; ++ns) {
      const Monotonic instant = kM0 + seconds(1) + nanoseconds(ns);
      const MediaTime now = schedule.media_at(instant);
      ASSERT_GE(now, last);
      ASSERT_LE(schedule.monotonic_at(now), instant);
      ASSERT_EQ(schedule.media_at(schedule.monotonic_at(now)), now);
      ASSERT_LT(schedule.media_at(schedule.monotonic_at(now) - nanoseconds(1)), now);
      last = now;
    }
  }
}

TEST(MediaClockSchedule, TravelsAsJson) {
  const MediaClockSchedule one{{kM0, test::kStartOf2026, 0}, std::nullopt};
  EXPECT_EQ(to_json(one), R"({"version":1,"current":{"mono_ns":1000000000000,)"
                          R"("media_flicks":1246954383360000000,"ppm":0}})");
  EXPECT_EQ(media_clock_schedule_from_json(to_json(one)).value(), one);
  const MediaClockSchedule two = bent(-250, 17, seconds(3));
  EXPECT_EQ(media_clock_schedule_from_json(to_json(two)).value(), two);
}

TEST(MediaClockSchedule, RefusesWhatWouldStepOrRunAway) {
  const std::string good = to_json(bent(0, 100, seconds(3)));
  const auto with = [&good](std::string_view what, std::string_view instead) {
    std::string text = good;
    const size_t at = text.find(what);
    EXPECT_NE(at, std::string::npos);
    return media_clock_schedule_from_json(text.replace(at, what.size(), instead));
  };
  EXPECT_TRUE(with("\"ppm\":100", "\"ppm\":500"));
  EXPECT_FALSE(with("\"ppm\":100", "\"ppm\":501"));
  EXPECT_FALSE(with("\"ppm\":0", "\"ppm\":-501"));
  EXPECT_FALSE(with("\"ppm\":100", "\"ppm\":\"1\""));
  EXPECT_FALSE(with("1003000000000", "1003000000002"));  // does not meet the current line
  EXPECT_FALSE(with("1000000000000", "-1000000000000"));
  EXPECT_FALSE(with("1246954383360000000", "9223372036854775807"));
  EXPECT_FALSE(with("\"version\":1", "\"version\":2"));
  EXPECT_FALSE(with("\"current\"", "\"other\""));
  EXPECT_FALSE(media_clock_schedule_from_json(""));
  EXPECT_FALSE(media_clock_schedule_from_json("[]"));
  EXPECT_FALSE(media_clock_schedule_from_json(good.substr(0, good.size() - 1)));
}

TEST(SharedMediaClock, IsUnsetUntilSet) {
  SharedMediaClock clock;
  EXPECT_FALSE(clock.is_set());
  EXPECT_EQ(clock.media_at(Monotonic(seconds(3))), MediaTime(seconds(3)));
  const MediaClockSchedule schedule = bent(1, 2, seconds(3));
  clock.set(schedule);
  EXPECT_TRUE(clock.is_set());
  EXPECT_EQ(clock.schedule(), schedule);
  clock.set({schedule.current, std::nullopt});
  EXPECT_EQ(clock.schedule(), (MediaClockSchedule{schedule.current, std::nullopt}));
}

// Every schedule that the setter uses has all its six words alike; a mixture would be seen.
TEST(SharedMediaClock, ReadersNeverSeeAMixture) {
  const auto uniform = [](int64_t n) {
    const MediaClockLine line{Monotonic(nanoseconds(n)), MediaTime(Flicks(n)),
                              static_cast<int32_t>(n % 400)};
    return MediaClockSchedule{line, line};
  };
  SharedMediaClock clock;
  clock.set(uniform(1));
  std::atomic<bool> done{false};
  std::atomic<int> mixtures{0};
  std::atomic<int64_t> reads{0};
  std::vector<std::thread> readers;
  for (int i = 0; i < 3; ++i) {
    readers.emplace_back([&] {
      int64_t last = 0;
      while (!done.load(std::memory_order_relaxed) || reads.load(std::memory_order_relaxed) < 3) {
        const MediaClockSchedule seen = clock.schedule();
        const int64_t n = seen.current.mono.time_since_epoch().count();
        if (!(seen == uniform(n)) || n < last) ++mixtures;
        last = n;
        ++reads;
      }
    });
  }
  for (int64_t n = 2; n < 300'000; ++n)
    clock.set(uniform(n));
  done = true;
  for (std::thread& reader : readers)
    reader.join();
  EXPECT_EQ(mixtures, 0);
  EXPECT_GT(reads, 0);
  EXPECT_EQ(clock.schedule(), uniform(299'999));
}

}  // namespace
}  // namespace longmen
