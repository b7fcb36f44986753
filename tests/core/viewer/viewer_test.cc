#include "core/viewer/viewer.h"

#include <gtest/gtest.h>

#include "core/codec/opus.h"
#include "tests/support/receiver.h"

namespace longmen {
namespace {

using namespace std::chrono_literals;
using test::FrameName;
using test::kFrameDuration;
using test::Programme;
using test::Receiver;

// One viewer and its player without a network in between.
class ViewerTest : public testing::Test {
 protected:
  static constexpr RtpExtensionIds kIds{
      .mid = 4, .transport_cc = 3, .playout_delay = 5, .capture_time = 6};

  ViewerTest() {
    identity.video_ssrc = 10;
    identity.video_rtx_ssrc = 11;
    identity.audio_ssrc = 12;
    identity.first_sequences[0] = 0xffff;
    identity.cname = "longmen";
    make(test::player_request());
  }

  void make(const JoinRequest& request) {
    viewer.emplace(request, identity, RenditionId{0});
    receiver.emplace(request, identity, keys);
    observer.emplace(test::viewer_incoming(keys));
  }

  void begin(Programme& programme) {
    channel.begin_generation(programme.generation(), programme.renditions());
  }

  // Sends all there is; keeps the opened packets in `packets`. The trains' numbers of segments.
  std::vector<size_t> drain() {
    std::vector<size_t> segments;
    packets.clear();
    through = false;
    while (const auto train = viewer->poll_transmit(channel, now, media(), buffer)) {
      EXPECT_FALSE(through) << "there was more to send";
      through = viewer->is_through(channel, now);
      segments.push_back(train->segments);
      for (size_t i = 0; i < train->segments; ++i) {
        const bool last = i + 1 == train->segments;
        const ByteSpan datagram = ByteSpan(buffer).subspan(
            i * train->segment_bytes, last ? train->last_segment_bytes : train->segment_bytes);
        Bytes copy(datagram.begin(), datagram.end());
        if (const auto plain = observer->unprotect_rtp(copy))
          packets.emplace_back(plain->begin(), plain->end());
        if (!lose) receiver->handle_datagram(datagram, now);
      }
      EXPECT_LT(segments.size(), 1000u);
      if (segments.size() >= 1000) break;
    }
    return segments;
  }

  void play_frame(Programme& programme, uint64_t number, uint8_t rungs = 1) {
    for (uint8_t rung = 0; rung < rungs; ++rung)
      ASSERT_TRUE(channel.push(programme.frame(rung, number)));
    drain();
    advance(33ms);
  }

  void play_frames(Programme& programme, uint64_t first, uint64_t end) {
    for (uint64_t number = first; number < end; ++number)
      play_frame(programme, number);
  }

  // The player says so (PLI).
  void lose_picture() {
    Bytes compound = {0x80, 0xc9, 0, 1, 0, 0, 0, 99, 0x81, 0xce, 0, 2, 0, 0, 0, 99, 0, 0, 0, 10};
    const size_t size = compound.size();
    compound.resize(size + kMaxSrtpTrailerBytes);
    compound.resize(*player.protect_rtcp(compound, size));
    ASSERT_TRUE(viewer->handle_srtcp(compound, now, media()));
    drain();
  }

  // A viewer that takes two frames of sound in a packet gets the programme's first picture.
  void play_to_who_takes_40_ms(Programme& programme) {
    JoinRequest request = test::player_request();
    request.audio->varied_duration = true;
    make(request);
    begin(programme);
    ASSERT_TRUE(viewer->start(keys));
    play_frame(programme, 30);
  }

  MediaTime media() const { return MediaTime(floor_flicks(now.time_since_epoch())); }
  void advance(std::chrono::nanoseconds by) { now += by; }

