#include "core/viewer/train_builder.h"

#include <gtest/gtest.h>

#include "tests/support/programme.h"
#include "tests/support/srtp_pair.h"

namespace longmen {
namespace {

using test::Programme;

constexpr RtpExtensionIds kIds{.mid = 4, .transport_cc = 3, .playout_delay = 5, .capture_time = 6};

class TrainBuilderTest : public testing::TestWithParam<SrtpProfile> {
 protected:
  static StreamParameters parameters(uint32_t ssrc, uint8_t payload_type) {
    StreamParameters made;
    made.ssrc = ssrc;
    made.rtx_ssrc = ssrc + 1;
    made.payload_type = payload_type;
    made.rtx_payload_type = static_cast<uint8_t>(payload_type + 1);
    made.first_index = 100;
    made.rtx_first_index = 200;
    return made;
  }
  TrainBuilder builder() { return TrainBuilder(sealer, transport_sequence, buffer); }

  // Opens the segments as the kernel would cut them.
  std::vector<Bytes> open(const Train& train) {
    std::vector<Bytes> packets;
    for (size_t i = 0; i < train.segments; ++i) {
      const bool last = i + 1 == train.segments;
      const size_t size = last ? train.last_segment_bytes : train.segment_bytes;
      const auto plain =
          viewer.unprotect_rtp(std::span(buffer).subspan(i * train.segment_bytes, size));
      EXPECT_TRUE(plain);
      if (plain) packets.emplace_back(plain->begin(), plain->end());
      EXPECT_LE(size, kMaxUdpPayloadBytes);
    }
    EXPECT_EQ(train.bytes, (train.segments - 1) * train.segment_bytes + train.last_segment_bytes);
    return packets;
  }

