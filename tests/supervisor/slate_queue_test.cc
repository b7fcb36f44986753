#include "supervisor/slate_queue.h"

#include <gtest/gtest.h>

namespace longmen {
namespace {

using namespace std::chrono_literals;
const Monotonic kQueueStart{1h};

TEST(SlateQueue, OneThatCannotBeMadeDoesNotHoldUpTheOthers) {
  SlateQueue queue;
  queue.want({"a", "b", "c"});
  EXPECT_EQ(queue.next(kQueueStart), "a");
  queue.failed("a", kQueueStart);
  EXPECT_TRUE(queue.has_failed("a"));
  EXPECT_EQ(queue.next(kQueueStart), "b");
  queue.want({"a", "c"});  // b is made
  EXPECT_EQ(queue.next(kQueueStart), "c");
  queue.failed("c", kQueueStart + 1s);
  EXPECT_EQ(queue.next(kQueueStart + 1s), std::nullopt);
  EXPECT_EQ(queue.next_timeout(), kQueueStart + SlateQueue::kRetry);
  EXPECT_EQ(queue.next(kQueueStart + SlateQueue::kRetry), "a");
}

TEST(SlateQueue, NothingIsKeptOfWhatIsNotWantedAnyMore) {
  SlateQueue queue;
  queue.want({"a"});
  queue.failed("a", kQueueStart);
  queue.want({});
  EXPECT_EQ(queue.next_timeout(), std::nullopt);
  queue.want({"a"});
  EXPECT_EQ(queue.next(kQueueStart), "a");
}

}  // namespace
}  // namespace longmen
