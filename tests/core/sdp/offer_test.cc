#include "core/sdp/offer.h"

#include <gtest/gtest.h>

#include "tests/core/sdp/offer_file.h"

namespace longmen::sdp {
namespace {

// What each player's offer has to lead to. 0: none.
struct Player {
  std::string file;
  int video;
  int rtx;
  int audio;
  int transport_cc;  // of video
  int playout_delay;
  int capture_time;
  int mid_extension;
  std::string ufrag;
  std::string video_mid;
};

class OfferOfPlayerTest : public ::testing::TestWithParam<Player> {};

TEST_P(OfferOfPlayerTest, ChoosesPayloadsAndExtensions) {
  const Player& player = GetParam();
  const auto offer = read_whep_offer(read_offer_file(player.file));
  ASSERT_TRUE(offer) << offer.error().words;
  const auto video = offer->video();
  const auto audio = offer->audio();
  ASSERT_TRUE(video);
  ASSERT_TRUE(audio);
  EXPECT_EQ(video->payload_type, player.video);
  EXPECT_EQ(video->rtx_payload_type.value_or(0), player.rtx);
  EXPECT_TRUE(video->nack);
  EXPECT_TRUE(video->pli);
  EXPECT_EQ(video->transport_cc_extension.value_or(0), player.transport_cc);
  EXPECT_EQ(video->playout_delay_extension.value_or(0), player.playout_delay);
  EXPECT_EQ(video->capture_time_extension.value_or(0), player.capture_time);
  EXPECT_EQ(video->mid_extension.value_or(0), player.mid_extension);
  EXPECT_EQ(video->mid, player.video_mid);
  EXPECT_EQ(audio->payload_type, player.audio);
  EXPECT_FALSE(audio->rtx_payload_type);
  EXPECT_EQ(offer->remote.ufrag, player.ufrag);
  EXPECT_GE(offer->remote.pwd.size(), 22u);
  EXPECT_TRUE(offer->fingerprint.starts_with("sha-256 "));
  EXPECT_EQ(offer->fingerprint.size(), 8u + 95u);
}

INSTANTIATE_TEST_SUITE_P(
    Players, OfferOfPlayerTest,
    ::testing::Values(Player{"chromium_156.sdp", 108, 109, 111, 4, 5, 0, 9, "RN6h", "0"},
                      Player{"chromium_156_max_bundle.sdp", 108, 109, 111, 3, 5, 12, 4, "R+Gu",
                             "1"},
                      Player{"aiortc_1_4.sdp", 101, 102, 96, 0, 0, 0, 1, "LqQr", "0"},
                      Player{"webrtcbin_1_22.sdp", 96, 0, 97, 0, 0, 0, 0,
                             "eK0IxjReiMKtp3zt41diLORFdUwGun/l", "video0"},
                      Player{"firefox_recvonly.sdp", 126, 127, 109, 7, 6, 0, 3, "7be1c04d", "0"},
                      Player{"safari_recvonly.sdp", 98, 99, 111, 3, 12, 0, 4, "/eWk", "1"},
                      Player{"pion.sdp", 106, 107, 111, 1, 0, 0, 0, "QjlnAaJOVyQnZvWB", "0"},
                      Player{"libdatachannel.sdp", 102, 0, 111, 0, 0, 0, 0, "pXq3", "video"},
                      Player{"obs_like.sdp", 96, 0, 111, 0, 0, 0, 0, "kR2v", "1"}),
    [](const auto& test) { return test.param.file.substr(0, test.param.file.find('.')); });

class OfferTest : public ::testing::Test {
 protected:
  static constexpr std::string_view kFingerprint =
      "sha-256 0A:1B:2C:3D:4E:5F:60:71:82:93:A4:B5:C6:D7:E8:F9:"
      "0A:1B:2C:3D:4E:5F:60:71:82:93:A4:B5:C6:D7:E8:F9";

