#include "core/node/channel.h"

#include <gtest/gtest.h>

namespace longmen {
namespace {

Channel example_channel() {
  Channel channel;
  channel.id = "main";
  channel.name = "书记龙门阵";
  channel.video = default_ladder();
  channel.key_hashes = {"ab", "cd"};
  channel.backup_key_hashes = {"ef"};
  channel.failover.return_after.reset();
  channel.sound.target_lufs = -24;
  channel.sound.mapping[ChannelInput::kPrimary] = SoundMapping::kLeft;
  channel.air.input = ChannelInput::kBackup;
  channel.slate_file = "/x/y.slate";
  channel.watch_revoked = {"screen 7"};
  channel.second_publisher = SecondPublisher::kTakeOver;
  return channel;
}

TEST(Channel, TravelsAsJson) {
  auto read = channels_from_json(channels_to_json({example_channel()}));
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(*read, std::vector{example_channel()});
}

TEST(Channel, ALadderGoesFromLargeToSmall) {
  Channel channel = example_channel();
  std::swap(channel.video[0], channel.video[1]);
  auto checked = check_channel(channel);
  ASSERT_FALSE(checked);
  EXPECT_NE(checked.error().message.find("1280x720"), std::string::npos);
}

TEST(Channel, OddSizesAreRefused) {
  Channel channel = example_channel();
  channel.video[1].width = 853;
  EXPECT_FALSE(check_channel(channel));
}

TEST(Channel, JsonThatIsNoListIsRefusedWithWords) {
  EXPECT_EQ(channels_from_json("{}").error().message, "JSON: an array was expected");
  EXPECT_FALSE(channels_from_json("[1]"));
  EXPECT_FALSE(channels_from_json("[{}]"));
}

TEST(Channel, HasItsDelayAndWhatIsLaidOverIt) {
  Channel channel;
  channel.id = channel.name = "main";
  channel.video = default_ladder();
  channel.air_delay = std::chrono::milliseconds(5100);
  channel.overlay.text = {true, "治水 \"<b>\"", OverlayPlace::kTopLeft, 7};
  channel.overlay.logo = {false, "ab", "/x/ab.png", OverlayPlace::kBottomLeft, 12, 80};
  channel.overlay.mark = {MarkRule::kAuto, OverlayPlace::kBottomRight};
  channel.overlay.margin_percent = 3;
  ASSERT_TRUE(check_channel(channel));
  EXPECT_EQ(channels_from_json(channels_to_json({channel})).value().front(), channel);
  EXPECT_EQ(programme_part(channel).overlay, Overlay());
  for (const int wrong_ms : {-100, 60'100, 5150}) {
    channel.air_delay = std::chrono::milliseconds(wrong_ms);
    EXPECT_FALSE(check_channel(channel)) << wrong_ms;
  }
}

}  // namespace
}  // namespace longmen
