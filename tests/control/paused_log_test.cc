#include "control/paused_log.h"

#include <gtest/gtest.h>

namespace longmen {
namespace {

TEST(PausedLogTest, TheSameWordsAreDueAfterAPauseAndOthersAtOnce) {
  PausedLog log;
  const PausedLog::Time start{};
  EXPECT_TRUE(log.is_due("away", start));
  for (int i = 1; i < 1000; ++i)
    EXPECT_FALSE(log.is_due("away", start + std::chrono::milliseconds(i * 9)));
  EXPECT_TRUE(log.is_due("hangs", start));
  EXPECT_TRUE(log.is_due("away", start));
  EXPECT_TRUE(log.is_due("away", start + PausedLog::kPause));
  EXPECT_FALSE(log.is_due("away", start + PausedLog::kPause));
}

}  // namespace
}  // namespace longmen