  static std::string plain() {
    return "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n"
           "a=group:BUNDLE 0 1\r\n"
           "a=ice-ufrag:abcd\r\na=ice-pwd:abcdefghijklmnopqrstuv\r\n"
           "a=fingerprint:" +
           std::string(kFingerprint) +
           "\r\na=setup:actpass\r\n"
           "m=video 9 UDP/TLS/RTP/SAVPF 96\r\na=mid:0\r\na=recvonly\r\na=rtcp-mux\r\n"
           "a=rtpmap:96 H264/90000\r\n"
           "a=fmtp:96 packetization-mode=1;profile-level-id=42e01f\r\n"
           "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:1\r\na=recvonly\r\na=rtcp-mux\r\n"
           "a=rtpmap:111 opus/48000/2\r\n";
  }
  static Refusal refusal(const std::string& text) {
    const auto offer = read_whep_offer(text);
    EXPECT_FALSE(offer);
    return offer ? Refusal{0, "accepted"} : offer.error();
  }
};

TEST_F(OfferTest, PlainOfferIsTaken) {
  const auto offer = read_whep_offer(plain());
  ASSERT_TRUE(offer) << offer.error().words;
  EXPECT_EQ(offer->fingerprint, kFingerprint);
  EXPECT_TRUE(offer->sections[0].bundled);
  EXPECT_TRUE(offer->sections[1].bundled);
  EXPECT_FALSE(offer->video()->nack);
}

TEST_F(OfferTest, FillsTheJoinRequest) {
  JoinRequest request;
  request.channel = "main";
  fill_join_request(*read_whep_offer(plain()), request);
  EXPECT_EQ(request.channel, "main");
  EXPECT_EQ(request.remote_ufrag, "abcd");
  EXPECT_EQ(request.remote_pwd, "abcdefghijklmnopqrstuv");
  EXPECT_EQ(request.fingerprint, kFingerprint);
  EXPECT_EQ(request.video->payload_type, 96);
  EXPECT_EQ(request.audio->payload_type, 111);
}

TEST_F(OfferTest, MalformedIs400) {
  EXPECT_EQ(refusal("").status, 400);
  EXPECT_EQ(refusal("{\"sdp\":\"...\"}").status, 400);
  EXPECT_EQ(refusal("v=0\r\ns=-\r\n").status, 400);
  EXPECT_EQ(refusal(replaced(plain(), "a=ice-ufrag:abcd\r\n", "")).status, 400);
  EXPECT_EQ(refusal(replaced(plain(), "a=ice-ufrag:abcd", "a=ice-ufrag:abc")).status, 400);
  EXPECT_EQ(refusal(replaced(plain(), "ice-pwd:abcdefghijklmnopqrstuv", "ice-pwd:short")).status,
            400);
  EXPECT_EQ(refusal(replaced(plain(), "a=fingerprint:", "a=finger:")).status, 400);
  EXPECT_EQ(refusal(replaced(plain(), "a=mid:1", "a=mid:0")).status, 400);
  EXPECT_EQ(refusal(replaced(plain(), "a=mid:1", "a=mid:a b")).status, 400);
}

TEST_F(OfferTest, NoCommonCodecIs406AndSaysWhatIsPlayed) {
  const Refusal refused = refusal(replaced(plain(), "H264/90000", "VP8/90000"));
  EXPECT_EQ(refused.status, 406);
  EXPECT_NE(refused.words.find("H.264"), std::string::npos);
  EXPECT_EQ(refusal(replaced(plain(), "packetization-mode=1", "packetization-mode=0")).status, 406);
  EXPECT_EQ(refusal(replaced(plain(), "packetization-mode=1;", "")).status, 406);
  EXPECT_EQ(refusal(replaced(plain(), "42e01f", "f4001f")).status, 406);  // High 4:4:4
  EXPECT_EQ(refusal(replaced(plain(), "42e01f", "42e01")).status, 406);
}

TEST_F(OfferTest, OfferWithoutMediaOfOursIs406) {
  EXPECT_EQ(
      refusal("v=0\r\nm=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\na=mid:0\r\n").status,
      406);
  EXPECT_EQ(refusal(replaced_all(plain(), "UDP/TLS/RTP/SAVPF", "RTP/AVP")).status, 406);
}

TEST_F(OfferTest, WrongDirectionIs422) {
  for (const char* direction : {"a=sendonly", "a=inactive"}) {
    const Refusal refused = refusal(replaced_all(plain(), "a=recvonly", direction));
    EXPECT_EQ(refused.status, 422);
    EXPECT_NE(refused.words.find("recvonly"), std::string::npos);
  }
}

TEST_F(OfferTest, SessionLevelDirectionIsInherited) {
  const std::string inherited =
      replaced(replaced_all(plain(), "a=recvonly\r\n", ""), "a=setup", "a=sendonly\r\na=setup");
  EXPECT_EQ(refusal(inherited).status, 422);
}

TEST_F(OfferTest, SendrecvAndNoDirectionAreTaken) {
  EXPECT_TRUE(read_whep_offer(replaced_all(plain(), "a=recvonly", "a=sendrecv")));
  EXPECT_TRUE(read_whep_offer(replaced_all(plain(), "a=recvonly\r\n", "")));
}

TEST_F(OfferTest, OneSendonlySectionIsRejectedInPlace) {
  const auto offer = read_whep_offer(replaced(plain(), "a=recvonly", "a=sendonly"));
  ASSERT_TRUE(offer);
  EXPECT_FALSE(offer->video());
  EXPECT_TRUE(offer->audio());
  EXPECT_EQ(offer->sections[0].use, Use::kRejected);
}

TEST_F(OfferTest, TransportThatIsNotOursIs422) {
  EXPECT_EQ(refusal(replaced_all(plain(), "a=rtcp-mux\r\n", "")).status, 422);
  EXPECT_EQ(refusal(replaced(plain(), "setup:actpass", "setup:passive")).status, 422);
  EXPECT_EQ(refusal(replaced(plain(), "setup:actpass", "setup:holdconn")).status, 422);
  EXPECT_EQ(refusal(replaced(plain(), "a=setup", "a=ice-lite\r\na=setup")).status, 422);
  EXPECT_EQ(refusal(replaced(plain(), "a=group:BUNDLE 0 1\r\n", "")).status, 422);
  EXPECT_EQ(refusal(replaced(plain(), "a=group:BUNDLE 0 1", "a=group:BUNDLE 0")).status, 422);
  EXPECT_EQ(refusal(replaced(plain(), "sha-256 ", "sha-1 ")).status, 422);
  EXPECT_EQ(refusal(replaced(plain(), "0A:1B", "0A1B:")).status, 422);
}

TEST_F(OfferTest, ActiveSetupAndNoneAreTaken) {
  EXPECT_TRUE(read_whep_offer(replaced(plain(), "setup:actpass", "setup:active")));
  EXPECT_TRUE(read_whep_offer(replaced(plain(), "a=setup:actpass\r\n", "")));
}

TEST_F(OfferTest, OneSectionNeedsNoBundle) {
  std::string text = replaced(plain(), "a=group:BUNDLE 0 1\r\n", "");
  text.resize(text.find("m=audio"));
  const auto offer = read_whep_offer(text);
  ASSERT_TRUE(offer) << offer.error().words;
  EXPECT_FALSE(offer->sections[0].bundled);
  EXPECT_FALSE(offer->audio());
}

TEST_F(OfferTest, AudioOtherThanOpusLeavesTheVideo) {
  const auto offer = read_whep_offer(replaced(plain(), "opus/48000/2", "PCMU/8000"));
  ASSERT_TRUE(offer);
  EXPECT_TRUE(offer->video());
  EXPECT_FALSE(offer->audio());
}

TEST_F(OfferTest, SecondVideoSectionIsRejected) {
  const std::string text = replaced(plain(), "BUNDLE 0 1", "BUNDLE 0 1 2") +
                           "m=video 9 UDP/TLS/RTP/SAVPF 96\r\na=mid:2\r\na=recvonly\r\n"
                           "a=rtcp-mux\r\na=rtpmap:96 H264/90000\r\n"
                           "a=fmtp:96 packetization-mode=1\r\n";
  const auto offer = read_whep_offer(text);
  ASSERT_TRUE(offer);
  EXPECT_EQ(offer->sections[2].use, Use::kRejected);
  EXPECT_FALSE(offer->sections[2].bundled);
}

TEST_F(OfferTest, SwitchedOffSectionIsRejected) {
  const auto offer = read_whep_offer(replaced(plain(), "m=video 9", "m=video 0"));
  ASSERT_TRUE(offer);
  EXPECT_FALSE(offer->video());
}

TEST_F(OfferTest, FingerprintSha256IsPreferredInAnyOrder) {
  std::string sha512 = "sha-512 AA";
  for (int index = 1; index < 64; ++index)
    sha512 += ":bb";
  const std::string both =
      replaced(plain(), "a=fingerprint:", "a=fingerprint:" + sha512 + "\r\na=fingerprint:");
  EXPECT_EQ(read_whep_offer(both)->fingerprint, kFingerprint);
  const std::string alone = replaced(both, "a=fingerprint:" + std::string(kFingerprint), "a=x");
  EXPECT_TRUE(read_whep_offer(alone)->fingerprint.starts_with("sha-512 AA:BB:BB"));
}

TEST_F(OfferTest, ExtensionsThatTheOffererWillNotReceiveAreLeftOut) {
  const auto with = [](std::string_view extmap) {
    const auto offer = read_whep_offer(
        replaced(plain(), "a=rtpmap:96", "a=extmap:" + std::string(extmap) + "\r\na=rtpmap:96"));
    return offer->video()->mid_extension;
  };
  const std::string mid(kMidExtension);
  EXPECT_EQ(with("5 " + mid), 5);
  EXPECT_EQ(with("5/recvonly " + mid), 5);
  EXPECT_EQ(with("5/sendonly " + mid), std::nullopt);
  EXPECT_EQ(with("5/inactive " + mid), std::nullopt);
  EXPECT_EQ(with("0 " + mid), std::nullopt);
  EXPECT_EQ(with("14 " + mid), 14);
  EXPECT_EQ(with("15 " + mid), std::nullopt);
  EXPECT_EQ(with("x " + mid), std::nullopt);
}

TEST_F(OfferTest, TransportCcNeedsExtensionAndFeedback) {
  const std::string extension =
      replaced(plain(), "a=rtpmap:96",
               "a=extmap:3 " + std::string(kTransportCcExtension) + "\r\na=rtpmap:96");
  EXPECT_FALSE(read_whep_offer(extension)->video()->transport_cc_extension);
  const std::string both =
      replaced(extension, "a=fmtp:96", "a=rtcp-fb:* transport-cc\r\na=fmtp:96");
  EXPECT_EQ(read_whep_offer(both)->video()->transport_cc_extension, 3);
}

}  // namespace
}  // namespace longmen::sdp
