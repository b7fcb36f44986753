#include "relay/channel_slots.h"

#include <gtest/gtest.h>

#include <map>

namespace longmen {
namespace {

TEST(ChannelSlots, ASlotIsFreeWhenEveryShardHasBeenTold) {
  ChannelSlots slots;
  const auto first = slots.take();
  ASSERT_TRUE(first);
  slots.end(*first, {0, 1});
  std::map<int, int> told;
  const auto tell_but_one = [&](int shard, size_t slot) {
    EXPECT_EQ(slot, *first);
    ++told[shard];
    return shard == 0;
  };
  slots.tell_ends(tell_but_one);  // shard 1 is too busy
  slots.tell_ends(tell_but_one);
  EXPECT_EQ(told, (std::map<int, int>{{0, 1}, {1, 2}}));
  EXPECT_NE(slots.take(), first) << "its old viewers would see another channel";
  slots.tell_ends([&](int shard, size_t) { return ++told[shard], true; });
  EXPECT_EQ(told, (std::map<int, int>{{0, 1}, {1, 3}}));
  EXPECT_EQ(slots.take(), first);
}

TEST(ChannelSlots, AreBounded) {
  ChannelSlots slots;
  for (size_t i = 0; i < kMaxServed; ++i)
    EXPECT_EQ(slots.take(), i);
  EXPECT_EQ(slots.take(), std::nullopt);
  slots.end(7, {});  // a relay without shards
  slots.tell_ends([](int, size_t) { return false; });
  EXPECT_EQ(slots.take(), 7u);
}

}  // namespace
}  // namespace longmen
