#include "core/rtp/header.h"

#include <gtest/gtest.h>

#include <array>

#include "tests/support/hex.h"

namespace longmen {
namespace {

using test::from_hex;

RtpHeader example() {
  RtpHeader header;
  header.marker = true;
  header.payload_type = 102;
  header.sequence = 0xfffe;
  header.timestamp = 0x01020304;
  header.ssrc = 0xa1a2a3a4;
  return header;
}

Bytes written(const RtpHeader& header, const RtpExtensionIds& ids, const RtpExtensions& values) {
  std::array<uint8_t, kMaxRtpHeaderBytes> out;
  out.fill(0xee);
  const size_t size = write_rtp_header(header, ids, values, out.data());
  return Bytes(out.begin(), out.begin() + static_cast<ptrdiff_t>(size));
}

TEST(RtpHeader, WithoutExtensionsItHasTwelveBytes) {
  EXPECT_EQ(written(example(), {}, {}), from_hex("80e6fffe 01020304 a1a2a3a4"));
  // Values whose ids were not negotiated are left out.
  RtpExtensions values;
  values.transport_cc = 7;
  values.mid = "0";
  EXPECT_EQ(written(example(), {}, values).size(), kRtpHeaderBytes);
}

TEST(RtpHeader, TransportCcMakesTheMediaHeader) {
  RtpExtensions values;
  values.transport_cc = 0x1234;
  const Bytes bytes = written(example(), {.transport_cc = 3}, values);
  EXPECT_EQ(bytes, from_hex("90e6fffe 01020304 a1a2a3a4 bede0001 31123400"));
  EXPECT_EQ(bytes.size(), kMediaRtpHeaderBytes);
}

TEST(RtpHeader, EveryExtensionAtItsLargest) {
  const RtpExtensionIds ids{.mid = 1, .transport_cc = 2, .playout_delay = 3, .capture_time = 14};
  RtpExtensions values;
  values.transport_cc = 0xabcd;
  values.least_playout_delay = true;
  values.capture_time = NtpTime{0x0102030405060708};
  values.mid = "0123456789abcdef";
  const Bytes bytes = written(example(), ids, values);
  EXPECT_EQ(bytes.size(), kMaxRtpHeaderBytes);
  const auto packet = read_rtp(bytes);
  ASSERT_TRUE(packet);
  const RtpExtensions read = read_rtp_extensions(*packet, ids);
  EXPECT_EQ(read.transport_cc, 0xabcd);
  EXPECT_TRUE(read.least_playout_delay);
  EXPECT_EQ(read.capture_time, values.capture_time);
  EXPECT_EQ(read.mid, values.mid);
  EXPECT_EQ(find_rtp_extension(*packet, 14)->size(), 8u);
  EXPECT_FALSE(find_rtp_extension(*packet, 5));
}

TEST(RtpHeader, ReadsCsrcsAndPadding) {
  const Bytes bytes = from_hex("b1e60001 00000002 00000003 c0c0c0c0 bede0001 10aa0000 6162 000003");
  const auto packet = read_rtp(bytes);
  ASSERT_TRUE(packet);
  EXPECT_EQ(packet->header_bytes, 24u);
  EXPECT_EQ(packet->padding_bytes, 3);
  EXPECT_EQ(as_text(packet->payload), "ab");
  EXPECT_EQ((*find_rtp_extension(*packet, 1))[0], 0xaa);
  EXPECT_EQ(packet->header.ssrc, 3u);
}

TEST(RtpHeader, BytesThatLieAreRefused) {
  const Bytes good = from_hex("b1e60001 00000002 00000003 c0c0c0c0 bede0001 10aa0000 6162 000003");
  for (size_t size = 0; size < 24; ++size)
    EXPECT_EQ(read_rtp(ByteSpan(good).first(size)).error(), DropReason::kTruncated) << size;
  EXPECT_EQ(read_rtp(from_hex("40e60001 00000002 00000003")).error(), DropReason::kMalformed);
  const char* padding = "a0e60001 00000002 00000003";
  EXPECT_EQ(read_rtp(from_hex(padding)).error(), DropReason::kTruncated);
  EXPECT_EQ(read_rtp(from_hex(std::string(padding) + "00")).error(), DropReason::kMalformed);
  EXPECT_EQ(read_rtp(from_hex(std::string(padding) + "61 03")).error(), DropReason::kMalformed);
}

// RFC 8285 §4.2: padding between elements, id 15 ends the block, id 0 with a length is ignored.
TEST(RtpHeader, OddExtensionBlocks) {
  const std::string head = "90e60001 00000002 00000003";
  const Bytes padded = from_hex(head + "bede0002 0000 10aa 00 20bb 00");
  const auto packet = read_rtp(padded);
  ASSERT_TRUE(packet);
  EXPECT_EQ((*find_rtp_extension(*packet, 1))[0], 0xaa);
  EXPECT_EQ((*find_rtp_extension(*packet, 2))[0], 0xbb);
  const Bytes stopped = from_hex(head + "bede0001 f0 20bb 00");
  EXPECT_FALSE(find_rtp_extension(*read_rtp(stopped), 2));
  const Bytes beyond = from_hex(head + "bede0001 10aa 2fbb");
  EXPECT_TRUE(find_rtp_extension(*read_rtp(beyond), 1));
  EXPECT_FALSE(find_rtp_extension(*read_rtp(beyond), 2));
  const Bytes two_byte = from_hex(head + "10000001 0101aa00");
  EXPECT_FALSE(find_rtp_extension(*read_rtp(two_byte), 1));
  const Bytes zero = from_hex(head + "bede0001 01aabb 00");
  EXPECT_FALSE(read_rtp_extensions(*read_rtp(zero), {}).transport_cc);
}

}  // namespace
}  // namespace longmen
