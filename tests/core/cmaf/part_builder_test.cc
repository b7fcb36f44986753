#include "core/cmaf/part_builder.h"

#include <gtest/gtest.h>

#include <map>
#include <random>

#include "tests/core/cmaf/box_reader.h"
#include "tests/core/cmaf/made_up_units.h"

namespace longmen::cmaf {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using test::box_at;
using test::kN0;
using test::kStartOf2026;

constexpr Generation kGeneration{115'816'896'921'600'007};
constexpr RenditionId kTop{0};

const HlsGrid kGrid(seconds(1), 5);

TrackGrid video_grid(int fps) {
  return TrackGrid::of_video(kGrid, FrameGrid(fps));
}
PartBuilder sound_builder() {
  return PartBuilder(TrackGrid::of_audio(kGrid), make_audio_init(aac::AudioConfig{}));
}

using Parts = std::map<HlsNumber, Part>;

Parts build(PartBuilder builder, std::span<const MediaUnit> units) {
  Parts parts;
  for (const MediaUnit& unit : units) {
    (void)builder.push(unit);
    while (auto part = builder.take())
      EXPECT_TRUE(parts.emplace(part->number, *part).second) << "a part came twice";
  }
  return parts;
}

uint64_t decode_time(const Part& part) {
  return ByteReader(box_at(*part.bytes, "moof/traf/tfdt").subspan(4)).u64();
}

struct SampleRun {
  uint64_t ticks = 0;
  size_t bytes = 0;
  size_t samples = 0;
};
SampleRun run_of(const Part& part) {
  ByteReader reader(box_at(*part.bytes, "moof/traf/trun").subspan(4));
  SampleRun run;
  run.samples = reader.u32();
  reader.skip(4);
  for (size_t i = 0; i < run.samples; ++i) {
    run.ticks += reader.u32();
    run.bytes += reader.u32();
    reader.skip(4);
  }
  EXPECT_TRUE(reader.ok() && reader.at_end());
  return run;
}

TEST(PartBuilder, CutsPicturesWhereTheLineOfTimeSays) {
  for (const int fps : {25, 30, 50, 60}) {
    const auto units = test::pictures(kGeneration, kTop, fps, kStartOf2026, 2 * fps);
    const Parts parts = build(PartBuilder(video_grid(fps)), units);
    ASSERT_EQ(parts.size(), 10U) << fps;
    uint64_t expected = 159'050'304'000'000;
    for (const auto& [number, part] : parts) {
      EXPECT_EQ(part.duration, Flicks(milliseconds(200)));
      EXPECT_EQ(part.independent, number.part == 0);
      EXPECT_EQ(decode_time(part), expected);
      const SampleRun run = run_of(part);
      EXPECT_EQ(run.samples, static_cast<size_t>(fps / 5));
      EXPECT_EQ(run.ticks, 18'000U);
      EXPECT_EQ(run.bytes, box_at(*part.bytes, "mdat").size());
      expected += run.ticks;
    }
    EXPECT_EQ(parts.begin()->first, (HlsNumber{kN0, 0}));
  }
}

TEST(PartBuilder, APartIsThereWithItsLastFrame) {
  PartBuilder builder(video_grid(30));
  const auto units = test::pictures(kGeneration, kTop, 30, kStartOf2026, 6);
  for (size_t i = 0; i < 5; ++i)
    ASSERT_TRUE(builder.push(units[i]));
  EXPECT_FALSE(builder.take());
  ASSERT_TRUE(builder.push(units[5]));
  EXPECT_TRUE(builder.take());
}

TEST(PartBuilder, SamplesAreTheNalUnitsWithoutTheParameterSets) {
  const auto units = test::pictures(kGeneration, kTop, 30, kStartOf2026, 6);
  const Parts parts = build(PartBuilder(video_grid(30)), units);
  ASSERT_EQ(parts.size(), 1U);
  Bytes expected;
  const FrameGrid grid(30);
  for (SlotIndex slot = grid.slot_at(kStartOf2026); slot < grid.slot_at(kStartOf2026) + 6; ++slot) {
    const Bytes annex_b = test::picture(slot, slot == grid.slot_at(kStartOf2026));
    std::vector<ByteSpan> nals;
    ASSERT_TRUE(h264::split_annex_b(annex_b, nals));
    h264::append_avcc(nals.back(), expected);
  }
  const ByteSpan media = box_at(*parts.begin()->second.bytes, "mdat");
  EXPECT_EQ(Bytes(media.begin(), media.end()), expected);
  ASSERT_TRUE(parts.begin()->second.init);
  EXPECT_EQ(parts.begin()->second.init->codec, "avc1.64001f");
}

TEST(PartBuilder, SoundIsCutByWhereItsFramesStart) {
  const auto units = test::sounds(kGeneration, kStartOf2026, 375);
  const Parts parts = build(sound_builder(), units);
  ASSERT_EQ(parts.size(), 40U);
  std::map<int64_t, size_t> frames;
  uint64_t expected = 84'826'828'800'000;
  for (const auto& [number, part] : parts) {
    const SampleRun run = run_of(part);
    EXPECT_EQ(decode_time(part), expected);
    EXPECT_EQ(part.duration, Flicks(Samples48k(run.ticks)));
    EXPECT_TRUE(part.independent);
    frames[number.media_sequence - kN0] += run.samples;
    expected += run.ticks;
  }
  EXPECT_EQ(frames, (std::map<int64_t, size_t>{
                        {0, 47}, {1, 47}, {2, 47}, {3, 47}, {4, 47}, {5, 47}, {6, 47}, {7, 46}}));
}

TEST(PartBuilder, AMissingUnitLeavesOutItsPartAlone) {
  auto units = test::pictures(kGeneration, kTop, 30, kStartOf2026, 60);
  units.erase(units.begin() + 14);  // of part 2
  const Parts parts = build(PartBuilder(video_grid(30)), units);
  EXPECT_EQ(parts.size(), 9U);
  EXPECT_FALSE(parts.contains({kN0, 2}));
}

// The last frame of part 1 is missing: not known before the first of part 2 comes.
TEST(PartBuilder, AMissingLastFrameIsAHole) {
  auto units = test::pictures(kGeneration, kTop, 30, kStartOf2026, 60);
  units.erase(units.begin() + 11);
  const Parts parts = build(PartBuilder(video_grid(30)), units);
  EXPECT_EQ(parts.size(), 9U);
  EXPECT_FALSE(parts.contains({kN0, 1}));
}

// The encoder was behind: its sequence goes on, so nothing is missing.
TEST(PartBuilder, APictureThatTheEncoderLeftOutIsCovered) {
  for (const int64_t left_out : {5, 6, 8, 11}) {
    const auto units = test::pictures(kGeneration, kTop, 30, kStartOf2026, 60, {left_out});
    const Parts parts = build(PartBuilder(video_grid(30)), units);
    ASSERT_EQ(parts.size(), 10U) << left_out;
    uint64_t expected = 159'050'304'000'000;
    for (const auto& [number, part] : parts) {
      EXPECT_EQ(decode_time(part), expected) << left_out;
      EXPECT_EQ(run_of(part).ticks, 18'000U);
      expected += 18'000;
    }
  }
}

TEST(PartBuilder, RepeatsAreLeftOut) {
  const auto units = test::pictures(kGeneration, kTop, 30, kStartOf2026, 30);
  PartBuilder builder(video_grid(30));
  for (const MediaUnit& unit : units)
    ASSERT_TRUE(builder.push(unit));
  EXPECT_EQ(builder.push(units[3]).error(), DropReason::kReplayed);
  size_t parts = 0;
  while (builder.take())
    ++parts;
  EXPECT_EQ(parts, 5U);
}

TEST(PartBuilder, WhatDoesNotBelongIsRefused) {
  const auto units = test::pictures(kGeneration, kTop, 30, kStartOf2026, 30);
  PartBuilder before_keyframe(video_grid(30));
  EXPECT_EQ(before_keyframe.push(units[1]).error(), DropReason::kWrongState);

  PartBuilder builder(video_grid(30));
  ASSERT_TRUE(builder.push(units[0]));
  MediaUnit off_grid = units[1];
  off_grid.time += Flicks(1);
  EXPECT_EQ(builder.push(off_grid).error(), DropReason::kMalformed);
  MediaUnit earlier = units[1];
  earlier.time = units[0].time;
  EXPECT_EQ(builder.push(earlier).error(), DropReason::kMalformed);
  MediaUnit cut_off = units[1];
  cut_off.payloads.clear();
  for (MediaPacket& packet : cut_off.packets)
    packet.payload_bytes = 0;
  EXPECT_EQ(builder.push(cut_off).error(), DropReason::kTruncated);
}

TEST(PartBuilder, AGenerationHasOneParameterSet) {
  PartBuilder builder(video_grid(30));
  const auto units = test::pictures(kGeneration, kTop, 30, kStartOf2026, 31);
  ASSERT_TRUE(builder.push(units[0]));
  Packetizer packetizer(kGeneration, kTop, 1000);
  Bytes annex_b;
  h264::append_annex_b(test::made_up_sps(), annex_b);
  h264::append_annex_b(test::from_hex("68ebe3cb22c1"), annex_b);
  h264::append_annex_b(test::from_hex("6588"), annex_b);
  const auto other = packetizer.h264(annex_b, units[30].time);
  ASSERT_TRUE(other);
  EXPECT_EQ(builder.push(*other).error(), DropReason::kUnsupported);
}

// Two gateways, one of which began later, was started again in between or missed something: what
// both give is the same to the byte.
TEST(PartBuilder, WhoeverBuildsAPartBuildsTheSameBytes) {
  std::mt19937 random(20260101);
  for (int round = 0; round < 150; ++round) {
    const int fps = std::array{25, 30, 50, 60}[random() % 4];
    const bool sound = random() % 3 == 0;
    const MediaTime from = kStartOf2026 + milliseconds(random() % 100'000);
    std::vector<int64_t> left_out;
    for (size_t i = 0; i < random() % 4; ++i)
      left_out.push_back(1 + static_cast<int64_t>(random() % (4 * fps)));
    const auto units = sound ? test::sounds(kGeneration, from, 200)
                             : test::pictures(kGeneration, kTop, fps, from, 5 * fps, left_out);
    const auto builder = [&] { return sound ? sound_builder() : PartBuilder(video_grid(fps)); };
    const Parts all = build(builder(), units);
    ASSERT_GE(all.size(), 15U);
    const auto last = all.rbegin()->first;

    // Begins at any unit.
    const size_t start = random() % units.size();
    const Parts late = build(builder(), std::span(units).subspan(start));
    // Misses some.
    std::vector<MediaUnit> with_holes;
    for (const MediaUnit& unit : units)
      if (random() % 20 != 0) with_holes.push_back(unit);
    const Parts holed = build(builder(), with_holes);
    for (const Parts* some : {&late, &holed}) {
      for (const auto& [number, part] : *some) {
        const auto same = all.find(number);
        ASSERT_NE(same, all.end()) << "a part that the whole sequence does not give";
        ASSERT_EQ(*part.bytes, *same->second.bytes);
        ASSERT_EQ(part.duration, same->second.duration);
        ASSERT_EQ(part.independent, same->second.independent);
        ASSERT_EQ(part.init->name, same->second.init->name);
      }
    }
    // From the second keyframe after its start on, who began late has everything.
    const HlsNumber sure = kGrid.number_at(units[start].time + seconds(1));
    for (HlsNumber number{sure.media_sequence + 1, 0}; number <= last;
         number = kGrid.next(number)) {
      if (all.contains(number)) {
        ASSERT_TRUE(late.contains(number));
      }
    }
  }
}

}  // namespace
}  // namespace longmen::cmaf
