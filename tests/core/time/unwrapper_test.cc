// docs/TIMELINE.md §3: the numbers there are the numbers here.
#include "core/time/unwrapper.h"

#include <gtest/gtest.h>

#include <random>

namespace longmen {
namespace {

TEST(Timeline3Wrap, SixteenBitsGoOnPast65535) {
  SequenceUnwrapper unwrapper;
  EXPECT_EQ(unwrapper.unwrap(65'534), 65'534);
  EXPECT_EQ(unwrapper.unwrap(65'535), 65'535);
  EXPECT_EQ(unwrapper.unwrap(1), 65'537);
  EXPECT_EQ(unwrapper.unwrap(0), 65'536);       // reordered
  EXPECT_EQ(unwrapper.unwrap(65'535), 65'535);  // an old one after the wrap
  EXPECT_EQ(unwrapper.unwrap(2), 65'538);
}

TEST(Timeline3Wrap, HalfATurnCountsAsForwards) {
  SequenceUnwrapper unwrapper;
  EXPECT_EQ(unwrapper.unwrap(0), 0);
  EXPECT_EQ(unwrapper.unwrap(32'768), 32'768);
  EXPECT_EQ(unwrapper.unwrap(65'536 + 32'767), 32'767);  // only the low 16 bits count
  unwrapper.reset();
  EXPECT_EQ(unwrapper.unwrap(0), 0);
  EXPECT_EQ(unwrapper.unwrap(32'769), -32'767);
}

TEST(Timeline3Wrap, FortyEightBits) {
  constexpr uint64_t kTurn = uint64_t{1} << 48;
  EXPECT_EQ(unwrap_near<48>(kTurn - 1, 5), -1);
  EXPECT_EQ(unwrap_near<48>(3, static_cast<int64_t>(kTurn) - 2), static_cast<int64_t>(kTurn) + 3);
}

template <unsigned Bits>
void walk(uint64_t seed) {
  std::mt19937_64 random(seed);
  constexpr int64_t kHalf = int64_t{1} << (Bits - 1);
  int64_t truth = static_cast<int64_t>(random() % (uint64_t{1} << Bits));
  Unwrapper<Bits> unwrapper;
  ASSERT_EQ(unwrapper.unwrap(static_cast<uint64_t>(truth)), truth);
  for (int i = 0; i < 10'000; ++i) {
    truth += static_cast<int64_t>(random() % (2 * kHalf)) - kHalf + 1;  // -half + 1 .. half
    const uint64_t wire = static_cast<uint64_t>(truth) & ((uint64_t{1} << Bits) - 1);
    ASSERT_EQ(unwrapper.unwrap(wire), truth) << "seed " << seed << " step " << i;
  }
}

TEST(Unwrapper, FollowsAnyWalkOfStepsBelowHalfATurn) {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    walk<16>(seed);
    walk<32>(seed);
    walk<48>(seed);
  }
}

}  // namespace
}  // namespace longmen
