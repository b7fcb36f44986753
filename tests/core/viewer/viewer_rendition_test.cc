// Which rendition a viewer starts with, and what reports from it do to it. How viewers fare on
// links is played in tests/sim/rate_changes_test.cc.
#include <gtest/gtest.h>

#include "core/viewer/viewer.h"
#include "tests/support/receiver.h"

namespace longmen {
namespace {

using namespace std::chrono_literals;
using test::FrameName;
using test::Programme;
using test::Receiver;

class ViewerRenditionTest : public testing::Test {
 protected:
  static constexpr uint64_t kGeneration = test::kFirstLadderGeneration;

  ViewerRenditionTest() {
    identity.video_ssrc = 10;
    identity.video_rtx_ssrc = 11;
    identity.audio_ssrc = 12;
    channel.begin_generation(programme.generation(), programme.renditions());
  }

  void join(const std::string& rendition) {
    JoinRequest request = test::player_request();
    request.rendition = rendition;
    join(request);
  }
  void join(const JoinRequest& request) {
    viewer.emplace(request, identity, RenditionId{0});
    receiver.emplace(request, identity, keys);
    ASSERT_TRUE(viewer->start(keys));
    drain();
  }

  void push(uint64_t number) {
    for (uint8_t rung = 0; rung < 3; ++rung)
      ASSERT_TRUE(channel.push(programme.frame(rung, number)));
  }
  void play(uint64_t first, uint64_t last) {
    for (uint64_t number = first; number <= last; ++number) {
      now += 33ms;
      push(number);
      drain();
    }
  }
  void drain() {
    const MediaTime media(floor_flicks(now.time_since_epoch()));
    while (const auto train = viewer->poll_transmit(channel, now, media, buffer))
      for (size_t at = 0; at < train->bytes; at += train->segment_bytes)
        receiver->handle_datagram(
            ByteSpan(buffer).subspan(at, std::min(train->segment_bytes, train->bytes - at)), now);
  }
  void show(Generation generation) {
    programme = Programme(generation, 3);
    channel.begin_generation(programme.generation(), programme.renditions());
  }
  // 2^10 times so many bit/s.
  void report_remb(uint16_t kibps) {
    Bytes packet{0x8F, 206, 0, 5, 0, 0, 0, 99, 0, 0, 0, 0, 'R', 'E', 'M', 'B', 1};
    packet.push_back(static_cast<uint8_t>(10 << 2));
    packet.push_back(static_cast<uint8_t>(kibps >> 8));
    packet.push_back(static_cast<uint8_t>(kibps));
    packet.insert(packet.end(), {0, 0, 0, 10});
    ASSERT_TRUE(send(packet));
  }
  Parsed<void> send(const Bytes& compound) {
    Bytes bytes = compound;
    bytes.resize(compound.size() + kMaxSrtpTrailerBytes);
    bytes.resize(*player.protect_rtcp(bytes, compound.size()));
    return viewer->handle_srtcp(bytes, now, {});
  }

