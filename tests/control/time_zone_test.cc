#include "control/time_zone.h"

#include <gmock/gmock.h>

namespace longmen {
namespace {

using namespace std::chrono;

int64_t at(const TimeZone& zone, year_month_day date, milliseconds of_day) {
  return zone.epoch_ms({local_days(date), of_day});
}

TEST(TimeZone, GoesThereAndBack) {
  const TimeZone shanghai = *TimeZone::named("Asia/Shanghai");
  const int64_t evening = at(shanghai, 2026y / November / 26, 19h + 30min);
  EXPECT_EQ(evening, 1'795'692'600'000);
  EXPECT_EQ(shanghai.words(evening), "2026-11-26 19:30");
  EXPECT_EQ(shanghai.at(evening).of_day, 19h + 30min);
  EXPECT_EQ(shanghai.name(), "Asia/Shanghai");
  EXPECT_EQ(TimeZone().words(evening), "2026-11-26 11:30");
}

TEST(TimeZone, SummerTimeKeepsTheWallClock) {
  const TimeZone berlin = *TimeZone::named("Europe/Berlin");
  const int64_t before = at(berlin, 2026y / March / 28, 19h);
  const int64_t after = at(berlin, 2026y / March / 29, 19h);
  EXPECT_EQ(after - before, milliseconds(23h).count());
}

TEST(TimeZone, AnHourThatIsSkippedOrShownTwiceIsOneInstant) {
  const TimeZone new_york = *TimeZone::named("America/New_York");
  // RFC 5545 §3.3.5: 02:30 that is skipped is 03:30; 01:30 that comes twice is the first one.
  EXPECT_EQ(new_york.words(at(new_york, 2007y / March / 11, 2h + 30min)), "2007-03-11 03:30");
  EXPECT_EQ(at(new_york, 2007y / November / 4, 1h + 30min), 1'194'154'200'000);
}

TEST(TimeZone, AnUnknownNameIsSaid) {
  EXPECT_THAT(TimeZone::named("Asia/Chengdu").error().message,
              ::testing::HasSubstr("\"Asia/Chengdu\""));
  EXPECT_TRUE(TimeZone::named(""));
}

}  // namespace
}  // namespace longmen
