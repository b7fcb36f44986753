#include "core/hls/media_name.h"

#include <gtest/gtest.h>

namespace longmen::hls {
namespace {

constexpr Generation kGeneration{115'816'896'921'600'007};

TEST(MediaName, IsWrittenAndReadInOneWay) {
  const HlsGrid grid(std::chrono::seconds(1), 5);
  EXPECT_EQ(segment_name(kGeneration, grid, 1'767'225'600),
            "115816896921600007-1-5/1767225600.m4s");
  EXPECT_EQ(part_name(kGeneration, grid, {1'767'225'600, 4}),
            "115816896921600007-1-5/1767225600.4.m4s");
  EXPECT_EQ(init_name("dfe314b6b0b03805"), "init-dfe314b6b0b03805.mp4");
  EXPECT_EQ(read_media_name("115816896921600007-1-5/1767225600.m4s"),
            MediaName(SegmentName{kGeneration, 1, 5, 1'767'225'600}));
  EXPECT_EQ(read_media_name("115816896921600007-1-5/1767225600.4.m4s"),
            MediaName(PartName{kGeneration, 1, 5, {1'767'225'600, 4}}));
  EXPECT_EQ(read_media_name("init-dfe314b6b0b03805.mp4"), MediaName(InitName{"dfe314b6b0b03805"}));
  EXPECT_EQ(read_media_name("7-2-4/1.0.m4s"), MediaName(PartName{Generation{7}, 2, 4, {1, 0}}));
}

TEST(MediaName, NothingElseIsRead) {
  for (const char* text : {"",
                           "/",
                           "1.m4s",
                           "1-1-5/1",
                           "1-1-5/1.",
                           "1-1-5/1.mp4",
                           "1-1-5/01.m4s",
                           "01-1-5/1.m4s",
                           "1-1-5/+1.m4s",
                           "1-1-5/-1.m4s",
                           "1-1-5/1.m4s?",
                           "1-1-5/1.2.3.m4s",
                           "1-1-5//1.m4s",
                           "1/1.m4s",
                           "1-1/1.m4s",
                           "1-1-/1.m4s",
                           "1-1-5/1.0.m4sx",
                           "18446744073709551616-1-5/1.m4s",
                           "1-1-5/9223372036854775808.m4s",
                           "1-1-5/1.2147483648.m4s",
                           "init-.mp4",
                           "init-XY.mp4",
                           "init-ab",
                           "init-ab.m4s",
                           "init-../ab.mp4"})
    EXPECT_EQ(read_media_name(text), std::nullopt) << text;
  EXPECT_EQ(read_media_name("init-" + std::string(65, 'a') + ".mp4"), std::nullopt);
}

}  // namespace
}  // namespace longmen::hls
