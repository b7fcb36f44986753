#include "core/feed/rtp_feed_clock.h"

#include <gtest/gtest.h>

namespace longmen {
namespace {

using namespace std::chrono_literals;

constexpr bool kVideo = true, kAudio = false;

NtpTime ntp(std::chrono::milliseconds since_1970) {
  return to_ntp(MediaTime(Flicks(since_1970)));
}

TEST(RtpFeedClockTest, BothBeginWhereTheyArrivedAndCountTheirOwnTicks) {
  RtpFeedClock clock;
  const Flicks picture = clock.feed_time(kVideo, 4'294'967'000u, Monotonic(7s));
  EXPECT_EQ(picture, Flicks(7s));
  EXPECT_EQ(clock.feed_time(kVideo, 2704, Monotonic(9s)) - picture, Flicks(Ticks90k(3000)));
  const Flicks sound = clock.feed_time(kAudio, 5, Monotonic(7s + 30ms));
  EXPECT_EQ(sound, Flicks(7s + 30ms));
  EXPECT_EQ(clock.feed_time(kAudio, 965, Monotonic(9s)) - sound, Flicks(20ms));
}

TEST(RtpFeedClockTest, SenderReportsPutSoundToThePicture) {
  RtpFeedClock clock;
  const Flicks picture = clock.feed_time(kVideo, 90'000, Monotonic(7s));
  clock.feed_time(kAudio, 48'000, Monotonic(7s));
  // The sound that came with it was made 120 ms before the picture.
  EXPECT_FALSE(clock.sender_report(kVideo, ntp(50'000ms), 90'000).value());
  EXPECT_TRUE(clock.sender_report(kAudio, ntp(50'380ms), 48'000 + 24'000).value());
  const Flicks sound = clock.feed_time(kAudio, 48'000, Monotonic(8s));
  EXPECT_NEAR(static_cast<double>((sound - picture).count()),
              static_cast<double>(Flicks(-120ms).count()), 1000);
  // As it should be by now.
  EXPECT_FALSE(clock.sender_report(kAudio, ntp(51'380ms), 48'000 + 72'000).value());
}

TEST(RtpFeedClockTest, ClocksThatDriftApartAreFollowed) {
  RtpFeedClock clock;
  clock.feed_time(kVideo, 0, Monotonic(7s));
  clock.feed_time(kAudio, 0, Monotonic(7s));
  int moved = 0;
  for (int second = 0; second < 60; ++second) {
    const auto instant = ntp(std::chrono::seconds(1000 + second));
    (void)clock.sender_report(kVideo, instant, static_cast<uint32_t>(second) * 90'000);
    moved += clock.sender_report(kAudio, instant, static_cast<uint32_t>(second) * 48'024).value();
  }
  EXPECT_EQ(moved, 2);  // 500 ppm in a minute are 30 ms, in steps of over 10
}

TEST(RtpFeedClockTest, AReportFromAnotherWorldIsNotBelieved) {
  RtpFeedClock clock;
  clock.feed_time(kVideo, 0, Monotonic(7s));
  clock.feed_time(kAudio, 0, Monotonic(7s));
  EXPECT_TRUE(clock.sender_report(kVideo, ntp(50'000ms), 0));
  const auto told = clock.sender_report(kAudio, ntp(70'000ms), 0);
  ASSERT_FALSE(told);
  EXPECT_EQ(told.error(), DropReason::kMalformed);
  EXPECT_EQ(clock.feed_time(kAudio, 0, Monotonic(8s)), Flicks(7s));
}

TEST(RtpFeedClockTest, ReportsBeforeMediaChangeNothing) {
  RtpFeedClock clock;
  EXPECT_FALSE(clock.sender_report(kVideo, ntp(50'000ms), 0).value());
  EXPECT_FALSE(clock.sender_report(kAudio, ntp(50'000ms), 0).value());
  clock.feed_time(kVideo, 0, Monotonic(7s));
  clock.restart(true);
  EXPECT_EQ(clock.feed_time(kVideo, 9'000'000, Monotonic(9s)), Flicks(9s));
}

}  // namespace
}  // namespace longmen