  ViewerIdentity identity;
  SrtpKeys keys = test::random_srtp_keys(SrtpProfile::kAeadAes128Gcm, 9);
  std::optional<Viewer> viewer;
  std::optional<Receiver> receiver;
  std::optional<SrtpSession> observer;
  SrtpSession player = test::viewer_outgoing(keys);
  ChannelCache channel;
  Bytes buffer = Bytes(kTrainBufferBytes);
  std::vector<Bytes> packets;  // of the last drain()
  Monotonic now{1000s};
  bool lose = false;
  bool through = false;  // said behind the last train
};

TEST_F(ViewerTest, NothingIsSentBeforeTheKeys) {
  Programme programme(Generation{1}, 1);
  begin(programme);
  ASSERT_TRUE(channel.push(programme.frame(0, 0)));
  EXPECT_TRUE(drain().empty());
  Bytes datagram(40);
  EXPECT_EQ(viewer->handle_srtcp(datagram, now, media()).error(), DropReason::kWrongState);
  ASSERT_TRUE(viewer->start(keys));
  EXPECT_FALSE(viewer->start(keys));
  EXPECT_FALSE(drain().empty());
  EXPECT_EQ(receiver->last_decoded(), (FrameName{1, 0, 0}));
}

TEST_F(ViewerTest, StartsFromTheCachedGopWithCompressedTimestamps) {
  Programme programme(Generation{1}, 1);
  begin(programme);
  for (uint64_t n = 30; n < 50; ++n)
    ASSERT_TRUE(channel.push(programme.frame(0, n)));
  ASSERT_TRUE(viewer->start(keys));
  drain();
  EXPECT_EQ(receiver->counters().decoded_frames, 20u);
  std::set<uint32_t> timestamps;
  for (const Bytes& bytes : packets)
    timestamps.insert(read_rtp(bytes)->header.timestamp);
  const uint32_t newest = 49 * 3000;
  ASSERT_EQ(timestamps.size(), 20u);
  EXPECT_EQ(*timestamps.begin(), newest - 19 * 90);
  EXPECT_EQ(*timestamps.rbegin(), newest);
  play_frame(programme, 50);
  EXPECT_EQ(read_rtp(packets.front())->header.timestamp, newest + 3000);
}

TEST_F(ViewerTest, WaitsForAKeyframeWhenThereIsNoGop) {
  Programme programme(Generation{1}, 1);
  begin(programme);
  ASSERT_TRUE(viewer->start(keys));
  for (uint64_t n = 28; n < 30; ++n)
    play_frame(programme, n);
  EXPECT_EQ(viewer->counters().packets, 0u);
  play_frame(programme, 30);
  EXPECT_EQ(receiver->last_decoded(), (FrameName{1, 0, 30}));
  EXPECT_EQ(viewer->video_rendition(), RenditionId{0});
}

TEST_F(ViewerTest, ALargeKeyframeIsSpreadOverThePacingTimeAndSoundGoesInBetween) {
  Programme programme(Generation{test::kFirstLadderGeneration}, 1);
  begin(programme);
  viewer.emplace(test::player_request(), identity, RenditionId{0}, 5ms);
  ASSERT_TRUE(viewer->start(keys));
  EXPECT_FALSE(viewer->next_timeout());
  const MediaUnitPtr keyframe = programme.frame(0, 30);
  ASSERT_GT(keyframe->packets.size(), kMaxTrainPackets + 1) << "more than one train";
  ASSERT_TRUE(channel.push(keyframe));
  const Monotonic begun = now;
  drain();
  size_t sent = packets.size();
  EXPECT_LT(sent, keyframe->packets.size());
  while (const auto at = viewer->next_timeout()) {
    ASSERT_GT(*at, now) << "what may leave has left";
    advance(*at - now - 1us);
    ASSERT_TRUE(channel.push(programme.sound(50 + sent)));
    drain();
    ASSERT_EQ(packets.size(), 1u) << "the sound alone";
    EXPECT_EQ(read_rtp(packets.front())->header.ssrc, identity.audio_ssrc);
    advance(1us);
    drain();
    sent += packets.size();
  }
  EXPECT_EQ(sent, keyframe->packets.size());
  EXPECT_LE(now - begun, 5ms);
  EXPECT_EQ(receiver->last_decoded(), (FrameName{test::kFirstLadderGeneration, 0, 30}));
}

TEST_F(ViewerTest, ParameterSetsCarryTheCaptureTimeOfTheirTimestamp) {
  Programme programme(Generation{1}, 1);
  begin(programme);
  ASSERT_TRUE(viewer->start(keys));
  play_frame(programme, 30);
  const auto first = read_rtp(packets.front());
  RtpExtensions extensions = read_rtp_extensions(*first, kIds);
  EXPECT_EQ(extensions.capture_time, to_ntp(MediaTime(1s)));
  EXPECT_TRUE(extensions.least_playout_delay);
  EXPECT_EQ(extensions.mid, "0");
  EXPECT_EQ(first->header.sequence, 0x7fff) << "the first number is below 2^15";
  for (size_t i = 1; i < packets.size(); ++i) {
    const RtpPacketView packet = *read_rtp(packets[i]);
    EXPECT_FALSE(read_rtp_extensions(packet, kIds).capture_time);
    EXPECT_EQ(packet.header_bytes, kMediaRtpHeaderBytes);
  }
}

TEST_F(ViewerTest, SoundSaysItsCaptureTimeOnceASecond) {
  Programme programme(Generation{1}, 1);
  begin(programme);
  ASSERT_TRUE(viewer->start(keys));
  size_t with_capture_time = 0;
  for (uint64_t n = 0; n < 100; ++n) {
    ASSERT_TRUE(channel.push(programme.sound(n)));
    drain();
    ASSERT_EQ(packets.size(), 1u);
    const RtpPacketView packet = *read_rtp(packets[0]);
    EXPECT_EQ(packet.header.timestamp, n * 960);
    const RtpExtensions extensions = read_rtp_extensions(packet, kIds);
    EXPECT_EQ(extensions.transport_cc, n);
    with_capture_time += extensions.capture_time.has_value();
  }
  EXPECT_EQ(with_capture_time, 2u);
  EXPECT_EQ(receiver->counters().sounds, 100u);
}

TEST_F(ViewerTest, SoundRidesInATrainOfVideo) {
  Programme programme(Generation{1}, 1);
  begin(programme);
  ASSERT_TRUE(viewer->start(keys));
  play_frame(programme, 30);
  ASSERT_TRUE(channel.push(programme.sound(50)));
  drain();  // the first one, and the report of both
  ASSERT_TRUE(channel.push(programme.frame(0, 31)));
  ASSERT_TRUE(channel.push(programme.sound(51)));
  EXPECT_EQ(drain().size(), 1u);
  EXPECT_EQ(read_rtp(packets.back())->header.ssrc, identity.audio_ssrc);
  EXPECT_EQ(receiver->counters().sounds, 2u);

  // When two wait, they go first, together.
  ASSERT_TRUE(channel.push(programme.frame(0, 32)));
  ASSERT_TRUE(channel.push(programme.sound(52)));
  ASSERT_TRUE(channel.push(programme.sound(53)));
  const std::vector<size_t> segments = drain();
  EXPECT_EQ(segments.size(), 2u);
  EXPECT_EQ(segments.front(), 2u);
  for (size_t i = 0; i < 2; ++i)
    EXPECT_EQ(read_rtp(packets[i])->header.ssrc, identity.audio_ssrc);
  EXPECT_EQ(receiver->counters().sounds, 4u);
}

TEST_F(ViewerTest, TwoOfSoundRideAsOnePacketWhereThePlayerTakesIt) {
  Programme programme(Generation{1}, 1);
  play_to_who_takes_40_ms(programme);
  ASSERT_TRUE(channel.push(programme.sound(50)));
  drain();
  const RtpHeader before = read_rtp(packets.front())->header;
  ASSERT_EQ(before.ssrc, identity.audio_ssrc);
  ASSERT_TRUE(channel.push(programme.frame(0, 31)));
  ASSERT_TRUE(channel.push(programme.sound(51)));
  ASSERT_TRUE(channel.push(programme.sound(52)));
  EXPECT_EQ(drain().size(), 1u);
  const RtpPacketView pair = *read_rtp(packets.back());
  EXPECT_EQ(pair.header.ssrc, identity.audio_ssrc);
  EXPECT_EQ(*opus::packet_duration(pair.payload), Samples48k(1920));
  EXPECT_EQ(pair.header.sequence, static_cast<uint16_t>(before.sequence + 1));
  EXPECT_EQ(pair.header.timestamp, before.timestamp + 960);

  // The next one is numbered as if it were the second; alone again, since it is the only one.
  ASSERT_TRUE(channel.push(programme.sound(53)));
  drain();
  const RtpPacketView after = *read_rtp(packets.front());
  EXPECT_EQ(*opus::packet_duration(after.payload), Samples48k(960));
  EXPECT_EQ(after.header.sequence, static_cast<uint16_t>(before.sequence + 2));
  EXPECT_EQ(after.header.timestamp, before.timestamp + 3 * 960);

  // Without a picture they leave as one as well; three are late, and leave as they are.
  ASSERT_TRUE(channel.push(programme.sound(54)));
  ASSERT_TRUE(channel.push(programme.sound(55)));
  EXPECT_EQ(drain(), std::vector<size_t>{1});
  for (uint64_t number : {56, 57, 58})
    ASSERT_TRUE(channel.push(programme.sound(number)));
  EXPECT_EQ(drain(), (std::vector<size_t>{2, 1}));
}

TEST_F(ViewerTest, TwoOfSoundThatAreTooLargeForATrainLeaveBehindIt) {
  Programme programme(Generation{1}, 1);
  play_to_who_takes_40_ms(programme);
  Bytes small{0, 0, 0, 1, 0x67, 1, 0, 0, 0, 1, 0x68, 1, 0, 0, 0, 1, 0x65};
  small.resize(300, 0x55);
  const auto push = [&](Parsed<MediaUnit> unit) {
    ASSERT_TRUE(unit);
    ASSERT_TRUE(channel.push(std::make_shared<const MediaUnit>(std::move(*unit))));
  };
  channel.begin_generation(Generation{7}, programme.renditions());
  Packetizer sound(Generation{7}, kOpusRendition);
  Packetizer video(Generation{7}, RenditionId{0});
  push(video.h264(small, MediaTime(1200ms)));
  push(sound.opus(Bytes(200, 0xfc), MediaTime(1200ms)));
  push(sound.opus(Bytes(200, 0xfc), MediaTime(1220ms)));
  lose = true;  // it is no programme that the receiver knows
  // Parameter sets, the picture with the first one, then the second one.
  EXPECT_EQ(drain(), (std::vector<size_t>{1, 2, 1}));
  EXPECT_EQ(viewer->counters().skipped_audio_units, 0u);
}

TEST_F(ViewerTest, AnotherGenerationIsShownAtOnceAndTimeGoesOn) {
  Programme slate(Generation{1}, 1);
  Programme live(Generation{2}, 1);
  begin(slate);
  ASSERT_TRUE(viewer->start(keys));
  for (uint64_t n = 30; n < 50; ++n)
    play_frame(slate, n);
  ASSERT_TRUE(channel.push(slate.sound(82)));
  drain();
  // Live has been running for a while and is one frame late.
  begin(live);
  for (uint64_t n = 30; n < 49; ++n)
    ASSERT_TRUE(channel.push(live.frame(0, n)));
  ASSERT_TRUE(channel.push(live.sound(81)));
  ASSERT_TRUE(channel.push(live.sound(82)));
  drain();
  EXPECT_EQ(receiver->last_decoded(), (FrameName{2, 0, 48}));
  EXPECT_EQ(receiver->counters().sounds, 1u);
  EXPECT_EQ(viewer->counters().skipped_audio_units, 0u) << "what was heard is not lost";
  for (uint64_t n = 49; n < 60; ++n)
    play_frame(live, n);
  EXPECT_EQ(read_rtp(packets.back())->header.timestamp, 59u * 3000) << "caught up";
  EXPECT_EQ(receiver->counters().decoded_frames, 20u + 19 + 11);
  EXPECT_EQ(viewer->counters().gop_starts, 2u);
  EXPECT_EQ(receiver->counters().lost_packets, 0u);
}

TEST_F(ViewerTest, AFrameThatWasBegunIsFinishedAcrossAChangeOfGeneration) {
  Programme slate(Generation{1}, 1);
  Programme live(Generation{2}, 1);
  begin(slate);
  ASSERT_TRUE(viewer->start(keys));
  ASSERT_TRUE(channel.push(slate.frame(0, 30)));
  const auto parameter_sets = viewer->poll_transmit(channel, now, media(), buffer);
  ASSERT_TRUE(parameter_sets);
  receiver->handle_datagram(ByteSpan(buffer).first(parameter_sets->bytes), now);
  begin(live);
  ASSERT_TRUE(channel.push(live.frame(0, 30)));
  drain();
  EXPECT_EQ(receiver->decoded(), (std::vector<FrameName>{{1, 0, 30}, {2, 0, 30}}));
}

// What of which sound was sent last: 's' the first one's, 't' the second one's.
char kind_of(const Bytes& packet) {
  return static_cast<char>(packet.back());
}

TEST_F(ViewerTest, AViewerHearsTheSoundThatItChose) {
  Programme programme(Generation{1}, 1, 2);
  begin(programme);
  viewer->select_sound(opus_rendition(1));
  ASSERT_TRUE(viewer->start(keys));
  const auto play_sound = [&](uint64_t number) {
    for (size_t sound : {0, 1})
      ASSERT_TRUE(channel.push(programme.sound(number, sound)));
    drain();
    advance(20ms);
  };
  for (uint64_t number = 50; number < 55; ++number) {
    play_sound(number);
    ASSERT_EQ(packets.size(), 1u);
    EXPECT_EQ(kind_of(packets.back()), 't') << number;
  }
  const auto before = read_rtp(packets.back())->header;
  // The other one goes on where this one was left, also when it is a little behind.
  ASSERT_TRUE(channel.push(programme.sound(55, 1)));
  drain();
  advance(20ms);
  viewer->select_sound(kOpusRendition);
  drain();
  EXPECT_TRUE(packets.empty()) << "what was heard of the one is left out of the other";
  ASSERT_TRUE(channel.push(programme.sound(55, 0)));
  drain();
  EXPECT_TRUE(packets.empty());
  ASSERT_TRUE(channel.push(programme.sound(56, 0)));
  drain();
  ASSERT_EQ(packets.size(), 1u);
  EXPECT_EQ(kind_of(packets.back()), 's');
  const auto after = read_rtp(packets.back())->header;
  EXPECT_EQ(after.ssrc, before.ssrc);
  EXPECT_EQ(static_cast<uint16_t>(after.sequence - before.sequence), 2);
  EXPECT_EQ(after.timestamp - before.timestamp, 2u * 960);
  EXPECT_EQ(receiver->counters().lost_sounds, 0u);
  EXPECT_EQ(viewer->counters().skipped_audio_units, 1u) << "the one that came behind its twin";
  EXPECT_EQ(viewer->wanted_sound(), kOpusRendition);
}

TEST_F(ViewerTest, ASlateHasOneSoundAndLiveTheChosenOneAgain) {
  Programme slate(Generation{1}, 1);
  Programme live(Generation{2}, 1, 2);
  begin(slate);
  viewer->select_sound(opus_rendition(1));
  ASSERT_TRUE(viewer->start(keys));
  ASSERT_TRUE(channel.push(slate.sound(50)));
  drain();
  ASSERT_EQ(packets.size(), 1u);
  EXPECT_EQ(kind_of(packets.back()), 's');
  begin(live);
  ASSERT_TRUE(channel.push(live.sound(51, 0)));
  drain();
  EXPECT_TRUE(packets.empty()) << "the chosen one is on its way";
  ASSERT_TRUE(channel.push(live.sound(51, 1)));
  drain();
  ASSERT_EQ(packets.size(), 1u);
  EXPECT_EQ(kind_of(packets.back()), 't');
  EXPECT_EQ(receiver->counters().lost_sounds, 0u);
}

TEST_F(ViewerTest, TwoOfTheChosenSoundRideInAPacket) {
  Programme programme(Generation{1}, 1, 2);
  play_to_who_takes_40_ms(programme);
  viewer->select_sound(opus_rendition(1));
  const auto push = [&](uint64_t number) {
    for (size_t sound : {0, 1})
      ASSERT_TRUE(channel.push(programme.sound(number, sound)));
  };
  push(51);
  drain();
  push(52);
  push(53);
  drain();
  ASSERT_EQ(packets.size(), 1u);
  EXPECT_EQ(kind_of(packets.back()), 't');
  EXPECT_GT(packets.back().size(), 400u);
}

TEST_F(ViewerTest, AnotherRenditionIsShownFromItsKeyframe) {
  Programme programme(Generation{1}, 3);
  begin(programme);
  ASSERT_TRUE(viewer->start(keys));
  for (uint64_t n = 30; n < 40; ++n)
    play_frame(programme, n, 3);
  viewer->select_video(RenditionId{2});
  for (uint64_t n = 40; n < 65; ++n) {
    play_frame(programme, n, 3);
    EXPECT_EQ(viewer->video_rendition(), n < 60 ? RenditionId{0} : RenditionId{2}) << n;
  }
  EXPECT_EQ(receiver->last_decoded(), (FrameName{1, 2, 64}));
  EXPECT_EQ(receiver->counters().lost_packets, 0u);
}

TEST_F(ViewerTest, TheKeyframeOfTheWantedRenditionMayComeAfterTheCurrentOne) {
  Programme programme(Generation{1}, 2);
  begin(programme);
  ASSERT_TRUE(viewer->start(keys));
  play_frame(programme, 30, 2);
  viewer->select_video(RenditionId{1});
  for (uint64_t n = 31; n < 62; ++n) {
    for (uint8_t rung = 0; rung < 2; ++rung) {
      ASSERT_TRUE(channel.push(programme.frame(rung, n)));
      drain();
    }
    advance(33ms);
  }
  EXPECT_EQ(receiver->last_decoded(), (FrameName{1, 1, 61}));
}

TEST_F(ViewerTest, AHoleInTheProgrammeIsSkippedToTheNextKeyframe) {
  Programme programme(Generation{1}, 1);
  begin(programme);
  ASSERT_TRUE(viewer->start(keys));
  for (uint64_t n = 30; n < 40; ++n)
    play_frame(programme, n);
  (void)programme.frame(0, 40);  // the link was full
  for (uint64_t n = 41; n < 62; ++n)
    play_frame(programme, n);
  EXPECT_EQ(receiver->last_decoded(), (FrameName{1, 0, 61}));
  EXPECT_EQ(receiver->counters().decoded_frames, 10u + 2);
  EXPECT_EQ(receiver->counters().lost_packets, 0u);
  EXPECT_FALSE(receiver->waits_for_packets()) << "sequence numbers go on without a gap";
  EXPECT_EQ(viewer->counters().skipped_video_units, 19u);
}

TEST_F(ViewerTest, AViewerThatFellBehindSeesTheNewestGop) {
  Programme programme(Generation{1}, 1);
  begin(programme);
  ASSERT_TRUE(viewer->start(keys));
  play_frame(programme, 30);
  for (uint64_t n = 31; n < 125; ++n)
    ASSERT_TRUE(channel.push(programme.frame(0, n)));
  drain();
  EXPECT_EQ(receiver->decoded()[1], (FrameName{1, 0, 120}));
  EXPECT_EQ(receiver->last_decoded(), (FrameName{1, 0, 124}));
  EXPECT_EQ(receiver->counters().lost_packets, 0u);
}

TEST_F(ViewerTest, LostPacketsAreRepeatedWhenTheyAreAskedFor) {
  Programme programme(Generation{1}, 1);
  begin(programme);
  ASSERT_TRUE(viewer->start(keys));
  play_frame(programme, 30);
  lose = true;
  play_frame(programme, 31);
  lose = false;
  play_frame(programme, 32);
  EXPECT_EQ(receiver->counters().decoded_frames, 1u);
  Bytes rtcp = receiver->poll_rtcp(now);
  ASSERT_FALSE(rtcp.empty());
  ASSERT_TRUE(viewer->handle_srtcp(rtcp, now, media()));
  const std::vector<size_t> trains = drain();
  EXPECT_EQ(trains.size(), 1u) << "repeats of a train make a train";
  EXPECT_EQ(receiver->counters().decoded_frames, 3u);
  EXPECT_EQ(viewer->counters().repeated_packets, receiver->counters().repeated_packets);
  EXPECT_EQ(viewer->counters().unrepeatable_packets, 0u);
}

TEST_F(ViewerTest, WithoutRtxNothingIsRepeated) {
  JoinRequest request = test::player_request();
  request.video->rtx_payload_type.reset();
  make(request);
  Programme programme(Generation{1}, 1);
  begin(programme);
  ASSERT_TRUE(viewer->start(keys));
  play_frame(programme, 30);
  lose = true;
  play_frame(programme, 31);
  lose = false;
  play_frame(programme, 32);
  Bytes rtcp = receiver->poll_rtcp(now);
  ASSERT_TRUE(viewer->handle_srtcp(rtcp, now, media()));
  EXPECT_TRUE(drain().empty());
  EXPECT_GT(viewer->counters().unrepeatable_packets, 0u);
}

TEST_F(ViewerTest, ALostPictureIsAnsweredFromTheCachedGopAtMostOnceASecond) {
  Programme programme(Generation{1}, 1);
  begin(programme);
  ASSERT_TRUE(viewer->start(keys));
  play_frames(programme, 30, 35);
  lose_picture();
  EXPECT_EQ(viewer->counters().gop_starts, 1u) << "the join is less than a second ago";
  play_frames(programme, 35, 63);
  EXPECT_EQ(viewer->counters().gop_starts, 1u) << "the keyframe that came has mended it";
  lose_picture();
  EXPECT_EQ(viewer->counters().gop_starts, 2u);
  EXPECT_EQ(receiver->last_decoded(), (FrameName{1, 0, 62}));
  lose_picture();
  EXPECT_EQ(viewer->counters().gop_starts, 2u);
  play_frames(programme, 63, 105);
  lose_picture();
  EXPECT_EQ(viewer->counters().gop_starts, 3u) << "15 pictures are through in 300 ms";
  play_frames(programme, 105, 147);
  lose_picture();
  EXPECT_EQ(viewer->counters().gop_starts, 3u) << "the next keyframe is nearer than this GOP's end";
  EXPECT_FALSE(viewer->poll_keyframe_request());
  EXPECT_EQ(viewer->counters().picture_losses, 5u);
  EXPECT_EQ(receiver->counters().lost_packets, 0u);
}

// It was lost a moment after a start, too early for the next one.
TEST_F(ViewerTest, ALostPictureStaysLostUntilItIsMended) {
  Programme programme(Generation{1}, 1);
  begin(programme);
  ASSERT_TRUE(viewer->start(keys));
  play_frames(programme, 0, 46);
  lose_picture();
  EXPECT_EQ(viewer->counters().gop_starts, 2u);
  play_frames(programme, 46, 61);
  advance(700ms);  // the source stands still
  lose_picture();
  EXPECT_EQ(viewer->counters().gop_starts, 3u);
  play_frames(programme, 61, 65);
  lose_picture();
  advance(900ms);
  drain();
  EXPECT_EQ(viewer->counters().gop_starts, 4u) << "without being asked again";
}

TEST_F(ViewerTest, WhatWasLostBeforeARestartCameIsMendedByIt) {
  Programme programme(Generation{1}, 1);
  begin(programme);
  ASSERT_TRUE(viewer->start(keys));
  play_frame(programme, 30);
  lose_picture();
  advance(1s);
  drain();
  EXPECT_EQ(viewer->counters().gop_starts, 1u);
  EXPECT_EQ(viewer->counters().picture_losses, 1u);
}

// A backlog that the link takes too long for: a new keyframe is nearer.
TEST_F(ViewerTest, ALostPictureThatNothingMendsSoonAsksForAKeyframe) {
  Programme programme(Generation{test::kFirstWideLadderGeneration}, 1);
  begin(programme);
  ASSERT_TRUE(viewer->start(keys));
  play_frames(programme, 0, 40);
  EXPECT_FALSE(viewer->poll_keyframe_request());
  lose_picture();
  EXPECT_EQ(viewer->counters().gop_starts, 1u);
  EXPECT_TRUE(viewer->poll_keyframe_request());
  EXPECT_FALSE(viewer->poll_keyframe_request());
  drain();
  EXPECT_TRUE(viewer->poll_keyframe_request()) << "as long as none came";
  play_frames(programme, 40, 46);
  EXPECT_FALSE(viewer->poll_keyframe_request()) << "the next one is near";
  play_frames(programme, 46, 62);
  EXPECT_FALSE(viewer->poll_keyframe_request());
  EXPECT_EQ(viewer->counters().gop_starts, 1u) << "a keyframe came by itself";
}

TEST_F(ViewerTest, NoPictureLeavesThatIsMuchOlderThanTheNewestOne) {
  Programme programme(Generation{1}, 1);
  begin(programme);
  ASSERT_TRUE(viewer->start(keys));
  play_frames(programme, 30, 35);
  // Visited late, within the bound: 18 are 600 ms.
  for (uint64_t n = 35; n < 54; ++n)
    ASSERT_TRUE(channel.push(programme.frame(0, n)));
  drain();
  EXPECT_EQ(receiver->last_decoded(), (FrameName{1, 0, 53}));
  EXPECT_EQ(viewer->counters().late_stops, 0u);
  // Beyond it, but the newest keyframe is not.
  for (uint64_t n = 54; n < 74; ++n)
    ASSERT_TRUE(channel.push(programme.frame(0, n)));
  drain();
  ASSERT_EQ(receiver->last_decoded(), (FrameName{1, 0, 73}));
  EXPECT_EQ(viewer->counters().late_stops, 1u);
  EXPECT_EQ(viewer->counters().skipped_video_units, 6u) << "up to the keyframe";
  // Beyond it, in the midst of a GOP: the next keyframe is next.
  play_frames(programme, 74, 92);
  for (uint64_t n = 92; n < 112; ++n)
    ASSERT_TRUE(channel.push(programme.frame(0, n)));
  drain();
  EXPECT_EQ(receiver->last_decoded(), (FrameName{1, 0, 91}));
  EXPECT_EQ(viewer->counters().late_stops, 2u);
  EXPECT_EQ(viewer->counters().skipped_video_units, 6u + 20);
  play_frames(programme, 112, 123);
  EXPECT_EQ(receiver->last_decoded(), (FrameName{1, 0, 122}));
  EXPECT_EQ(receiver->counters().lost_packets, 0u);
  EXPECT_FALSE(receiver->waits_for_packets()) << "sequence numbers go on without a gap";
}

// A shard spares itself the last look at nearly every visit.
TEST_F(ViewerTest, IsThroughBehindAPicture) {
  Programme programme(Generation{1}, 1);
  begin(programme);
  ASSERT_TRUE(viewer->start(keys));
  play_frame(programme, 30);
  int times = 0;
  for (uint64_t n = 31; n < 61; ++n) {
    if (n % 2 == 0) {
      ASSERT_TRUE(channel.push(programme.sound(n * 5 / 3)));
    }
    play_frame(programme, n);
    times += through;
  }
  EXPECT_GE(times, 25) << "but where a report is due, and where nothing was to be sent";
  EXPECT_EQ(receiver->decoded().size(), 31u);
}

// It is shown as of its newest picture, however long it is.
TEST_F(ViewerTest, ABacklogIsAsOldAsItsNewestPicture) {
  Programme programme(Generation{1}, 1);
  begin(programme);
  for (uint64_t n = 30; n < 55; ++n)
    ASSERT_TRUE(channel.push(programme.frame(0, n)));
  ASSERT_TRUE(viewer->start(keys));
  ASSERT_TRUE(viewer->poll_transmit(channel, now, media(), buffer));
  lose = true;
  for (uint64_t n = 55; n < 59; ++n)
    ASSERT_TRUE(channel.push(programme.frame(0, n)));
  drain();
  EXPECT_EQ(viewer->counters().late_stops, 0u);
  EXPECT_EQ(viewer->counters().skipped_video_units, 0u);
}

TEST_F(ViewerTest, SenderReportsTieTimestampsToTheMediaClock) {
  Programme programme(Generation{1}, 1);
  begin(programme);
  ASSERT_TRUE(viewer->start(keys));
  now = Monotonic(2s);
  for (uint64_t n = 60; n < 180; ++n) {
    ASSERT_TRUE(channel.push(programme.frame(0, n)));
    if (n == 70) {
      ASSERT_TRUE(channel.push(programme.sound(117)));
    }
    while (const auto train = viewer->poll_transmit(channel, now, media(), buffer)) {
      if (buffer[1] != 200) continue;
      Bytes copy(buffer.begin(), buffer.begin() + static_cast<ptrdiff_t>(train->bytes));
      const auto plain = observer->unprotect_rtcp(copy);
      ASSERT_TRUE(plain);
      rtcp::Reader reader(*plain);
      std::vector<rtcp::SenderReport> reports;
      std::string cname;
      while (const auto packet = reader.next()) {
        if (const auto* report = std::get_if<rtcp::SenderReport>(&*packet))
          reports.push_back(*report);
        if (const auto* description = std::get_if<rtcp::SourceDescription>(&*packet))
          cname = description->cname;
      }
      EXPECT_EQ(reader.problem(), DropReason::kNone);
      EXPECT_EQ(cname, "longmen");
      ASSERT_EQ(reports.size(), n < 70 ? 1u : 2u);
      EXPECT_EQ(reports[0].ssrc, identity.video_ssrc);
      EXPECT_EQ(reports[0].ntp, to_ntp(media()));
      EXPECT_NEAR(reports[0].rtp_timestamp,
                  std::chrono::duration<double>(now.time_since_epoch()).count() * 90'000, 1);
      EXPECT_GT(reports[0].packets, 0u);
      if (reports.size() == 2) {
        EXPECT_EQ(reports[1].ssrc, identity.audio_ssrc);
        EXPECT_EQ(reports[1].packets, 1u);
      }
      receiver->handle_datagram(ByteSpan(buffer).first(train->bytes), now);
    }
    advance(33ms);
  }
  // Four seconds; and one more as soon as there is sound.
  EXPECT_GE(receiver->counters().sender_reports, 8u);
  EXPECT_LE(receiver->counters().sender_reports, 10u);
}

TEST_F(ViewerTest, RtcpOfSomebodyElseIsRefused) {
  ASSERT_TRUE(viewer->start(keys));
  Bytes garbage(60, 0x81);
  EXPECT_FALSE(viewer->handle_srtcp(garbage, now, media()));
  EXPECT_EQ(viewer->counters().rejected_rtcp, 1u);
}

TEST_F(ViewerTest, AViewerOfSoundAlone) {
  JoinRequest request = test::player_request();
  request.video.reset();
  make(request);
  Programme programme(Generation{1}, 1);
  begin(programme);
  ASSERT_TRUE(viewer->start(keys));
  play_frame(programme, 30);
  EXPECT_EQ(viewer->counters().packets, 0u);
  ASSERT_TRUE(channel.push(programme.sound(50)));
  drain();
  EXPECT_EQ(receiver->counters().sounds, 1u);
  EXPECT_FALSE(viewer->video_rendition());
}

}  // namespace
}  // namespace longmen
