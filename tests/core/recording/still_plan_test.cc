#include "core/recording/still_plan.h"

#include <gmock/gmock.h>

#include "core/recording/still_job.h"
#include "tests/core/recording/made_up_recording.h"

namespace longmen::recording {
namespace {

using std::chrono::seconds;
using test::kN0;
using test::MadeUpRecording;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

// kN0 is no multiple of 7, but of 10.
static_assert(kN0 % 10 == 0);

RecordedSegment keyframe_at(int64_t number) {
  RecordedSegment segment;
  segment.media_sequence = number;
  segment.parts.resize(5);
  segment.parts[0] = {100, 1100, 1000, true, {{800, 1, true}, {200, 1, false}}};
  return segment;
}

RecordedTrack long_track(const RecordingInfo& info, int64_t from, int64_t count) {
  RecordedTrack track(info.tracks[1].id, 5);
  for (int64_t i = 0; i < count; ++i) {
    RecordedSegment segment = keyframe_at(from + i);
    segment.rendition = info.tracks[1].id;
    track.put(std::move(segment));
  }
  return track;
}

StillIndex made_of(const std::vector<int64_t>& numbers, StillLook look = {100, 40}) {
  StillIndex made;
  for (const int64_t number : numbers)
    made.stills[number] = {40, 500, look};
  return made;
}

TEST(StillPlan, TheFirstShownKeyframeOfEachSlotIsWanted) {
  MadeUpRecording made(25);
  made.info.start_ms += 3'000;
  made.info.end_ms = made.info.start_ms + 20'000;
  const size_t track = *still_track(made.info);
  EXPECT_EQ(made.info.tracks[track].name, "v1");
  StillPlan plan = plan_stills(made.info, made.tracks[track], 10);
  EXPECT_EQ(plan.spacing, 10);
  EXPECT_THAT(plan.wanted, ElementsAre(kN0 + 3, kN0 + 10, kN0 + 20));
  made.info.withdrawn = {{(kN0 + 8) * 1000, (kN0 + 12) * 1000 + 1}};
  plan = plan_stills(made.info, made.tracks[track], 10);
  EXPECT_THAT(plan.wanted, ElementsAre(kN0 + 3, kN0 + 13, kN0 + 20));
  made.info.withdrawn = {{made.info.start_ms, made.info.end_ms}};
  EXPECT_THAT(plan_stills(made.info, made.tracks[track], 10).wanted, IsEmpty());
}

TEST(StillPlan, WhatGrowsTooLongTakesEveryOtherOneOfWhatItHas) {
  const MadeUpRecording made;
  const RecordedTrack two_hours = long_track(made.info, kN0, 7200);
  const StillPlan before = plan_stills(made.info, two_hours, 10);
  EXPECT_EQ(before.spacing, 10);
  EXPECT_THAT(before.wanted, SizeIs(kMaxSlots));
  const RecordedTrack longer = long_track(made.info, kN0, 7201);
  const StillPlan after = plan_stills(made.info, longer, 10);
  EXPECT_EQ(after.spacing, 20);
  EXPECT_THAT(after.wanted, SizeIs(361));
  for (const int64_t number : after.wanted)
    EXPECT_TRUE(number == kN0 + 7200 || std::ranges::count(before.wanted, number) == 1);
}

TEST(StillPlan, APosterIsNeitherDarkNorFlatNorStillWhenThereIsAnother) {
  MadeUpRecording made(45);
  const RecordedTrack& track = made.tracks[1];
  const StillPlan plan = plan_stills(made.info, track, 10);
  EXPECT_FALSE(choose_poster(made.info, track, plan, {}));
  StillIndex index = made_of(plan.wanted);
  index.stills[kN0].look = {4, 3};         // black
  index.stills[kN0 + 10].look = {200, 4};  // one colour
  index.stills[kN0 + 20].look = {90, 50};
  index.stills[kN0 + 30].look = {90, 70};
  EXPECT_EQ(choose_poster(made.info, track, plan, index), kN0 + 30);
  made.info.withdrawn = {{(kN0 + 30) * 1000, (kN0 + 40) * 1000}};
  const StillPlan without = plan_stills(made.info, track, 10);
  EXPECT_EQ(choose_poster(made.info, track, without, index), kN0 + 20);
}

TEST(StillPlan, APictureThatStandsStillIsASlate) {
  const MadeUpRecording made;
  RecordedTrack track = long_track(made.info, kN0, 31);
  RecordedSegment slate = keyframe_at(kN0 + 10);
  slate.rendition = made.info.tracks[1].id;
  slate.parts[0].samples = {{998, 1, true}, {2, 1, false}};
  track.put(slate);
  const StillPlan plan = plan_stills(made.info, track, 10);
  StillIndex index = made_of(plan.wanted);
  index.stills[kN0 + 10].look.contrast = 120;
  EXPECT_EQ(choose_poster(made.info, track, plan, index), kN0);
}

TEST(StillPlan, ATrackNamesPlacesInSheets) {
  const MadeUpRecording made;
  const RecordedTrack track = long_track(made.info, kN0 + 7, 270);
  const StillPlan plan = plan_stills(made.info, track, 10);
  StillIndex index = made_of(plan.wanted);
  index.stills.erase(kN0 + 20);
  index.stills[kN0 + 30].bytes = 0;  // none can be made
  const auto position = [](int64_t number) -> std::optional<Flicks> {
    return seconds(number - kN0 - 7);
  };
  const std::string text =
      write_thumbnail_track(plan, index, position, seconds(270), "thumbnails/");
  const int64_t slot = kN0 / 10;
  const auto cue = [&](std::string_view times, int64_t of, int in_sheet) {
    return fmt::format("\n{}\nthumbnails/10-{}.jpg?n={}#xywh={},{},256,144\n", times, of / 25,
                       in_sheet, of % 25 % 5 * 256, of % 25 / 5 * 144);
  };
  EXPECT_THAT(text, HasSubstr("WEBVTT\n" + cue("00:00:00.000 --> 00:00:03.000", slot, 13)));
  EXPECT_THAT(text, HasSubstr(cue("00:00:03.000 --> 00:00:33.000", slot + 1, 13)));
  EXPECT_THAT(text, HasSubstr(cue("00:04:23.000 --> 00:04:30.000", slot + 27, 13)));
  const auto sheet = stills_of_sheet(plan, index, {10, slot / 25});
  EXPECT_EQ(sheet[static_cast<size_t>(slot % 25)], kN0 + 7);
  EXPECT_EQ(std::ranges::count_if(sheet, [](const auto& each) { return each.has_value(); }), 13);
  EXPECT_EQ(stills_of_sheet(plan, index, {20, slot / 25})[0], std::nullopt);
}

TEST(StillPlan, ASheetsNameIsRead) {
  EXPECT_EQ(read_sheet_name(sheet_name({10, 17})), (SheetName{10, 17}));
  for (const char* wrong : {"", ".jpg", "10.jpg", "-1.jpg", "0-1.jpg", "10-.jpg", "10-1.png",
                            "10--1.jpg", "1-99999999999999999999.jpg"})
    EXPECT_FALSE(read_sheet_name(wrong)) << wrong;
}

TEST(StillPack, HasWhatWasWrittenUpToWhatIsTorn) {
  Bytes pack;
  const Bytes one{1, 2, 3}, other{4, 5};
  write_still(StillKind::kStill, kN0, {10, 20}, one, pack);
  write_still(StillKind::kStill, kN0 + 10, {}, {}, pack);
  write_still(StillKind::kPoster, kN0, {11, 21}, other, pack);
  const size_t whole = pack.size();
  write_still(StillKind::kStill, kN0 + 20, {10, 20}, one, pack);
  for (size_t end = whole; end < pack.size(); ++end) {
    test::MemorySource source(ByteSpan(pack).first(end));
    const StillIndex index = scan_still_pack(source);
    EXPECT_EQ(index.end, whole);
    EXPECT_THAT(index.stills, SizeIs(2));
    EXPECT_EQ(index.find(StillKind::kStill, kN0 + 10), nullptr);
    const Still* still = index.find(StillKind::kPoster, kN0);
    ASSERT_TRUE(still);
    EXPECT_EQ(read_still(source, StillKind::kPoster, kN0, *still), other);
    EXPECT_FALSE(read_still(source, StillKind::kStill, kN0, *still));
  }
  pack[whole - 1] ^= 1;
  test::MemorySource damaged(pack);
  const StillIndex index = scan_still_pack(damaged);
  EXPECT_THAT(index.stills, SizeIs(3));
  EXPECT_FALSE(read_still(damaged, StillKind::kPoster, kN0, index.posters.at(kN0)));
}

TEST(StillJob, IsWhatItWas) {
  const StillJob job{"/r/talk",
                     {{StillKind::kPoster, kN0, "init-00.mp4", "v1-5.m4s", 1 << 20, 4711}}};
  EXPECT_EQ(still_job_from_json(to_json(job)), job);
  EXPECT_FALSE(still_job_from_json("{}"));
  EXPECT_FALSE(still_job_from_json(R"({"folder":"/r","stills":[{}]})"));
}

}  // namespace
}  // namespace longmen::recording
