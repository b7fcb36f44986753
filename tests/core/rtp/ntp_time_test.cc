#include "core/rtp/ntp_time.h"

#include <gtest/gtest.h>

namespace longmen {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(NtpTimeTest, EpochOf1970) {
  const NtpTime ntp = to_ntp(MediaTime{});
  EXPECT_EQ(ntp.seconds(), 2'208'988'800u);
  EXPECT_EQ(ntp.fraction(), 0u);
}

TEST(NtpTimeTest, FractionsAreExactBinary) {
  EXPECT_EQ(to_ntp(MediaTime(milliseconds(500))).fraction(), 0x80000000u);
  EXPECT_EQ(to_ntp(MediaTime(milliseconds(250))).fraction(), 0x40000000u);
  EXPECT_EQ(to_ntp(MediaTime(Flicks(1))).fraction(), 6u);  // 2^32 / 705,600,000 = 6.08
  EXPECT_EQ(to_ntp(MediaTime(seconds(1) - Flicks(1))).seconds(), 2'208'988'800u);
}

// RFC 3550 §6.4.1: the example of DLSR in figure 2, 5.25 s and 6.125 s in 16.16.
TEST(NtpTimeTest, CompactForm) {
  EXPECT_EQ(from_compact_ntp(0x00054000), milliseconds(5250));
  EXPECT_EQ(from_compact_ntp(0x00062000), milliseconds(6125));
}

TEST(NtpTimeTest, EraWrapsIn2036) {
  // 7 February 2036, 06:28:16 UTC.
  EXPECT_EQ(to_ntp(MediaTime(seconds(2'085'978'496))).seconds(), 0u);
}

}  // namespace
}  // namespace longmen
