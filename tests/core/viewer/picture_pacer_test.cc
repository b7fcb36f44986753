#include "core/viewer/picture_pacer.h"

#include <gtest/gtest.h>

namespace longmen {
namespace {

using namespace std::chrono_literals;

TEST(PicturePacer, AKeyframeIsSpreadOverTheLongestTimeOnAThinLink) {
  PicturePacer pacer(5ms);
  const Monotonic now{1000s};
  pacer.note_sent(40'000, 50'000, kbps(3000), now);  // 43 ms at 2.5 times the rate
  EXPECT_EQ(pacer.next(), now + 4ms);
}

TEST(PicturePacer, AFastLinkHasItSooner) {
  PicturePacer pacer(5ms);
  const Monotonic now{1000s};
  pacer.note_sent(40'000, 50'000, kbps(64'000), now);
  EXPECT_EQ(pacer.next(), now + 2ms);
  pacer.note_sent(40'000, 50'000, kbps(1'000'000), now);
  EXPECT_EQ(pacer.next(), now) << "not worth a timer";
}

TEST(PicturePacer, WithoutPacingNothingWaits) {
  PicturePacer pacer(0ms);
  const Monotonic now{1000s};
  pacer.note_sent(40'000, 50'000, kbps(500), now);
  EXPECT_EQ(pacer.next(), now);
  EXPECT_EQ(pacer.max_packets(kbps(500)), kMaxTrainPackets);
}

TEST(PicturePacer, TrainsTowardThinLinksAreShort) {
  const PicturePacer pacer(5ms);
  EXPECT_EQ(pacer.max_packets(kbps(2500)), PicturePacer::kMaxThinTrainPackets);
  EXPECT_EQ(pacer.max_packets(kbps(20'000)), kMaxTrainPackets);
  EXPECT_EQ(pacer.max_packets(std::nullopt), kMaxTrainPackets) << "nothing is known yet";
}

}  // namespace
}  // namespace longmen
