#include "core/hls/time_link.h"

#include <gtest/gtest.h>

namespace longmen::hls {
namespace {

TEST(TimeLink, ABeginningIsSecondsOrHoursMinutesAndSeconds) {
  EXPECT_EQ(read_start("90"), 90);
  EXPECT_EQ(read_start("2.5"), 2.5);
  EXPECT_EQ(read_start("0"), 0);
  EXPECT_EQ(read_start("1m30s"), 90);
  EXPECT_EQ(read_start("1m30"), 90);
  EXPECT_EQ(read_start("1h2m3s"), 3723);
  EXPECT_EQ(read_start("2h"), 7200);
  EXPECT_EQ(read_start("1h3s"), 3603);
  EXPECT_EQ(read_start("75m"), 4500);
  for (const char* wrong : {"", "-1", "1:30", "m", "1m2h", "1m1m", "1m 30s", "90x", "inf", "nan",
                            "1e3", "0x10", "10000001", "4294967296h", "2777777h99m", "1h2m3s4"})
    EXPECT_EQ(read_start(wrong), std::nullopt) << wrong;
}

TEST(TimeLink, AnInstantIsMillisecondsSince1970) {
  EXPECT_EQ(read_instant("1700000000000"), MediaTime(std::chrono::milliseconds(1'700'000'000'000)));
  for (const char* wrong : {"", "-1", "1700000000000.5", "now", "9223372036854775807"})
    EXPECT_EQ(read_instant(wrong), std::nullopt) << wrong;
}

}  // namespace
}  // namespace longmen::hls
