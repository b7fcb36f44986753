#include "core/viewer/channel_cache.h"

#include <gtest/gtest.h>

#include "core/codec/opus.h"
#include "tests/support/programme.h"

namespace longmen {
namespace {

using test::Programme;

TEST(ChannelCache, TakesUnitsOfTheGenerationOnAir) {
  ChannelCache channel;
  Programme slate(Generation{1}, 2);
  Programme live(Generation{2}, 3);
  const MediaUnitPtr first = slate.frame(0, 0);
  EXPECT_EQ(channel.push(first).error(), DropReason::kStale);
  channel.begin_generation(slate.generation(), slate.renditions());
  EXPECT_TRUE(channel.push(first));
  EXPECT_TRUE(channel.push(slate.sound(0)));
  EXPECT_EQ(channel.push(live.frame(0, 0)).error(), DropReason::kStale);
  channel.begin_generation(live.generation(), live.renditions());
  EXPECT_EQ(channel.push(slate.frame(1, 0)).error(), DropReason::kStale);
  EXPECT_TRUE(channel.push(live.frame(2, 0)));
  EXPECT_EQ(channel.cache(RenditionId{2}).end(), 1u);
  EXPECT_TRUE(channel.cache(RenditionId{0}).find(Generation{1}, 0));
  EXPECT_EQ(channel.cache(RenditionId{200}).end(), 0u);
  EXPECT_FALSE(channel.has(RenditionId{200}));
  EXPECT_FALSE(channel.has(kAacRendition));
  EXPECT_TRUE(channel.has(kOpusRendition));
}

TEST(ChannelCache, TheNearestRungThatIsOnAir) {
  ChannelCache channel;
  EXPECT_FALSE(channel.nearest_video(RenditionId{0}));
  const RenditionId renditions[] = {{1}, {3}, kOpusRendition};
  channel.begin_generation(Generation{1}, renditions);
  EXPECT_EQ(channel.nearest_video(RenditionId{0}), RenditionId{1});
  EXPECT_EQ(channel.nearest_video(RenditionId{1}), RenditionId{1});
  EXPECT_EQ(channel.nearest_video(RenditionId{2}), RenditionId{3});
  EXPECT_EQ(channel.nearest_video(RenditionId{7}), RenditionId{3});
  EXPECT_EQ(channel.nearest_video(kOpusRendition), RenditionId{3});
}

TEST(ChannelCache, TheNewestTwoOfSoundGoTogetherWhenTheyFollowEachOther) {
  ChannelCache channel;
  Programme programme(Generation{1}, 1);
  channel.begin_generation(programme.generation(), programme.renditions());
  const MediaUnitPtr first = programme.sound(0), second = programme.sound(1);
  ASSERT_TRUE(channel.push(first));
  EXPECT_EQ(channel.sound_pair(kOpusRendition), nullptr);
  ASSERT_TRUE(channel.push(second));
  const MediaUnit* pair = channel.sound_pair(kOpusRendition);
  ASSERT_NE(pair, nullptr);
  EXPECT_EQ(pair->time, first->time);
  EXPECT_EQ(pair->first_sequence, first->first_sequence);
  ASSERT_EQ(pair->packets.size(), 1u);
  const ByteSpan payload = pair->payload(pair->packets.front());
  EXPECT_EQ(payload.size(), first->payloads.size() + second->payloads.size());
  EXPECT_EQ(*opus::packet_duration(payload), Samples48k(1920));
  ASSERT_TRUE(channel.push(programme.frame(0, 0)));
  EXPECT_EQ(channel.sound_pair(kOpusRendition), pair) << "a picture changes nothing";
  programme.sound(2);  // lost
  ASSERT_TRUE(channel.push(programme.sound(3)));
  EXPECT_EQ(channel.sound_pair(kOpusRendition), nullptr);
  ASSERT_TRUE(channel.push(programme.sound(4)));
  EXPECT_NE(channel.sound_pair(kOpusRendition), nullptr);
  channel.begin_generation(Generation{2}, programme.renditions());
  EXPECT_EQ(channel.sound_pair(kOpusRendition), nullptr);
}

TEST(ChannelCache, TheSecondSoundIsTheFirstWhereThereIsOne) {
  ChannelCache channel;
  Programme live(Generation{2}, 1, 2);
  channel.begin_generation(Generation{1}, Programme(Generation{1}, 1).renditions());
  EXPECT_EQ(channel.nearest_sound(opus_rendition(1)), kOpusRendition);
  channel.begin_generation(live.generation(), live.renditions());
  EXPECT_EQ(channel.nearest_sound(opus_rendition(1)), opus_rendition(1));
  EXPECT_EQ(channel.nearest_sound(kOpusRendition), kOpusRendition);
  for (uint64_t number : {0, 1}) {
    ASSERT_TRUE(channel.push(live.sound(number, 0)));
    if (number == 1) break;
    ASSERT_TRUE(channel.push(live.sound(number, 1)));
  }
  EXPECT_NE(channel.sound_pair(kOpusRendition), nullptr);
  EXPECT_EQ(channel.sound_pair(opus_rendition(1)), nullptr);
  ASSERT_TRUE(channel.push(live.sound(1, 1)));
  ASSERT_NE(channel.sound_pair(opus_rendition(1)), nullptr);
  EXPECT_EQ(channel.sound_pair(opus_rendition(1))->rendition, opus_rendition(1));
}

TEST(ChannelCache, UnitsThatDoNotMakeTrainsAreRefused) {
  ChannelCache channel;
  Programme programme(Generation{1}, 1);
  channel.begin_generation(programme.generation(), programme.renditions());
  const MediaUnit good = *programme.frame(0, 0);
  const auto refused = [&](auto change) {
    MediaUnit unit = good;
    change(unit);
    const auto pushed = channel.push(std::make_shared<const MediaUnit>(unit));
    return !pushed && pushed.error() == DropReason::kMalformed;
  };
  EXPECT_TRUE(refused([](MediaUnit& unit) { unit.packets.clear(); }));
  EXPECT_TRUE(refused([](MediaUnit& unit) { unit.packets[0].starts_train = false; }));
  EXPECT_TRUE(refused([](MediaUnit& unit) { unit.packets[1].starts_train = false; }));
  EXPECT_TRUE(refused([](MediaUnit& unit) { unit.packets.back().padding_bytes += 1; }));
  EXPECT_TRUE(refused([](MediaUnit& unit) { unit.packets.back().payload_bytes = 0; }));
  EXPECT_TRUE(refused([](MediaUnit& unit) {
    for (MediaPacket& packet : unit.packets)
      packet.payload_bytes = kMaxPayloadBytes + 1;
  }));
  EXPECT_TRUE(refused([](MediaUnit& unit) {
    unit.packets.assign(kMaxTrainPackets + 1, unit.packets[1]);
    for (size_t i = 1; i < unit.packets.size(); ++i)
      unit.packets[i].starts_train = false;
  }));
  EXPECT_FALSE(refused([](MediaUnit&) {}));
}

}  // namespace
}  // namespace longmen
