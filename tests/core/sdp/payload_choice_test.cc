#include "core/sdp/payload_choice.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace longmen::sdp {
namespace {

// A section that offers H.264 with these profile-level-ids on payload types from 100.
Media offer_of(const std::vector<std::string>& profiles) {
  Media media;
  media.kind = "video";
  int type = 100;
  for (const std::string& profile : profiles) {
    media.formats.push_back(std::to_string(type));
    media.attributes.add("rtpmap", fmt::format("{} H264/90000", type));
    media.attributes.add(
        "fmtp", fmt::format("{} profile-level-id={}; packetization-mode=1", type, profile));
    ++type;
  }
  return media;
}

TEST(PayloadChoiceTest, ConstrainedBaselineFirstInAnyOrder) {
  std::vector<std::string> profiles{"42001f", "42e01f", "42e034", "4d001f", "64001f", "f4001f"};
  std::ranges::sort(profiles);
  do {
    const auto choice = choose_h264(offer_of(profiles));
    ASSERT_TRUE(choice);
    EXPECT_EQ(profiles[choice->payload_type - 100u], "42e01f");
  } while (std::ranges::next_permutation(profiles).found);
}

TEST(PayloadChoiceTest, RankingOfProfiles) {
  const auto best = [](const std::vector<std::string>& profiles) {
    return profiles[choose_h264(offer_of(profiles))->payload_type - 100u];
  };
  EXPECT_EQ(best({"42001f", "42e00a"}), "42e00a");
  EXPECT_EQ(best({"42001f", "4d801f"}), "4d801f");  // main that is constrained baseline as well
  EXPECT_EQ(best({"4d001f", "42001f"}), "42001f");
  EXPECT_EQ(best({"640c1f", "4d001f"}), "4d001f");
  EXPECT_EQ(best({"64001f", "640c1f"}), "64001f");  // equals: the offer's order
  EXPECT_EQ(best({"42E01F", "42e01f"}), "42E01F");
  EXPECT_FALSE(choose_h264(offer_of({"f4001f", "6e001f", "xyz"})));
}

TEST(PayloadChoiceTest, WithoutProfileItIsBaseline) {
  Media media;
  media.formats = {"96"};
  media.attributes.add("rtpmap", "96 h264/90000");
  media.attributes.add("fmtp", "96 packetization-mode=1");
  const auto choice = choose_h264(media);
  ASSERT_TRUE(choice);
  EXPECT_EQ(choice->format_parameters, "packetization-mode=1");
}

TEST(PayloadChoiceTest, PayloadTypesThatCollideWithRtcpAreNotChosen) {
  for (int type : {63, 64, 95, 96, 127, 128}) {
    Media media;
    media.formats = {std::to_string(type)};
    media.attributes.add("rtpmap", fmt::format("{} opus/48000/2", type));
    EXPECT_EQ(choose_opus(media).has_value(), type == 63 || type == 96 || type == 127) << type;
  }
}

TEST(PayloadChoiceTest, PayloadTypeMustBeOnTheMediaLine) {
  Media media;
  media.formats = {"0"};
  media.attributes.add("rtpmap", "111 opus/48000/2");
  EXPECT_FALSE(choose_opus(media));
}

TEST(PayloadChoiceTest, RtxNeedsNackAndTheRightApt) {
  Media media = offer_of({"42e01f"});
  media.formats.insert(media.formats.end(), {"101", "102"});
  media.attributes.add("rtpmap", "101 rtx/90000");
  media.attributes.add("fmtp", "101 apt=99");
  media.attributes.add("rtpmap", "102 rtx/90000");
  media.attributes.add("fmtp", "102 apt=100");
  EXPECT_FALSE(choose_h264(media)->rtx_payload_type);
  media.attributes.add("rtcp-fb", "100 nack");
  EXPECT_EQ(choose_h264(media)->rtx_payload_type, 102);
}

TEST(PayloadChoiceTest, FeedbackOfOtherPayloadTypesDoesNotCount) {
  Media media = offer_of({"42e01f"});
  media.attributes.add("rtcp-fb", "10 nack");
  media.attributes.add("rtcp-fb", "1000 nack pli");
  media.attributes.add("rtcp-fb", "100 nack rpsi");
  const auto choice = choose_h264(media);
  EXPECT_FALSE(choice->nack);
  EXPECT_FALSE(choice->pli);
}

TEST(PayloadChoiceTest, StereoIsAnnounced) {
  Media media;
  media.formats = {"111"};
  media.attributes.add("rtpmap", "111 opus/48000/2");
  media.attributes.add("fmtp", "111 minptime=10;stereo=1");
  EXPECT_EQ(choose_opus(media)->format_parameters, "minptime=10;stereo=1;sprop-stereo=1");
}

TEST(PayloadChoiceTest, WhoSpeaksOfPacketTimesTakesOthersThan20Ms) {
  const auto varied = [](const char* parameters, const char* most) {
    Media media;
    media.formats = {"111"};
    media.attributes.add("rtpmap", "111 opus/48000/2");
    media.attributes.add("fmtp", parameters);
    if (most) media.attributes.add("maxptime", most);
    return choose_opus(media)->varied_duration;
  };
  EXPECT_TRUE(varied("111 minptime=10;useinbandfec=1", nullptr));
  EXPECT_TRUE(varied("111 useinbandfec=1; minptime=20", "40.0"));
  EXPECT_FALSE(varied("111 minptime=10", "20"));
  EXPECT_FALSE(varied("111 minptime=10", "none"));
  EXPECT_FALSE(varied("111 useinbandfec=1", nullptr));
}

}  // namespace
}  // namespace longmen::sdp
