#include "core/media/generation_announcement.h"

#include <gtest/gtest.h>

namespace longmen {
namespace {

TEST(GenerationAnnouncementTest, TravelsAsJson) {
  const GenerationAnnouncement announcement{
      Generation{0xFEDC'BA98'7654'3210},
      {{RenditionId{0}, "720p", "video", 1280, 720, 30, 2000, "avc1.64001f"},
       {kOpusRendition, "opus", "audio", 0, 0, 0, 96, "opus"}}};
  const auto read = generation_announcement_from_json(to_json(announcement));
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(*read, announcement);
}

TEST(GenerationAnnouncementTest, RefusesWhatIsNotOne) {
  for (const char* bad : {
           "",
           "[]",
           "{}",
           R"({"generation":1,"renditions":[]})",
           R"({"renditions":[{"id":0,"kind":"video"}]})",
           R"({"generation":1,"renditions":[{"id":8,"kind":"video"}]})",
           R"({"generation":1,"renditions":[{"id":-1}]})",
           R"({"generation":1,"renditions":[{}]})",
           R"({"generation":1,"renditions":[{"id":300}]})",
           R"({"generation":1,"renditions":[{"id":2},{"id":2}]})",
       }) {
    EXPECT_FALSE(generation_announcement_from_json(bad)) << bad;
  }
}

}  // namespace
}  // namespace longmen