  SrtpKeys keys = test::random_srtp_keys(GetParam(), 5);
  RtpSealer sealer = std::move(*RtpSealer::create(keys.profile, keys.server));
  SrtpSession viewer = test::viewer_incoming(keys);
  uint16_t transport_sequence = 0xfffe;
  Bytes buffer = Bytes(kTrainBufferBytes);
  Programme programme{Generation{3}, 1};
  ViewerStream video{parameters(1, 102)};
  ViewerStream audio{parameters(11, 111)};
};

TEST_P(TrainBuilderTest, AKeyframeLeavesAsParameterSetsAndTrains) {
  const MediaUnitPtr unit = programme.frame(0, 30);
  const Placement placement = video.place(*unit);
  RtpExtensions common;
  common.capture_time = to_ntp(placement.time);
  common.least_playout_delay = true;
  common.mid = "v";

  TrainBuilder first = builder();
  EXPECT_EQ(first.add_packets(video, kIds, *unit, placement, 0, common), 1u);
  EXPECT_EQ(first.train().segments, 1u);
  Bytes opened = open(first.train())[0];
  auto packet = read_rtp(opened);
  ASSERT_TRUE(packet);
  RtpExtensions read = read_rtp_extensions(*packet, kIds);
  EXPECT_EQ(read.transport_cc, 0xfffe);
  EXPECT_TRUE(read.least_playout_delay);
  EXPECT_EQ(read.capture_time, common.capture_time);
  EXPECT_EQ(read.mid, "v");

  uint16_t expected_transport = 0xffff;
  size_t next = 1;
  while (next < unit->packets.size()) {
    TrainBuilder train = builder();
    const size_t begin = next;
    next = train.add_packets(video, kIds, *unit, placement, next);
    ASSERT_EQ(train.train().segments, next - begin);
    EXPECT_EQ(train.train().segment_bytes, train.train().last_segment_bytes);
    for (const Bytes& bytes : open(train.train())) {
      packet = read_rtp(bytes);
      ASSERT_TRUE(packet);
      const size_t i = begin + static_cast<size_t>(packet->header.sequence - 100u - begin);
      EXPECT_EQ(packet->header.timestamp, placement.timestamp);
      EXPECT_EQ(packet->header.payload_type, 102);
      EXPECT_EQ(packet->header.marker, i + 1 == unit->packets.size());
      EXPECT_EQ(packet->padding_bytes, unit->packets[i].padding_bytes);
      const ByteSpan payload = unit->payload(unit->packets[i]);
      EXPECT_TRUE(std::equal(payload.begin(), payload.end(), packet->payload.begin(),
                             packet->payload.end()));
      EXPECT_EQ(read_rtp_extensions(*packet, kIds).transport_cc, expected_transport++);
      EXPECT_FALSE(read_rtp_extensions(*packet, kIds).capture_time);
    }
  }
  EXPECT_EQ(video.sent_packets(), unit->packets.size());
  EXPECT_EQ(video.sent_octets(), unit->payloads.size());
}

TEST_P(TrainBuilderTest, AThinLinkGetsShortTrains) {
  const MediaUnitPtr unit = programme.frame(0, 30);
  const Placement placement = video.place(*unit);
  size_t next = 1;
  std::vector<size_t> segments;
  while (next < unit->packets.size()) {
    TrainBuilder train = builder();
    next = train.add_packets(video, kIds, *unit, placement, next, {}, 8);
    segments.push_back(train.train().segments);
    open(train.train());
  }
  EXPECT_EQ(segments, (std::vector<size_t>{8, 8, 6}));
}

TEST_P(TrainBuilderTest, SoundRidesAsTheLastSegment) {
  const MediaUnitPtr unit = programme.frame(0, 31);
  const MediaUnitPtr sound = programme.sound(50);
  const Placement placement = video.place(*unit);
  const Placement sound_placement = audio.place(*sound);
  TrainBuilder train = builder();
  train.add_packets(video, kIds, *unit, placement, 0);
  ASSERT_EQ(train.add_packets(audio, kIds, *sound, sound_placement, 0), 1u);
  EXPECT_EQ(train.train().segments, unit->packets.size() + 1);
  EXPECT_LT(train.train().last_segment_bytes, train.train().segment_bytes);
  const std::vector<Bytes> packets = open(train.train());
  const auto rider = read_rtp(packets.back());
  ASSERT_TRUE(rider);
  EXPECT_EQ(rider->header.ssrc, 11u);
  EXPECT_EQ(rider->header.payload_type, 111);
  EXPECT_EQ(read_rtp_extensions(*rider, kIds).transport_cc,
            static_cast<uint16_t>(0xfffe + unit->packets.size()));

  // Nothing follows a shorter segment, and nothing of the refused packet is used up.
  const uint16_t transport_before = transport_sequence;
  const MediaUnitPtr next_sound = programme.sound(51);
  const Placement next_placement = audio.place(*next_sound);
  EXPECT_EQ(train.add_packets(audio, kIds, *next_sound, next_placement, 0), 0u);
  EXPECT_EQ(transport_sequence, transport_before);
  TrainBuilder alone = builder();
  EXPECT_EQ(alone.add_packets(audio, kIds, *next_sound, next_placement, 0), 1u);
  EXPECT_EQ(open(alone.train()).size(), 1u);
}

TEST_P(TrainBuilderTest, ASmallPacketIsPaddedForALargerOneBehindIt) {
  const auto opus = [](size_t bytes, int64_t number) {
    Packetizer packetizer(Generation{3}, kOpusRendition);
    const MediaTime time{std::chrono::milliseconds(20 * number)};
    return std::make_shared<const MediaUnit>(*packetizer.opus(Bytes(bytes, 7), time));
  };
  for (const size_t larger : {100u, 340u, 500u}) {
    const MediaUnitPtr small = opus(100, 1);
    const MediaUnitPtr large = opus(larger, 2);
    const Placement small_placement = audio.place(*small);
    const Placement large_placement = audio.place(*large);
    TrainBuilder train = builder();
    train.make_room_behind_first(larger);
    ASSERT_EQ(train.add_packets(audio, kIds, *small, small_placement, 0), 1u);
    const bool reaches = larger <= 100 + 255;
    EXPECT_EQ(train.add_packets(audio, kIds, *large, large_placement, 0), reaches ? 1u : 0u);
    const std::vector<Bytes> packets = open(train.train());
    ASSERT_EQ(packets.size(), reaches ? 2u : 1u);
    const auto first = read_rtp(packets.front());
    ASSERT_TRUE(first);
    EXPECT_EQ(first->payload.size(), 100u) << "without its padding";
    EXPECT_EQ(first->header.padding, larger > 100);
  }
}

TEST_P(TrainBuilderTest, ASmallTrainTakesNoLargerRider) {
  const MediaUnitPtr keyframe = programme.frame(0, 30);
  const MediaUnitPtr sound = programme.sound(50);
  const Placement placement = video.place(*keyframe);
  const Placement sound_placement = audio.place(*sound);
  TrainBuilder parameter_sets = builder();
  parameter_sets.add_packets(video, kIds, *keyframe, placement, 0);
  EXPECT_EQ(parameter_sets.add_packets(audio, kIds, *sound, sound_placement, 0), 0u);
  EXPECT_EQ(parameter_sets.train().segments, 1u);
}

// RFC 4588 §4: payload type, SSRC and sequence of the RTX stream; the original number first.
TEST_P(TrainBuilderTest, RepeatsGoOnTheRtxStreamAndMakeTrains) {
  const MediaUnitPtr unit = programme.frame(0, 30);
  const Placement placement = video.place(*unit);
  for (size_t next = 0; next < unit->packets.size();) {
    TrainBuilder train = builder();
    next = train.add_packets(video, kIds, *unit, placement, next);
    open(train.train());
  }
  TrainBuilder repeats = builder();
  for (size_t i = 1; i < 4; ++i) {
    SentPacket sent;
    sent.index = placement.first_index + i;
    sent.timestamp = placement.timestamp;
    ASSERT_TRUE(repeats.add_repeat(video, kIds, *unit, i, sent));
  }
  EXPECT_EQ(repeats.train().segments, 3u);
  const std::vector<Bytes> packets = open(repeats.train());
  for (size_t i = 0; i < 3; ++i) {
    const auto packet = read_rtp(packets[i]);
    ASSERT_TRUE(packet);
    EXPECT_EQ(packet->header.ssrc, 2u);
    EXPECT_EQ(packet->header.payload_type, 103);
    EXPECT_EQ(packet->header.sequence, 200 + i);
    EXPECT_EQ(packet->header.timestamp, placement.timestamp);
    ByteReader reader(packet->payload);
    EXPECT_EQ(reader.u16(), 101 + i);
    const ByteSpan original = unit->payload(unit->packets[i + 1]);
    const ByteSpan repeated = reader.rest();
    EXPECT_TRUE(std::equal(original.begin(), original.end(), repeated.begin(), repeated.end()));
  }
}

// The largest packets there are, in the largest train, with every extension where it may be.
TEST_P(TrainBuilderTest, TheLargestTrainFits) {
  Packetizer packetizer(Generation{3}, RenditionId{0});
  Bytes slice(1 + 32 * (kMaxPayloadBytes - 2), 0x41);
  Bytes annex_b;
  h264::append_annex_b(slice, annex_b);
  const auto unit = packetizer.h264(annex_b, MediaTime{});
  ASSERT_TRUE(unit);
  ASSERT_EQ(unit->packets.size(), 32u);
  Packetizer opus(Generation{3}, kOpusRendition);
  const auto sound = opus.opus(Bytes(kMaxExtendedPayloadBytes, 0x11), MediaTime{});
  ASSERT_TRUE(sound);
  RtpExtensions common;
  common.capture_time = NtpTime{1};
  common.least_playout_delay = true;
  common.mid = "0123456789abcdef";
  const Placement placement = video.place(*unit);
  const Placement sound_placement = audio.place(*sound);
  TrainBuilder train = builder();
  EXPECT_EQ(train.add_packets(video, kIds, *unit, placement, 0), 32u);
  EXPECT_EQ(train.add_packets(audio, kIds, *sound, sound_placement, 0, common), 1u);
  EXPECT_LE(train.train().bytes, kMaxTrainBytes);
  EXPECT_EQ(open(train.train()).size(), 33u);
  // A repeat of the largest packet is still a datagram.
  SentPacket sent;
  sent.index = placement.first_index;
  TrainBuilder repeat = builder();
  EXPECT_TRUE(repeat.add_repeat(video, kIds, *unit, 0, sent));
  EXPECT_LE(repeat.train().bytes, kMaxUdpPayloadBytes);
}

INSTANTIATE_TEST_SUITE_P(Profiles, TrainBuilderTest,
                         testing::Values(SrtpProfile::kAeadAes128Gcm,
                                         SrtpProfile::kAes128CmHmacSha1_80));

}  // namespace
}  // namespace longmen
