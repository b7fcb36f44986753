// SRTCP in both profiles; with GCM, libsrtp is the oracle and plays the peer.
#include "core/srtp/rtcp_sealer.h"

#include <gtest/gtest.h>

#include <random>

#include "tests/support/hex.h"
#include "tests/support/srtp_pair.h"

namespace longmen {
namespace {

constexpr size_t kIndexBytes = 4;

Bytes compound(uint32_t ssrc, size_t words) {
  Bytes packet = test::from_hex("80c90000");
  for (int shift = 24; shift >= 0; shift -= 8)
    packet.push_back(static_cast<uint8_t>(ssrc >> shift));
  for (size_t i = 0; i < 4 * words; ++i)
    packet.push_back(static_cast<uint8_t>(i * 37 + ssrc));
  packet[3] = static_cast<uint8_t>(words + 1);
  return packet;
}

Bytes protect(SrtpSession& session, Bytes packet) {
  const size_t plain_bytes = packet.size();
  packet.resize(plain_bytes + kMaxSrtpTrailerBytes);
  packet.resize(*session.protect_rtcp(packet, plain_bytes));
  return packet;
}

Bytes seal(RtcpSealer& sealer, Bytes packet) {
  const size_t plain_bytes = packet.size();
  packet.resize(plain_bytes + kMaxSrtpTrailerBytes);
  packet.resize(*sealer.seal(packet, plain_bytes));
  return packet;
}

class RtcpSealerTest : public testing::TestWithParam<std::tuple<SrtpProfile, GcmBackend>> {
 protected:
  void SetUp() override {
    if (!is_available(std::get<1>(GetParam()))) GTEST_SKIP() << "not on this machine";
    auto made = RtcpSealer::create(keys, std::get<1>(GetParam()));
    ASSERT_TRUE(made);
    sealer.emplace(std::move(*made));
  }
  DropReason open(Bytes packet) {
    const auto plain = sealer->open(packet);
    return plain ? DropReason::kNone : plain.error();
  }

