#include "core/bandwidth/sent_trains.h"

#include <gtest/gtest.h>

namespace longmen {
namespace {

SentTrain train(uint16_t first_sequence, uint8_t packets) {
  SentTrain train;
  train.first_sequence = first_sequence;
  train.packets = packets;
  train.packet_bytes = 1000;
  train.last_packet_bytes = 300;
  return train;
}

TEST(SentTrainsTest, AnEntryIsSmall) {
  EXPECT_EQ(sizeof(SentTrain), 24u);
  EXPECT_LE(sizeof(SentTrains), 4096u);
}

TEST(SentTrainsTest, NothingWasSent) {
  const SentTrains trains;
  EXPECT_FALSE(trains.find(0));
}

TEST(SentTrainsTest, FindsTheTrainOfEachNumberAcrossTheWrap) {
  SentTrains trains;
  trains.add(train(65530, 4));  // to 65533
  trains.add(train(65534, 5));  // to 2
  trains.add(train(3, 1));
  EXPECT_FALSE(trains.find(65529));
  EXPECT_EQ(trains.find(65530), 0u);
  EXPECT_EQ(trains.find(65533), 0u);
  EXPECT_EQ(trains.find(65534), 1u);
  EXPECT_EQ(trains.find(0), 1u);
  EXPECT_EQ(trains.find(2), 1u);
  EXPECT_EQ(trains.find(3), 2u);
  EXPECT_FALSE(trains.find(4));
}

TEST(SentTrainsTest, TheOldestAreForgotten) {
  SentTrains trains;
  for (uint16_t number = 0; number < 10 * kMaxSentTrains; ++number)
    trains.add(train(static_cast<uint16_t>(number * 7), 7));
  EXPECT_EQ(trains.end() - trains.begin(), kMaxSentTrains);
  const auto first = static_cast<uint16_t>(9 * kMaxSentTrains * 7);
  EXPECT_EQ(trains.find(first), trains.begin());
  EXPECT_FALSE(trains.find(static_cast<uint16_t>(first - 1)));
  for (uint16_t packet = 0; packet < 7 * kMaxSentTrains; ++packet)
    EXPECT_EQ(trains.find(static_cast<uint16_t>(first + packet)), trains.begin() + packet / 7);
  EXPECT_FALSE(trains.find(static_cast<uint16_t>(first + 7 * kMaxSentTrains)));
}

TEST(SentTrainsTest, BytesOfATrainWithAShorterLastPacket) {
  const SentTrain three = train(0, 3);
  EXPECT_EQ(three.bytes_of(0), 1000u);
  EXPECT_EQ(three.bytes_of(2), 300u);
  EXPECT_EQ(three.bytes_after(0), 1300u);
  EXPECT_EQ(three.bytes_after(1), 300u);
  EXPECT_EQ(three.bytes_after(2), 0u);
}

}  // namespace
}  // namespace longmen
