// Property: OpenSSL, intel-ipsec-mb, our own code and libsrtp make the same bytes of any packet.
#include <gtest/gtest.h>

#include <random>
#include <thread>

#include "core/rtp/header.h"
#include "core/srtp/rtp_sealer.h"
#include "tests/support/srtp_pair.h"

namespace longmen {
namespace {

constexpr size_t kPackets = 4000;
constexpr size_t kLargestHeaderBytes = 64;
constexpr size_t kLargestPayloadBytes = 1162;
constexpr uint8_t kCanary = 0xa5;

// One packet in the making: header and plain text, without what depends on the cipher.
struct Case {
  SrtpMasterKey master;
  uint32_t ssrc = 0;
  uint64_t index = 0;
  Bytes header;
  Bytes prefix;
  Bytes payload;
  uint8_t padding_bytes = 0;

  RtpPlaintext plaintext() const { return {prefix, payload, padding_bytes}; }
};

void fill(std::mt19937_64& random, std::span<uint8_t> bytes) {
  for (uint8_t& byte : bytes)
    byte = static_cast<uint8_t>(random());
}

Case random_case(std::mt19937_64& random, size_t number) {
  Case made;
  made.master = test::random_srtp_keys(SrtpProfile::kAeadAes128Gcm, random()).server;
  made.ssrc = static_cast<uint32_t>(random());
  // libsrtp begins with a rollover counter of 0 and follows from there: near its end, or anywhere
  // in the first cycle.
  made.index = number % 3 == 0 ? 0xff00 + random() % 0x200 : random() % 0x8000;
  // CSRCs (RFC 3550 §5.1) give headers of every size without extensions.
  const size_t csrcs = random() % 14;
  made.header.resize(12 + 4 * csrcs);
  fill(random, made.header);
  made.header[0] = static_cast<uint8_t>(0x80 | csrcs);
  made.header[2] = static_cast<uint8_t>(made.index >> 8);
  made.header[3] = static_cast<uint8_t>(made.index);
  for (int i = 0; i < 4; ++i)
    made.header[8 + i] = static_cast<uint8_t>(made.ssrc >> (24 - 8 * i));
  if (random() % 4 == 0) made.prefix = {static_cast<uint8_t>(random()), 7};
  // Every size once, then any.
  made.payload.resize(number < kLargestPayloadBytes ? number + 1
                                                    : 1 + random() % kLargestPayloadBytes);
  fill(random, made.payload);
  if (random() % 3 == 0) made.padding_bytes = static_cast<uint8_t>(1 + random() % 255);
  if (made.padding_bytes > 0) made.header[0] |= 0x20;
  return made;
}

// The rest of the buffer must stay as it is.
Bytes seal(const Case& made, GcmBackend backend) {
  auto sealer = GcmSealer::create(made.master, backend);
  EXPECT_TRUE(sealer);
  Bytes packet(kLargestHeaderBytes + kLargestPayloadBytes + 2 + 255 + kGcmTagBytes + 64, kCanary);
  std::copy(made.header.begin(), made.header.end(), packet.begin());
  SealedStream stream{made.ssrc, made.index};
  const size_t size =
      sealer->seal(stream, made.index, packet.data(), made.header.size(), made.plaintext());
  EXPECT_EQ(size, made.header.size() + made.plaintext().size() + kGcmTagBytes);
  EXPECT_TRUE(std::all_of(packet.begin() + static_cast<ptrdiff_t>(size), packet.end(),
                          [](uint8_t byte) { return byte == kCanary; }));
  packet.resize(size);
  return packet;
}

Bytes seal_with_libsrtp(const Case& made) {
  auto oracle = SrtpSession::create(SrtpProfile::kAeadAes128Gcm, made.master,
                                    SrtpSession::Direction::kOutgoing);
  EXPECT_TRUE(oracle);
  const auto protect = [&](Bytes packet) {
    const size_t plain_bytes = packet.size();
    packet.resize(plain_bytes + kMaxSrtpTrailerBytes);
    packet.resize(*oracle->protect_rtp(packet, plain_bytes));
    return packet;
  };
  // Bring its rollover counter to where the packet is.
  if (made.index > 0xffff) {
    Bytes before = made.header;
    before[0] = static_cast<uint8_t>(before[0] & ~0x20);
    before[2] = before[3] = 0xff;
    before.push_back(0);
    protect(before);
  }
  Bytes plain = made.header;
  plain.resize(made.header.size() + made.plaintext().size());
  made.plaintext().write_to(plain.data() + made.header.size());
  return protect(plain);
}

class GcmBackends : public testing::TestWithParam<GcmBackend> {
 protected:
  void SetUp() override {
    if (!is_available(GetParam())) GTEST_SKIP() << gcm_backend_name(GetParam()) << " is not here";
  }
};

// libsrtp is the oracle of one of them, which is the oracle of the others for the same packets.
constexpr uint32_t kSeed = 11;

TEST(GcmProperty, OpenSslMakesTheBytesOfLibsrtp) {
  std::mt19937_64 random(kSeed);
  for (size_t i = 0; i < kPackets; ++i) {
    const Case made = random_case(random, i);
    ASSERT_EQ(seal(made, GcmBackend::kOpenSsl), seal_with_libsrtp(made)) << i;
  }
}

TEST_P(GcmBackends, MakeTheBytesOfOpenSsl) {
  std::mt19937_64 random(kSeed);
  for (size_t i = 0; i < kPackets; ++i) {
    const Case made = random_case(random, i);
    ASSERT_EQ(seal(made, GetParam()), seal(made, GcmBackend::kOpenSsl)) << i;
  }
}

// Later cycles of the sequence number, to the last index there is.
TEST_P(GcmBackends, AgreeAtAnyIndex) {
  std::mt19937_64 random(13);
  for (size_t i = 0; i < kPackets; ++i) {
    Case made = random_case(random, i);
    made.index = i == 0 ? kMaxSrtpIndex : random() & kMaxSrtpIndex;
    ASSERT_EQ(seal(made, GetParam()), seal(made, GcmBackend::kOpenSsl)) << i;
  }
}

// Shards seal at the same time, each with keys of its own.
TEST_P(GcmBackends, ThreadsDoNotDisturbEachOther) {
  std::vector<Case> cases;
  std::vector<Bytes> expected;
  std::mt19937_64 random(14);
  for (size_t i = 0; i < 200; ++i) {
    cases.push_back(random_case(random, kPackets));
    expected.push_back(seal(cases.back(), GcmBackend::kOpenSsl));
  }
  std::vector<std::thread> shards;
  for (int shard = 0; shard < 4; ++shard)
    shards.emplace_back([&] {
      for (int round = 0; round < 20; ++round)
        for (size_t i = 0; i < cases.size(); ++i)
          EXPECT_EQ(seal(cases[i], GetParam()), expected[i]);
    });
  for (std::thread& shard : shards)
    shard.join();
}

INSTANTIATE_TEST_SUITE_P(Property, GcmBackends,
                         testing::Values(GcmBackend::kIpsecMb, GcmBackend::kVaes));

TEST(GcmBackend, IsPreferredWhenItIsAvailable) {
  EXPECT_TRUE(is_available(GcmBackend::kOpenSsl));
  const GcmBackend before = preferred_gcm_backend();
  EXPECT_TRUE(is_available(before));
  const bool others = is_available(GcmBackend::kIpsecMb) || is_available(GcmBackend::kVaes);
  EXPECT_EQ(before != GcmBackend::kOpenSsl, others);
  ASSERT_TRUE(set_preferred_gcm_backend(GcmBackend::kOpenSsl));
  EXPECT_EQ(preferred_gcm_backend(), GcmBackend::kOpenSsl);
  for (const GcmBackend backend : kGcmBackends)
    EXPECT_EQ(set_preferred_gcm_backend(backend), is_available(backend));
  set_preferred_gcm_backend(before);
}

TEST(GcmBackend, HasANameForTheConfiguration) {
  for (const GcmBackend backend : kGcmBackends)
    EXPECT_EQ(gcm_backend_from_name(gcm_backend_name(backend)), backend);
  EXPECT_FALSE(gcm_backend_from_name("isa-l"));
}

}  // namespace
}  // namespace longmen
