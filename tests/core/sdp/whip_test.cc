// A sender's offer and what it is answered.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/sdp/answer.h"
#include "core/sdp/sdp.h"
#include "tests/core/sdp/offer_file.h"

namespace longmen::sdp {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

JoinAnswer ingest_answer() {
  JoinAnswer answer;
  answer.address = "192.0.2.20";
  answer.port = 8188;
  answer.ufrag = "server01";
  answer.pwd = "serverpasswordserverpass";
  answer.fingerprint = "sha-256 AA:BB";
  return answer;
}

class WhipOfferTest : public testing::Test {
 protected:
  std::string with(std::string_view from, std::string_view to) const {
    return replaced_all(offer_, from, to);
  }
  static Refusal refusal(const std::string& text) {
    const auto offer = read_whip_offer(text);
    EXPECT_FALSE(offer);
    return offer ? Refusal{0, ""} : offer.error();
  }
  const std::string offer_ = read_offer_file("chromium_156_sendonly.sdp");
};

TEST_F(WhipOfferTest, ABrowsersIsTaken) {
  const auto offer = read_whip_offer(offer_);
  ASSERT_TRUE(offer) << offer.error().words;
  const auto video = offer->video();
  const auto audio = offer->audio();
  ASSERT_TRUE(video && audio);
  EXPECT_EQ(video->payload_type, 108);
  EXPECT_EQ(video->rtx_payload_type, 109);
  EXPECT_TRUE(video->nack);
  EXPECT_TRUE(video->pli);
  EXPECT_EQ(video->transport_cc_extension, 4);
  EXPECT_FALSE(video->playout_delay_extension);
  EXPECT_EQ(audio->payload_type, 111);
  EXPECT_FALSE(audio->nack);
  EXPECT_EQ(offer->remote.ufrag, "snck");
}

TEST_F(WhipOfferTest, TheAnswerMirrorsIt) {
  const auto offer = read_whip_offer(offer_);
  ASSERT_TRUE(offer);
  const std::string text = write_whip_answer(*offer, ingest_answer(), 7);
  const auto answer = parse(text);
  ASSERT_TRUE(answer) << answer.error().message;
  ASSERT_EQ(answer->media.size(), 2u);
  EXPECT_EQ(answer->media[0].kind, "video");
  EXPECT_EQ(answer->media[0].formats, (std::vector<std::string>{"108", "109"}));
  EXPECT_EQ(answer->media[1].formats, (std::vector<std::string>{"111"}));
  for (const Media& media : answer->media) {
    EXPECT_TRUE(media.attributes.has("recvonly"));
    EXPECT_TRUE(media.attributes.has("rtcp-mux"));
    EXPECT_EQ(*media.attributes.first("setup"), "passive");
    EXPECT_FALSE(media.attributes.has("ssrc"));
    EXPECT_FALSE(media.attributes.has("msid"));
  }
  EXPECT_THAT(text, HasSubstr("a=group:BUNDLE 0 1\r\n"));
  EXPECT_THAT(text, HasSubstr("a=ice-lite\r\n"));
  EXPECT_THAT(text, HasSubstr(" 192.0.2.20 8188 typ host\r\n"));
  EXPECT_THAT(text, HasSubstr("a=rtcp-fb:108 transport-cc\r\n"));
  EXPECT_THAT(text, HasSubstr("a=rtcp-fb:108 nack pli\r\n"));
  EXPECT_THAT(text, HasSubstr("a=rtcp-xr:rcvr-rtt=all\r\n"));
  EXPECT_THAT(text, HasSubstr("a=fmtp:111 minptime=10;stereo=1\r\n"));
  EXPECT_THAT(text, Not(HasSubstr("playout-delay")));
  EXPECT_THAT(text, Not(HasSubstr("msid-semantic")));
}

TEST_F(WhipOfferTest, NackForSoundIsAnsweredWhereItIsOffered) {
  const auto offer = read_whip_offer(with("a=rtcp-fb:111 transport-cc\r\n",
                                          "a=rtcp-fb:111 transport-cc\r\na=rtcp-fb:111 nack\r\n"));
  ASSERT_TRUE(offer);
  EXPECT_TRUE(offer->audio()->nack);
  EXPECT_THAT(write_whip_answer(*offer, ingest_answer(), 7), HasSubstr("a=rtcp-fb:111 nack\r\n"));
}

// RFC 9725 §4.4.3: nobody is to believe that half of what he sends is all of it.
TEST_F(WhipOfferTest, IsTakenWholeOrNotAtAll) {
  const Refusal no_codec = refusal(replaced_all(
      replaced_all(with(" H264/90000", " H999/90000"), " VP8/", " VP7/"), " VP9/", " VP7/"));
  EXPECT_EQ(no_codec.status, 422);
  EXPECT_THAT(no_codec.words, HasSubstr("H.264 (packetization-mode=1), VP8 or VP9"));
  const Refusal no_opus = refusal(with(" opus/48000/2", " none/48000/2"));
  EXPECT_EQ(no_opus.status, 422);
  EXPECT_THAT(no_opus.words, HasSubstr("Opus"));
  EXPECT_THAT(refusal(with("a=sendonly", "a=recvonly")).words, HasSubstr("sendonly"));
  EXPECT_THAT(refusal(with("a=sendonly", "a=inactive")).words, HasSubstr("sendonly"));
  EXPECT_EQ(refusal(with("a=rtcp-mux\r\n", "")).status, 422);
  EXPECT_EQ(refusal(with("m=audio 9 UDP/TLS/RTP/SAVPF", "m=application 9 UDP/DTLS/SCTP")).status,
            422);
  const std::string two_videos =
      offer_ + replaced_all(offer_.substr(offer_.find("m=video"),
                                          offer_.find("m=audio") - offer_.find("m=video")),
                            "a=mid:0", "a=mid:2");
  EXPECT_THAT(refusal(two_videos).words, HasSubstr("more than one video"));
}

// The offer has VP8 as 96 and VP9 as 98 before H.264, which is taken where it is there.
TEST_F(WhipOfferTest, Vp8AndVp9AreTakenWithoutH264) {
  const std::string without_h264 = with(" H264/90000", " H999/90000");
  const auto first = read_whip_offer(without_h264);
  ASSERT_TRUE(first) << first.error().words;
  EXPECT_EQ(first->video()->video_codec, RtpVideo::kVp8);
  EXPECT_EQ(first->video()->payload_type, 96);
  EXPECT_EQ(first->video()->rtx_payload_type, 97);
  EXPECT_TRUE(first->video()->pli);
  const std::string answer = write_whip_answer(*first, ingest_answer(), 7);
  EXPECT_THAT(answer, HasSubstr("a=rtpmap:96 VP8/90000\r\n"));
  EXPECT_THAT(answer, HasSubstr("a=fmtp:97 apt=96\r\n"));
  EXPECT_THAT(answer, Not(HasSubstr("H264")));

  const auto second = read_whip_offer(replaced_all(without_h264, " VP8/90000", " VP7/90000"));
  ASSERT_TRUE(second) << second.error().words;
  EXPECT_EQ(second->video()->video_codec, RtpVideo::kVp9);
  EXPECT_EQ(second->video()->payload_type, 98);
  const std::string of_vp9 = write_whip_answer(*second, ingest_answer(), 7);
  EXPECT_THAT(of_vp9, HasSubstr("a=rtpmap:98 VP9/90000\r\n"));
  EXPECT_THAT(of_vp9, HasSubstr("a=fmtp:98 profile-id=0\r\n"));
  // A player is sent H.264 or nothing.
  EXPECT_FALSE(read_whep_offer(replaced_all(without_h264, "a=sendonly", "a=recvonly")));
}

TEST_F(WhipOfferTest, OneKindAloneIsEnough) {
  const std::string sound_alone =
      offer_.substr(0, offer_.find("m=video")) + offer_.substr(offer_.find("m=audio"));
  const auto offer = read_whip_offer(sound_alone);
  ASSERT_TRUE(offer) << offer.error().words;
  EXPECT_FALSE(offer->video());
  EXPECT_TRUE(offer->audio());
  EXPECT_EQ(refusal(offer_.substr(0, offer_.find("m=video"))).status, 400);
}

}  // namespace
}  // namespace longmen::sdp
