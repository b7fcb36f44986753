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

// What is written is read back, whatever arrived when.
TEST(TransportFeedbackTest, WrittenIsReadBack) {
  std::mt19937 random(7);
  size_t refused = 0;
  for (int round = 0; round < 2000; ++round) {
    TransportFeedback feedback;
    feedback.sender_ssrc = static_cast<uint32_t>(random());
    feedback.media_ssrc = static_cast<uint32_t>(random());
    feedback.base_sequence = static_cast<uint16_t>(random());
    feedback.feedback_count = static_cast<uint8_t>(random());
    const unsigned lost_of_16 = random() % 17;
    const int64_t widest = int64_t{1} << random() % 16;
    FeedbackTicks now(static_cast<int64_t>(random() % 1'000'000'000));
    const size_t count = 1 + random() % (round % 10 == 0 ? 3000 : 60);
    for (size_t i = 0; i < count; ++i) {
      FeedbackPacket packet;
      packet.sequence = static_cast<uint16_t>(feedback.base_sequence + i);
      packet.received = random() % 16 >= lost_of_16;
      if (packet.received) {
        now += FeedbackTicks(static_cast<int64_t>(random() % (2 * widest)) - widest / 4);
        packet.arrival = now;
      }
      feedback.packets.push_back(packet);
    }
    Bytes written;
    if (!write_transport_feedback(feedback, written)) {
      ++refused;
      continue;
    }
    ASSERT_EQ(written.size() % 4, 0u);
    Reader reader(written);
    TransportFeedback read;
    if (written.size() <= kMaxRtcpBytes) {
      const auto packet = reader.next();
      ASSERT_TRUE(packet && std::holds_alternative<TransportCc>(*packet));
    }
    ASSERT_EQ(decode_transport_feedback(written, read), DropReason::kNone) << round;
    EXPECT_EQ(read.sender_ssrc, feedback.sender_ssrc);
    EXPECT_EQ(read.media_ssrc, feedback.media_ssrc);
    EXPECT_EQ(read.base_sequence, feedback.base_sequence);
    EXPECT_EQ(read.feedback_count, feedback.feedback_count);
    ASSERT_EQ(read.packets.size(), feedback.packets.size()) << round;
    // The reference time has 24 bits; arrivals run on modulo 2^24 x 64 ms.
    const FeedbackTicks turn = FeedbackTicks(256) * (int64_t{1} << 24);
    for (size_t i = 0; i < read.packets.size(); ++i) {
      ASSERT_EQ(read.packets[i].sequence, feedback.packets[i].sequence);
      ASSERT_EQ(read.packets[i].received, feedback.packets[i].received) << round << ' ' << i;
      if (!read.packets[i].received) continue;
      ASSERT_EQ(((feedback.packets[i].arrival - read.packets[i].arrival) % turn).count(), 0);
    }
  }
  EXPECT_LT(refused, 100u);
}

TEST(TransportFeedbackTest, RegularArrivalsTakeFewBytes) {
  TransportFeedback feedback;
  for (int i = 0; i < 100; ++i)
    feedback.packets.push_back({static_cast<uint16_t>(i), true, FeedbackTicks(4000 + i)});
  Bytes written;
  ASSERT_TRUE(write_transport_feedback(feedback, written));
  EXPECT_EQ(written.size(), 20u + 2 + 100 + 2);  // header, one run, deltas, padding
}

TEST(TransportFeedbackTest, WhatCannotBeSaidIsNotWritten) {
  TransportFeedback feedback;
  Bytes written;
  EXPECT_FALSE(write_transport_feedback(feedback, written));
  feedback.packets = {{0, true, FeedbackTicks(0)}, {1, true, FeedbackTicks(32768)}};
  EXPECT_FALSE(write_transport_feedback(feedback, written));
  feedback.packets[1].arrival = FeedbackTicks(32767);
  EXPECT_TRUE(write_transport_feedback(feedback, written));
  written.clear();
  feedback.packets.assign(kMaxFeedbackPackets + 1, {});
  EXPECT_FALSE(write_transport_feedback(feedback, written));
  EXPECT_TRUE(written.empty());
}

}  // namespace
}  // namespace longmen::rtcp
