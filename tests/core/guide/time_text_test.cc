#include "core/guide/time_text.h"

#include <gtest/gtest.h>

namespace longmen {
namespace {

constexpr int64_t kAt = 1'795'692'600'000;  // 2026-11-26 11:30:00 UTC

TEST(TimeText, XmltvIsOfUtcUnlessItSaysOtherwise) {
  EXPECT_EQ(xmltv_time("20261126113000 +0000"), kAt);
  EXPECT_EQ(xmltv_time("20261126193000 +0800"), kAt);
  EXPECT_EQ(xmltv_time("20261126063000 -0500"), kAt);
  EXPECT_EQ(xmltv_time("20261126113000"), kAt);
  EXPECT_EQ(xmltv_time("202611261130"), kAt);
  EXPECT_EQ(xmltv_time("202611261130 UTC"), kAt);
  EXPECT_EQ(xmltv_time("20261126"), kAt - 41'400'000);
  for (const char* text : {"", "2026112", "20261326", "20260230", "20261126256000", "99991126",
                           "20261126113000 CST", "20261126113000 +08", "20261126113000 +0800x",
                           "20261126113000x", "2026112611300099", "-0261126"})
    EXPECT_FALSE(xmltv_time(text)) << text;
}

TEST(TimeText, WrittenTimesAreOfTheWallUnlessTheyHaveAnOffset) {
  using namespace std::chrono;
  for (const char* text : {"2026-11-26 19:30", "2026-11-26T19:30:00", "2026/11/26 19:30"}) {
    const auto time = written_time(text);
    ASSERT_TRUE(time) << text;
    EXPECT_EQ(time->day, local_days(2026y / November / 26));
    EXPECT_EQ(time->of_day, 19h + 30min);
    EXPECT_FALSE(time->offset);
  }
  EXPECT_EQ(written_time("2026-11-26 19:30 +08:00")->epoch_ms(), kAt);
  EXPECT_EQ(written_time("2026-11-26T11:30:00Z")->epoch_ms(), kAt);
  for (const char* text :
       {"", "19:30", "2026-11-26", "2026-1-26 19:30", "2026-11-31 19:30", "2026-11-26 24:00",
        "2026-11-26 19:30 Asia", "26.11.2026 19:30", "2026-11-26 19:30:", "2026-11-26 19:3"})
    EXPECT_FALSE(written_time(text)) << text;
}

}  // namespace
}  // namespace longmen
