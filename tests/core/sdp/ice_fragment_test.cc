#include "core/sdp/ice_fragment.h"

#include <gtest/gtest.h>

namespace longmen::sdp {
namespace {

// draft-ietf-wish-whep, "Example of an ICE Restart Request and Response".
constexpr std::string_view kRestart =
    "a=ice-options:trickle ice2\r\n"
    "a=group:BUNDLE 0 1\r\n"
    "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\n"
    "a=mid:0\r\n"
    "a=ice-ufrag:ysXw\r\n"
    "a=ice-pwd:vw5LmwG4y/e6dPP/zAP9Gp5k\r\n"
    "a=candidate:1387637174 1 udp 2122260223 192.0.2.1 61764 typ host generation 0 ufrag EsAw\r\n"
    "a=candidate:3471623853 1 udp 2122194687 198.51.100.2 61765 typ host generation 0\r\n";

TEST(IceFragmentTest, ReadsTheDraftsRestart) {
  const auto fragment = read_ice_fragment(kRestart);
  ASSERT_TRUE(fragment) << fragment.error().message;
  EXPECT_EQ(fragment->credentials, (IceCredentials{"ysXw", "vw5LmwG4y/e6dPP/zAP9Gp5k"}));
  EXPECT_EQ(fragment->candidates, 2u);
  EXPECT_FALSE(fragment->end_of_candidates);
}

TEST(IceFragmentTest, AnswersInTheSameSection) {
  JoinAnswer answer;
  answer.address = "198.51.100.1";
  answer.port = 39132;
  answer.ufrag = "289b31b7";
  answer.pwd = "0b66f472495ef0ccac7bda65";
  EXPECT_EQ(write_ice_fragment(*read_ice_fragment(kRestart), answer),
            "a=ice-lite\r\n"
            "a=ice-options:trickle ice2\r\n"
            "a=group:BUNDLE 0 1\r\n"
            "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\n"
            "a=mid:0\r\n"
            "a=ice-ufrag:289b31b7\r\n"
            "a=ice-pwd:0b66f472495ef0ccac7bda65\r\n"
            "a=candidate:1 1 udp 2130706431 198.51.100.1 39132 typ host\r\n"
            "a=end-of-candidates\r\n");
  const std::string bare = write_ice_fragment({}, answer);
  const auto again = read_ice_fragment(bare);
  ASSERT_TRUE(again);
  EXPECT_EQ(again->credentials->ufrag, "289b31b7");
  EXPECT_TRUE(again->end_of_candidates);
}

TEST(IceFragmentTest, SessionLevelCredentialsCount) {
  const auto fragment = read_ice_fragment(
      "a=ice-ufrag:8hhY\r\na=ice-pwd:asd88fgpdd777uzjYhagZg\r\n"
      "m=audio 9 RTP/AVP 0\r\na=mid:1\r\na=end-of-candidates\r\n");
  ASSERT_TRUE(fragment);
  EXPECT_EQ(fragment->credentials->ufrag, "8hhY");
  EXPECT_TRUE(fragment->end_of_candidates);
}

TEST(IceFragmentTest, CandidatesAloneAreTaken) {
  const auto fragment =
      read_ice_fragment("m=audio 9 RTP/AVP 0\na=candidate:1 1 udp 1 a 1 typ host\n");
  ASSERT_TRUE(fragment);
  EXPECT_FALSE(fragment->credentials);
  EXPECT_EQ(fragment->candidates, 1u);
}

TEST(IceFragmentTest, MalformedIsRefused) {
  EXPECT_FALSE(read_ice_fragment(""));
  EXPECT_FALSE(read_ice_fragment("{\"candidate\":\"\"}"));
  EXPECT_FALSE(read_ice_fragment("a=ice-ufrag:8hhY\r\n"));
  EXPECT_FALSE(read_ice_fragment("a=ice-pwd:asd88fgpdd777uzjYhagZg\r\n"));
  EXPECT_FALSE(read_ice_fragment("a=ice-ufrag:8\r\na=ice-pwd:asd88fgpdd777uzjYhagZg\r\n"));
  EXPECT_FALSE(read_ice_fragment("a=ice-ufrag:8hhY\r\na=ice-pwd:short\r\n"));
  EXPECT_FALSE(read_ice_fragment(std::string(kMaxFragmentBytes + 1, '\n')));
}

}  // namespace
}  // namespace longmen::sdp