  SrtpKeys keys = test::random_srtp_keys(std::get<0>(GetParam()), 21);
  SrtpSession peer_in = test::viewer_incoming(keys);
  SrtpSession peer_out = test::viewer_outgoing(keys);
  std::optional<RtcpSealer> sealer;
};

TEST_P(RtcpSealerTest, ThePeerOpensWhatIsSealed) {
  for (size_t words = 0; words < 300; ++words) {
    const Bytes plain = compound(words % 3 + 1, words);
    Bytes sealed = seal(*sealer, plain);
    const auto opened = peer_in.unprotect_rtcp(sealed);
    ASSERT_TRUE(opened) << words;
    EXPECT_EQ(Bytes(opened->begin(), opened->end()), plain);
  }
}

TEST_P(RtcpSealerTest, WhatThePeerSealsIsOpened) {
  for (size_t words = 0; words < 300; ++words) {
    const Bytes plain = compound(words % 3 + 1, words);
    Bytes sealed = protect(peer_out, plain);
    const auto opened = sealer->open(sealed);
    ASSERT_TRUE(opened) << words;
    EXPECT_EQ(Bytes(opened->begin(), opened->end()), plain);
  }
}

TEST_P(RtcpSealerTest, ASecondTimeIsReplayedAlsoLateAndOfAnotherSender) {
  std::vector<Bytes> packets;
  for (uint32_t i = 0; i < 60; ++i)
    packets.push_back(protect(peer_out, compound(1 + i % 2, 3)));
  for (const Bytes& packet : packets)
    EXPECT_EQ(open(packet), DropReason::kNone);
  for (const Bytes& packet : packets)
    EXPECT_EQ(open(packet), DropReason::kReplayed);
}

TEST_P(RtcpSealerTest, LatePacketsAreWelcomeOnce) {
  std::vector<Bytes> packets;
  for (int i = 0; i < 100; ++i)
    packets.push_back(protect(peer_out, compound(1, 3)));
  std::shuffle(packets.begin(), packets.end(), std::mt19937(5));
  for (const Bytes& packet : packets)
    EXPECT_EQ(open(packet), DropReason::kNone);
  for (const Bytes& packet : packets)
    EXPECT_EQ(open(packet), DropReason::kReplayed);
}

// A forger cannot move the window: neither with an index far ahead, nor with a sender of his own.
TEST_P(RtcpSealerTest, AForgedPacketChangesNothing) {
  const Bytes before = protect(peer_out, compound(1, 3));
  const Bytes after = protect(peer_out, compound(1, 3));
  ASSERT_EQ(open(before), DropReason::kNone);
  const bool gcm = std::get<0>(GetParam()) == SrtpProfile::kAeadAes128Gcm;
  for (size_t i = 0; i < after.size(); ++i) {
    Bytes forged = after;
    forged[i] ^= 0x40;
    EXPECT_NE(open(forged), DropReason::kNone) << i;
  }
  Bytes ahead = after;
  uint8_t* const index = ahead.data() + ahead.size() - kIndexBytes - (gcm ? 0 : 10);
  index[0] |= 0x7f;
  EXPECT_EQ(open(ahead), DropReason::kNotAuthenticated);
  for (uint32_t ssrc = 100; ssrc < 200; ++ssrc) {
    Bytes stranger = after;
    stranger[7] = static_cast<uint8_t>(ssrc);
    EXPECT_EQ(open(stranger), DropReason::kNotAuthenticated);
  }
  EXPECT_EQ(open(after), DropReason::kNone);
  EXPECT_EQ(open(protect(peer_out, compound(2, 3))), DropReason::kNone);
}

TEST_P(RtcpSealerTest, ShortLongAndOwnPacketsAreRefused) {
  for (size_t size = 0; size < 28; ++size)
    EXPECT_NE(open(Bytes(size, 0x80)), DropReason::kNone);
  EXPECT_EQ(open(Bytes(kMaxSrtpPacketBytes + 1, 0x80)), DropReason::kTooLarge);
  EXPECT_EQ(open(seal(*sealer, compound(1, 3))), DropReason::kNotAuthenticated);
  Bytes no_room = compound(1, 3);
  EXPECT_EQ(sealer->seal(no_room, no_room.size()).error(), DropReason::kTooLarge);
}

INSTANTIATE_TEST_SUITE_P(
    Profiles, RtcpSealerTest,
    testing::Values(std::tuple(SrtpProfile::kAeadAes128Gcm, GcmBackend::kOpenSsl),
                    std::tuple(SrtpProfile::kAeadAes128Gcm, GcmBackend::kIpsecMb),
                    std::tuple(SrtpProfile::kAeadAes128Gcm, GcmBackend::kVaes),
                    std::tuple(SrtpProfile::kAes128CmHmacSha1_80, GcmBackend::kOpenSsl)));

class GcmRtcpSealerTest : public testing::TestWithParam<GcmBackend> {
 protected:
  void SetUp() override {
    if (!is_available(GetParam())) GTEST_SKIP() << "not on this machine";
  }
  SrtpKeys keys = test::random_srtp_keys(SrtpProfile::kAeadAes128Gcm, 8);
};

// libsrtp begins with index 1, we with 0 (RFC 3711 §3.4).
TEST_P(GcmRtcpSealerTest, BytesEqualThoseOfLibsrtp) {
  auto sealer = RtcpSealer::create(keys, GetParam());
  ASSERT_TRUE(sealer);
  auto oracle = SrtpSession::create(keys.profile, keys.server, SrtpSession::Direction::kOutgoing);
  ASSERT_TRUE(oracle);
  const Bytes first = seal(*sealer, compound(7, 2));
  EXPECT_EQ(Bytes(first.end() - kIndexBytes, first.end()), test::from_hex("80000000"));
  std::mt19937 random(2);
  for (int i = 0; i < 2000; ++i) {
    const Bytes plain = compound(7, random() % 320);
    ASSERT_EQ(seal(*sealer, plain), protect(*oracle, plain)) << i;
  }
}

TEST_P(GcmRtcpSealerTest, ThatWhichSaysItIsNotEncryptedIsRefused) {
  auto sealer = RtcpSealer::create(keys, GetParam());
  ASSERT_TRUE(sealer);
  SrtpSession peer = test::viewer_outgoing(keys);
  Bytes packet = protect(peer, compound(1, 3));
  packet[packet.size() - kIndexBytes] &= 0x7f;
  EXPECT_EQ(sealer->open(packet).error(), DropReason::kUnsupported);
}

TEST_P(GcmRtcpSealerTest, SendersBeyondTheBoundAreRefusedAndTheOthersGoOn) {
  auto sealer = RtcpSealer::create(keys, GetParam());
  ASSERT_TRUE(sealer);
  SrtpSession peer = test::viewer_outgoing(keys);
  const auto send = [&](uint32_t ssrc) {
    Bytes packet = protect(peer, compound(ssrc, 3));
    const auto opened = sealer->open(packet);
    return opened ? DropReason::kNone : opened.error();
  };
  for (uint32_t ssrc = 1; ssrc <= kMaxRtcpSenders; ++ssrc)
    EXPECT_EQ(send(ssrc), DropReason::kNone);
  EXPECT_EQ(send(kMaxRtcpSenders + 1), DropReason::kQueueFull);
  for (uint32_t ssrc = 1; ssrc <= kMaxRtcpSenders; ++ssrc)
    EXPECT_EQ(send(ssrc), DropReason::kNone);
}

TEST_P(GcmRtcpSealerTest, ACompoundWithoutAHeaderIsNotSealed) {
  auto sealer = GcmRtcpSealer::create(keys.server, keys.client, GetParam());
  ASSERT_TRUE(sealer);
  Bytes buffer(100);
  EXPECT_EQ(sealer->seal(buffer, 7).error(), DropReason::kTruncated);
  EXPECT_TRUE(sealer->seal(buffer, 8));
}

INSTANTIATE_TEST_SUITE_P(Backends, GcmRtcpSealerTest, testing::ValuesIn(kGcmBackends));

}  // namespace
}  // namespace longmen
