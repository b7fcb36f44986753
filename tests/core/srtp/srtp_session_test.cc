#include "core/srtp/srtp_session.h"

#include <gtest/gtest.h>

#include "tests/support/hex.h"
#include "tests/support/srtp_pair.h"

namespace longmen {
namespace {

class SrtpSessionTest : public testing::TestWithParam<SrtpProfile> {
 protected:
  SrtpKeys keys = test::random_srtp_keys(GetParam(), 3);
  SrtpSession node_in =
      std::move(*SrtpSession::create(keys.profile, keys.client, SrtpSession::Direction::kIncoming));
  SrtpSession viewer_out = test::viewer_outgoing(keys);

  Bytes receiver_report() {
    Bytes packet = test::from_hex("80c90001 00000001");
    const size_t size = packet.size();
    packet.resize(size + kMaxSrtpTrailerBytes);
    packet.resize(*viewer_out.protect_rtcp(packet, size));
    return packet;
  }
};

TEST_P(SrtpSessionTest, RtcpThereAndBack) {
  Bytes packet = receiver_report();
  EXPECT_GT(packet.size(), 8u);
  const auto plain = node_in.unprotect_rtcp(packet);
  ASSERT_TRUE(plain);
  EXPECT_EQ(Bytes(plain->begin(), plain->end()), test::from_hex("80c90001 00000001"));
}

TEST_P(SrtpSessionTest, AChangedByteIsNotAuthenticated) {
  for (size_t i = 0; i < receiver_report().size(); ++i) {
    Bytes packet = receiver_report();
    packet[i] ^= 1;
    EXPECT_FALSE(node_in.unprotect_rtcp(packet)) << i;
  }
  Bytes packet = receiver_report();
  packet.back() ^= 0x80;
  EXPECT_EQ(node_in.unprotect_rtcp(packet).error(), DropReason::kNotAuthenticated);
}

TEST_P(SrtpSessionTest, ASecondTimeIsReplayed) {
  const Bytes packet = receiver_report();
  Bytes first = packet;
  ASSERT_TRUE(node_in.unprotect_rtcp(first));
  Bytes second = packet;
  EXPECT_EQ(node_in.unprotect_rtcp(second).error(), DropReason::kReplayed);
}

TEST_P(SrtpSessionTest, ShortAndLongBytesAreRefused) {
  for (size_t size = 0; size < 24; ++size) {
    Bytes packet(size, 0x80);
    EXPECT_FALSE(node_in.unprotect_rtcp(packet));
    EXPECT_FALSE(node_in.unprotect_rtp(packet));
  }
  Bytes huge(kMaxSrtpPacketBytes + 1, 0x80);
  EXPECT_EQ(node_in.unprotect_rtcp(huge).error(), DropReason::kTooLarge);
  EXPECT_EQ(viewer_out.protect_rtcp(huge, huge.size() - 1).error(), DropReason::kTooLarge);
}

INSTANTIATE_TEST_SUITE_P(Profiles, SrtpSessionTest,
                         testing::Values(SrtpProfile::kAeadAes128Gcm,
                                         SrtpProfile::kAes128CmHmacSha1_80));

}  // namespace
}  // namespace longmen
