#include "ingest/media_pace.h"

#include <gtest/gtest.h>

#include <thread>

namespace longmen {
namespace {

using namespace std::chrono_literals;

constexpr Monotonic kPaceBegins(1000s);

TEST(MediaPace, RunsAsTheMediaDoes) {
  MediaPace pace;
  EXPECT_EQ(pace.due(Flicks(7s), kPaceBegins), kPaceBegins) << "it begins with the first";
  EXPECT_EQ(pace.due(Flicks(7040ms), kPaceBegins), kPaceBegins + 40ms);
  EXPECT_EQ(pace.due(Flicks(6980ms), kPaceBegins), kPaceBegins - 20ms) << "the other track";
  EXPECT_EQ(pace.due(Flicks(8s), kPaceBegins + 2500ms), kPaceBegins + 1s) << "late, so at once";
}

TEST(MediaPace, BeginsAnewWhenItIsLateOrJumps) {
  MediaPace pace;
  pace.due(Flicks(0s), kPaceBegins);
  const Monotonic late = kPaceBegins + 10s;
  EXPECT_EQ(pace.due(Flicks(1s), late), late);
  EXPECT_EQ(pace.due(Flicks(1040ms), late), late + 40ms);
  EXPECT_EQ(pace.due(Flicks(1h), late), late) << "nobody waits for an hour";
  EXPECT_EQ(pace.due(Flicks(1h) + Flicks(40ms), late), late + 40ms);
}

TEST(MediaPace, WhoWaitsIsWokenWhenItIsOver) {
  MediaPace pace;
  EXPECT_TRUE(pace.wait(Flicks(0s)));
  bool went_on = true;
  std::thread waiting([&] { went_on = pace.wait(Flicks(4s)); });
  pace.end();
  waiting.join();
  EXPECT_FALSE(went_on);
}

}  // namespace
}  // namespace longmen