  Programme programme{Generation{kGeneration}, 3};
  ViewerIdentity identity;
  SrtpKeys keys = test::random_srtp_keys(SrtpProfile::kAeadAes128Gcm, 9);
  SrtpSession player = test::viewer_outgoing(keys);
  ChannelCache channel;
  std::optional<Viewer> viewer;
  std::optional<Receiver> receiver;
  Bytes buffer = Bytes(kTrainBufferBytes);
  Monotonic now{1000s};
};

// At 3 Mbit/s 300 ms are 112 kB: ten frames of 720p (109 kB), 20 of 480p (94 kB with headers).
TEST_F(ViewerRenditionTest, StartsFromTheBestRungWhoseBacklogIsSoonThrough) {
  for (uint64_t number = 30; number < 38; ++number)
    push(number);
  join("");
  EXPECT_EQ(viewer->video_rendition(), RenditionId{0});
  EXPECT_EQ(receiver->last_decoded(), (FrameName{kGeneration, 0, 37}));

  for (uint64_t number = 38; number < 50; ++number)
    push(number);
  join("");
  EXPECT_EQ(viewer->video_rendition(), RenditionId{1});
  for (uint64_t number = 50; number < 58; ++number)
    push(number);
  join("");
  EXPECT_EQ(viewer->video_rendition(), RenditionId{2});
  EXPECT_EQ(viewer->wanted_video(), RenditionId{0});

  // Nobody says anything against the best rung: from its next keyframe but one on, since the first
  // comes too soon behind the join.
  play(58, 89);
  EXPECT_EQ(viewer->video_rendition(), RenditionId{2});
  play(90, 100);
  EXPECT_EQ(viewer->video_rendition(), RenditionId{0});
  EXPECT_EQ(receiver->counters().lost_packets, 0u);
}

// Its keyframe is more than what a link of 3 Mbit/s takes in 300 ms.
TEST_F(ViewerRenditionTest, WhoSaysNothingGetsARungOf6MbitsWhateverIsBelievedOfLinks) {
  show(Generation{test::kFirstWideLadderGeneration});
  for (uint64_t number = 30; number < 40; ++number)
    push(number);
  join("");
  EXPECT_EQ(viewer->video_rendition(), RenditionId{2});
  play(40, 59);
  EXPECT_EQ(viewer->wanted_video(), RenditionId{0});
  play(60, 90);
  EXPECT_EQ(viewer->video_rendition(), RenditionId{0});
  play(91, 300);
  EXPECT_EQ(viewer->video_rendition(), RenditionId{0});
  EXPECT_EQ(receiver->counters().lost_packets, 0u);
}

TEST_F(ViewerRenditionTest, RembLeadsToARungOf6Mbits) {
  show(Generation{test::kFirstWideLadderGeneration});
  for (uint64_t number = 0; number < 70; ++number)
    push(number);
  JoinRequest request = test::player_request();
  request.video->transport_cc_extension.reset();
  request.audio->transport_cc_extension.reset();
  join(request);
  EXPECT_EQ(viewer->wanted_video(), RenditionId{2}) << "the rungs' rates are known";
  EXPECT_EQ(viewer->video_rendition(), RenditionId{2});
  for (uint64_t number = 70; number < 300; ++number) {
    if (number % 30 == 15) report_remb(8000);
    play(number, number);
  }
  EXPECT_EQ(viewer->video_rendition(), RenditionId{0});
  EXPECT_EQ(viewer->counters().switches_down, 0u);
}

TEST_F(ViewerRenditionTest, WhatRembSaysOfTheLinkDecidesOnTheBacklogToStartFrom) {
  for (uint64_t number = 30; number < 58; ++number)
    push(number);
  JoinRequest request = test::player_request();
  request.video->transport_cc_extension.reset();
  viewer.emplace(request, identity, RenditionId{0});
  receiver.emplace(request, identity, keys);
  ASSERT_TRUE(viewer->start(keys));
  report_remb(12'000);
  drain();
  EXPECT_EQ(viewer->video_rendition(), RenditionId{0});
  EXPECT_EQ(receiver->last_decoded(), (FrameName{kGeneration, 0, 57}));
}

TEST_F(ViewerRenditionTest, AChosenRungStartsAtOnce) {
  for (uint64_t number = 30; number < 58; ++number)
    push(number);
  join("720p");
  EXPECT_FALSE(viewer->automatic());
  EXPECT_EQ(receiver->last_decoded(), (FrameName{kGeneration, 0, 57}));
}

TEST_F(ViewerRenditionTest, WhenNoBacklogIsShortTheNextKeyframeIsTheStart) {
  channel.begin_generation(Generation{kGeneration}, std::array{RenditionId{0}});
  for (uint64_t number = 30; number < 50; ++number)
    ASSERT_TRUE(channel.push(programme.frame(0, number)));
  join("");
  EXPECT_FALSE(viewer->video_rendition());
  for (uint64_t number = 50; number < 61; ++number) {
    ASSERT_TRUE(channel.push(programme.frame(0, number)));
    drain();
  }
  EXPECT_EQ(receiver->last_decoded(), (FrameName{kGeneration, 0, 60}));
  EXPECT_EQ(receiver->counters().decoded_frames, 1u);
}

TEST_F(ViewerRenditionTest, ReportsThatLieAreCounted) {
  push(30);
  join("");
  const Bytes lies{0x8F, 205, 0, 4, 0, 0, 0, 1, 0, 0, 0, 10, 0, 0, 0, 9, 0, 0, 0, 0};
  ASSERT_TRUE(send(lies));
  EXPECT_EQ(viewer->counters().rejected_rtcp, 1u);
  EXPECT_FALSE(viewer->quality().link.heard);
}

TEST_F(ViewerRenditionTest, ReportsShowInTheQuality) {
  push(30);
  join("");
  receiver->send_feedback(100ms);
  play(31, 40);
  Bytes feedback = receiver->poll_feedback(now);
  ASSERT_FALSE(feedback.empty());
  ASSERT_TRUE(viewer->handle_srtcp(feedback, now, {}));
  EXPECT_TRUE(viewer->quality().link.heard);
  EXPECT_TRUE(viewer->quality().link.capacity);
  EXPECT_EQ(viewer->quality().link.measured_queue, 0ns);
}

}  // namespace
}  // namespace longmen
