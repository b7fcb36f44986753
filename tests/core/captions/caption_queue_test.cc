#include "core/captions/caption_queue.h"

#include <gtest/gtest.h>

namespace longmen::captions {
namespace {

const Bytes kPair{0xFC, 0x94, 0x20};   // field 1: resume caption loading
const Bytes kOther{0xFD, 0x15, 0x2C};  // field 2
const Bytes kNull{0xFC, 0x80, 0x80};
const Bytes kStart{0xFF, 0x02, 0x21};
const Bytes kData{0xFE, 0x41, 0x00};
const Bytes kPadding{0xF8, 0x00, 0x00};  // not valid

Bytes all(std::initializer_list<Bytes> parts) {
  Bytes bytes;
  for (const Bytes& part : parts)
    bytes.insert(bytes.end(), part.begin(), part.end());
  return bytes;
}
Bytes take(CaptionQueue& queue) {
  const Bytes next = queue.next();
  queue.pop(next);
  return next;
}

TEST(CaptionQueue, WhatCameWithPicturesThatWereNotShownGoesWithTheNextOne) {
  CaptionQueue queue(25);
  queue.push(all({kPair, kStart, kPadding}));
  queue.push(all({kOther, kData}));
  EXPECT_EQ(take(queue), all({kPair, kOther, kStart, kData})) << "CEA-608 first";
  EXPECT_EQ(take(queue), Bytes()) << "nothing twice";
}

TEST(CaptionQueue, WhatNobodyTookIsThereAgain) {
  CaptionQueue queue(30);
  queue.push(kPair);
  EXPECT_EQ(queue.next(), kPair);
  EXPECT_EQ(queue.next(), kPair);
}

TEST(CaptionQueue, APictureHasWhatItsRateAllowsAndTheRestWaits) {
  for (const auto& [fps, most] : {std::pair{60, 10}, {50, 12}, {30, 20}, {25, 24}}) {
    CaptionQueue queue(fps);
    for (int i = 0; i < most; ++i)
      queue.push(all({kPair, kData}));
    EXPECT_EQ(take(queue).size(), 3U * most) << fps;
    const Bytes rest = take(queue);
    EXPECT_EQ(rest.size(), 3U * most) << fps;
    EXPECT_EQ(rest[0], kData[0]) << fps;
    EXPECT_EQ(take(queue), Bytes());
  }
}

TEST(CaptionQueue, HasABound) {
  CaptionQueue queue(30);
  for (size_t i = 0; i < CaptionQueue::kMaxWaiting; ++i)
    queue.push(kNull);
  queue.push(kPair);
  size_t taken = 0;
  Bytes last;
  for (Bytes next = take(queue); !next.empty(); next = take(queue)) {
    taken += next.size() / 3;
    last.assign(next.end() - 3, next.end());
  }
  EXPECT_EQ(taken, CaptionQueue::kMaxWaiting);
  EXPECT_EQ(last, kPair) << "the oldest go";
}

TEST(CaptionQueue, NoHalfPacketIsLeftInFrontOfTheOthers) {
  CaptionQueue queue(30);
  for (size_t i = 0; i < CaptionQueue::kMaxWaiting; i += 3)
    queue.push(all({kStart, kData, kData}));
  queue.push(kStart);
  EXPECT_EQ(take(queue)[0], kStart[0]);
}

// CTA-608: odd parity, commands twice. CTA-708: a packet of services' blocks, each RST.
TEST(CaptionQueue, WhatMayStillStandOnAScreenIsWiped) {
  CaptionQueue queue(25);
  queue.push(all({kPair, kStart}));
  queue.wipe();
  const Bytes erase{0xFC, 0x94, 0x2C}, loaded{0xFC, 0x94, 0xAE};
  const Bytes other{0xFC, 0x1C, 0x2C}, other_loaded{0xFC, 0x1C, 0xAE};
  EXPECT_EQ(take(queue), all({erase,
                              erase,
                              loaded,
                              loaded,
                              other,
                              other,
                              other_loaded,
                              other_loaded,
                              {0xFF, 0x07, 0x21},
                              {0xFE, 0x8F, 0x41},
                              {0xFE, 0x8F, 0x61},
                              {0xFE, 0x8F, 0x81},
                              {0xFE, 0x8F, 0xA1},
                              {0xFE, 0x8F, 0xC1},
                              {0xFE, 0x8F, 0x00}}));
  queue.wipe();
  EXPECT_EQ(take(queue), Bytes()) << "once";
  queue.push(all({kNull, {0xFD, 0x80, 0x80}}));
  queue.wipe();
  EXPECT_EQ(take(queue), Bytes()) << "nothing was ever said";
}

TEST(CaptionQueue, WhatIsCutShortIsLeftOut) {
  CaptionQueue queue(30);
  queue.push(all({kPair, {0xFC, 0x94}}));
  EXPECT_EQ(take(queue), kPair);
}

}  // namespace
}  // namespace longmen::captions
