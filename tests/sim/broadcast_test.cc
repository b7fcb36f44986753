// Seeded simulation of core/'s viewers over a lossy, reordering, duplicating network. A failure
// prints its seed; LONGMEN_SIM_SEED=N plays that one again.
#include "tests/sim/broadcast.h"

#include <cstdlib>

namespace longmen::sim {
namespace {

using namespace std::chrono_literals;
using test::Programme;

// The 90 kHz timestamp wraps at 47,721.86 s of media time: in the middle of the first live
// generation.
const MediaTime kStart{47'718s};

const LinkQuality kGood{.delay = 5ms, .jitter = 2ms};
const LinkQuality kReordering{.duplicate = 0.02, .delay = 10ms, .jitter = 30ms};
const LinkQuality kLossy{.loss = 0.02, .duplicate = 0.01, .delay = 20ms, .jitter = 10ms};
const LinkQuality kBad{.loss = 0.08,
                       .outage = 0.0005,
                       .outage_duration = 150ms,
                       .duplicate = 0.01,
                       .delay = 40ms,
                       .jitter = 30ms};
const LinkQuality kQualities[] = {kGood, kReordering, kLossy, kBad};

class LongBroadcastTest : public testing::Test {
 protected:
  // Complete, explicitly given up, or outside of what the receiver can know.
  static void expect_every_frame_accounted_for(const SimulatedViewer& viewer) {
    const test::Receiver& receiver = viewer.receiver;
    ASSERT_TRUE(receiver.first_index());
    EXPECT_FALSE(viewer.sent.frame_is_open());
    EXPECT_FALSE(receiver.waits_for_packets());
    uint64_t complete = 0;
    for (const SentFrame& frame : viewer.sent.frames()) {
      if (receiver.complete_timestamps().contains(frame.timestamp)) {
        ++complete;
        continue;
      }
      if (frame.first_index < *receiver.first_index() ||
          frame.last_index > *receiver.highest_index())
        continue;
      // With the marker of the frame before, the player loses where this one begins.
      bool given_up = false;
      for (uint64_t index = frame.first_index - 1; index <= frame.last_index; ++index)
        given_up = given_up || receiver.gave_up(index);
      EXPECT_TRUE(given_up) << "frame of packets " << frame.first_index << " to "
                            << frame.last_index << " vanished";
    }
    EXPECT_EQ(complete, receiver.counters().complete_frames);
    EXPECT_EQ(receiver.counters().refused_packets, 0u);
    EXPECT_GT(receiver.counters().sender_reports, 0u);
    EXPECT_GT(receiver.counters().sounds, 0u);
  }
};

class BroadcastTest : public LongBroadcastTest, public testing::WithParamInterface<uint64_t> {};

TEST_P(BroadcastTest, ManyViewersSeeSlateLiveSlateAndLiveAgain) {
  SCOPED_TRACE(fmt::format("LONGMEN_SIM_SEED={}", GetParam()));
  constexpr size_t kViewers = 200;
  Broadcast broadcast(GetParam(), kStart);
  Programme slate(Generation{1}, 3);
  Programme first_live(Generation{100}, 3);
  Programme second_live(Generation{200}, 3);
  const auto join = [&](size_t count) {
    for (size_t i = 0; i < count; ++i) {
      const size_t number = broadcast.viewers().size();
      broadcast.add_viewer(
          number % 10 == 9 ? SrtpProfile::kAes128CmHmacSha1_80 : SrtpProfile::kAeadAes128Gcm,
          RenditionId{static_cast<uint8_t>(broadcast.random()() % 3)}, kQualities[number % 4]);
    }
  };
  // People come at any moment, and change their rendition at any moment.
  const auto run = [&](std::chrono::nanoseconds duration, size_t joining) {
    constexpr int kSlices = 20;
    for (int slice = 0; slice < kSlices; ++slice) {
      const size_t share = joining / kSlices + (static_cast<size_t>(slice) < joining % kSlices);
      join(share);
      for (auto& viewer : broadcast.viewers())
        if (broadcast.random()() % 40 == 0)
          viewer->viewer.select_video(RenditionId{static_cast<uint8_t>(broadcast.random()() % 3)});
      broadcast.run(duration / kSlices);
    }
  };
  broadcast.switch_to(&slate);
  run(1500ms, 80);
  broadcast.switch_to(&first_live);
  run(3s, 60);
  broadcast.switch_to(nullptr);  // the streamer was killed; the relay waits for 600 ms
  run(600ms, 10);
  broadcast.switch_to(&slate);
  run(900ms, 30);
  broadcast.switch_to(&second_live);
  run(1500ms, kViewers - 180);
  run(1500ms, 0);
  broadcast.switch_to(nullptr);
  broadcast.run(2s);  // what is still missing is asked for, or given up

  ASSERT_EQ(broadcast.viewers().size(), kViewers);
  EXPECT_GT(broadcast.network().lost(), 1000u);
  uint64_t complete = 0;
  uint64_t sent = 0;
  uint64_t repeated = 0;
  for (size_t i = 0; i < kViewers; ++i) {
    SCOPED_TRACE(fmt::format("viewer {}", i));
    const SimulatedViewer& viewer = *broadcast.viewers()[i];
    expect_every_frame_accounted_for(viewer);
    const test::Receiver::Counters& counters = viewer.receiver.counters();
    complete += counters.complete_frames;
    sent += viewer.sent.frames().size();
    repeated += counters.repeated_packets;
    ASSERT_TRUE(viewer.receiver.last_decoded());
    EXPECT_EQ(viewer.receiver.last_decoded()->generation, 200u) << "recovered";
    EXPECT_LT(viewer.receiver.longest_freeze(), 3s);
    if (i % 4 < 2) {  // no loss: every frame, at once, whatever was switched
      EXPECT_EQ(counters.decoded_frames, viewer.sent.frames().size());
      EXPECT_EQ(counters.lost_packets, 0u);
      EXPECT_EQ(counters.lost_sounds, 0u);
      EXPECT_LT(viewer.receiver.longest_freeze(), 750ms);
    }
  }
  EXPECT_GT(repeated, 1000u);
  EXPECT_GT(complete, sent * 99 / 100);
  RecordProperty("frames_sent", static_cast<int>(sent));
  RecordProperty("frames_complete", static_cast<int>(complete));
}

// Beyond the wrap of the 16-bit sequence number: the rollover counter of both ends stays the same.
TEST_F(LongBroadcastTest, AFewViewersForALongTime) {
  const uint64_t seed = seeds(3).front();
  SCOPED_TRACE(fmt::format("LONGMEN_SIM_SEED={}", seed));
  constexpr std::chrono::seconds kDuration{300};
  Broadcast broadcast(seed, kStart);
  Programme live(Generation{100}, 1);
  broadcast.add_viewer(SrtpProfile::kAeadAes128Gcm, RenditionId{0}, kReordering, 0x7fff);
  broadcast.add_viewer(SrtpProfile::kAeadAes128Gcm, RenditionId{0}, kLossy, 0x7fff);
  broadcast.add_viewer(SrtpProfile::kAes128CmHmacSha1_80, RenditionId{0}, kLossy, 0x7fff);
  broadcast.switch_to(&live);
  broadcast.run(kDuration);
  broadcast.switch_to(nullptr);
  broadcast.run(2s);
  for (const auto& viewer : broadcast.viewers()) {
    expect_every_frame_accounted_for(*viewer);
    EXPECT_GT(viewer->sent.last_index(viewer->ssrc.video_ssrc), 0x10000u);
    EXPECT_GT(viewer->receiver.counters().decoded_frames,
              static_cast<uint64_t>(kDuration.count()) * 30 * 99 / 100);
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, BroadcastTest, testing::ValuesIn(seeds(3)));

}  // namespace
}  // namespace longmen::sim
