#include "core/node/restart_backoff.h"

#include <gtest/gtest.h>

namespace longmen {
namespace {

using namespace std::chrono_literals;

TEST(RestartBackoff, TheFirstRestartIsAtOnceThenItDoublesToTwoSeconds) {
  RestartBackoff backoff;
  Monotonic now{1h};
  std::vector<int64_t> delays;
  for (int i = 0; i < 10; ++i) {
    backoff.started(now);
    now += 50ms;
    delays.push_back(backoff.died(now).count());
  }
  EXPECT_EQ(delays, (std::vector<int64_t>{0, 100, 200, 400, 800, 1600, 2000, 2000, 2000, 2000}));
}

TEST(RestartBackoff, AProcessThatLivedStartsAfresh) {
  RestartBackoff backoff;
  Monotonic now{1h};
  backoff.started(now);
  backoff.died(now);
  backoff.started(now);
  EXPECT_EQ(backoff.died(now + 9s), 100ms);
  backoff.started(now);
  EXPECT_EQ(backoff.died(now + 10s), 0ms);
}

}  // namespace
}  // namespace longmen
