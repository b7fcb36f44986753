#include "core/sdp/answer_reader.h"

#include <gtest/gtest.h>

#include "core/sdp/answer.h"
#include "tests/core/sdp/offer_file.h"

namespace longmen::sdp {
namespace {

JoinAnswer whole_answer() {
  JoinAnswer answer;
  answer.address = "127.0.0.1";
  answer.port = 8189;
  answer.ufrag = "server01";
  answer.pwd = "serverpasswordserverpass";
  answer.fingerprint = "sha-256 00";
  for (int i = 1; i < 32; ++i)
    answer.fingerprint += ":AB";
  answer.video_ssrc = 1001;
  answer.video_rtx_ssrc = 1002;
  answer.audio_ssrc = 1003;
  answer.cname = "viewer";
  return answer;
}

std::string answer_to_file(const std::string& offer_file) {
  const auto offer = read_whep_offer(read_offer_file(offer_file));
  EXPECT_TRUE(offer);
  return write_whep_answer(*offer, whole_answer(), 42);
}

std::string with(std::string text, std::string_view from, std::string_view to) {
  const size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

// What our own answers say comes back, for every player's offer.
TEST(AnswerReaderTest, ReadsWhatTheAnswerWriterWrites) {
  for (const char* player : {"chromium_156.sdp", "chromium_156_max_bundle.sdp", "aiortc_1_4.sdp",
                             "firefox_recvonly.sdp", "safari_recvonly.sdp", "pion.sdp"}) {
    SCOPED_TRACE(player);
    const auto offer = read_whep_offer(read_offer_file(player));
    const auto answer = read_whep_answer(answer_to_file(player));
    ASSERT_TRUE(answer) << answer.error().message;
    EXPECT_EQ(answer->remote.ufrag, "server01");
    EXPECT_EQ(answer->remote.pwd, "serverpasswordserverpass");
    EXPECT_EQ(answer->fingerprint, whole_answer().fingerprint);
    EXPECT_TRUE(answer->ice_lite);
    ASSERT_EQ(answer->candidates.size(), 1u);
    EXPECT_EQ(answer->candidates[0].address, "127.0.0.1");
    EXPECT_EQ(answer->candidates[0].port, 8189);
    EXPECT_TRUE(answer->candidates[0].udp);
    ASSERT_TRUE(answer->video && offer->video());
    EXPECT_EQ(answer->video->ssrc, 1001u);
    const JoinMedia& read = answer->video->media;
    const JoinMedia offered = *offer->video();
    if (offered.rtx_payload_type) {
      EXPECT_EQ(answer->video->rtx_ssrc, 1002u);
    }
    EXPECT_EQ(read.payload_type, offered.payload_type);
    EXPECT_EQ(read.rtx_payload_type, offered.rtx_payload_type);
    EXPECT_EQ(read.mid, offered.mid);
    EXPECT_EQ(read.mid_extension, offered.mid_extension);
    EXPECT_EQ(read.transport_cc_extension, offered.transport_cc_extension);
    EXPECT_EQ(read.capture_time_extension, offered.capture_time_extension);
    EXPECT_EQ(read.nack, offered.nack);
    EXPECT_EQ(read.pli, offered.pli);
    ASSERT_TRUE(answer->audio);
    EXPECT_EQ(answer->audio->ssrc, 1003u);
    EXPECT_EQ(answer->audio->media.payload_type, offer->audio()->payload_type);
  }
}

TEST(AnswerReaderTest, ARejectedSectionIsNone) {
  std::string text = answer_to_file("chromium_156.sdp");
  const size_t video = text.find("m=video 8189");
  ASSERT_NE(video, std::string::npos);
  text.replace(video, 12, "m=video 0");
  const auto answer = read_whep_answer(text);
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_FALSE(answer->video);
  EXPECT_TRUE(answer->audio);
}

TEST(AnswerReaderTest, CandidatesThatAreNotOnesAreLeftOut) {
  const std::string good = "a=candidate:1 1 udp 2130706431 127.0.0.1 8189 typ host\r\n";
  const std::string more =
      "a=candidate:1 1 UDP 1 ::1 9 typ host generation 0\r\n"
      "a=candidate:1 1 tcp 1 10.0.0.1 9 typ host tcptype passive\r\n"
      "a=candidate:1 2 udp 1 10.0.0.2 9 typ host\r\n"      // RTCP's component
      "a=candidate:1 1 udp 1 10.0.0.3 0 typ host\r\n"      // no port
      "a=candidate:1 1 udp 1 10.0.0.4 70000 typ host\r\n"  //
      "a=candidate:1 1 sctp 1 10.0.0.5 9 typ host\r\n"
      "a=candidate:1 1 udp\r\n"
      "a=candidate:1 1 udp 1 0b9e.local 9 typ host\r\n";
  const auto answer = read_whep_answer(with(answer_to_file("chromium_156.sdp"), good, good + more));
  ASSERT_TRUE(answer) << answer.error().message;
  std::vector<std::string> addresses;
  for (const AnswerCandidate& candidate : answer->candidates)
    addresses.push_back((candidate.udp ? "udp " : "tcp ") + candidate.address);
  EXPECT_EQ(addresses, (std::vector<std::string>{"udp 127.0.0.1", "udp ::1", "tcp 10.0.0.1",
                                                 "udp 0b9e.local"}));
}

TEST(AnswerReaderTest, CandidatesAreBounded) {
  const std::string good = "a=candidate:1 1 udp 2130706431 127.0.0.1 8189 typ host\r\n";
  std::string many;
  for (int i = 0; i < 100; ++i)
    many += good;
  const auto answer = read_whep_answer(with(answer_to_file("chromium_156.sdp"), good, many));
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->candidates.size(), kMaxCandidates);
}

TEST(AnswerReaderTest, LiesAreRefusedWithWords) {
  const std::string good = answer_to_file("pion.sdp");
  ASSERT_TRUE(read_whep_answer(good));
  EXPECT_FALSE(read_whep_answer(""));
  EXPECT_FALSE(read_whep_answer("v=0\r\n"));
  EXPECT_FALSE(read_whep_answer("hello"));
  std::string text = good;
  for (size_t at = 0; (at = text.find("setup:passive", at)) != std::string::npos; ++at)
    text.replace(at, 13, "setup:active");
  const auto active = read_whep_answer(text);
  ASSERT_FALSE(active);
  EXPECT_NE(active.error().message.find("setup"), std::string::npos);
  text = good;
  for (size_t at = 0; (at = text.find("sendonly", at)) != std::string::npos; ++at)
    text.replace(at, 8, "inactive");
  EXPECT_FALSE(read_whep_answer(text));
  text = good;
  for (size_t at = 0; (at = text.find("a=fingerprint:sha-256", at)) != std::string::npos; ++at)
    text.replace(at, 21, "a=fingerprint:sha-1");
  EXPECT_FALSE(read_whep_answer(text));
  text = good;
  for (size_t at = 0; (at = text.find("a=ice-pwd:server", at)) != std::string::npos; ++at)
    text.replace(at, 34, "a=ice-pwd:short");
  EXPECT_FALSE(read_whep_answer(text));
}

TEST(AnswerReaderTest, EveryTruncationEndsWell) {
  const std::string whole = answer_to_file("chromium_156.sdp");
  for (size_t size = 0; size < whole.size(); ++size)
    (void)read_whep_answer(std::string_view(whole).substr(0, size));
}

}  // namespace
}  // namespace longmen::sdp
