#include "core/rtp/rtcp.h"

#include <gtest/gtest.h>

namespace longmen::rtcp {
namespace {

using std::chrono::milliseconds;

template <class T>
T only(const Bytes& bytes) {
  Reader reader(bytes);
  const auto packet = reader.next();
  EXPECT_TRUE(packet);
  EXPECT_TRUE(packet && std::holds_alternative<T>(*packet));
  EXPECT_EQ(reader.problem(), DropReason::kNone);
  return packet && std::holds_alternative<T>(*packet) ? std::get<T>(*packet) : T{};
}

DropReason problem_of(const Bytes& bytes) {
  Reader reader(bytes);
  while (reader.next()) {
  }
  return reader.problem();
}

ReportBlock block(uint32_t ssrc) {
  ReportBlock block;
  block.ssrc = ssrc;
  block.fraction_lost_256 = 64;
  block.cumulative_lost = -5;
  block.extended_highest_sequence = 0x0001FFFF;
  block.jitter = 90;
  block.last_sender_report = 0x12345678;
  block.delay_since_last_sender_report = 0x00010000;
  return block;
}

TEST(RtcpTest, SenderReportIsReadAsWritten) {
  SenderReport report;
  report.ssrc = 0xAABBCCDD;
  report.ntp.value = 0x0102030405060708;
  report.rtp_timestamp = 90000;
  report.packets = 11;
  report.octets = 12000;
  Bytes bytes;
  write_sender_report(report, bytes);
  EXPECT_EQ(bytes, (Bytes{0x80, 200, 0,    6,    0xAA, 0xBB, 0xCC, 0xDD, 1, 2,  3, 4, 5,    6,
                          7,    8,   0x00, 0x01, 0x5F, 0x90, 0,    0,    0, 11, 0, 0, 0x2E, 0xE0}));
  const auto read = only<SenderReport>(bytes);
  EXPECT_EQ(read.ssrc, report.ssrc);
  EXPECT_EQ(read.ntp, report.ntp);
  EXPECT_EQ(read.rtp_timestamp, 90000u);
  EXPECT_EQ(read.octets, 12000u);
}

TEST(RtcpTest, ReportBlocksKeepSignAndOrder) {
  ReceiverReport report;
  report.ssrc = 7;
  report.blocks.values[0] = block(1);
  report.blocks.values[1] = block(2);
  report.blocks.count = 2;
  Bytes bytes;
  write_receiver_report(report, bytes);
  const auto read = only<ReceiverReport>(bytes);
  ASSERT_EQ(read.blocks.count, 2u);
  EXPECT_EQ(read.blocks.span()[1].ssrc, 2u);
  EXPECT_EQ(read.blocks.span()[0].cumulative_lost, -5);
  EXPECT_EQ(read.blocks.span()[0].fraction_lost_256, 64);
  EXPECT_EQ(read.blocks.span()[0].extended_highest_sequence, 0x0001FFFFu);
}

TEST(RtcpTest, FewerBlocksThanCountedAreMalformed) {
  ReceiverReport report;
  report.blocks.count = 1;
  Bytes bytes;
  write_receiver_report(report, bytes);
  bytes[0] = 0x80 | 2;
  EXPECT_EQ(problem_of(bytes), DropReason::kMalformed);
}

// RFC 3550 §6.4.1, figure 2: n reports at 0xb710:8000, LSR 0xb705:2000, DLSR 0x0005:4000 (5.250 s):
// round trip 6.125 s.
TEST(RtcpTest, Rfc3550RoundTripExample) {
  ReportBlock example;
  example.last_sender_report = 0xb7052000;
  example.delay_since_last_sender_report = 0x00054000;
  EXPECT_EQ(example.round_trip(NtpTime{0xb44db710'80000000}), milliseconds(6125));
}

TEST(RtcpTest, RoundTripNeedsASenderReportAndSense) {
  ReportBlock never;
  EXPECT_FALSE(never.round_trip(NtpTime{1}));
  ReportBlock future;
  future.last_sender_report = 0x00010000;
  future.delay_since_last_sender_report = 0x00020000;
  EXPECT_FALSE(future.round_trip(NtpTime{uint64_t{0x00010000} << 16}));
}

TEST(RtcpTest, NackExpandsPidAndBlp) {
  const Bytes bytes{0x81, 205, 0, 4, 0, 0, 0, 1, 0, 0, 0, 2, 0xFF, 0xFE, 0x80, 0x03, 0, 50, 0, 0};
  const auto nack = only<Nack>(bytes);
  EXPECT_EQ(nack.sender_ssrc, 1u);
  EXPECT_EQ(nack.media_ssrc, 2u);
  std::vector<uint16_t> sequences;
  nack.for_each([&](uint16_t sequence) { sequences.push_back(sequence); });
  // 65534, then the bits 0, 1 and 15: 65535, 0 (wrapped), 14.
  EXPECT_EQ(sequences, (std::vector<uint16_t>{65534, 65535, 0, 14, 50}));
  EXPECT_EQ(nack.count(), 5u);
}

TEST(RtcpTest, PictureLossAndFullIntra) {
  const auto loss = only<PictureLoss>(Bytes{0x81, 206, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2});
  EXPECT_EQ(loss.media_ssrc, 2u);
  const auto intra = only<FullIntraRequest>(
      Bytes{0x84, 206, 0, 4, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 9, 5, 0, 0, 0});
  ASSERT_EQ(intra.ssrcs.count, 1u);
  EXPECT_EQ(intra.ssrcs.span()[0], 9u);
}

TEST(RtcpTest, RembMantissaAndExponent) {
  // "REMB", one SSRC, exponent 3, mantissa 0x20000: 1,048,576 bit/s.
  const auto remb = only<Remb>(Bytes{0x8F, 206, 0,   5,   0, 0,    0,    1,    0, 0, 0, 0,
                                     'R',  'E', 'M', 'B', 1, 0x0E, 0x00, 0x00, 0, 0, 0, 9});
  EXPECT_EQ(remb.bitrate_bps, 1'048'576u);
  ASSERT_EQ(remb.ssrcs.count, 1u);
  EXPECT_EQ(remb.ssrcs.span()[0], 9u);
}

TEST(RtcpTest, RembBeyond64BitsSaturates) {
  const auto remb = only<Remb>(
      Bytes{0x8F, 206, 0, 4, 0, 0, 0, 1, 0, 0, 0, 0, 'R', 'E', 'M', 'B', 0, 0xFF, 0xFF, 0xFF});
  EXPECT_EQ(remb.bitrate_bps, UINT64_MAX);
}

TEST(RtcpTest, RembThatCountsMoreSsrcsThanItHasIsMalformed) {
  EXPECT_EQ(
      problem_of(Bytes{0x8F, 206, 0, 4, 0, 0, 0, 1, 0, 0, 0, 0, 'R', 'E', 'M', 'B', 9, 0, 0, 1}),
      DropReason::kMalformed);
}

TEST(RtcpTest, OtherApplicationLayerFeedbackIsOther) {
  const auto other =
      only<Other>(Bytes{0x8F, 206, 0, 3, 0, 0, 0, 1, 0, 0, 0, 0, 'L', 'O', 'S', 'S'});
  EXPECT_EQ(other.count_or_format, 15);
}

TEST(RtcpTest, CompoundIsReadInOrder) {
  Bytes bytes;
  ReceiverReport report;
  report.ssrc = 1;
  write_receiver_report(report, bytes);
  write_source_description(1, "user@host", bytes);
  write_bye(std::array<uint32_t, 2>{1, 2}, "going", bytes);
  Reader reader(bytes);
  EXPECT_TRUE(std::holds_alternative<ReceiverReport>(*reader.next()));
  const auto description = reader.next();
  EXPECT_EQ(std::get<SourceDescription>(*description).cname, "user@host");
  const auto bye = reader.next();
  EXPECT_EQ(std::get<Bye>(*bye).ssrcs.count, 2u);
  EXPECT_EQ(std::get<Bye>(*bye).reason, "going");
  EXPECT_FALSE(reader.next());
  EXPECT_EQ(reader.problem(), DropReason::kNone);
}

TEST(RtcpTest, EveryPacketWrittenIsWholeWords) {
  for (size_t length = 0; length < 9; ++length) {
    Bytes bytes;
    write_source_description(1, std::string(length, 'c'), bytes);
    EXPECT_EQ(bytes.size() % 4, 0u);
    EXPECT_EQ(only<SourceDescription>(bytes).cname, std::string(length, 'c'));
    Bytes bye;
    write_bye(std::array<uint32_t, 1>{1}, std::string(length, 'r'), bye);
    EXPECT_EQ(bye.size() % 4, 0u);
    EXPECT_EQ(only<Bye>(bye).reason, std::string(length, 'r'));
  }
}

// RFC 3550 §6.5: the chunk ends with at least one null octet, also when the text fits exactly.
TEST(RtcpTest, SourceDescriptionEndsWithANull) {
  Bytes bytes;
  write_source_description(1, "ab", bytes);  // 4 + 4 + 2 + 2 = 12 without the null
  EXPECT_EQ(bytes.size(), 16u);
  EXPECT_EQ(bytes.back(), 0);
}

TEST(RtcpTest, WritersKeepTheirBounds) {
  Bytes bytes;
  write_source_description(1, std::string(300, 'c'), bytes);
  EXPECT_EQ(only<SourceDescription>(bytes).cname.size(), 255u);
  Bytes bye;
  write_bye(std::vector<uint32_t>(40, 7), std::string(300, 'r'), bye);
  EXPECT_EQ(only<Bye>(bye).ssrcs.count, 31u);
  EXPECT_EQ(only<Bye>(bye).reason.size(), 255u);
}

TEST(RtcpTest, LyingLengthEndsTheCompoundButKeepsWhatCameBefore) {
  Bytes bytes;
  write_receiver_report({}, bytes);
  const Bytes liar{0x81, 206, 0, 9, 0, 0, 0, 1, 0, 0, 0, 2};
  bytes.insert(bytes.end(), liar.begin(), liar.end());
  Reader reader(bytes);
  EXPECT_TRUE(reader.next());
  EXPECT_FALSE(reader.next());
  EXPECT_EQ(reader.problem(), DropReason::kTruncated);
  EXPECT_FALSE(reader.next());
}

TEST(RtcpTest, PaddingIsCutOffAndChecked) {
  const Bytes good{0xA1, 205, 0, 4, 0, 0, 0, 1, 0, 0, 0, 2, 0, 7, 0, 0, 0, 0, 0, 4};
  EXPECT_EQ(only<Nack>(good).count(), 1u);
  Bytes half_a_pair = good;
  half_a_pair.back() = 3;
  EXPECT_EQ(only<Nack>(half_a_pair).count(), 1u);
  for (uint8_t padding : {0, 20, 255}) {
    Bytes bad = good;
    bad.back() = padding;
    EXPECT_EQ(problem_of(bad), DropReason::kMalformed) << int{padding};
  }
}

TEST(RtcpTest, WrongVersionTooShortAndTooLarge) {
  EXPECT_EQ(problem_of(Bytes{0x40, 201, 0, 1, 0, 0, 0, 1}), DropReason::kMalformed);
  EXPECT_EQ(problem_of(Bytes{0x80, 201, 0}), DropReason::kTruncated);
  EXPECT_EQ(problem_of(Bytes(kMaxRtcpBytes + 1)), DropReason::kTooLarge);
  EXPECT_EQ(problem_of({}), DropReason::kNone);
}

// RFC 3611 §4.5; the block of loss before it is skipped.
TEST(RtcpTest, AnExtendedReportGivesTheRoundTrip) {
  const Bytes packet{0x80, 207, 0, 8, 0, 0, 0, 1,              //
                     1,    0,   0, 2, 9, 9, 9, 9, 9, 9, 9, 9,  //
                     5,    0,   0, 3, 0, 0, 0, 7, 0, 1, 0, 0, 0, 0, 0x80, 0};
  const auto report = only<ExtendedReport>(packet);
  EXPECT_EQ(report.ssrc, 1u);
  ASSERT_EQ(report.delays.count, 1u);
  const ReferenceDelay& delay = report.delays.values[0];
  EXPECT_EQ(delay.ssrc, 7u);
  // Sent at second 1, held for half a second, back at 1.75 s.
  EXPECT_EQ(delay.round_trip(NtpTime{uint64_t{0x0001C000} << 16}), std::chrono::milliseconds(250));
  EXPECT_FALSE(delay.round_trip(NtpTime{uint64_t{0x00010000} << 16}));
  EXPECT_FALSE(ReferenceDelay{}.round_trip(NtpTime{uint64_t{0x00010000} << 16}));
}

TEST(RtcpTest, AnExtendedReportWhoseBlockLiesIsMalformed) {
  const Bytes packet{0x80, 207, 0, 2, 0, 0, 0, 1, 5, 0, 0, 3};
  Reader reader(packet);
  EXPECT_FALSE(reader.next());
  EXPECT_EQ(reader.problem(), DropReason::kMalformed);
}

TEST(RtcpTest, AReferenceTimeIsWritten) {
  Bytes packet;
  write_reference_time(0x01020304, NtpTime{0x1122334455667788}, packet);
  EXPECT_EQ(packet, (Bytes{0x80, 207, 0,    4,    1,    2,    3,    4,    4,    0,
                           0,    2,   0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88}));
}

TEST(RtcpTest, UnknownTypesAreOther) {
  EXPECT_EQ(static_cast<int>(only<Other>(Bytes{0x80, 195, 0, 1, 0, 0, 0, 1}).type), 195);
}

TEST(RtcpTest, WrittenNackIsReadBack) {
  const std::vector<uint16_t> lost = {65534, 65535, 0, 14, 15, 400, 417};
  Bytes bytes;
  write_nack(7, 9, lost, bytes);
  EXPECT_EQ(bytes.size(), 12u + 4 * 4);  // 65534 takes what is within 16 of it
  Reader reader(bytes);
  const auto packet = reader.next();
  ASSERT_TRUE(packet && std::holds_alternative<Nack>(*packet));
  const auto& nack = std::get<Nack>(*packet);
  EXPECT_EQ(nack.sender_ssrc, 7u);
  EXPECT_EQ(nack.media_ssrc, 9u);
  std::vector<uint16_t> read;
  nack.for_each([&](uint16_t sequence) { read.push_back(sequence); });
  EXPECT_EQ(read, lost);
}

TEST(RtcpTest, NackIsBounded) {
  std::vector<uint16_t> lost;
  for (int i = 0; i < 1000; ++i)
    lost.push_back(static_cast<uint16_t>(i * 20));
  Bytes bytes;
  write_nack(7, 9, lost, bytes);
  EXPECT_EQ(bytes.size(), 12 + 4 * kMaxNackPairs);
}

TEST(RtcpTest, WrittenPictureLossIsReadBack) {
  Bytes bytes;
  write_picture_loss({7, 9}, bytes);
  Reader reader(bytes);
  const auto packet = reader.next();
  ASSERT_TRUE(packet && std::holds_alternative<PictureLoss>(*packet));
  EXPECT_EQ(std::get<PictureLoss>(*packet).sender_ssrc, 7u);
  EXPECT_EQ(std::get<PictureLoss>(*packet).media_ssrc, 9u);
}

}  // namespace
}  // namespace longmen::rtcp
