// docs/TIMELINE.md §3: the numbers there are the numbers here.
#include "core/time/rtp_time.h"

#include <gtest/gtest.h>

#include <random>

#include "core/time/unwrapper.h"
#include "tests/support/start_of_2026.h"

namespace longmen {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

constexpr auto kVideo = RtpClockRate::kVideo;
constexpr auto kAudio = RtpClockRate::kAudio;

TEST(Timeline3RtpTimestamp, AtT0) {
  EXPECT_EQ(rtp_ticks(test::kStartOf2026, kVideo), 159'050'304'000'000);
  EXPECT_EQ(rtp_timestamp(test::kStartOf2026, kVideo), 3'370'061'824u);
  EXPECT_EQ(rtp_ticks(test::kStartOf2026, kAudio), 84'826'828'800'000);
  EXPECT_EQ(rtp_timestamp(test::kStartOf2026, kAudio), 1'224'704'000u);
  EXPECT_EQ(rtp_timestamp(test::kStartOf2026 + Flicks(7839), kVideo), 3'370'061'824u);
  EXPECT_EQ(rtp_timestamp(test::kStartOf2026 + Flicks(7840), kVideo), 3'370'061'825u);
  EXPECT_EQ(rtp_timestamp(test::kStartOf2026 - Flicks(1), kVideo), 3'370'061'823u);
}

TEST(Timeline3RtpTimestamp, AFrameIsThatManyTicks) {
  for (const auto& [fps, ticks] : {std::pair{25, 3600}, {30, 3000}, {50, 1800}, {60, 1500}}) {
    const MediaTime next = test::kStartOf2026 + Flicks(seconds(1)) / fps;
    EXPECT_EQ(rtp_ticks(next, kVideo) - rtp_ticks(test::kStartOf2026, kVideo), ticks);
  }
}

// §7, joining: cached frames end 1 ms before the first live one, 90 ticks apart.
TEST(Timeline7Joining, TwelveCachedFramesBeforeSlot12) {
  const MediaTime live = test::kStartOf2026 + std::chrono::milliseconds(400);
  EXPECT_EQ(rtp_timestamp(live, kVideo), 3'370'097'824u);
  EXPECT_EQ(rtp_timestamp(live - std::chrono::milliseconds(12), kVideo), 3'370'096'744u);
  EXPECT_EQ(rtp_timestamp(live - std::chrono::milliseconds(11), kVideo), 3'370'096'834u);
  EXPECT_EQ(rtp_timestamp(live - std::chrono::milliseconds(1), kVideo), 3'370'097'734u);
}

// 2^32 / 90000 = 47721.858844... s: 13 h 15 min 21.86 s.
TEST(Timeline3Wrap, NinetyKilohertzWrapsAfter13Hours) {
  const MediaTime wrap = media_time_of_ticks(int64_t{37'032} << 32, kVideo);  // the first after T0
  EXPECT_EQ(rtp_ticks(wrap, kVideo) - rtp_ticks(test::kStartOf2026, kVideo), 924'905'472);
  EXPECT_EQ(wrap, test::kStartOf2026 + Flicks(7'251'258'900'480));  // 10276.7274666... s
  EXPECT_EQ(rtp_timestamp(wrap - Flicks(1), kVideo), 4'294'967'295u);
  EXPECT_EQ(rtp_timestamp(wrap, kVideo), 0u);
  EXPECT_EQ(media_time_of_ticks(int64_t{1} << 32, kVideo),
            MediaTime(Flicks(33'672'543'600'640)));  // 47721.858844... s after the epoch
  // A parent gives 64-bit media time at join, so a child knows on which side of the wrap it is.
  EXPECT_EQ(media_time_near(4'294'967'295u, kVideo, wrap + hours(6)), wrap - Flicks(7840));
  EXPECT_EQ(media_time_near(0, kVideo, wrap - hours(6)), wrap);
}

TEST(Timeline3Wrap, FortyEightKilohertzWrapsAfter24Hours51Minutes) {
  const MediaTime wrap = media_time_of_ticks(int64_t{19'751} << 32, kAudio);
  EXPECT_EQ(rtp_ticks(wrap, kAudio) - rtp_ticks(test::kStartOf2026, kAudio),
            3'070'263'296);  // 63963.8186666... s
  EXPECT_EQ(rtp_timestamp(wrap - Flicks(1), kAudio), 4'294'967'295u);
  EXPECT_EQ(rtp_timestamp(wrap, kAudio), 0u);
}

TEST(Timeline3Wrap, AStreamOfThreeDaysUnwrapsToItsMediaTimes) {
  TimestampUnwrapper unwrapper;
  const int64_t offset = rtp_ticks(test::kStartOf2026, kVideo) -
                         unwrapper.unwrap(rtp_timestamp(test::kStartOf2026, kVideo));
  for (MediaTime t = test::kStartOf2026; t < test::kStartOf2026 + hours(72); t += seconds(97)) {
    ASSERT_EQ(media_time_of_ticks(unwrapper.unwrap(rtp_timestamp(t, kVideo)) + offset, kVideo), t);
  }
}

TEST(Timeline3Ntp, AtT0) {
  EXPECT_EQ(ntp_timestamp(test::kStartOf2026),
            0xED00'3780'0000'0000u);  // 1767225600 + 2208988800 s since 1900
  EXPECT_EQ(ntp_short(test::kStartOf2026), 0x3780'0000u);
  EXPECT_EQ(ntp_timestamp(test::kStartOf2026 + std::chrono::milliseconds(500)),
            0xED00'3780'8000'0000u);
  EXPECT_EQ(ntp_timestamp(test::kStartOf2026 + std::chrono::milliseconds(40)),
            0xED00'3780'0A3D'70A3u);
  EXPECT_EQ(ntp_short(test::kStartOf2026 + std::chrono::milliseconds(40)), 0x3780'0A3Du);
  EXPECT_EQ(ntp_timestamp(test::kStartOf2026 + Flicks(1)), 0xED00'3780'0000'0006u);
  EXPECT_EQ(ntp_short(test::kStartOf2026 + std::chrono::milliseconds(500)), 0x3780'8000u);
  EXPECT_EQ(ntp_short(MediaTime{}), 0x7E80'0000u);
  EXPECT_EQ(ntp_timestamp(MediaTime{}), 0x83AA'7E80'0000'0000u);
}

// RFC 5905: era 1 begins at 2036-02-07T06:28:16Z.
TEST(Timeline3Ntp, TheEraEndsIn2036) {
  const MediaTime era1{seconds(2'085'978'496)};
  EXPECT_EQ(ntp_timestamp(era1), 0u);
  EXPECT_EQ(ntp_timestamp(era1 - Flicks(1)), 0xFFFF'FFFF'FFFF'FFF9u);
  EXPECT_EQ(media_time_of_ntp(0, era1 - hours(1)), era1);
  EXPECT_EQ(media_time_of_ntp(0xFFFF'FFFF'FFFF'FFF9u, era1 + hours(1)), era1 - Flicks(1));
}

TEST(RtpTime, InversesAreExact) {
  std::mt19937_64 random(3);
  for (int i = 0; i < 100'000; ++i) {
    const MediaTime time{Flicks(static_cast<int64_t>(random() >> 2))};
    const auto off = [&random](int64_t most) {
      return Flicks(static_cast<int64_t>(random() % static_cast<uint64_t>(2 * most)) - most);
    };
    ASSERT_EQ(media_time_of_ntp(ntp_timestamp(time), time + off(int64_t{1} << 60)), time);
    for (const auto rate : {kVideo, kAudio}) {
      const MediaTime tick = media_time_of_ticks(rtp_ticks(time, rate), rate);
      ASSERT_LE(tick, time);
      ASSERT_EQ(rtp_ticks(tick, rate), rtp_ticks(time, rate));
      const MediaTime reference = time + off(Flicks(hours(6)).count());
      ASSERT_EQ(media_time_near(rtp_timestamp(time, rate), rate, reference), tick);
    }
  }
}

}  // namespace
}  // namespace longmen
