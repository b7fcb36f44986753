#include "relay/handshake_queue.h"

#include <gtest/gtest.h>

#include <deque>
#include <random>

namespace longmen {
namespace {

const Address kPlayer = *Address::from_text("192.0.2.1", 5000);

TEST(HandshakeQueue, FullItRefusesAndKeepsWhatItHas) {
  HandshakeQueue queue;
  EXPECT_TRUE(queue.empty());
  for (size_t i = 0; i < HandshakeQueue::kDatagrams; ++i)
    ASSERT_EQ(queue.push(Bytes(kMaxDtlsDatagramBytes, static_cast<uint8_t>(i)), kPlayer),
              DropReason::kNone);
  EXPECT_EQ(queue.push(Bytes{1}, kPlayer), DropReason::kQueueFull);
  EXPECT_EQ(queue.datagram()[kMaxDtlsDatagramBytes - 1], 0);
  queue.pop();
  EXPECT_EQ(queue.push(Bytes{99}, kPlayer), DropReason::kNone);
  EXPECT_EQ(queue.size(), HandshakeQueue::kDatagrams);
}

TEST(HandshakeQueue, GivesWhatCameInOrder) {
  std::mt19937 random(3);
  HandshakeQueue queue;
  std::deque<std::pair<Bytes, Address>> model;
  for (int step = 0; step < 50'000; ++step) {
    // Longer and longer queues, then shorter ones.
    const bool fill = random() % 10 < (step / 5000 % 2 ? 3u : 7u);
    if (fill) {
      Bytes bytes(random() % 100, static_cast<uint8_t>(random()));
      Address from = kPlayer;
      from.port = static_cast<uint16_t>(random());
      const DropReason dropped = queue.push(bytes, from);
      ASSERT_EQ(dropped == DropReason::kNone, model.size() < HandshakeQueue::kDatagrams);
      if (dropped == DropReason::kNone) model.emplace_back(std::move(bytes), from);
    } else if (!model.empty()) {
      ASSERT_EQ(queue.from(), model.front().second);
      ASSERT_TRUE(std::ranges::equal(queue.datagram(), model.front().first));
      queue.pop();
      model.pop_front();
    }
    ASSERT_EQ(queue.size(), model.size());
  }
}

}  // namespace
}  // namespace longmen
