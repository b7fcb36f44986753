#include "relay/slate.h"

#include <gtest/gtest.h>

#include <fstream>

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
  EXPECT_FALSE(Slate::load("/nonexistent/slate"));
  EXPECT_FALSE(Slate::load("/"));
}

TEST(SlateTest, IsReadFromAFile) {
  const std::string file = testing::TempDir() + "/slate_test.slate";
  const Bytes good = MediaProgramme::slate_file(kGeneration, 3);
  std::ofstream(file, std::ios::binary)
      .write(reinterpret_cast<const char*>(good.data()), static_cast<std::streamsize>(good.size()));
  const auto loaded = Slate::load(file);
  ASSERT_TRUE(loaded) << loaded.error().message;
  EXPECT_EQ((*loaded)->announcement().renditions.size(), 4u);
  unlink(file.c_str());
}

}  // namespace
}  // namespace longmen
