#include "core/rtp/transport_feedback.h"

#include <gtest/gtest.h>

#include <random>

#include "core/rtp/rtcp.h"

namespace longmen::rtcp {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

// A feedback packet with this base, status count, reference, and what follows (chunks and deltas).
Bytes feedback(uint16_t base, uint16_t count, uint32_t reference, const Bytes& rest) {
  Bytes bytes;
  ByteWriter writer(bytes);
  writer.u8(0x8F);
  writer.u8(205);
  writer.u16(0);
  writer.u32(1);
  writer.u32(2);
  writer.u16(base);
  writer.u16(count);
  writer.u24(reference);
  writer.u8(77);
  writer.bytes(rest);
  while (bytes.size() % 4 != 0)
    writer.u8(0);
  writer.patch_u16(2, bytes.size() / 4 - 1);
  return bytes;
}

std::vector<bool> received(const TransportFeedback& feedback) {
  std::vector<bool> out;
  for (const FeedbackPacket& packet : feedback.packets)
    out.push_back(packet.received);
  return out;
}

TEST(TransportFeedbackTest, HeaderAndSmallDeltas) {
  TransportFeedback out;
  // Run length: small delta x 3; deltas 1, 2, 255 quarter milliseconds.
  const Bytes bytes = feedback(65534, 3, 10, {0x20, 0x03, 1, 2, 255});
  ASSERT_EQ(decode_transport_feedback(bytes, out), DropReason::kNone);
  EXPECT_EQ(out.sender_ssrc, 1u);
  EXPECT_EQ(out.media_ssrc, 2u);
  EXPECT_EQ(out.feedback_count, 77);
  EXPECT_EQ(out.reference, milliseconds(640));
  ASSERT_EQ(out.packets.size(), 3u);
  EXPECT_EQ(out.packets[0].sequence, 65534);
  EXPECT_EQ(out.packets[2].sequence, 0);  // wrapped
  EXPECT_EQ(out.packets[0].arrival, milliseconds(640) + microseconds(250));
  EXPECT_EQ(out.packets[1].arrival, milliseconds(640) + microseconds(750));
  EXPECT_EQ(out.packets[2].arrival, milliseconds(640) + microseconds(750 + 63750));
}

TEST(TransportFeedbackTest, LargeDeltaMayBeNegative) {
  TransportFeedback out;
  // Two-bit vector: large, small, then five not received, of which the count takes none.
  const Bytes bytes = feedback(5, 2, 0, {0xE4, 0x00, 0xFF, 0xFC, 8});
  ASSERT_EQ(decode_transport_feedback(bytes, out), DropReason::kNone);
  ASSERT_EQ(out.packets.size(), 2u);
  EXPECT_EQ(out.packets[0].arrival, milliseconds(-1));
  EXPECT_EQ(out.packets[1].arrival, milliseconds(1));
}

// draft-holmer-rmcat-transport-wide-cc-extensions-01 §3.1.3: 0 0 0 0 0 0 0 0 1 1 0 1 1 0... is not
// spelled there in full; the vectors below are its figures: run of 221 not received, one-bit
// 0111110001110 0, two-bit 11 00 01 01 01 00 00 with a large delta in place of the reserved 11.
TEST(TransportFeedbackTest, ChunkFiguresOfTheDraft) {
  TransportFeedback out;
  ASSERT_EQ(decode_transport_feedback(feedback(0, 221, 0, {0x00, 0xDD}), out), DropReason::kNone);
  EXPECT_EQ(received(out), std::vector<bool>(221, false));

  ASSERT_EQ(
      decode_transport_feedback(feedback(0, 14, 0, {0x9F, 0x1C, 1, 1, 1, 1, 1, 1, 1, 1}), out),
      DropReason::kNone);
  EXPECT_EQ(received(out), (std::vector<bool>{0, 1, 1, 1, 1, 1, 0, 0, 0, 1, 1, 1, 0, 0}));

  ASSERT_EQ(decode_transport_feedback(feedback(0, 7, 0, {0xE1, 0x50, 0, 4, 1, 1, 1}), out),
            DropReason::kNone);
  EXPECT_EQ(received(out), (std::vector<bool>{1, 0, 1, 1, 1, 0, 0}));
}

TEST(TransportFeedbackTest, NegativeReferenceTime) {
  TransportFeedback out;
  ASSERT_EQ(decode_transport_feedback(feedback(0, 1, 0xFFFFFF, {0x20, 0x01, 0}), out),
            DropReason::kNone);
  EXPECT_EQ(out.reference, milliseconds(-64));
}

TEST(TransportFeedbackTest, ReservedStatusIsNotReceivedAndHasNoDelta) {
  TransportFeedback out;
  ASSERT_EQ(decode_transport_feedback(feedback(0, 2, 0, {0xF4, 0x00, 9}), out), DropReason::kNone);
  EXPECT_EQ(received(out), (std::vector<bool>{false, true}));
  EXPECT_EQ(out.packets[1].arrival, microseconds(2250));
}

TEST(TransportFeedbackTest, RunLongerThanTheCountIsCut) {
  TransportFeedback out;
  ASSERT_EQ(decode_transport_feedback(feedback(0, 2, 0, {0x1F, 0xFF}), out), DropReason::kNone);
  EXPECT_EQ(out.packets.size(), 2u);
}

TEST(TransportFeedbackTest, LiesAreRefused) {
  TransportFeedback out;
  EXPECT_EQ(decode_transport_feedback(feedback(0, 0, 0, {}), out), DropReason::kMalformed);
  EXPECT_EQ(decode_transport_feedback(feedback(0, kMaxFeedbackPackets + 1, 0, {0x1F, 0xFF}), out),
            DropReason::kTooLarge);
  EXPECT_EQ(decode_transport_feedback(feedback(0, 100, 0, {0x00, 0x0A, 0x00, 0x0A}), out),
            DropReason::kTruncated);
  EXPECT_EQ(decode_transport_feedback(feedback(0, 3, 0, {0x20, 0x03}), out),
            DropReason::kTruncated);
  EXPECT_EQ(decode_transport_feedback(feedback(0, 3, 0, {0x20, 0x00, 1, 1}), out),
            DropReason::kMalformed);
  EXPECT_EQ(decode_transport_feedback(Bytes{0x8F, 205, 0, 0}, out), DropReason::kTruncated);
  EXPECT_EQ(decode_transport_feedback({}, out), DropReason::kTruncated);
  EXPECT_EQ(decode_transport_feedback(Bytes{0x81, 205, 0, 0}, out), DropReason::kUnsupported);
}

TEST(TransportFeedbackTest, EveryTruncationEndsWell) {
  const Bytes whole = feedback(0, 14, 0, {0x9F, 0x1C, 1, 1, 1, 1, 1, 1, 1, 1});
  TransportFeedback out;
  // 20 bytes of header, one chunk and eight deltas are needed.
  for (size_t size = 0; size < 30; ++size)
    EXPECT_NE(decode_transport_feedback(ByteSpan(whole).first(size), out), DropReason::kNone);
}

TEST(TransportFeedbackTest, ComesOutOfTheCompoundWithoutPadding) {
  Bytes bytes = feedback(0, 1, 0, {0x20, 0x01, 4});
  bytes[0] |= 0x20;
  const Bytes padding{0, 0, 0, 4};
  bytes.insert(bytes.end(), padding.begin(), padding.end());
  bytes[3] = static_cast<uint8_t>(bytes.size() / 4 - 1);
  Reader reader(bytes);
  const auto packet = reader.next();
  ASSERT_TRUE(packet && std::holds_alternative<TransportCc>(*packet));
  TransportFeedback out;
  EXPECT_EQ(decode_transport_feedback(std::get<TransportCc>(*packet).packet, out),
            DropReason::kNone);
  EXPECT_EQ(out.packets[0].arrival, milliseconds(1));
}

// RFC 3550 §6.4.1 wants multiples of four; libwebrtc fills up to a word, and most of its reports
// have an odd number of deltas.
TEST(TransportFeedbackTest, ComesOutOfTheCompoundWithThePaddingThatLibwebrtcWrites) {
  for (uint8_t padding = 1; padding <= 3; ++padding) {
    const auto count = static_cast<uint8_t>(6 - padding);
    Bytes chunks_and_deltas{0x20, count};
    chunks_and_deltas.insert(chunks_and_deltas.end(), count, 4);
    Bytes bytes = feedback(0, count, 0, chunks_and_deltas);
    bytes[0] |= 0x20;
    bytes.back() = padding;
    Reader reader(bytes);
    const auto packet = reader.next();
    ASSERT_TRUE(packet && std::holds_alternative<TransportCc>(*packet)) << int{padding};
    TransportFeedback out;
    EXPECT_EQ(decode_transport_feedback(std::get<TransportCc>(*packet).packet, out),
              DropReason::kNone);
    EXPECT_EQ(out.packets.size(), count);
  }
}

TransportFeedback report_of(uint16_t base, FeedbackTicks reference,
                            const std::vector<std::optional<int>>& arrivals) {
  TransportFeedback feedback;
  feedback.sender_ssrc = 1;
  feedback.media_ssrc = 2;
  feedback.base_sequence = base;
  feedback.feedback_count = 3;
  feedback.reference = reference;
  for (const std::optional<int>& arrival : arrivals) {
    FeedbackPacket packet;
    packet.sequence = static_cast<uint16_t>(base + feedback.packets.size());
    packet.received = arrival.has_value();
    if (arrival) packet.arrival = FeedbackTicks(*arrival);
    feedback.packets.push_back(packet);
  }
  return feedback;
}

void expect_round_trip(const TransportFeedback& feedback) {
  Bytes bytes;
  write_transport_feedback(feedback, bytes);
  ASSERT_EQ(bytes.size() % 4, 0u);
  Reader compound(bytes);
  const auto packet = compound.next();
  ASSERT_TRUE(packet && std::holds_alternative<TransportCc>(*packet));
  TransportFeedback out;
  ASSERT_EQ(decode_transport_feedback(std::get<TransportCc>(*packet).packet, out),
            DropReason::kNone);
  EXPECT_EQ(out.sender_ssrc, feedback.sender_ssrc);
  EXPECT_EQ(out.media_ssrc, feedback.media_ssrc);
  EXPECT_EQ(out.base_sequence, feedback.base_sequence);
  EXPECT_EQ(out.feedback_count, feedback.feedback_count);
  ASSERT_EQ(out.packets.size(), feedback.packets.size());
  for (size_t i = 0; i < out.packets.size(); ++i) {
    EXPECT_EQ(out.packets[i].sequence, feedback.packets[i].sequence);
    ASSERT_EQ(out.packets[i].received, feedback.packets[i].received) << i;
    if (out.packets[i].received) {
      EXPECT_EQ(out.packets[i].arrival, feedback.packets[i].arrival);
    }
  }
}

TEST(TransportFeedbackTest, WrittenBytes) {
  // 300 ticks after the reference of 640 ms (large), 4 later (small), lost, 2 back (large).
  Bytes bytes;
  write_transport_feedback(report_of(65534, milliseconds(660), {2860, 2864, {}, 2862}), bytes);
  const Bytes expected{
      0x8F, 205,  0,    6,    0,    0, 0, 1,  0, 0,    0,
      2,    0xFF, 0xFE, 0,    4,    0, 0, 10, 3, 0xE4, 0x80,  // two-bit vector 10 01 00 10
      1,    44,   4,    0xFF, 0xFE, 0};
  EXPECT_EQ(bytes, expected);
  expect_round_trip(report_of(65534, milliseconds(660), {2860, 2864, {}, 2862}));
}

TEST(TransportFeedbackTest, WhatIsWrittenIsRead) {
  for (uint32_t seed = 1; seed <= 200; ++seed) {
    SCOPED_TRACE(seed);
    std::minstd_rand random(seed);
    const int loss_percent = static_cast<int>(random() % 4) * 30;
    const int longest_step = seed % 3 == 0 ? 20'000 : 200;
    std::vector<std::optional<int>> arrivals;
    int at = static_cast<int>(random() % 1000);
    for (size_t count = 1 + random() % 500; count > 0; --count) {
      arrivals.emplace_back();
      if (static_cast<int>(random() % 100) < loss_percent) continue;
      arrivals.back() = at;
      at += static_cast<int>(random() % static_cast<uint32_t>(longest_step)) - longest_step / 8;
    }
    expect_round_trip(report_of(static_cast<uint16_t>(random()), FeedbackTicks(0), arrivals));
  }
}

TEST(TransportFeedbackTest, LongRunsAreWrittenAsRuns) {
  Bytes bytes;
  write_transport_feedback(report_of(0, {}, std::vector<std::optional<int>>(8192)), bytes);
  EXPECT_EQ(bytes.size(), 20u + 2 * 2);  // 8191 and one more
  expect_round_trip(report_of(0, {}, std::vector<std::optional<int>>(8192)));
}

TEST(TransportFeedbackTest, WhatCannotBeSaidIsLeftOut) {
  Bytes bytes;
  write_transport_feedback(report_of(0, {}, {1, 2, 2 + 32768, 3}), bytes);
  TransportFeedback out;
  ASSERT_EQ(decode_transport_feedback(bytes, out), DropReason::kNone);
  EXPECT_EQ(out.packets.size(), 2u);
  bytes.clear();
  write_transport_feedback(report_of(0, {}, {}), bytes);
  EXPECT_TRUE(bytes.empty());
}

TEST(TransportFeedbackTest, ReferenceBeforeTheReceiversZeroIsRoundedDown) {
  expect_round_trip(report_of(9, milliseconds(-1), {-3, 5}));
}

}  // namespace
}  // namespace longmen::rtcp
