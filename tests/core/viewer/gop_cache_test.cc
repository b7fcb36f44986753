#include "core/viewer/gop_cache.h"

#include <gtest/gtest.h>

#include "tests/support/programme.h"

namespace longmen {
namespace {

using test::kFrameDuration;
using test::Programme;

TEST(GopCache, HoldsTheGopSinceTheLastKeyframe) {
  GopCache cache;
  EXPECT_FALSE(cache.gop_begin());
  EXPECT_EQ(cache.generation(), Generation{});
  Programme programme(Generation{5}, 1);
  for (uint64_t n = 25; n < 40; ++n) {
    cache.push(programme.frame(0, n));
    if (n < 30) {
      EXPECT_FALSE(cache.gop_begin()) << n;
    }
  }
  ASSERT_TRUE(cache.gop_begin());
  EXPECT_EQ(*cache.gop_begin(), 5u);
  EXPECT_TRUE(cache.at(5)->keyframe);
  EXPECT_EQ(cache.end(), 15u);
  EXPECT_EQ(cache.generation(), Generation{5});
}

TEST(GopCache, FindsEveryPacketThatItHolds) {
  GopCache cache;
  Programme programme(Generation{5}, 1);
  std::vector<MediaUnitPtr> units;
  for (uint64_t n = 30; n < 60; ++n) {
    units.push_back(programme.frame(0, n));
    cache.push(units.back());
  }
  for (const MediaUnitPtr& unit : units) {
    for (size_t i = 0; i < unit->packets.size(); ++i) {
      const auto found = cache.find(Generation{5}, unit->first_sequence + i);
      ASSERT_TRUE(found);
      EXPECT_EQ(found->unit, unit.get());
      EXPECT_EQ(found->index, i);
    }
  }
  const PacketSequence after = units.back()->first_sequence + units.back()->packets.size();
  EXPECT_FALSE(cache.find(Generation{5}, after));
  EXPECT_FALSE(cache.find(Generation{6}, 0));
}

TEST(GopCache, HistoryOutlivesAChangeOfGeneration) {
  GopCache cache;
  Programme slate(Generation{1}, 1);
  Programme live(Generation{2}, 1);
  cache.push(slate.frame(0, 30));
  cache.push(slate.frame(0, 31));
  cache.push(live.frame(0, 33));
  EXPECT_FALSE(cache.gop_begin());
  EXPECT_EQ(cache.generation(), Generation{2});
  EXPECT_TRUE(cache.find(Generation{1}, 0));
  EXPECT_TRUE(cache.find(Generation{2}, 0));
}

TEST(GopCache, OldUnitsLeaveButNotTheGop) {
  GopCache cache;
  Programme programme(Generation{5}, 1);
  for (uint64_t n = 30; n < 30 + 29; ++n)
    cache.push(programme.frame(0, n));
  for (uint64_t n = 59; n < 300; ++n)
    cache.push(programme.frame(0, n));
  const Flicks held = cache.at(cache.end() - 1)->time - cache.at(cache.begin())->time;
  EXPECT_LE(held, kHistory);
  EXPECT_GE(held, kHistory - kFrameDuration);
  EXPECT_TRUE(cache.gop_begin());

  // A GOP longer than the history is still joinable.
  GopCache of_long_gop;
  of_long_gop.push(programme.frame(0, 300));
  for (uint64_t n = 301; n < 500; ++n) {
    if (n % test::kGopFrames == 0) {
      MediaUnit delta = *programme.frame(0, n);
      delta.keyframe = false;
      of_long_gop.push(std::make_shared<const MediaUnit>(delta));
    } else {
      of_long_gop.push(programme.frame(0, n));
    }
  }
  EXPECT_EQ(of_long_gop.gop_begin(), 0u);
}

TEST(GopCache, AHoleMakesTheGopUnjoinable) {
  GopCache cache;
  Programme programme(Generation{5}, 1);
  cache.push(programme.frame(0, 30));
  (void)programme.frame(0, 31);
  cache.push(programme.frame(0, 32));
  EXPECT_FALSE(cache.gop_begin());
  cache.push(programme.frame(0, 60));
  EXPECT_TRUE(cache.gop_begin());
}

TEST(GopCache, TheNextKeyframeIsExpectedAsTheLastOneCame) {
  Programme programme(Generation{1}, 1);
  GopCache cache;
  EXPECT_FALSE(cache.until_keyframe());
  for (uint64_t n = 30; n < 60; ++n)
    cache.push(programme.frame(0, n));
  EXPECT_FALSE(cache.until_keyframe()) << "no GOP was whole yet";
  cache.push(programme.frame(0, 60));
  EXPECT_EQ(cache.until_keyframe(), 30 * test::kFrameDuration);
  for (uint64_t n = 61; n < 80; ++n)
    cache.push(programme.frame(0, n));
  EXPECT_EQ(cache.until_keyframe(), 11 * test::kFrameDuration);
  Programme other(Generation{2}, 1);
  cache.push(other.frame(0, 90));
  EXPECT_FALSE(cache.until_keyframe());
}

TEST(GopCache, BytesAndUnitsAreBounded) {
  MediaUnit unit;
  unit.packets.resize(1);
  unit.payloads.resize(1 << 20);
  GopCache by_bytes;
  for (uint64_t n = 0; n < 40; ++n) {
    unit.first_sequence = n;
    unit.keyframe = n == 0;
    by_bytes.push(std::make_shared<const MediaUnit>(unit));
    EXPECT_LE(by_bytes.size_bytes(), kMaxCacheBytes);
  }
  EXPECT_FALSE(by_bytes.gop_begin());
  EXPECT_EQ(by_bytes.end(), 40u);

  unit.payloads.resize(1);
  GopCache by_units;
  for (uint64_t n = 0; n < 2 * kMaxCacheUnits; ++n) {
    unit.first_sequence = n;
    unit.keyframe = n == 0;
    by_units.push(std::make_shared<const MediaUnit>(unit));
    EXPECT_LE(by_units.end() - by_units.begin(), kMaxCacheUnits);
  }
  EXPECT_FALSE(by_units.gop_begin());
}

TEST(GopCache, TimeThatJumpsBackDoesNotKeepOldUnits) {
  GopCache cache;
  MediaUnit unit;
  unit.packets.resize(1);
  unit.time = MediaTime(std::chrono::hours(1000));
  cache.push(std::make_shared<const MediaUnit>(unit));
  unit.time = MediaTime(std::chrono::hours(10));
  unit.generation = Generation{9};
  cache.push(std::make_shared<const MediaUnit>(unit));
  EXPECT_EQ(cache.begin(), 1u);
}

}  // namespace
}  // namespace longmen
