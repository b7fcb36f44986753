#include "supervisor/slate_queue.h"

#include <gtest/gtest.h>

namespace longmen {
namespace {

using namespace std::chrono_literals;
const Monotonic kStart{1h};

TEST(SlateQueue, OneThatCannotBeMadeDoesNotHoldUpTheOthers) {
  SlateQueue queue;
  queue.want({"a", "b", "c"});
  EXPECT_EQ(queue.next(kStart), "a");
  queue.failed("a", kStart);
  EXPECT_TRUE(queue.has_failed("a"));
  EXPECT_EQ(queue.next(kStart), "b");
  queue.want({"a", "c"});  // b is made
  EXPECT_EQ(queue.next(kStart), "c");
  queue.failed("c", kStart + 1s);
  EXPECT_EQ(queue.next(kStart + 1s), std::nullopt);
  EXPECT_EQ(queue.next_timeout(), kStart + SlateQueue::kRetry);
  EXPECT_EQ(queue.next(kStart + SlateQueue::kRetry), "a");
}

TEST(SlateQueue, NothingIsKeptOfWhatIsNotWantedAnyMore) {
  SlateQueue queue;
  queue.want({"a"});
  queue.failed("a", kStart);
  queue.want({});
  EXPECT_EQ(queue.next_timeout(), std::nullopt);
  queue.want({"a"});
  EXPECT_EQ(queue.next(kStart), "a");
}

}  // namespace
}  // namespace longmen
