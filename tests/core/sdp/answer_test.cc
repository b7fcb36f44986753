#include "core/sdp/answer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/sdp/sdp.h"
#include "tests/core/sdp/offer_file.h"

namespace longmen::sdp {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

JoinAnswer join_answer() {
  JoinAnswer answer;
  answer.address = "192.0.2.20";
  answer.port = 8189;
  answer.ufrag = "server01";
  answer.pwd = "serverpasswordserverpass";
  answer.fingerprint = "sha-256 AA:BB";
  answer.video_ssrc = 1001;
  answer.video_rtx_ssrc = 1002;
  answer.audio_ssrc = 1003;
  answer.cname = "viewer";
  return answer;
}

std::string answer_to(const std::string& offer_text, const JoinAnswer& join = join_answer()) {
  const auto offer = read_whep_offer(offer_text);
  EXPECT_TRUE(offer);
  return write_whep_answer(*offer, join, 42);
}

constexpr std::string_view kPlayers[] = {
    "chromium_156.sdp",   "chromium_156_max_bundle.sdp", "aiortc_1_4.sdp",
    "webrtcbin_1_22.sdp", "firefox_recvonly.sdp",        "safari_recvonly.sdp",
    "pion.sdp",           "libdatachannel.sdp",          "obs_like.sdp"};

// RFC 3264 §6 and RFC 9143: as many sections, of the same kinds, in the same order, same mids;
// every payload type and extension id of the answer is the offer's.
TEST(AnswerTest, MirrorsTheSectionsOfEveryPlayer) {
  for (std::string_view player : kPlayers) {
    const std::string offer_text = read_offer_file(std::string(player));
    const auto offer = parse(offer_text);
    const auto answer = parse(answer_to(offer_text));
    ASSERT_TRUE(answer) << player;
    EXPECT_TRUE(answer->attributes.has("ice-lite"));
    ASSERT_EQ(answer->media.size(), offer->media.size()) << player;
    for (size_t index = 0; index < offer->media.size(); ++index) {
      const Media& theirs = offer->media[index];
      const Media& ours = answer->media[index];
      EXPECT_EQ(ours.kind, theirs.kind) << player;
      EXPECT_EQ(ours.protocol, theirs.protocol) << player;
      EXPECT_EQ(*ours.attributes.first("mid"), *theirs.attributes.first("mid")) << player;
      for (const std::string& format : ours.formats)
        EXPECT_TRUE(std::ranges::find(theirs.formats, format) != theirs.formats.end()) << player;
      for (const Attribute& attribute : ours.attributes.all()) {
        if (attribute.name != "extmap") continue;
        EXPECT_THAT(offer_text, HasSubstr(attribute.value.substr(attribute.value.find(' '))));
      }
      if (theirs.kind == "application") {
        EXPECT_EQ(ours.port, 0u);
        continue;
      }
      EXPECT_EQ(ours.port, 8189u);
      EXPECT_EQ(*ours.attributes.first("setup"), "passive");
      EXPECT_EQ(*ours.attributes.first("ice-ufrag"), "server01");
      for (const char* flag : {"sendonly", "rtcp-mux", "msid"})
        EXPECT_TRUE(ours.attributes.has(flag)) << player << " " << flag;
      // RFC 8858 §4.3: never in an answer.
      EXPECT_FALSE(ours.attributes.has("rtcp-mux-only"));
    }
  }
}

TEST(AnswerTest, WholeAnswerToChromium) {
  const std::string answer = answer_to(read_offer_file("chromium_156.sdp"));
  EXPECT_EQ(answer,
            "v=0\r\n"
            "o=- 42 1 IN IP4 192.0.2.20\r\n"
            "s=-\r\n"
            "t=0 0\r\n"
            "a=group:BUNDLE 0 1\r\n"
            "a=ice-lite\r\n"
            "a=ice-options:trickle ice2\r\n"
            "a=msid-semantic: WMS longmen\r\n"
            "m=video 8189 UDP/TLS/RTP/SAVPF 108 109\r\n"
            "c=IN IP4 192.0.2.20\r\n"
            "a=mid:0\r\n"
            "a=ice-ufrag:server01\r\n"
            "a=ice-pwd:serverpasswordserverpass\r\n"
            "a=fingerprint:sha-256 AA:BB\r\n"
            "a=setup:passive\r\n"
            "a=candidate:1 1 udp 2130706431 192.0.2.20 8189 typ host\r\n"
            "a=end-of-candidates\r\n"
            "a=extmap:9 urn:ietf:params:rtp-hdrext:sdes:mid\r\n"
            "a=extmap:4 "
            "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01\r\n"
            "a=extmap:5 http://www.webrtc.org/experiments/rtp-hdrext/playout-delay\r\n"
            "a=sendonly\r\n"
            "a=rtcp-mux\r\n"
            "a=rtcp-rsize\r\n"
            "a=rtpmap:108 H264/90000\r\n"
            "a=rtcp-fb:108 transport-cc\r\n"
            "a=rtcp-fb:108 nack\r\n"
            "a=rtcp-fb:108 nack pli\r\n"
            "a=fmtp:108 "
            "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f\r\n"
            "a=rtpmap:109 rtx/90000\r\n"
            "a=fmtp:109 apt=108\r\n"
            "a=msid:longmen video\r\n"
            "a=ssrc-group:FID 1001 1002\r\n"
            "a=ssrc:1001 cname:viewer\r\n"
            "a=ssrc:1001 msid:longmen video\r\n"
            "a=ssrc:1002 cname:viewer\r\n"
            "a=ssrc:1002 msid:longmen video\r\n"
            "m=audio 8189 UDP/TLS/RTP/SAVPF 111\r\n"
            "c=IN IP4 192.0.2.20\r\n"
            "a=mid:1\r\n"
            "a=ice-ufrag:server01\r\n"
            "a=ice-pwd:serverpasswordserverpass\r\n"
            "a=fingerprint:sha-256 AA:BB\r\n"
            "a=setup:passive\r\n"
            "a=extmap:9 urn:ietf:params:rtp-hdrext:sdes:mid\r\n"
            "a=extmap:4 "
            "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01\r\n"
            "a=sendonly\r\n"
            "a=rtcp-mux\r\n"
            "a=rtcp-rsize\r\n"
            "a=rtpmap:111 opus/48000/2\r\n"
            "a=rtcp-fb:111 transport-cc\r\n"
            "a=fmtp:111 minptime=10;useinbandfec=1\r\n"
            "a=msid:longmen audio\r\n"
            "a=ssrc:1003 cname:viewer\r\n"
            "a=ssrc:1003 msid:longmen audio\r\n");
}

TEST(AnswerTest, RejectedSectionKeepsItsPlaceAndLeavesTheBundle) {
  const std::string answer = answer_to(read_offer_file("chromium_156_max_bundle.sdp"));
  EXPECT_THAT(answer, HasSubstr("a=group:BUNDLE 0 1\r\n"));
  EXPECT_THAT(answer, HasSubstr("m=application 0 UDP/DTLS/SCTP webrtc-datachannel\r\n"
                                "c=IN IP4 0.0.0.0\r\na=mid:2\r\na=inactive\r\n"));
}

TEST(AnswerTest, OneCandidateInTheFirstPlayedSectionOnly) {
  for (std::string_view player : kPlayers) {
    const std::string answer = answer_to(read_offer_file(std::string(player)));
    const size_t first = answer.find("a=candidate:");
    ASSERT_NE(first, std::string::npos);
    EXPECT_EQ(answer.find("a=candidate:", first + 1), std::string::npos) << player;
  }
}

TEST(AnswerTest, RembWhereTransportCcIsMissing) {
  EXPECT_THAT(answer_to(read_offer_file("aiortc_1_4.sdp")), HasSubstr("a=rtcp-fb:101 goog-remb"));
  EXPECT_THAT(answer_to(read_offer_file("chromium_156.sdp")), Not(HasSubstr("goog-remb")));
}

TEST(AnswerTest, Ipv6Address) {
  JoinAnswer join = join_answer();
  join.address = "2001:db8::20";
  const std::string answer = answer_to(read_offer_file("chromium_156.sdp"), join);
  EXPECT_THAT(answer, HasSubstr("c=IN IP6 2001:db8::20\r\n"));
  EXPECT_THAT(answer, HasSubstr("a=candidate:1 1 udp 2130706431 2001:db8::20 8189 typ host\r\n"));
}

TEST(AnswerTest, WithoutRtxThereIsNoGroup) {
  EXPECT_THAT(answer_to(read_offer_file("libdatachannel.sdp")), Not(HasSubstr("ssrc-group")));
}

}  // namespace
}  // namespace longmen::sdp
