#include "relay/load_meter.h"

#include <gtest/gtest.h>

namespace longmen {
namespace {

using namespace std::chrono_literals;

class LoadMeterTest : public testing::Test {
 protected:
  void tick(std::chrono::nanoseconds busy, int watching, std::chrono::nanoseconds elapsed = 100ms) {
    meter.note(busy / 2);
    meter.note(busy - busy / 2);
    now += elapsed;
    meter.tick(now, watching);
  }
  void run(int ticks, std::chrono::nanoseconds busy, int watching) {
    for (int i = 0; i < ticks; ++i)
      tick(busy, watching);
  }

  LoadMeterTest() { meter.tick(now, 0); }
  Monotonic now{1000s};
  LoadMeter meter;
};

TEST_F(LoadMeterTest, IsTheShareOfTheLastSecond) {
  EXPECT_EQ(meter.share(), 0);
  run(10, 90ms, 10);
  EXPECT_NEAR(meter.share(), 0.9, 1e-9);
  run(5, 10ms, 10);
  EXPECT_NEAR(meter.share(), 0.5, 1e-9);
  run(5, 10ms, 10);
  EXPECT_NEAR(meter.share(), 0.1, 1e-9);
}

TEST_F(LoadMeterTest, ABusyBeginningIsNotABusySecond) {
  tick(100ms, 0);
  EXPECT_NEAR(meter.share(), 0.1, 1e-9);
  run(9, 100ms, 0);
  EXPECT_NEAR(meter.share(), 1, 1e-9);
}

TEST_F(LoadMeterTest, TicksThatComeLateWeighWhatTheyLasted) {
  run(9, 0ms, 10);
  tick(900ms, 10, 900ms);
  EXPECT_NEAR(meter.share(), 0.5, 1e-9);
}

TEST_F(LoadMeterTest, MoreThanAllTheTimeIsAllTheTime) {
  run(10, 300ms, 10);
  EXPECT_NEAR(meter.share(), 1, 1e-9);
}

TEST_F(LoadMeterTest, MoreViewersNeedTheSameShareEach) {
  run(10, 40ms, 400);
  EXPECT_NEAR(meter.expected(400), 0.4, 1e-9);
  EXPECT_NEAR(meter.expected(1000), 1.0, 1e-9);
  EXPECT_NEAR(meter.expected(100), 0.4, 1e-9) << "never less than what was measured";
  // A crowd that came within the second: its share is that of those who watched.
  run(5, 80ms, 1200);
  EXPECT_NEAR(meter.share(), 0.6, 1e-9);
  EXPECT_NEAR(meter.expected(1200), 0.9, 1e-9);
}

TEST_F(LoadMeterTest, OfFewViewersNothingFollowsForMore) {
  run(10, 5ms, 10);
  EXPECT_NEAR(meter.expected(1000), 0.05, 1e-9);
}

}  // namespace
}  // namespace longmen
