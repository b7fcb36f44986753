#include "core/viewer/viewer_stream.h"

#include <gtest/gtest.h>

#include "tests/support/programme.h"

namespace longmen {
namespace {

using namespace std::chrono_literals;
using test::kFrameDuration;

StreamParameters video_parameters() {
  StreamParameters parameters;
  parameters.ssrc = 1;
  parameters.rtx_ssrc = 2;
  parameters.rtx_payload_type = 97;
  parameters.first_index = 0x7ff0;
  return parameters;
}

MediaUnit unit_at(MediaTime time, PacketSequence first_sequence, size_t packets = 3,
                  Generation generation = {1}) {
  MediaUnit unit;
  unit.generation = generation;
  unit.time = time;
  unit.first_sequence = first_sequence;
  unit.packets.resize(packets);
  return unit;
}

// Places and takes for sent.
Placement send(ViewerStream& stream, const MediaUnit& unit) {
  const Placement placement = stream.place(unit);
  stream.sealed().next_index = placement.first_index + unit.packets.size();
  stream.count_sent(unit.packets.size(), 1000);
  return placement;
}

const MediaTime kStart{1'700'000'000s};
const Monotonic kNow{1000s};

TEST(ViewerStream, LiveUnitsHaveTheirOwnTimestamps) {
  ViewerStream stream(video_parameters());
  const Placement first = stream.place(unit_at(kStart, 500));
  EXPECT_EQ(first.first_index, 0x7ff0u);
  EXPECT_EQ(first.timestamp, static_cast<uint32_t>(1'700'000'000ull * 90'000));
  EXPECT_EQ(first.time, kStart);
  const Placement second = stream.place(unit_at(kStart + kFrameDuration, 503));
  EXPECT_EQ(second.first_index, 0x7ff3u);
  EXPECT_EQ(second.timestamp, first.timestamp + 3000);
  EXPECT_EQ(stream.timestamp(kStart), first.timestamp);

  StreamParameters sound = video_parameters();
  sound.clock_rate = 48'000;
  EXPECT_EQ(ViewerStream(sound).place(unit_at(kStart, 0)).timestamp,
            static_cast<uint32_t>(1'700'000'000ull * 48'000));
}

TEST(ViewerStream, ABacklogIsCompressedToEndAtTheNewest) {
  ViewerStream stream(video_parameters());
  constexpr size_t kUnits = 20;
  const MediaTime newest = kStart + (kUnits - 1) * kFrameDuration;
  std::optional<MediaTime> last;
  for (size_t i = 0; i < kUnits; ++i) {
    const Placement placement =
        stream.place(unit_at(kStart + i * kFrameDuration, 3 * i), kUnits - 1 - i, newest);
    if (last) {
      EXPECT_EQ(placement.time - *last, kBacklogSpacing);
    }
    last = placement.time;
  }
  EXPECT_EQ(*last, newest);
  EXPECT_EQ(stream.place(unit_at(newest + kFrameDuration, 3 * kUnits)).time,
            newest + kFrameDuration);
}

// The slate that was shown is ahead of live by the encoder's latency: time still never goes back.
TEST(ViewerStream, TimestampsNeverGoBackAndCatchUp) {
  ViewerStream stream(video_parameters());
  send(stream, unit_at(kStart + 50ms, 0));
  std::vector<Placement> placements;
  for (int64_t i = 0; i < 5; ++i)
    placements.push_back(
        stream.place(unit_at(kStart + i * kFrameDuration, static_cast<uint64_t>(i) * 3, 3, {2})));
  EXPECT_EQ(placements[0].time, kStart + 51ms);
  EXPECT_EQ(placements[1].time, kStart + 52ms);
  EXPECT_EQ(placements[2].time, kStart + 2 * kFrameDuration);
  EXPECT_EQ(placements[4].time, kStart + 4 * kFrameDuration);
}

TEST(ViewerStream, TheTimestampWraps) {
  ViewerStream stream(video_parameters());
  const MediaTime wrap{Flicks((int64_t{1} << 32) * (Flicks::period::den / 90'000))};
  EXPECT_EQ(stream.place(unit_at(wrap - Flicks(1), 0)).timestamp, 0xffffffffu);
  EXPECT_EQ(stream.place(unit_at(wrap + 1ms, 3)).timestamp, 90u);
}

TEST(ViewerStream, ANackedNumberFindsItsPacketAcrossGenerations) {
  ViewerStream stream(video_parameters());
  // Beyond the 16-bit wrap, and a change of generation in between.
  MediaTime time = kStart;
  uint64_t source = 0;
  while (stream.sealed().next_index < 0xfff0) {
    send(stream, unit_at(time, source, 16));
    time += kFrameDuration;
    source += 16;
  }
  const Placement before = send(stream, unit_at(time, source, 16));
  const Placement after = send(stream, unit_at(time + kFrameDuration, 700, 40, {9}));
  ASSERT_EQ(before.first_index, 0xfff0u);
  ASSERT_EQ(after.first_index, 0x10000u);

  ASSERT_TRUE(stream.request_repeat(0xfffe, kNow, 20ms));
  ASSERT_TRUE(stream.request_repeat(5, kNow, 20ms));
  const auto first = stream.pending_repeat();
  ASSERT_TRUE(first);
  EXPECT_EQ(first->index, 0xfffeu);
  EXPECT_EQ(first->generation, Generation{1});
  EXPECT_EQ(first->sequence, source + 14);
  EXPECT_EQ(first->timestamp, before.timestamp);
  stream.pop_repeat();
  const auto second = stream.pending_repeat();
  ASSERT_TRUE(second);
  EXPECT_EQ(second->index, 0x10005u);
  EXPECT_EQ(second->generation, Generation{9});
  EXPECT_EQ(second->sequence, 705u);
  EXPECT_EQ(second->timestamp, after.timestamp);
  stream.pop_repeat();
  EXPECT_FALSE(stream.pending_repeat());
}

TEST(ViewerStream, NumbersThatWereNotSentAreStale) {
  ViewerStream stream(video_parameters());
  EXPECT_EQ(stream.request_repeat(0x7ff0, kNow, 20ms).error(), DropReason::kStale);
  send(stream, unit_at(kStart, 0));
  EXPECT_EQ(stream.request_repeat(0x7fef, kNow, 20ms).error(), DropReason::kStale);
  EXPECT_EQ(stream.request_repeat(0x7ff3, kNow, 20ms).error(), DropReason::kStale);
  EXPECT_TRUE(stream.request_repeat(0x7ff2, kNow, 20ms));
  for (size_t i = 1; i <= kMaxPlacedUnits; ++i)
    send(stream, unit_at(kStart + static_cast<int64_t>(i) * kFrameDuration, 3 * i));
  EXPECT_EQ(stream.request_repeat(0x7ff1, kNow + 1s, 20ms).error(), DropReason::kStale);

  StreamParameters parameters = video_parameters();
  parameters.rtx_payload_type.reset();
  ViewerStream without_rtx(parameters);
  send(without_rtx, unit_at(kStart, 0));
  EXPECT_EQ(without_rtx.request_repeat(0x7ff0, kNow, 20ms).error(), DropReason::kUnsupported);
  EXPECT_FALSE(without_rtx.pending_repeat());
}

TEST(ViewerStream, APacketIsNotRepeatedAgainWithinTheSpacing) {
  ViewerStream stream(video_parameters());
  send(stream, unit_at(kStart, 0));
  EXPECT_TRUE(stream.request_repeat(0x7ff0, kNow, 50ms));
  EXPECT_EQ(stream.request_repeat(0x7ff0, kNow + 49ms, 50ms).error(), DropReason::kRateLimited);
  EXPECT_TRUE(stream.request_repeat(0x7ff0, kNow + 50ms, 50ms));
}

TEST(ViewerStream, AStormOfNacksIsBounded) {
  ViewerStream stream(video_parameters());
  send(stream, unit_at(kStart, 0, 1000));
  size_t granted = 0;
  Monotonic now = kNow;
  std::optional<DropReason> last;
  for (int round = 0; round < 100; ++round, now += 1s) {
    for (uint16_t i = 0; i < 1000; ++i) {
      const auto requested = stream.request_repeat(static_cast<uint16_t>(0x7ff0 + i), now, 20ms);
      granted += requested.has_value();
      if (!requested) last = requested.error();
    }
    while (stream.pending_repeat())
      stream.pop_repeat();
  }
  EXPECT_EQ(granted, static_cast<size_t>(kRepeatBurst));
  EXPECT_EQ(last, DropReason::kRateLimited);
  // What is sent earns repeats again.
  send(stream, unit_at(kStart + kFrameDuration, 1000, 40));
  granted = 0;
  for (uint16_t i = 0; i < 1000; ++i)
    granted += stream.request_repeat(static_cast<uint16_t>(0x7ff0 + i), now, 20ms).has_value();
  EXPECT_EQ(granted, 40u / kRepeatShare);
}

TEST(ViewerStream, ThePendingQueueIsBounded) {
  ViewerStream stream(video_parameters());
  send(stream, unit_at(kStart, 0, 1000));
  for (uint16_t i = 0; i < kMaxPendingRepeats; ++i)
    ASSERT_TRUE(stream.request_repeat(static_cast<uint16_t>(0x7ff0 + i), kNow, 20ms)) << i;
  EXPECT_EQ(stream.request_repeat(0x7ff0 + 500, kNow, 20ms).error(), DropReason::kQueueFull);
}

}  // namespace
}  // namespace longmen
