#include "core/node/hidden_channel.h"

#include <gtest/gtest.h>

namespace longmen {
namespace {

TEST(HiddenChannel, HasItsChannelsNameAndThePictures) {
  for (const HiddenPicture picture : kHiddenPictures) {
    const std::string name = hidden_channel("main", picture);
    EXPECT_EQ(name, "main~" + std::string(name_of(picture)));
    const auto read = read_hidden_channel(name);
    ASSERT_TRUE(read);
    EXPECT_EQ(read->channel, "main");
    EXPECT_EQ(read->picture, picture);
  }
  for (const char* none : {"main", "main~", "~primary", "main~primary2", "main~primary~backup", ""})
    EXPECT_FALSE(read_hidden_channel(none)) << none;
  for (const ChannelInput input : kChannelInputs)
    EXPECT_EQ(input_of(preview_of(input)), input);
  EXPECT_EQ(input_of(HiddenPicture::kProgramme), std::nullopt);
}

TEST(HiddenChannel, AnInputsPreviewIsSmallInTheShapeOfTheChannel) {
  Channel channel;
  channel.id = "main";
  channel.name = "Main";
  channel.frames_per_second = 50;
  channel.video = {{"1080p", 1920, 1080, 5000}, {"360p", 640, 360, 800}};
  Channel preview = input_preview(channel);
  EXPECT_EQ(preview.video, (std::vector<VideoRung>{{"360p", 640, 360, 400}}));
  EXPECT_EQ(preview.frames_per_second, 25);
  EXPECT_EQ(preview.gop_seconds, 1);
  EXPECT_LT(preview.opus_kbps, channel.opus_kbps);

  channel.frames_per_second = 30;
  channel.video = {{"tall", 1080, 1920, 5000}};  // a telephone that stands upright
  preview = input_preview(channel);
  EXPECT_EQ(preview.video.front(), (VideoRung{"360p", 202, 360, 400}));
  EXPECT_EQ(preview.frames_per_second, 30);

  channel.video = {{"small", 128, 72, 100}};
  EXPECT_EQ(input_preview(channel).video.front(), (VideoRung{"72p", 128, 72, 100}));
  channel.video = {{"narrow", 64, 1088, 100}};
  EXPECT_EQ(input_preview(channel).video.front(), (VideoRung{"360p", 64, 360, 100}));
}

}  // namespace
}  // namespace longmen
