#include "core/hls/segment_bit_rates.h"

#include <gtest/gtest.h>

namespace longmen::hls {
namespace {

TEST(SegmentBitRates, ThePeakIsOfSegmentsThatAreLongEnough) {
  SegmentBitRates rates;
  rates.add(1, 4000, 4);
  EXPECT_EQ(rates.peak(), 0) << "a quarter of the target duration is none";
  rates.add(1, 2000, 4);
  EXPECT_EQ(rates.peak(), 3000) << "both together";
  rates.add(4, 16'000, 4);
  EXPECT_EQ(rates.peak(), 4000) << "it alone is more than all three";
  rates.add(4, 4000, 4);
  EXPECT_EQ(rates.peak(), 4000);
  EXPECT_EQ(rates.average(), 2600);
  EXPECT_EQ(rates.duration_s(), 10);
}

TEST(SegmentBitRates, WhatDoesNotFollowIsNotCountedTogether) {
  SegmentBitRates rates;
  rates.add(1, 4000, 4);
  rates.interrupt();
  rates.add(1, 4000, 4);
  EXPECT_EQ(rates.peak(), 0);
  rates.add(0, 4000, 4);
  EXPECT_EQ(rates.average(), 4000) << "what lasts no time has no rate";
}

TEST(SegmentBitRates, AToldRateIsWithinATenth) {
  EXPECT_TRUE(is_near_bit_rate(90, 400'000, 4));
  EXPECT_TRUE(is_near_bit_rate(110, 400'000, 4));
  EXPECT_FALSE(is_near_bit_rate(89, 400'000, 4));
  EXPECT_FALSE(is_near_bit_rate(111, 400'000, 4));
}

}  // namespace
}  // namespace longmen::hls
