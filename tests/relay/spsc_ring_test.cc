#include "relay/spsc_ring.h"

#include <gtest/gtest.h>

#include <thread>

namespace longmen {
namespace {

TEST(SpscRingTest, RefusesWhenFullAndKeepsTheRefusedValue) {
  SpscRing<std::unique_ptr<int>, 4> ring;
  EXPECT_FALSE(ring.pop());
  for (int i = 0; i < 4; ++i)
    EXPECT_TRUE(ring.push(std::make_unique<int>(i)));
  auto fifth = std::make_unique<int>(4);
  EXPECT_FALSE(ring.push(std::move(fifth)));
  ASSERT_TRUE(fifth);
  EXPECT_EQ(**ring.pop(), 0);
  EXPECT_TRUE(ring.push(std::move(fifth)));
  for (int i = 1; i < 5; ++i)
    EXPECT_EQ(**ring.pop(), i);
  EXPECT_FALSE(ring.pop());
}

TEST(SpscRingTest, LetsGoOfWhatWasPopped) {
  SpscRing<std::shared_ptr<int>, 4> ring;
  auto shared = std::make_shared<int>(1);
  ring.push(std::shared_ptr<int>(shared));
  EXPECT_EQ(shared.use_count(), 2);
  ring.pop();
  EXPECT_EQ(shared.use_count(), 1);
}

TEST(SpscRingTest, TwoThreadsSeeEverythingInOrder) {
  SpscRing<std::unique_ptr<int>, 64> ring;
  constexpr int kCount = 100'000;
  std::thread pusher([&] {
    for (int i = 0; i < kCount; ++i) {
      auto value = std::make_unique<int>(i);
      while (!ring.push(std::move(value)))
        std::this_thread::yield();
    }
  });
  int expected = 0;
  while (expected < kCount) {
    auto value = ring.pop();
    if (!value) {
      std::this_thread::yield();
      continue;
    }
    ASSERT_EQ(**value, expected++);
  }
  pusher.join();
}

}  // namespace
}  // namespace longmen
