// libsrtp is the oracle: what is sealed here must be, byte by byte, what it makes of the same
// packet.
#include "core/srtp/rtp_sealer.h"

#include <gtest/gtest.h>

#include <random>

#include "core/rtp/header.h"
#include "tests/support/srtp_pair.h"

namespace longmen {
namespace {

using test::random_srtp_keys;

struct RandomPacket {
  Bytes header;
  Bytes prefix;
  Bytes payload;
  uint8_t padding_bytes = 0;

  RtpPlaintext plaintext() const { return {prefix, payload, padding_bytes}; }
  Bytes plain() const {
    Bytes bytes = header;
    bytes.insert(bytes.end(), prefix.begin(), prefix.end());
    bytes.insert(bytes.end(), payload.begin(), payload.end());
    if (padding_bytes > 0) {
      bytes.insert(bytes.end(), padding_bytes - size_t{1}, 0);
      bytes.push_back(padding_bytes);
    }
    return bytes;
  }
};

RandomPacket random_packet(std::mt19937& random, uint32_t ssrc, uint64_t index) {
  RandomPacket packet;
  if (random() % 4 == 0) packet.prefix = {1, 2};
  packet.payload.resize(1 + random() % 1160);
  for (uint8_t& byte : packet.payload)
    byte = static_cast<uint8_t>(random());
  if (random() % 3 == 0) packet.padding_bytes = static_cast<uint8_t>(random() % 256);
  RtpHeader header;
  header.marker = random() % 2;
  header.padding = packet.padding_bytes > 0;
  header.payload_type = random() % 128;
  header.sequence = static_cast<uint16_t>(index);
  header.timestamp = static_cast<uint32_t>(random());
  header.ssrc = ssrc;
  RtpExtensions extensions;
  if (random() % 2) extensions.transport_cc = static_cast<uint16_t>(random());
  if (random() % 5 == 0) extensions.capture_time = NtpTime{random()};
  packet.header.resize(kMaxRtpHeaderBytes);
  packet.header.resize(write_rtp_header(header, {1, 2, 3, 4}, extensions, packet.header.data()));
  return packet;
}

class RtpSealerTest : public testing::TestWithParam<SrtpProfile> {};

TEST_P(RtpSealerTest, BytesEqualThoseOfLibsrtpAlsoBeyondTheRollover) {
  const SrtpKeys keys = random_srtp_keys(GetParam(), 42);
  auto sealer = RtpSealer::create(keys.profile, keys.server);
  ASSERT_TRUE(sealer);
  auto oracle = SrtpSession::create(keys.profile, keys.server, SrtpSession::Direction::kOutgoing);
  ASSERT_TRUE(oracle);
  SrtpSession viewer = test::viewer_incoming(keys);
  std::mt19937 random(1);
  SealedStream streams[] = {{0x01020304, 0x7ff0}, {0xfffefdfc, 3}};
  uint64_t indices[] = {0x7ff0, 3};
  Bytes sealed(kMaxRtpHeaderBytes + 2 + 1160 + 255 + kMaxSrtpTrailerBytes);
  for (int i = 0; i < 6000; ++i) {
    const size_t which = random() % 2;
    SealedStream& stream = streams[which];
    // Steps of up to 100, so that the sequence number wraps twice or more.
    indices[which] += 1 + random() % 100;
    const RandomPacket packet = random_packet(random, stream.ssrc, indices[which]);
    std::copy(packet.header.begin(), packet.header.end(), sealed.begin());
    const size_t size = sealer->seal(stream, indices[which], sealed.data(), packet.header.size(),
                                     packet.plaintext());
    Bytes expected = packet.plain();
    const size_t plain_bytes = expected.size();
    EXPECT_EQ(size, plain_bytes + sealer->tag_bytes());
    expected.resize(plain_bytes + kMaxSrtpTrailerBytes);
    const auto expected_size = oracle->protect_rtp(expected, plain_bytes);
    ASSERT_TRUE(expected_size);
    expected.resize(*expected_size);
    ASSERT_EQ(Bytes(sealed.begin(), sealed.begin() + static_cast<ptrdiff_t>(size)), expected) << i;
    const auto opened = viewer.unprotect_rtp(std::span(sealed).first(size));
    ASSERT_TRUE(opened);
    ASSERT_EQ(Bytes(opened->begin(), opened->end()), packet.plain());
  }
  EXPECT_GT(indices[0], 0x20000u);
}

TEST_P(RtpSealerTest, AnIndexIsSealedOnce) {
  const SrtpKeys keys = random_srtp_keys(GetParam(), 7);
  auto sealer = RtpSealer::create(keys.profile, keys.server);
  ASSERT_TRUE(sealer);
  SealedStream stream{1, 10};
  Bytes packet(kRtpHeaderBytes + 4 + kMaxSrtpTrailerBytes);
  const Bytes payload{1, 2, 3, 4};
  const auto seal = [&](uint64_t index) {
    RtpHeader header;
    header.sequence = static_cast<uint16_t>(index);
    header.ssrc = stream.ssrc;
    const size_t header_bytes = write_rtp_header(header, {}, {}, packet.data());
    return sealer->seal(stream, index, packet.data(), header_bytes, {{}, payload, 0});
  };
  EXPECT_GT(seal(10), 0u);
  EXPECT_GT(seal(12), 0u);
  EXPECT_DEATH(seal(12), "an SRTP index is sealed once");
  EXPECT_DEATH(seal(11), "an SRTP index is sealed once");
}

INSTANTIATE_TEST_SUITE_P(Profiles, RtpSealerTest,
                         testing::Values(SrtpProfile::kAeadAes128Gcm,
                                         SrtpProfile::kAes128CmHmacSha1_80));

TEST(GcmSealer, AKeyOfTheOtherProfileIsRefused) {
  const SrtpKeys keys = random_srtp_keys(SrtpProfile::kAes128CmHmacSha1_80, 1);
  EXPECT_FALSE(GcmSealer::create(keys.server));
  EXPECT_FALSE(RtpSealer::create(SrtpProfile::kAeadAes128Gcm, keys.server));
}

}  // namespace
}  // namespace longmen
