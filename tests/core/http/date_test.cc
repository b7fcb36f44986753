#include "core/http/date.h"

#include <gtest/gtest.h>

namespace longmen {
namespace {

using namespace std::chrono;

TEST(HttpDateTest, TheExampleOfRfc9110) {
  EXPECT_EQ(http_date(sys_days(year{1994} / 11 / 6) + 8h + 49min + 37s),
            "Sun, 06 Nov 1994 08:49:37 GMT");
  EXPECT_EQ(http_date(sys_seconds{}), "Thu, 01 Jan 1970 00:00:00 GMT");
  EXPECT_EQ(http_date(sys_days(year{2024} / 2 / 29) + 23h + 59min + 59s),
            "Thu, 29 Feb 2024 23:59:59 GMT");
}

}  // namespace
}  // namespace longmen
