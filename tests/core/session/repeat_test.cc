#include "core/session/repeat.h"

#include <gmock/gmock.h>

namespace longmen {
namespace {

using namespace std::chrono;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

local_days day(int y, unsigned m, unsigned d) {
  return local_days(year(y) / month(m) / std::chrono::day(d));
}
Repeat weekly(std::initializer_list<int> on, int count) {
  Repeat repeat;
  for (int weekday : on)
    repeat.weekdays[weekday] = true;
  repeat.count = count;
  return repeat;
}
std::vector<local_days> good(const Result<std::vector<local_days>>& days) {
  EXPECT_TRUE(days) << days.error().message;
  return days.value_or(std::vector<local_days>{});
}
std::string fault(local_days first, const Repeat& repeat) {
  const auto days = days_of(first, repeat);
  EXPECT_FALSE(days);
  return days ? "" : days.error().message;
}

TEST(Repeat, EveryNDaysSoManyTimesTheFirstAmongThem) {
  Repeat repeat;
  repeat.every_days = 14;
  repeat.count = 3;
  EXPECT_THAT(good(days_of(day(2026, 12, 20), repeat)),
              ElementsAre(day(2026, 12, 20), day(2027, 1, 3), day(2027, 1, 17)));
}

TEST(Repeat, WeeklyOnGivenDaysUntilADateIncluded) {
  Repeat repeat = weekly({0, 3}, 0);  // Mondays and Thursdays
  repeat.until = 2026y / December / std::chrono::day(3);
  EXPECT_THAT(good(days_of(day(2026, 11, 26), repeat)),  // a Thursday
              ElementsAre(day(2026, 11, 26), day(2026, 11, 30), day(2026, 12, 3)));
}

TEST(Repeat, OverALeapDay) {
  Repeat repeat;
  repeat.every_days = 1;
  repeat.count = 3;
  EXPECT_THAT(good(days_of(day(2028, 2, 28), repeat)),
              ElementsAre(day(2028, 2, 28), day(2028, 2, 29), day(2028, 3, 1)));
}

TEST(Repeat, WhatIsWrongIsSaid) {
  const local_days thursday = day(2026, 11, 26);
  Repeat repeat;
  repeat.count = 2;
  EXPECT_THAT(fault(thursday, repeat), HasSubstr("every_days or weekdays"));
  EXPECT_THAT(fault(thursday, weekly({0}, 2)), HasSubstr("on a thursday"));
  Repeat both = weekly({3}, 2);
  both.every_days = 2;
  EXPECT_THAT(fault(thursday, both), HasSubstr("not both"));
  EXPECT_THAT(fault(thursday, weekly({3}, 0)), HasSubstr("until or count"));
  EXPECT_THAT(fault(thursday, weekly({3}, kMaxRepeats + 1)), HasSubstr("1 to 366"));
  Repeat until = weekly({3}, 0);
  until.until = 2026y / November / std::chrono::day(25);
  EXPECT_THAT(fault(thursday, until), HasSubstr("on or after the first"));
  Repeat forever;
  forever.every_days = 1;
  forever.until = 2099y / January / 1;
  EXPECT_THAT(fault(thursday, forever), HasSubstr("more than 366"));
  forever.every_days = -3;
  EXPECT_THAT(fault(thursday, forever), HasSubstr("1 to 366"));
}

TEST(Repeat, DatesAndWeekdaysAreReadStrictly) {
  EXPECT_EQ(date_of("2028-02-29"), 2028y / February / 29);
  for (const char* text : {"2026-02-29", "2026-13-01", "2026-1-1", "26-01-01", "2026/01/01",
                           "2026-01-01 ", "", "-026-01-01", "2026-+1-01"})
    EXPECT_FALSE(date_of(text)) << text;
  EXPECT_EQ(weekday_named("monday"), 0);
  EXPECT_EQ(weekday_named("sunday"), 6);
  EXPECT_FALSE(weekday_named("Monday"));
}

}  // namespace
}  // namespace longmen
