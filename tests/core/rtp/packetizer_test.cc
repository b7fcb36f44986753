#include "core/rtp/packetizer.h"

#include <gtest/gtest.h>

#include <random>

#include "core/codec/caption_sei.h"
#include "core/codec/h264.h"
#include "core/rtp/depacketizer.h"
#include "tests/support/hex.h"

namespace longmen {
namespace {

using h264::NalType;
using test::from_hex;

const Generation kGeneration{7};
const MediaTime kTime{std::chrono::seconds(1'700'000'000)};
const Bytes kSps = from_hex("6742c01eda0280bfe5c044000003000400000300c83c58ba80");
const Bytes kPps = from_hex("68ce0fc8");

Bytes nal(uint8_t header, size_t size, uint32_t seed = 1) {
  std::mt19937 random(seed);
  Bytes bytes{header};
  while (bytes.size() < size)
    bytes.push_back(static_cast<uint8_t>(random() % 255 + 1));
  return bytes;
}

Bytes annex_b(const std::vector<Bytes>& nals) {
  Bytes bytes;
  for (const Bytes& one : nals)
    h264::append_annex_b(one, bytes);
  return bytes;
}

Packetizer video() {
  return Packetizer(kGeneration, RenditionId{1}, 1000);
}

// What every unit must fulfil, whatever is in it.
void expect_sound(const MediaUnit& unit) {
  ASSERT_FALSE(unit.packets.empty());
  size_t train = 0;
  size_t train_bytes = 0;
  for (size_t i = 0; i < unit.packets.size(); ++i) {
    const MediaPacket& packet = unit.packets[i];
    const size_t bytes = size_t{packet.payload_bytes} + packet.padding_bytes;
    EXPECT_LE(bytes, kMaxPayloadBytes);
    EXPECT_GT(packet.payload_bytes, 0);
    EXPECT_EQ(packet.marker, i + 1 == unit.packets.size());
    if (i == 0) {
      EXPECT_TRUE(packet.starts_train);
    }
    if (packet.starts_train) {
      train = 0;
      train_bytes = bytes;
    }
    EXPECT_EQ(bytes, train_bytes) << i;
    EXPECT_LE(++train, kMaxTrainPackets);
  }
}

TEST(Packetizer, ParameterSetsOfAnIdrAreAStapAAlone) {
  Packetizer packetizer = video();
  const auto unit = packetizer.h264(
      annex_b({from_hex("0910"), kSps, kPps, from_hex("0601020380"), nal(0x65, 900)}), kTime);
  ASSERT_TRUE(unit);
  expect_sound(*unit);
  EXPECT_TRUE(unit->keyframe);
  EXPECT_EQ(unit->generation, kGeneration);
  EXPECT_EQ(unit->rendition, RenditionId{1});
  EXPECT_EQ(unit->time, kTime);
  EXPECT_EQ(unit->first_sequence, 1000u);
  ASSERT_EQ(unit->packets.size(), 2u);
  Bytes stap{0x78, 0, static_cast<uint8_t>(kSps.size())};
  stap.insert(stap.end(), kSps.begin(), kSps.end());
  stap.insert(stap.end(), {0, 4});
  stap.insert(stap.end(), kPps.begin(), kPps.end());
  const ByteSpan first = unit->payload(unit->packets[0]);
  EXPECT_EQ(Bytes(first.begin(), first.end()), stap);
  EXPECT_TRUE(unit->packets[1].starts_train);
  EXPECT_EQ(packetizer.next_sequence(), 1002u);
  EXPECT_EQ(*h264_access_unit(*unit), annex_b({kSps, kPps, nal(0x65, 900)}));
}

// ATSC A/53 Part 4 §6.2.3: of all SEI, closed captions alone are for viewers.
TEST(Packetizer, ClosedCaptionsGoInFrontOfTheirPicture) {
  Packetizer packetizer = video();
  const Bytes captions = from_hex("060411b50031474139340342fffc9420fd8080ff80");
  const auto unit = packetizer.h264(
      annex_b({kSps, kPps, from_hex("0601020380"), captions, nal(0x65, 900)}), kTime);
  ASSERT_TRUE(unit);
  expect_sound(*unit);
  ASSERT_EQ(unit->packets.size(), 3u);
  EXPECT_TRUE(std::ranges::equal(unit->payload(unit->packets[1]), captions));
  EXPECT_TRUE(h264::carries_captions(*unit));
  const auto next = packetizer.h264(annex_b({nal(0x41, 900)}), kTime);
  ASSERT_TRUE(next);
  EXPECT_FALSE(h264::carries_captions(*next));
  EXPECT_FALSE(packetizer.h264(annex_b({captions}), kTime)) << "no picture";
  const auto silent = packetizer.h264(
      annex_b({from_hex("060411b50031474139340342fffc8080fd8080ff80"), nal(0x41, 900)}), kTime);
  ASSERT_TRUE(silent);
  EXPECT_EQ(silent->packets.size(), 2u);
  EXPECT_FALSE(h264::carries_captions(*silent)) << "pairs of zeros say nothing";
}

// ITU-T H.264 §7.3.2.3: an SEI has as many messages as its encoder likes.
TEST(Packetizer, ClosedCaptionsMayStandBehindOtherMessages) {
  Packetizer packetizer = video();
  const std::string cc_data = "0411b50031474139340342fffc9420fd8080ff";
  for (const std::string& before :
       {std::string("010300000301"), "05ff00" + std::string(510, 'a')}) {
    const Bytes captions = from_hex("06" + before + cc_data + "80");
    const auto unit = packetizer.h264(annex_b({kSps, kPps, captions, nal(0x65, 900)}), kTime);
    ASSERT_TRUE(unit);
    EXPECT_TRUE(h264::carries_captions(*unit)) << before;
  }
  EXPECT_FALSE(h264::carries_captions(from_hex("060110" + cc_data + "80"))) << "within another";
}

TEST(Packetizer, AnIdrWithoutParameterSetsGetsTheLastOnes) {
  Packetizer packetizer = video();
  EXPECT_EQ(packetizer.h264(annex_b({nal(0x65, 50)}), kTime).error(), DropReason::kWrongState);
  EXPECT_EQ(packetizer.next_sequence(), 1000u);
  ASSERT_TRUE(packetizer.h264(annex_b({kSps, kPps, nal(0x65, 50)}), kTime));
  const auto again = packetizer.h264(annex_b({nal(0x65, 50)}), kTime);
  ASSERT_TRUE(again);
  EXPECT_EQ(*h264_access_unit(*again), annex_b({kSps, kPps, nal(0x65, 50)}));
}

TEST(Packetizer, FragmentsAreEqualAndTheLastIsPadded) {
  for (size_t size : {kMaxPayloadBytes, kMaxPayloadBytes + 1, size_t{2323}, size_t{9000},
                      size_t{37'121}, size_t{45'017}, size_t{300'001}, size_t{1'000'003}}) {
    Packetizer packetizer = video();
    const Bytes slice = nal(0x41, size);
    const auto unit = packetizer.h264(annex_b({slice}), kTime);
    ASSERT_TRUE(unit) << size;
    expect_sound(*unit);
    EXPECT_FALSE(unit->keyframe);
    EXPECT_EQ(*h264_access_unit(*unit), annex_b({slice}));
    EXPECT_EQ(packetizer.next_sequence(), 1000 + unit->packets.size());
    if (size > kMaxPayloadBytes) {
      EXPECT_EQ(unit->packets.size(), (size - 1 + kMaxPayloadBytes - 3) / (kMaxPayloadBytes - 2));
      for (size_t i = 0; i + 1 < unit->packets.size(); ++i)
        EXPECT_EQ(unit->packets[i].padding_bytes, 0);
      EXPECT_LT(unit->packets.back().padding_bytes, kMaxTrainPackets);
    }
  }
}

TEST(Packetizer, SeveralSlicesOfAFrame) {
  Packetizer packetizer = video();
  const std::vector<Bytes> slices{nal(0x41, 400, 1), nal(0x41, 400, 2),  nal(0x41, 400, 3),
                                  nal(0x41, 500, 4), nal(0x41, 3000, 5), nal(0x41, 20, 6)};
  const auto unit = packetizer.h264(annex_b(slices), kTime);
  ASSERT_TRUE(unit);
  expect_sound(*unit);
  EXPECT_EQ(*h264_access_unit(*unit), annex_b(slices));
  // 3 equal ones, 1, 3 fragments, 1.
  size_t trains = 0;
  for (const MediaPacket& packet : unit->packets)
    trains += packet.starts_train;
  EXPECT_EQ(unit->packets.size(), 8u);
  EXPECT_EQ(trains, 4u);
}

TEST(Packetizer, ManyEqualSlicesFillTrainsOf32) {
  Packetizer packetizer = video();
  const auto unit = packetizer.h264(annex_b(std::vector<Bytes>(70, nal(0x41, 30))), kTime);
  ASSERT_TRUE(unit);
  expect_sound(*unit);
  EXPECT_TRUE(unit->packets[32].starts_train);
  EXPECT_TRUE(unit->packets[64].starts_train);
}

TEST(Packetizer, ParameterSetsThatDoNotFitOnePacketGoOneByOne) {
  Packetizer packetizer = video();
  Bytes big_pps = nal(0x68, 1500);
  const auto unit = packetizer.h264(annex_b({kSps, big_pps, nal(0x65, 50)}), kTime);
  ASSERT_TRUE(unit);
  expect_sound(*unit);
  EXPECT_EQ(*h264_access_unit(*unit), annex_b({kSps, big_pps, nal(0x65, 50)}));
}

TEST(Packetizer, UnitsWithoutASliceAreRefused) {
  Packetizer packetizer = video();
  EXPECT_EQ(packetizer.h264(annex_b({from_hex("0910"), kSps, kPps}), kTime).error(),
            DropReason::kMalformed);
  EXPECT_EQ(packetizer.h264({}, kTime).error(), DropReason::kMalformed);
  EXPECT_EQ(
      packetizer.h264(annex_b({nal(0x67, h264::kMaxParameterSetBytes + 1), nal(0x65, 9)}), kTime)
          .error(),
      DropReason::kTooLarge);
  Packetizer at_the_end(kGeneration, RenditionId{0}, kMaxPacketSequence - 1);
  EXPECT_EQ(at_the_end.h264(annex_b({nal(0x41, 5000)}), kTime).error(), DropReason::kTooLarge);
  EXPECT_EQ(packetizer.next_sequence(), 1000u);
}

TEST(Packetizer, WhatWasPacketizedSurvivesTheLink) {
  Packetizer packetizer = video();
  const auto unit = packetizer.h264(annex_b({kSps, kPps, nal(0x65, 60'000)}), kTime);
  ASSERT_TRUE(unit);
  Bytes wire;
  write_media_unit(*unit, wire);
  const auto read = read_media_unit(wire);
  ASSERT_TRUE(read);
  expect_sound(*read);
  EXPECT_EQ(*h264_access_unit(*read), *h264_access_unit(*unit));
}

TEST(Packetizer, OpusIsOnePacket) {
  Packetizer packetizer(kGeneration, kOpusRendition);
  const Bytes opus = nal(0xfc, 240);
  const auto unit = packetizer.opus(opus, kTime);
  ASSERT_TRUE(unit);
  expect_sound(*unit);
  EXPECT_TRUE(unit->keyframe);
  EXPECT_EQ(unit->first_sequence, 0u);
  EXPECT_EQ(*opus_packet(*unit), opus);
  EXPECT_EQ(packetizer.next_sequence(), 1u);
  EXPECT_EQ(packetizer.opus({}, kTime).error(), DropReason::kTruncated);
  EXPECT_EQ(packetizer.opus(nal(0xfc, kMaxExtendedPayloadBytes + 1), kTime).error(),
            DropReason::kTooLarge);
}

// RFC 3640 §3.2.1, §3.3.6: AU-headers-length 16 bits; 13 bits size, 3 bits index.
TEST(Packetizer, AacHasItsAuHeader) {
  Packetizer packetizer(kGeneration, kAacRendition);
  const Bytes frame = nal(0x21, 341);
  const auto unit = packetizer.aac(frame, kTime);
  ASSERT_TRUE(unit);
  expect_sound(*unit);
  ASSERT_EQ(unit->packets.size(), 1u);
  EXPECT_EQ(Bytes(unit->payloads.begin(), unit->payloads.begin() + 4), from_hex("00100aa8"));
  EXPECT_EQ(*aac_frame(*unit), frame);
}

TEST(Packetizer, ALargeAacFrameIsFragmented) {
  Packetizer packetizer(kGeneration, kAacRendition);
  const Bytes frame = nal(0x21, 1537);
  const auto unit = packetizer.aac(frame, kTime);
  ASSERT_TRUE(unit);
  expect_sound(*unit);
  EXPECT_EQ(unit->packets.size(), 2u);
  EXPECT_EQ(*aac_frame(*unit), frame);
  EXPECT_EQ(packetizer.aac(nal(0x21, 8192), kTime).error(), DropReason::kTooLarge);
}

}  // namespace
}  // namespace longmen
