#include "core/hls/told_date.h"

#include <gtest/gtest.h>

namespace longmen::hls {
namespace {

constexpr double kStartOf2026_s = 1'767'225'600;

TEST(ToldDate, ReadsDatesAsTheyAreWritten) {
  for (const auto& [text, seconds] :
       {std::pair("2026-01-01T00:00:00Z", 0.0), std::pair("2026-01-01T00:00:01.250Z", 1.25),
        std::pair("2026-01-01T08:00:00+08:00", 0.0), std::pair("2026-01-01T08:00:00.5+0800", 0.5),
        std::pair("2025-12-31T19:00:00-05", 0.0), std::pair("2026-01-01T00:00:00", 0.0)}) {
    const auto date = read_told_date(text);
    ASSERT_TRUE(date) << text;
    EXPECT_NEAR(date->seconds, kStartOf2026_s + seconds, 1e-6) << text;
  }
  EXPECT_TRUE(read_told_date("2026-01-01T00:00:00Z")->zone);
  EXPECT_FALSE(read_told_date("2026-01-01T00:00:00")->zone);
}

TEST(ToldDate, WhatIsNoneIsNotRead) {
  for (const char* text : {"", "2026", "2026-01-01", "2026-13-01T00:00:00Z", "2026-02-30T00:00:00Z",
                           "2026-01-01T00:60:00Z", "2026-01-01T00:00:00+8", "2026-01-01T00:00:00Zx",
                           "20260101T000000Z", "-026-01-01T00:00:00Z"})
    EXPECT_FALSE(read_told_date(text)) << text;
}

}  // namespace
}  // namespace longmen::hls
