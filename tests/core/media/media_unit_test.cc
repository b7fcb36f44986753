#include "core/media/media_unit.h"

#include <gtest/gtest.h>

namespace longmen {
namespace {

MediaUnit example() {
  MediaUnit unit;
  unit.generation = {0x0123456789abcdef};
  unit.rendition = {2};
  unit.time = MediaTime(Flicks(1'764'000'000LL * 705'600'000 / 1000));
  unit.keyframe = true;
  unit.first_sequence = kMaxPacketSequence - 1;
  unit.payloads = {1, 2, 3, 4, 5};
  unit.packets = {{0, 3, 0, false, true}, {3, 2, 1, true, false}};
  return unit;
}

TEST(MediaUnit, ComesBackAsItWas) {
  const MediaUnit unit = example();
  Bytes wire;
  write_media_unit(unit, wire);
  auto read = read_media_unit(wire);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->generation, unit.generation);
  EXPECT_EQ(read->rendition, unit.rendition);
  EXPECT_EQ(read->time, unit.time);
  EXPECT_TRUE(read->keyframe);
  EXPECT_EQ(read->first_sequence, unit.first_sequence);
  ASSERT_EQ(read->packets.size(), 2u);
  EXPECT_EQ(read->packets[1].padding_bytes, 1);
  EXPECT_TRUE(read->packets[1].marker);
  EXPECT_TRUE(read->packets[0].starts_train);
  EXPECT_EQ(Bytes(read->payload(read->packets[1]).begin(), read->payload(read->packets[1]).end()),
            (Bytes{4, 5}));
}

TEST(MediaUnit, EveryTruncationIsRefused) {
  Bytes wire;
  write_media_unit(example(), wire);
  for (size_t size = 0; size < wire.size(); ++size) {
    EXPECT_FALSE(read_media_unit(ByteSpan(wire).first(size))) << size;
  }
  wire.push_back(0);
  EXPECT_FALSE(read_media_unit(wire));
}

TEST(MediaUnit, AnotherVersionIsRefused) {
  Bytes wire;
  write_media_unit(example(), wire);
  wire[0] = 2;
  EXPECT_EQ(read_media_unit(wire).error(), DropReason::kUnsupported);
}

}  // namespace
}  // namespace longmen
