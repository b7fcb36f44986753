#include "core/media/slate.h"

#include <gtest/gtest.h>

#include "tests/support/media_programme.h"

namespace longmen {
namespace {

using test::MediaProgramme;
using namespace std::chrono_literals;

constexpr Generation kGeneration{77};

std::shared_ptr<const Slate> slate() {
  return Slate::parse(MediaProgramme::slate_file(kGeneration, 2)).value();
}

TEST(SlateTest, PlaysTheSameAtTheSameTimeForEver) {
  const auto played = slate();
  // 2024-01-01T00:00:05.5 UTC; 1704067200 is a multiple of 8.
  const MediaTime now(Flicks(1704067205s) + Flicks(500ms));
  Slate::Position position = played->keyframe_before(now);
  EXPECT_EQ(played->time_of(position), MediaTime(1704067205s));
  const MediaUnitPtr first = played->unit(position);
  EXPECT_TRUE(first->keyframe);
  EXPECT_EQ(first->generation, kGeneration);
  EXPECT_EQ(first->time, MediaTime(1704067205s));
  // 8 keyframes of 4 packets and 232 frames of 2 a loop; 5 seconds are 5 x 4 + 145 x 2 packets.
  EXPECT_EQ(first->first_sequence, uint64_t{213008400} * 496 + 310);
}

TEST(SlateTest, LoopsWithoutAHoleInTimeOrSequence) {
  const auto played = slate();
  Slate::Position position = played->keyframe_before(MediaTime(15500ms));
  std::map<RenditionId, PacketSequence> next;
  MediaTime last;
  for (int i = 0; i < 3000; ++i, position = played->next(position)) {
    const MediaUnitPtr unit = played->unit(position);
    EXPECT_GE(unit->time, last);
    last = unit->time;
    if (next.contains(unit->rendition)) {
      ASSERT_EQ(unit->first_sequence, next[unit->rendition]) << i;
    }
    next[unit->rendition] = unit->first_sequence + unit->packets.size();
  }
  EXPECT_GT(last, MediaTime(32s));
}

TEST(SlateTest, EveryInstantHasAKeyframeBefore) {
  const auto played = slate();
  for (const auto time : {0ms, 1ms, 999ms, 1000ms, 7999ms, 8000ms, 8001ms, 16999ms}) {
    const Slate::Position position = played->keyframe_before(MediaTime(time));
    EXPECT_EQ(played->time_of(position), MediaTime(std::chrono::floor<std::chrono::seconds>(time)));
    EXPECT_TRUE(played->unit(position)->keyframe);
    EXPECT_EQ(played->unit(position)->rendition, RenditionId{0});
  }
}

TEST(SlateTest, DamagedFilesAreRefused) {
  const Bytes good = MediaProgramme::slate_file(kGeneration, 1);
  EXPECT_FALSE(Slate::parse({}));
  EXPECT_FALSE(Slate::parse(as_bytes("LMSLATE2")));
  EXPECT_FALSE(Slate::parse(ByteSpan(good).first(8)));
  EXPECT_FALSE(Slate::parse(ByteSpan(good).first(good.size() - 1)));
  EXPECT_FALSE(Slate::parse(ByteSpan(good).first(good.size() / 2)));
  Bytes endless = good;
  endless[8] = 0xFF;  // the first record's length
  EXPECT_FALSE(Slate::parse(endless));
}

TEST(SlateTest, UnitsOfARenditionAreThoseOfTheLoopsTheyFallIn) {
  const auto played = slate();
  const MediaTime from(Flicks(1704067207s) + Flicks(990ms));  // 10 ms before the loop's end
  const auto units = played->units(kOpusRendition, from, from + Flicks(50ms));
  ASSERT_EQ(units.size(), 2U);
  EXPECT_EQ(units[0]->time, MediaTime(1704067208s));
  EXPECT_EQ(units[1]->time, MediaTime(Flicks(1704067208s) + Flicks(20ms)));
  EXPECT_EQ(units[1]->first_sequence, units[0]->first_sequence + 1);
  EXPECT_EQ(played->units(RenditionId{1}, MediaTime(8s), MediaTime(16s)).size(), 240U);
  EXPECT_TRUE(played->units(RenditionId{1}, MediaTime(8s), MediaTime(8s)).empty());
}

TEST(SlateTest, KeepsTheSoundThatIsAskedFor) {
  const Bytes file = MediaProgramme::slate_file(kGeneration, 1);
  const auto without = Slate::parse(file, kAacRendition).value();
  EXPECT_TRUE(without->units(kOpusRendition, MediaTime(), MediaTime(8s)).empty());
  EXPECT_EQ(without->units(RenditionId{0}, MediaTime(), MediaTime(8s)).size(), 240U);
}

}  // namespace
}  // namespace longmen
