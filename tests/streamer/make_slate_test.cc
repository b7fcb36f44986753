#include "streamer/make_slate.h"

#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <set>

#include "core/media/generation_announcement.h"
#include "core/time/audio_grid.h"
#include "core/time/gop.h"
#include "tests/streamer/decoded_output.h"
#include "tests/streamer/recorded_feed.h"

namespace longmen {
namespace {

using namespace std::chrono_literals;
using namespace test;

Channel slate_channel() {
  Channel channel;
  channel.id = "main";
  channel.name = "书记龙门阵";
  channel.frames_per_second = 25;
  channel.gop_seconds = 2;
  channel.video = {{"216p", 384, 216, 300}, {"144p", 256, 144, 150}};
  return channel;
}

struct ReadSlate {
  GenerationAnnouncement announcement;
  std::map<RenditionId, std::vector<MediaUnit>> units;
};
ReadSlate read(ByteSpan bytes) {
  ReadSlate slate;
  ByteReader reader(bytes);
  EXPECT_EQ(as_text(reader.take(8)), "LMSLATE1");
  auto announcement = generation_announcement_from_json(as_text(reader.take(reader.u32())));
  EXPECT_TRUE(announcement);
  slate.announcement = *announcement;
  MediaTime before{};
  while (!reader.at_end() && reader.ok()) {
    auto unit = read_media_unit(reader.take(reader.u32()));
    EXPECT_TRUE(unit);
    EXPECT_GE(unit->time, before) << "in the order in which they are played";
    before = unit->time;
    slate.units[unit->rendition].push_back(std::move(*unit));
  }
  EXPECT_TRUE(reader.ok());
  return slate;
}

TEST(MakeSlate, IsEightSecondsOfEveryRenditionThatLoop) {
  const Channel channel = slate_channel();
  const auto bytes = encode_slate(channel);
  ASSERT_TRUE(bytes) << bytes.error().message;
  ReadSlate slate = read(*bytes);
  ASSERT_EQ(slate.announcement.renditions.size(), 4U);
  EXPECT_LT(slate.announcement.generation.value, uint64_t{1} << 32) << "older than any live one";
  const FrameGrid grid(25);
  for (uint8_t rung = 0; rung < 2; ++rung) {
    const auto& units = slate.units[RenditionId{rung}];
    ASSERT_EQ(units.size(), 200U);
    for (SlotIndex slot = 0; slot < 200; ++slot) {
      const MediaUnit& unit = units[static_cast<size_t>(slot)];
      EXPECT_EQ(unit.time, grid.time_of(slot));
      EXPECT_EQ(unit.keyframe, slot % 50 == 0) << slot;
      EXPECT_EQ(unit.generation, slate.announcement.generation);
    }
  }
  EXPECT_EQ(slate.units[kOpusRendition].size(), 400U);
  EXPECT_EQ(slate.units[kAacRendition].size(), 375U);
  for (const auto& [rendition, units] : slate.units) {
    PacketSequence next = 0;
    for (const MediaUnit& unit : units) {
      EXPECT_EQ(unit.first_sequence, next);
      next += unit.packets.size();
    }
    EXPECT_EQ(units.front().time, MediaTime(0s));
  }
  const auto pictures = decode_pictures(slate.units[RenditionId{0}]);
  EXPECT_EQ(pictures.at(100).width, 384);
  const auto sound = decode_sound(slate.units[kOpusRendition]);
  for (float sample : sound.left)
    ASSERT_LT(std::abs(sample), 0.001F);
}

TEST(MakeSlate, WritesAFileWholeOrSaysWhyNot) {
  const TemporaryFolder folder;
  const std::string json = folder.path() / "channel.json", out = folder.path() / "x.slate";
  EXPECT_NE(make_slate({json, "", "", out}), 0) << "no such file";
  std::ofstream(json) << "[]";
  EXPECT_NE(make_slate({json, "", "", out}), 0) << "no channel";
  EXPECT_FALSE(std::filesystem::exists(out));
  Channel channel = slate_channel();
  channel.video.pop_back();
  std::ofstream(json, std::ios::trunc) << channels_to_json({channel});
  EXPECT_EQ(make_slate({json, "", "", out}), 0);
  std::ifstream in(out, std::ios::binary);
  const Bytes bytes(std::istreambuf_iterator<char>(in), {});
  EXPECT_EQ(read(bytes).units.size(), 3U);
  size_t files = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(folder.path()))
    ++files;
  EXPECT_EQ(files, 2U) << "no temporary file is left";
}

}  // namespace
}  // namespace longmen
