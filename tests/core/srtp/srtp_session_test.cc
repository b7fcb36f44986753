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
  Bytes media(uint16_t sequence) {
    Bytes packet = test::from_hex("80660000 00000bb8 0000000a");
    packet[2] = static_cast<uint8_t>(sequence >> 8);
    packet[3] = static_cast<uint8_t>(sequence);
    packet.resize(200, 0x5a);
    const size_t size = packet.size();
    packet.resize(size + kMaxSrtpTrailerBytes);
    packet.resize(*viewer_out.protect_rtp(packet, size));
    return packet;
  }
  DropReason take(Bytes packet) {
    const auto plain = node_in.unprotect_rtp(packet);
    return plain ? DropReason::kNone : plain.error();
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

TEST_P(SrtpSessionTest, MediaIsTakenOnceInWhateverOrder) {
  std::vector<Bytes> packets;
  for (uint16_t number = 0; number < 40; ++number)
    packets.push_back(media(static_cast<uint16_t>(65'520 + number)));  // across the rollover
  std::swap(packets[10], packets[30]);
  for (const Bytes& packet : packets)
    EXPECT_EQ(take(packet), DropReason::kNone);
  for (const Bytes& packet : packets)
    EXPECT_EQ(take(packet), DropReason::kReplayed);
}

// A number far ahead would move the replay window, and the rollover counter, if it were believed.
TEST_P(SrtpSessionTest, ForgedMediaChangesNothing) {
  std::vector<Bytes> packets;
  for (uint16_t number = 0; number < 100; ++number)
    packets.push_back(media(static_cast<uint16_t>(65'500 + number)));
  for (size_t number = 0; number < 50; ++number)
    if (number != 20) {
      ASSERT_EQ(take(packets[number]), DropReason::kNone);
    }
  for (size_t number = 50; number < packets.size(); ++number) {
    Bytes bad_tag = packets[number];
    bad_tag.back() ^= 1;
    EXPECT_EQ(take(bad_tag), DropReason::kNotAuthenticated);
    for (const int ahead : {1, 1000, 0x3000, 0x7f00}) {
      Bytes far = packets[number];
      const int sequence = 65'500 + static_cast<int>(number) + ahead;
      far[2] = static_cast<uint8_t>(sequence >> 8);
      far[3] = static_cast<uint8_t>(sequence);
      EXPECT_EQ(take(far), DropReason::kNotAuthenticated) << ahead;
    }
    EXPECT_EQ(take(packets[number]), DropReason::kNone) << number;
  }
  EXPECT_EQ(take(packets[20]), DropReason::kNone) << "late, and still in the window";
  EXPECT_EQ(take(packets[21]), DropReason::kReplayed);
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
