// What is written down of a recording and read again: parts with their trailers, records of the
// index, and what is made of them: playlists, a progressive MP4, a manifest.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <random>

#include "core/base/sha256.h"
#include "core/cmaf/chunk_reader.h"
#include "core/hls/media_name.h"
#include "core/hls/media_playlist.h"
#include "core/http/byte_range.h"
#include "core/recording/manifest.h"
#include "core/recording/recording_plan.h"
#include "core/recording/replay_outline.h"
#include "core/recording/retention.h"
#include "tests/core/recording/made_up_recording.h"

namespace longmen::recording {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using test::kN0;
using test::MadeUpPart;
using test::MadeUpRecording;
using test::MemorySource;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

const Generation kLive = generation_started_at(test::kStartOf2026, 7);

// Parts of one file, in their order.
std::vector<std::pair<PartRecord, uint64_t>> scan(ByteSpan file, MediaScan* result = nullptr) {
  std::vector<std::pair<PartRecord, uint64_t>> found;
  MemorySource source(file);
  const MediaScan done = scan_media(source, 0, [&](const ScannedPart& part) {
    found.emplace_back(part.record, part.offset);
    EXPECT_EQ(part.bytes.size(), part.record.bytes);
  });
  if (result) *result = done;
  return found;
}

size_t count(std::string_view text, std::string_view what) {
  size_t found = 0;
  for (size_t at = text.find(what); at != std::string_view::npos; at = text.find(what, at + 1))
    ++found;
  return found;
}

// ---- files

TEST(PartTrailer, SaysWhatIsInFrontOfIt) {
  const MadeUpPart part = test::made_up_parts(1, kLive).front();
  Bytes file(part.bytes->begin(), part.bytes->end());
  write_part_trailer(part.record, *part.bytes, file);
  const ByteSpan trailer = ByteSpan(file).last(kPartTrailerBytes);
  EXPECT_EQ(read_part_trailer(trailer).value(), part.record);
  EXPECT_TRUE(fits_part(trailer, *part.bytes));
  for (size_t at = 0; at < kPartTrailerBytes; ++at) {
    Bytes other(trailer.begin(), trailer.end());
    other[at] ^= 0x40;
    EXPECT_FALSE(read_part_trailer(other) && fits_part(other, *part.bytes)) << at;
  }
  Bytes other(part.bytes->begin(), part.bytes->end());
  other.back() ^= 1;
  EXPECT_FALSE(fits_part(trailer, other));
}

TEST(MediaScan, ATornFileHasEveryPartThatIsWholeAndNoOther) {
  const MadeUpRecording made(2);
  const Bytes& file = made.files.at({1, kN0 / kSegmentsInFile});
  const auto all = scan(file);
  ASSERT_EQ(all.size(), 10U);
  size_t whole = 0;
  for (size_t end = 0; end <= file.size(); ++end) {
    while (whole < all.size() &&
           all[whole].second + all[whole].first.bytes + kPartTrailerBytes <= end)
      ++whole;
    MediaScan result;
    ASSERT_EQ(scan(ByteSpan(file).first(end), &result).size(), whole) << end;
    const uint64_t expected =
        whole == 0 ? 0 : all[whole - 1].second + all[whole - 1].first.bytes + kPartTrailerBytes;
    ASSERT_EQ(result.end, expected) << end;
  }
}

TEST(MediaScan, ATailOfZerosIsNoPart) {
  const MadeUpRecording made(1);
  Bytes file = made.files.at({0, kN0 / kSegmentsInFile});
  const size_t end = file.size();
  file.resize(end + 100'000);
  MediaScan result;
  EXPECT_EQ(scan(file, &result).size(), 5U);
  EXPECT_EQ(result.end, end);
}

TEST(MediaScan, WhatCannotBeReadIsNotCutOff) {
  const MadeUpRecording made(1);
  const Bytes& file = made.files.at({0, kN0 / kSegmentsInFile});
  const auto all = scan(file);
  ASSERT_EQ(all.size(), 5U);
  struct BadSector : MemorySource {
    BadSector(ByteSpan bytes, uint64_t bad) : MemorySource(bytes), at(bad) {}
    bool read(uint64_t offset, std::span<uint8_t> into) override {
      const bool good = at < offset || at >= offset + into.size();
      return good && MemorySource::read(offset, into);
    }
    uint64_t at;
  } source(file, all[2].second + 100);
  size_t found = 0;
  const MediaScan result = scan_media(source, 0, [&](const ScannedPart&) { ++found; });
  EXPECT_EQ(found, 2U);
  EXPECT_EQ(result.end, file.size());
}

TEST(MediaScan, ADamagedPartCostsNoOther) {
  const MadeUpRecording made(1);
  const Bytes& file = made.files.at({0, kN0 / kSegmentsInFile});
  const auto all = scan(file);
  ASSERT_EQ(all.size(), 5U);
  for (const size_t at : {size_t{0}, size_t{3}, size_t{5}, size_t{40}, size_t{2000}}) {
    Bytes damaged = file;
    damaged[all[2].second + at] ^= 0xFF;
    MediaScan result;
    const auto found = scan(damaged, &result);
    ASSERT_EQ(found.size(), 4U) << at;
    EXPECT_EQ(found[1].second, all[1].second);
    EXPECT_EQ(found[2].second, all[3].second);
    EXPECT_EQ(result.end, file.size());
    EXPECT_EQ(result.damaged, 1U);
  }
}

TEST(SegmentRecord, ATornOrDamagedIndexEndsBeforeTheDamage) {
  MadeUpRecording made(2);
  made.tracks[0].set_sha256(kN0, Sha256Digest{1, 2, 3});
  Bytes index;
  std::vector<size_t> ends{0};
  for (const auto& [number, segment] : made.tracks[0].segments()) {
    write_segment_record(segment, index);
    ends.push_back(index.size());
  }
  ASSERT_EQ(ends.size(), 3U);
  const auto read = read_segment_record(index);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->segment, *made.tracks[0].find(kN0));
  EXPECT_EQ(read->bytes, ends[1]);
  for (size_t end = 0; end < ends[1]; ++end)
    ASSERT_FALSE(read_segment_record(ByteSpan(index).first(end))) << end;
  for (size_t at = 0; at < ends[1]; ++at) {
    Bytes damaged = index;
    damaged[at] ^= 0x10;
    ASSERT_FALSE(read_segment_record(ByteSpan(damaged).first(ends[1]))) << at;
  }
}

// ---- what a recording has

TEST(RecordedTrack, APartIsWantedOnceAndAHoleStaysWanted) {
  MadeUpRecording made;
  const auto parts = test::made_up_parts(2, kLive);
  for (const MadeUpPart& part : parts)
    if (part.record.number != HlsNumber{kN0, 3}) made.write(part);
  const RecordedTrack& track = made.tracks[0];
  EXPECT_FALSE(track.find(kN0)->is_whole());
  EXPECT_EQ(track.find(kN0)->whole_parts(), 3);
  EXPECT_TRUE(track.find(kN0 + 1)->is_whole());
  EXPECT_FALSE(track.wants({RenditionId{0}, kLive, track.find(kN0)->init, {kN0, 2}}));
  EXPECT_TRUE(track.wants({RenditionId{0}, kLive, track.find(kN0)->init, {kN0, 3}}));
  for (const MadeUpPart& part : parts)
    made.write(part);  // again, as after a restart
  EXPECT_TRUE(made.tracks[0].find(kN0)->is_whole());
  uint64_t bytes = 0;
  for (const MadeUpPart& part : parts)
    if (part.track == 0) bytes += part.bytes->size();
  EXPECT_EQ(made.tracks[0].bytes(), bytes);
}

TEST(RecordedTrack, AnotherGenerationTakesWhatIsNotWhole) {
  MadeUpRecording made(1);
  const Generation other{kLive.value + 1};
  const uint64_t init = made.tracks[0].find(kN0)->init;
  EXPECT_FALSE(made.tracks[0].wants({RenditionId{0}, other, init, {kN0, 0}}));
  for (const MadeUpPart& part : test::made_up_parts(2, kLive))
    if (part.record.number == HlsNumber{kN0 + 1, 0}) made.write(part);
  EXPECT_FALSE(made.tracks[0].wants({RenditionId{0}, other, init, {kN0 + 1, 1}}));
  ASSERT_TRUE(made.tracks[0].wants({RenditionId{0}, other, init, {kN0 + 1, 0}}));
  auto parts = test::made_up_parts(2, kLive);
  for (MadeUpPart& part : parts) {
    part.record.generation = other;
    made.write(part);
  }
  EXPECT_EQ(made.tracks[0].find(kN0)->generation, kLive);
  EXPECT_EQ(made.tracks[0].find(kN0 + 1)->generation, other);
  EXPECT_TRUE(made.tracks[0].find(kN0 + 1)->is_whole());
}

// The slate was on air in a segment of which the feed came too late.
TEST(RecordedTrack, WhatCameTooLateTakesThePlaceOfNothing) {
  MadeUpRecording made;
  const auto parts = test::made_up_parts(1, kLive);
  const MadeUpPart& on_air = *std::ranges::find(parts, size_t{0}, &MadeUpPart::track);
  const PartRecord first = on_air.record;
  PartRecord late = first;
  late.generation.value += 1;
  EXPECT_TRUE(made.tracks[0].wants_late(late));
  made.write(on_air);
  EXPECT_TRUE(made.tracks[0].wants(late));
  EXPECT_FALSE(made.tracks[0].wants_late(late));
  PartRecord rest = first;
  rest.number.part = 1;
  EXPECT_TRUE(made.tracks[0].wants_late(rest));
  EXPECT_FALSE(made.tracks[0].wants_late(first));
}

TEST(RecordingInfo, SaysTheSameAfterItsJson) {
  RecordingInfo info = MadeUpRecording().info;
  info.title = "第一期 \"x\"";
  info.end_ms = info.start_ms + 90'500;
  info.withdrawn = {{info.start_ms + 10'000, info.start_ms + 12'500}};
  info.keep = true;
  info.chapters = {{"c1", info.start_ms + 1000, "开场", 3}, {"c2", info.start_ms + 1000, "b", 1}};
  EXPECT_EQ(recording_info_from_json(to_json(info)).value(), info);
  EXPECT_EQ(info.first_segment(), kN0);
  EXPECT_EQ(info.end_segment(), kN0 + 91);
  EXPECT_TRUE(info.shows(kN0 + 9));
  EXPECT_FALSE(info.shows(kN0 + 10));
  EXPECT_FALSE(info.shows(kN0 + 12));
  EXPECT_TRUE(info.shows(kN0 + 13));
  EXPECT_FALSE(recording_info_from_json("{\"format\":2}"));
  EXPECT_FALSE(is_recording_id("../x"));
  EXPECT_FALSE(is_recording_id(""));
  EXPECT_TRUE(is_recording_id("0f3a-2"));
}

TEST(RecordingInfo, SaysTheLanguagesOfItsSounds) {
  RecordingInfo info = MadeUpRecording(0, test::made_up_channel_of_two()).info;
  ASSERT_EQ(info.tracks.size(), 4u);
  EXPECT_EQ(info.tracks[3].name, "audio2");
  EXPECT_EQ(info.tracks[3].language, "ug");
  EXPECT_EQ(recording_info_from_json(to_json(info)).value(), info);
  EXPECT_FALSE(info.same_media(MadeUpRecording().info));
  EXPECT_EQ(to_json(MadeUpRecording().info).find("language"), std::string::npos)
      << "as it was before there were two";
  info.tracks[3].language = "\"";
  EXPECT_FALSE(recording_info_from_json(to_json(info)));
  info.tracks[3].language = "ug";
  info.tracks[3].label = "a\"b";
  EXPECT_FALSE(recording_info_from_json(to_json(info)));
}

TEST(RecordingPlan, ASessionIsRecordedAndGoesOnWhileItMayBeOpenedAgain) {
  Channel channel = test::made_up_channel();
  constexpr int64_t kNowMs = kN0 * 1000;
  const auto plan = [&](int64_t wall_minus_media_ms = 0, MediaTime now = test::kStartOf2026) {
    return plan_recording(channel, now, wall_minus_media_ms, std::chrono::minutes(10));
  };
  EXPECT_FALSE(plan());
  channel.session = ChannelSession{"s1", "第一期", "书记龙门阵", kNowMs - 60'000, 0};
  EXPECT_EQ(plan(40)->id, "s1");
  EXPECT_EQ(plan(40)->start_ms, kNowMs - 60'040);
  EXPECT_EQ(plan(40)->end_ms, 0);
  channel.session->ended_ms = kNowMs - 5000;
  EXPECT_EQ(plan(40)->end_ms, kNowMs - 5040);
  channel.record = RecordRule::kOff;
  EXPECT_FALSE(plan());
  channel.record = RecordRule::kAlways;
  EXPECT_EQ(plan()->id, "s1");
  EXPECT_EQ(plan(0, test::kStartOf2026 + seconds(594))->id, "s1");
  EXPECT_EQ(plan(0, test::kStartOf2026 + seconds(595))->id, "main-20260101")
      << "also when nobody has said that it cannot be opened any more";
  channel.session.reset();
  EXPECT_EQ(plan()->id, "main-20260101");
  EXPECT_EQ(plan(0, test::kStartOf2026 - milliseconds(1))->id, "main-20251231");
}

TEST(Retention, TheOldestGoAndWhatIsKeptStays) {
  const int64_t day = 86'400'000;
  std::vector<RetainedRecording> all{
      {"new", 100 * day, 10, false, false}, {"old", 10 * day, 10, false, false},
      {"kept", 1 * day, 10, true, false},   {"older", 5 * day, 10, false, false},
      {"unfinished", 0, 10, false, false},  {"now", 0, 10, false, true}};
  EXPECT_THAT(recordings_to_remove(all, {}, 101 * day), ElementsAre());
  EXPECT_THAT(recordings_to_remove(all, {95, 0}, 101 * day), ElementsAre("older"));
  EXPECT_THAT(recordings_to_remove(all, {30, 0}, 101 * day), ElementsAre("older", "old"));
  EXPECT_THAT(recordings_to_remove(all, {0, 55}, 101 * day), ElementsAre("older"));
  EXPECT_THAT(recordings_to_remove(all, {0, 1}, 101 * day), ElementsAre("older", "old", "new"));
}

TEST(Retention, ASeriesSaysForHowLongInsteadOfTheNode) {
  const int64_t day = std::chrono::milliseconds(std::chrono::hours(24)).count();
  const std::vector<RetainedRecording> all{{"ever", 1 * day, 10, false, false, -1},
                                           {"short", 90 * day, 10, false, false, 5},
                                           {"long", 10 * day, 10, false, false, 400},
                                           {"node", 11 * day, 10, false, false, 0}};
  EXPECT_THAT(recordings_to_remove(all, {}, 101 * day), ElementsAre("short"));
  EXPECT_THAT(recordings_to_remove(all, {30, 0}, 101 * day), ElementsAre("node", "short"));
  EXPECT_THAT(recordings_to_remove(all, {0, 1}, 101 * day), ElementsAre("long", "node", "short"));
}

TEST(RecordingInfo, ATrimShowsWholeSegmentsAndLosesNothing) {
  MadeUpRecording made(6);
  made.info.shown = {(kN0 + 1) * 1000, (kN0 + 3) * 1000 + 1};
  EXPECT_FALSE(made.info.is_trimmed()) << "it goes on";
  made.info.end_ms = (kN0 + 6) * 1000;
  EXPECT_TRUE(made.info.is_trimmed());
  EXPECT_EQ(made.info.first_segment(), kN0);
  EXPECT_EQ(made.info.end_segment(), kN0 + 6);
  EXPECT_FALSE(made.info.shows(kN0));
  EXPECT_TRUE(made.info.shows(kN0 + 1));
  EXPECT_TRUE(made.info.shows(kN0 + 3));
  EXPECT_FALSE(made.info.shows(kN0 + 4));
  const ReplayOutline outline(made.info, made.tracks, /*writing=*/false);
  ASSERT_EQ(outline.entries().size(), 3U);
  EXPECT_EQ(outline.entries()[0].media_sequence, kN0 + 1);
  EXPECT_TRUE(outline.is_complete());
  made.info.source = "talk-1";
  made.info.keep_days = -1;
  EXPECT_EQ(recording_info_from_json(to_json(made.info)).value(), made.info);
  made.info.shown = {};
  EXPECT_EQ(ReplayOutline(made.info, made.tracks, false).entries().size(), 6U);
}

TEST(RecordingInfo, WhatACutTookBackIsWithdrawnUntilItIsGivenBack) {
  RecordingInfo info = MadeUpRecording(1).info;
  const TimeRange cut = range_of_cut(MediaTime(seconds(kN0 + 90)));
  EXPECT_EQ(cut, (TimeRange{(kN0 + 30) * 1000, (kN0 + 90) * 1000}));
  EXPECT_FALSE(info.took_back(cut));
  const TimeRange more{cut.from_ms, cut.to_ms + 700};
  info.take_back(more);
  EXPECT_TRUE(info.took_back(cut)) << "what was on its way went with it";
  EXPECT_FALSE(info.is_withdrawn(kN0 + 29));
  EXPECT_TRUE(info.is_withdrawn(kN0 + 30));
  EXPECT_TRUE(info.is_withdrawn(kN0 + 90));
  EXPECT_FALSE(info.is_withdrawn(kN0 + 91));
  // Orders of people who have not heard of it change nothing of it.
  info.set_withdrawn({{5000, 6000}}, {});
  EXPECT_TRUE(info.is_withdrawn(kN0 + 50));
  EXPECT_EQ(recording_info_from_json(to_json(info)).value(), info);
  info.set_withdrawn({}, {more});
  EXPECT_FALSE(info.is_withdrawn(kN0 + 50));
  EXPECT_TRUE(info.took_back(cut)) << "and so it is not taken back once more";
  EXPECT_EQ(recording_info_from_json(to_json(info)).value(), info);
}

TEST(RecordingInfo, ManyCutsTakeBackRatherTooMuch) {
  RecordingInfo info = MadeUpRecording(1).info;
  for (int64_t i = 0; i < 100; ++i)
    info.take_back({i * 100'000, i * 100'000 + 60'000});
  EXPECT_EQ(info.cuts.size(), kMaxCuts);
  for (int64_t i = 0; i < 100; ++i) {
    EXPECT_TRUE(info.took_back({i * 100'000, i * 100'000 + 60'000}));
    EXPECT_TRUE(info.is_withdrawn(i * 100 + 30));
  }
  EXPECT_TRUE(recording_info_from_json(to_json(info)));
}

// ---- replay

TEST(ReplayOutline, IsAVodPlaylistOfWholeSegments) {
  MadeUpRecording made(4);
  made.info.end_ms = made.info.start_ms + 3'000;
  const ReplayOutline outline(made.info, made.tracks, /*writing=*/false);
  const std::string text = write_replay_playlist(made.info, outline, 0, made.tracks[0]);
  EXPECT_THAT(text, HasSubstr("#EXT-X-PLAYLIST-TYPE:VOD\n"));
  EXPECT_EQ(count(text, "#EXTINF:1.00000,"), 3U);
  EXPECT_EQ(count(text, "#EXT-X-MAP"), 1U);
  EXPECT_THAT(text, HasSubstr("#EXT-X-PROGRAM-DATE-TIME:2026-01-01T00:00:00.000Z\n"));
  EXPECT_THAT(text, HasSubstr(hls::segment_name(kLive, made.info.grid(), kN0 + 2)));
  EXPECT_THAT(text, Not(HasSubstr("GAP")));
  EXPECT_TRUE(text.ends_with("#EXT-X-ENDLIST\n"));
}

TEST(ReplayOutline, WhileItIsWrittenItEndsWithTheSlowestRendition) {
  MadeUpRecording made;
  for (const MadeUpPart& part : test::made_up_parts(4, kLive)) {
    const int64_t second = part.record.number.media_sequence - kN0;
    if (second < (part.track == 1 ? 2 : 3)) made.write(part);
  }
  made.info.end_ms = made.info.start_ms + 3'000;  // it has just ended, and the last is not told yet
  for (const bool writing : {true, false}) {
    const ReplayOutline outline(made.info, made.tracks, writing);
    EXPECT_EQ(outline.entries().size(), writing ? 2U : 3U);
    for (size_t track = 0; track < 3; ++track) {
      const std::string text = write_replay_playlist(made.info, outline, track, made.tracks[track]);
      EXPECT_EQ(count(text, "#EXT-X-GAP"), !writing && track == 1 ? 1U : 0U);
      EXPECT_EQ(count(text, "#EXT-X-ENDLIST"), writing ? 0U : 1U);
      EXPECT_EQ(count(text, "#EXT-X-PLAYLIST-TYPE:EVENT\n"), writing ? 1U : 0U);
    }
  }
  for (const MadeUpPart& part : test::made_up_parts(4, kLive))
    made.write(part);
  EXPECT_TRUE(ReplayOutline(made.info, made.tracks, true).is_complete());
  made.info.end_ms = 0;
  EXPECT_FALSE(ReplayOutline(made.info, made.tracks, true).is_complete());
}

TEST(ReplayOutline, ARenditionThatIsFarBehindHoldsNothingUp) {
  MadeUpRecording made;
  for (const MadeUpPart& part : test::made_up_parts(15, kLive)) {
    if (part.track != 1 || part.record.number.media_sequence < kN0 + 2) made.write(part);
  }
  made.info.end_ms = 0;
  EXPECT_EQ(ReplayOutline(made.info, made.tracks, true).entries().size(), 15U);
}

TEST(ReplayOutline, ShortHolesAreGapsAndLongOnesAreCutOut) {
  MadeUpRecording made;
  for (const MadeUpPart& part : test::made_up_parts(30, kLive)) {
    const int64_t second = part.record.number.media_sequence - kN0;
    const bool only_sound = second == 5 && part.track != 2;
    if (second == 2 || only_sound || (second >= 10 && second < 25)) continue;
    made.write(part);
  }
  made.info.end_ms = made.info.start_ms + 30'000;
  const ReplayOutline outline(made.info, made.tracks, /*writing=*/false);
  EXPECT_EQ(outline.entries().size(), 15U);
  EXPECT_EQ(outline.gaps(), 16);
  for (size_t track = 0; track < 3; ++track) {
    const std::string text = write_replay_playlist(made.info, outline, track, made.tracks[track]);
    EXPECT_EQ(count(text, "#EXT-X-GAP"), track == 2 ? 1U : 2U);
    EXPECT_EQ(count(text, "#EXT-X-DISCONTINUITY\n"), 1U);
    EXPECT_EQ(count(text, "#EXTINF"), 15U);
    EXPECT_THAT(text, HasSubstr("#EXT-X-PROGRAM-DATE-TIME:2026-01-01T00:00:25.0"));
  }
}

TEST(ReplayOutline, TheLastPartsOfARecordingThatWasCutOffAreThere) {
  MadeUpRecording made;
  for (const MadeUpPart& part : test::made_up_parts(2, kLive))
    if (part.record.number < HlsNumber{kN0 + 1, 3}) made.write(part);
  made.info.end_ms = made.info.start_ms + 5'000;
  const ReplayOutline outline(made.info, made.tracks, /*writing=*/false);
  const std::string text = write_replay_playlist(made.info, outline, 0, made.tracks[0]);
  EXPECT_EQ(count(text, "#EXTINF:0.20000,"), 3U);
  EXPECT_THAT(text, HasSubstr(hls::part_name(kLive, made.info.grid(), {kN0 + 1, 2})));
}

TEST(ReplayOutline, WhatIsWithdrawnIsAHole) {
  MadeUpRecording made(4);
  made.info.end_ms = made.info.start_ms + 4'000;
  made.info.withdrawn = {{made.info.start_ms + 1'500, made.info.start_ms + 1'600}};
  const ReplayOutline outline(made.info, made.tracks, /*writing=*/false);
  const std::string text = write_replay_playlist(made.info, outline, 1, made.tracks[1]);
  EXPECT_EQ(count(text, "#EXT-X-GAP\n#EXTINF"), 1U);
  EXPECT_THAT(text, Not(HasSubstr(hls::segment_name(kLive, made.info.grid(), kN0 + 1))));
}

// A recording of three renditions that goes on: segments that are whole, or not, holes, renditions
// that stop for a while, other init segments, and what comes late.
class GrowingRecording {
 public:
  explicit GrowingRecording(uint32_t seed) : random_(seed) {}

  // False: something changed that is before live_from().
  bool go_on() {
    const auto of = static_cast<size_t>(one_of(3));
    if (one_of(80) == 0) stops_until_[of] = number_ + one_of(40);
    if (one_of(80) == 0) number_ += one_of(30);
    if (one_of(40) == 0) ++init_;
    for (size_t track = 0; track < 3; ++track)
      if (number_ >= stops_until_[track] && one_of(30) != 0) put(track, number_);
    ++number_;
    if (one_of(60) == 0)
      made.info.chapters.push_back({fmt::format("c{}", number_), number_ * 1000, "Title", 1});
    if (one_of(5) != 0) return true;
    const int64_t late = number_ - 1 - one_of(one_of(20) == 0 ? 200 : 60);
    if (late < kN0) return true;
    put(of, late);
    return late >= live_from();
  }
  int64_t live_from() const { return number_ - 60; }

  MadeUpRecording made;

 private:
  int64_t one_of(int64_t count) { return static_cast<int64_t>(random_() % count); }
  void put(size_t track, int64_t number) {
    RecordedSegment segment;
    segment.rendition = made.info.tracks[track].id;
    segment.media_sequence = number;
    segment.generation = kLive;
    segment.init = init_;
    segment.discontinuity = one_of(50) == 0;
    segment.parts.resize(5);
    const int64_t parts = one_of(10) == 0 ? one_of(5) : 5;
    for (int64_t part = 0; part < parts; ++part)
      segment.parts[static_cast<size_t>(part)] = {0, 10, 8, part == 0, {{8, 30, true}}};
    made.tracks[track].put(std::move(segment));
  }

  std::mt19937 random_;
  int64_t number_ = kN0;
  uint64_t init_ = 1;
  std::array<int64_t, 3> stops_until_{};
};

TEST(ReplayOutline, IsTheSameWhetherListedAtOnceOrAsItGrew) {
  int grown = 0;
  for (uint32_t seed = 1; seed <= 5; ++seed) {
    GrowingRecording growing(seed);
    const RecordingInfo& info = growing.made.info;
    const auto& tracks = growing.made.tracks;
    ReplayOutline outline;
    std::array<WrittenReplay, 3> written;
    std::array<std::string, 3> text;
    for (int step = 0; step < 300; ++step) {
      if (!growing.go_on()) {
        outline = {};
        written = {};
      }
      const size_t settled = outline.settled();
      while (!outline.grow(info, tracks, growing.live_from(), 1 + step % 40)) {
      }
      const ReplayOutline whole(info, tracks, /*writing=*/true);
      ASSERT_EQ(outline.entries().size(), whole.entries().size()) << seed << ' ' << step;
      ASSERT_EQ(outline.gaps(), whole.gaps()) << seed << ' ' << step;
      ASSERT_EQ(outline.duration(), whole.duration());
      if (settled > 0 && outline.settled() > settled) ++grown;
      for (size_t track = 0; track < 3; ++track) {
        hls::PastText more;
        do {
          more =
              write_replay_past(info, outline, track, tracks[track], written[track], 1 + step % 30);
          if (more.anew) text[track].clear();
          text[track] += more.text;
        } while (!more.whole);
        ASSERT_EQ(text[track] +
                      write_replay_playlist(info, outline, track, tracks[track], &written[track]),
                  write_replay_playlist(info, whole, track, tracks[track]))
            << seed << ' ' << step;
      }
    }
  }
  EXPECT_GT(grown, 100);
}

TEST(ReplayOutline, OfHoursThatGoOnOnlyTheEndIsWritten) {
  constexpr int64_t kHours = 20'000;  // segments
  MadeUpRecording made;
  const std::vector<RecordedPart> parts(5, {0, 10, 8, true, {{8, 30, true}}});
  const auto add = [&](int64_t number) {
    for (RecordedTrack& track : made.tracks)
      track.put({track.rendition(), number, kLive, 1, false, {}, parts});
  };
  for (int64_t number = kN0; number < kN0 + kHours; ++number)
    add(number);
  ReplayOutline outline;
  WrittenReplay written;
  const auto grow = [&](int64_t live_from) {
    return outline.grow(made.info, made.tracks, live_from, 1000);
  };
  const auto write_more = [&] {
    return write_replay_past(made.info, outline, 0, made.tracks[0], written, 1000).text;
  };
  int bites = 1;
  for (; !grow(kN0 + kHours - 60); ++bites) {
  }
  EXPECT_EQ(bites, kHours / 1000);
  EXPECT_EQ(outline.settled(), static_cast<size_t>(kHours - 60));
  EXPECT_EQ(count(write_more(), "#EXTINF"), 1000U);
  while (written.entries < outline.settled())
    (void)write_more();
  for (int64_t number = kN0 + kHours; number < kN0 + kHours + 5; ++number) {
    add(number);
    EXPECT_TRUE(grow(number + 1 - 60));
    EXPECT_EQ(count(write_more(), "#EXTINF"), 1U);
    EXPECT_EQ(
        count(write_replay_playlist(made.info, outline, 0, made.tracks[0], &written), "#EXTINF"),
        60U);
  }
}

TEST(Rewind, ListsWhatWasRecordedInFrontOfTheLiveWindow) {
  MadeUpRecording made;
  hls::LiveChannel channel(test::made_up_channel(), milliseconds(200),
                           test::kStartOf2026 + seconds(100));
  const Generation generation = generation_started_at(test::kStartOf2026 + seconds(100), 7);
  channel.handle_announcement(test::announcement_of(generation), test::kStartOf2026 + seconds(100));
  for (const MediaUnit& unit :
       test::programme(generation, test::kStartOf2026 + seconds(100), seconds(20)))
    (void)channel.handle_unit(unit, unit.time);
  hls::PlaylistHistory history;
  history.first = kN0 + 90;
  history.at = [&](int64_t number) {
    hls::ListedSegment listed;
    listed.there = number != kN0 + 95 && number < kN0 + 100;
    listed.generation = kLive;
    listed.init = *init_number(channel.renditions()[0].window.init()->name);
    return listed;
  };
  hls::MediaPlaylist playlist{
      channel.renditions()[0].window, channel.longest_part(), generation, {}, &history};
  const std::string text = hls::write_media_playlist(playlist, false);
  EXPECT_THAT(text, HasSubstr("#EXT-X-PLAYLIST-TYPE:EVENT\n#EXT-X-MEDIA-SEQUENCE:1767225690\n"));
  EXPECT_EQ(count(text, "#EXTINF:1.00000,"), 30U);
  EXPECT_EQ(count(text, "#EXT-X-GAP\n"), 1U);
  EXPECT_EQ(count(text, "#EXT-X-MAP"), 1U);
  EXPECT_THAT(text, HasSubstr("#EXT-X-PRELOAD-HINT"));
  EXPECT_THAT(text, HasSubstr("/1767225719.4.m4s\""));
  const std::string delta = hls::write_media_playlist(playlist, true);
  EXPECT_THAT(delta, HasSubstr("#EXT-X-SKIP:SKIPPED-SEGMENTS=22\n"));
  EXPECT_EQ(count(delta, "#EXTINF"), 8U);
  EXPECT_EQ(count(delta, "#EXT-X-MAP"), 0U);
  history.end = kN0 + 115;
  const std::string ended = hls::write_media_playlist(playlist, false);
  EXPECT_EQ(count(ended, "#EXTINF:1.00000,"), 25U);
  EXPECT_TRUE(ended.ends_with("#EXT-X-ENDLIST\n"));
}

TEST(Manifest, ShowsWhatWasAltered) {
  MadeUpRecording made(3);
  made.info.end_ms = made.info.start_ms + 3'000;
  for (RecordedTrack& track : made.tracks)
    for (int64_t number = kN0; number < kN0 + 3; ++number)
      track.set_sha256(number, Sha256Digest{static_cast<uint8_t>(number)});
  const std::string manifest = write_manifest(made.info, made.tracks, {});
  EXPECT_THAT(compare_with_manifest(manifest, made.info, made.tracks, 10).value(), ElementsAre());
  made.tracks[1].set_sha256(kN0 + 1, Sha256Digest{99});
  made.tracks[2].remove(kN0);
  EXPECT_THAT(compare_with_manifest(manifest, made.info, made.tracks, 10).value(),
              ElementsAre(HasSubstr("v1 1767225601: has other bytes"),
                          HasSubstr("audio 1767225600: is not whole")));
  EXPECT_FALSE(compare_with_manifest("x", made.info, made.tracks, 10));
}

// ---- download

struct Box {
  std::string type;
  ByteSpan body;
};
std::vector<Box> boxes(ByteSpan bytes) {
  std::vector<Box> found;
  ByteReader reader(bytes);
  while (!reader.at_end() && reader.ok()) {
    uint64_t size = reader.u32();
    const std::string type(as_text(reader.take(4)));
    size_t header = 8;
    if (size == 1) {
      size = reader.u64();
      header = 16;
    }
    found.push_back({type, reader.take(std::min<uint64_t>(size - header, reader.remaining()))});
  }
  return found;
}
ByteSpan find(ByteSpan bytes, std::initializer_list<std::string_view> path) {
  for (const std::string_view type : path) {
    const auto all = boxes(bytes);
    const auto found = std::ranges::find(all, type, &Box::type);
    if (found == all.end()) return {};
    bytes = found->body;
  }
  return bytes;
}

Bytes assemble(const MadeUpRecording& made, const ProgressiveMp4& mp4) {
  Bytes file = mp4.header;
  for (const Mp4Piece& piece : mp4.pieces) {
    EXPECT_EQ(piece.at, file.size());
    const ByteSpan of = made.files.at({piece.track, piece.file});
    const ByteSpan bytes = of.subspan(piece.offset, piece.bytes);
    file.insert(file.end(), bytes.begin(), bytes.end());
  }
  EXPECT_EQ(file.size(), mp4.bytes);
  return file;
}

using WantedTracks = std::vector<std::pair<size_t, const RecordedTrack*>>;
Parsed<ProgressiveMp4> lay_out(const MadeUpRecording& made, const WantedTracks& tracks,
                               const InitBytes& inits) {
  const ReplayOutline outline(made.info, made.tracks, /*writing=*/false);
  return ProgressiveMp4Layout(made.info, outline).lay_out(tracks, inits);
}

TEST(ProgressiveMp4, HasItsHeaderFirstAndEverySample) {
  MadeUpRecording made(3);
  made.info.end_ms = made.info.start_ms + 3'000;
  const auto mp4 = lay_out(made, {{0, &made.tracks[0]}, {2, &made.tracks[2]}}, made.inits);
  ASSERT_TRUE(mp4);
  const Bytes file = assemble(made, *mp4);
  const auto all = boxes(file);
  ASSERT_EQ(all.size(), 3U);
  EXPECT_EQ(all[0].type, "ftyp");
  EXPECT_EQ(all[1].type, "moov");
  EXPECT_EQ(all[2].type, "mdat");
  EXPECT_EQ(all[2].body.size(), file.size() - mp4->header.size());
  const ByteSpan table = find(all[1].body, {"trak", "mdia", "minf", "stbl"});
  EXPECT_EQ(ByteReader(find(table, {"stsz"}).subspan(8)).u32(), 90U);
  ByteReader sizes(find(table, {"stsz"}).subspan(12));
  ByteReader offsets(find(table, {"co64"}).subspan(8));
  const FrameGrid grid(30);
  for (int part = 0; part < 15; ++part) {
    uint64_t at = offsets.u64();
    for (int frame = 0; frame < 6; ++frame) {
      const uint32_t bytes = sizes.u32();
      // As a length and the slice that the picture is.
      const std::string text(as_text(ByteSpan(file).subspan(at, bytes)));
      EXPECT_THAT(text, HasSubstr(fmt::format(
                            "slot {} ", grid.slot_at(test::kStartOf2026) + 6 * part + frame)));
      at += bytes;
    }
  }
  ByteReader durations(find(table, {"stts"}).subspan(4));
  EXPECT_EQ(durations.u32(), 1U);
  EXPECT_EQ(durations.u32(), 90U);
  EXPECT_EQ(durations.u32(), 3000U);
}

TEST(ProgressiveMp4, ASegmentIsOnePieceUnlessItsPartsLieApart) {
  MadeUpRecording made;
  std::vector<MadeUpPart> parts = test::made_up_parts(2, kLive);
  const auto is_late = [](const MadeUpPart& part) {
    return part.record.rendition == RenditionId{0} && part.record.number == HlsNumber{kN0, 2};
  };
  std::ranges::stable_partition(parts, std::not_fn(is_late));  // it was filled in from elsewhere
  for (const MadeUpPart& part : parts)
    made.write(part);
  made.info.end_ms = made.info.start_ms + 2'000;
  const auto mp4 = lay_out(made, {{0, &made.tracks[0]}, {2, &made.tracks[2]}}, made.inits);
  ASSERT_TRUE(mp4);
  assemble(made, *mp4);
  std::vector<size_t> tracks;
  for (const Mp4Piece& piece : mp4->pieces)
    tracks.push_back(piece.track);
  EXPECT_THAT(tracks, ElementsAre(0, 0, 0, 2, 0, 2));
  // Sound alone lies in its file from end to end.
  const auto sound = lay_out(made, {{2, &made.tracks[2]}}, made.inits);
  ASSERT_TRUE(sound);
  EXPECT_EQ(sound->pieces.size(), 1U);
}

// Of each track: handler's name, language, whether it is enabled, its group.
struct TrackLook {
  std::string name, language;
  bool enabled = false;
  int group = 0;
};
std::vector<TrackLook> tracks_in(const ProgressiveMp4& mp4) {
  std::vector<TrackLook> looks;
  for (const Box& box : boxes(find(mp4.header, {"moov"}))) {
    if (box.type != "trak") continue;
    TrackLook look;
    const ByteSpan header = find(box.body, {"tkhd"});
    look.enabled = header[3] & 1;
    look.group = ByteReader(header.subspan(46)).u16();
    const uint16_t packed = ByteReader(find(box.body, {"mdia", "mdhd"}).subspan(32)).u16();
    for (const int shift : {10, 5, 0})
      look.language += static_cast<char>((packed >> shift & 31) + 0x60);
    const std::string_view handler = as_text(find(box.body, {"mdia", "hdlr"}).subspan(24));
    look.name = handler.substr(0, handler.size() - 1);
    looks.push_back(look);
  }
  return looks;
}

TEST(ProgressiveMp4, HasBothLanguagesAndTheFirstOnePlays) {
  MadeUpRecording made(3, test::made_up_channel_of_two());
  made.info.end_ms = made.info.start_ms + 3'000;
  const auto mp4 =
      lay_out(made, {{0, &made.tracks[0]}, {2, &made.tracks[2]}, {3, &made.tracks[3]}}, made.inits);
  ASSERT_TRUE(mp4);
  assemble(made, *mp4);
  const auto looks = tracks_in(*mp4);
  ASSERT_EQ(looks.size(), 3u);
  EXPECT_EQ(looks[0].name + looks[1].name + looks[2].name, "video普通话ئۇيغۇرچە");
  EXPECT_EQ(looks[0].language + looks[1].language + looks[2].language, "undzhouig");
  EXPECT_TRUE(looks[0].enabled && looks[1].enabled);
  EXPECT_FALSE(looks[2].enabled);
  EXPECT_EQ(looks[0].group, 0);
  EXPECT_EQ(looks[1].group, looks[2].group);
  EXPECT_NE(looks[1].group, 0);
  const auto one = lay_out(made, {{3, &made.tracks[3]}}, made.inits);
  ASSERT_TRUE(one);
  EXPECT_TRUE(tracks_in(*one)[0].enabled);
  EXPECT_EQ(tracks_in(*one)[0].group, 0);
  // One of which nothing was recorded is left out, wherever it stands.
  const RecordedTrack nothing(aac_rendition(0), 5);
  const auto hole =
      lay_out(made, {{0, &made.tracks[0]}, {2, &nothing}, {3, &made.tracks[3]}}, made.inits);
  ASSERT_TRUE(hole);
  assemble(made, *hole);
  EXPECT_EQ(tracks_in(*hole).size(), 2u);
  EXPECT_TRUE(tracks_in(*hole)[1].enabled);
}

TEST(ProgressiveMp4, AHoleLastsInBothTracks) {
  MadeUpRecording made;
  for (const MadeUpPart& part : test::made_up_parts(5, kLive))
    if (part.record.number.media_sequence != kN0 + 2) made.write(part);
  made.info.end_ms = made.info.start_ms + 5'000;
  const auto mp4 = lay_out(made, {{1, &made.tracks[1]}, {2, &made.tracks[2]}}, made.inits);
  ASSERT_TRUE(mp4);
  const ByteSpan moov = find(mp4->header, {"moov"});
  for (const Box& box : boxes(moov)) {
    if (box.type != "trak") continue;
    const ByteSpan header = find(box.body, {"mdia", "mdhd"});
    ByteReader reader(header.subspan(20));
    const uint32_t timescale = reader.u32();
    const double length_s = static_cast<double>(reader.u64()) / timescale;
    EXPECT_NEAR(length_s, 5, 0.03);
  }
  EXPECT_EQ(lay_out(made, {{1, &made.tracks[1]}}, {}).error(), DropReason::kMalformed);
  made.info.withdrawn = {{0, int64_t{1} << 42}};
  EXPECT_EQ(lay_out(made, {{1, &made.tracks[1]}}, made.inits).error(), DropReason::kNotInCache);
}

// In seconds: of each track, from the beginning of the film to where it ends.
std::vector<double> ends_of_tracks(const ProgressiveMp4& mp4) {
  std::vector<double> ends;
  for (const Box& box : boxes(find(mp4.header, {"moov"})))
    if (box.type == "trak")
      ends.push_back(static_cast<double>(ByteReader(find(box.body, {"tkhd"}).subspan(28)).u64()) /
                     90'000);
  return ends;
}
double seconds_of_film(const ProgressiveMp4& mp4) {
  return static_cast<double>(ByteReader(find(mp4.header, {"moov", "mvhd"}).subspan(24)).u64()) /
         90'000;
}
// How long the longest picture or sound of a track is.
double longest_sample(const ProgressiveMp4& mp4, size_t track) {
  std::vector<ByteSpan> all;
  for (const Box& box : boxes(find(mp4.header, {"moov"})))
    if (box.type == "trak") all.push_back(box.body);
  const uint32_t timescale = ByteReader(find(all[track], {"mdia", "mdhd"}).subspan(20)).u32();
  ByteReader runs(find(all[track], {"mdia", "minf", "stbl", "stts"}).subspan(4));
  uint32_t longest = 0;
  for (uint32_t left = runs.u32(); left > 0; --left) {
    runs.u32();
    longest = std::max<uint32_t>(longest, runs.u32());
  }
  return static_cast<double>(longest) / timescale;
}

TEST(ProgressiveMp4, IsOnTheReplaysTimelineFromWhichLongHolesAreCutOut) {
  MadeUpRecording made(60);
  made.info.end_ms = made.info.start_ms + 60'000;
  // A cut of twenty seconds, and four that no rendition has.
  made.info.take_back({(kN0 + 10) * 1000, (kN0 + 30) * 1000});
  for (RecordedTrack& track : made.tracks)
    for (int64_t number = kN0 + 40; number < kN0 + 44; ++number)
      track.remove(number);
  const ReplayOutline outline(made.info, made.tracks, false);
  ASSERT_EQ(outline.duration(), seconds(40));
  for (const size_t video : {0, 1}) {
    const auto mp4 =
        lay_out(made, {{video, &made.tracks[video]}, {2, &made.tracks[2]}}, made.inits);
    ASSERT_TRUE(mp4);
    assemble(made, *mp4);
    EXPECT_NEAR(seconds_of_film(*mp4), 40, 0.025);
    for (const double end : ends_of_tracks(*mp4))
      EXPECT_NEAR(end, 40, 0.025);
    EXPECT_NEAR(longest_sample(*mp4, 0), 4 + 1.0 / 30, 0.001) << "a short hole lasts";
    EXPECT_NEAR(longest_sample(*mp4, 1), 4 + 1024.0 / 48'000, 0.025);
  }
  // What one rendition alone has not is a gap there, however long it is.
  for (int64_t number = kN0 + 30; number < kN0 + 50; ++number)
    made.tracks[1].remove(number);
  const auto other = lay_out(made, {{1, &made.tracks[1]}, {2, &made.tracks[2]}}, made.inits);
  ASSERT_TRUE(other);
  EXPECT_NEAR(longest_sample(*other, 0), 20 + 1.0 / 30, 0.001);
  EXPECT_NEAR(seconds_of_film(*other), 40, 0.025);
  // Nor does its film begin before the others' does.
  for (int64_t number = kN0; number < kN0 + 5; ++number)
    made.tracks[1].remove(number);
  made.tracks[2] = RecordedTrack(made.info.tracks[2].id, 5);
  const auto late = lay_out(made, {{1, &made.tracks[1]}}, made.inits);
  ASSERT_TRUE(late);
  EXPECT_NEAR(seconds_of_film(*late), 40, 0.025);
  ByteReader edits(find(late->header, {"moov", "trak", "edts", "elst"}).subspan(4));
  EXPECT_EQ(edits.u32(), 2U);
  EXPECT_EQ(edits.u64(), 5U * 90'000);
}

TEST(ProgressiveMp4, HasOfASegmentWhatTheReplayPlaysOfIt) {
  MadeUpRecording made;
  for (const MadeUpPart& part : test::made_up_parts(4, kLive)) {
    const auto is = [&](HlsNumber number) {
      return part.record.rendition == RenditionId{0} && part.record.number == number;
    };
    if (!is({kN0 + 1, 2}) && !is({kN0 + 2, 0})) made.write(part);
  }
  made.info.end_ms = made.info.start_ms + 4'000;
  // Behind a part that is missing, pictures refer to what is not there.
  EXPECT_EQ(made.tracks[0].find(kN0 + 1)->playable_parts(), 2);
  const RecordedSegment* headless = made.tracks[0].find(kN0 + 2);
  EXPECT_EQ(headless ? headless->playable_parts() : 0, 0);
  const auto mp4 = lay_out(made, {{0, &made.tracks[0]}, {2, &made.tracks[2]}}, made.inits);
  ASSERT_TRUE(mp4);
  assemble(made, *mp4);
  const ByteSpan table = find(mp4->header, {"moov", "trak", "mdia", "minf", "stbl"});
  EXPECT_EQ(ByteReader(find(table, {"stsz"}).subspan(8)).u32(), 30U + 2 * 6 + 30);
  EXPECT_NEAR(longest_sample(*mp4, 0), 1.6 + 1.0 / 30, 0.001);
  const std::string list = write_replay_playlist(
      made.info, ReplayOutline(made.info, made.tracks, false), 0, made.tracks[0]);
  EXPECT_EQ(count(list, "#EXT-X-GAP\n"), 1U);
  EXPECT_EQ(count(list, "#EXTINF:0.20000,"), 2U);
}

TEST(ByteRange, IsReadAsRfc9110Has) {
  const auto range = [](std::string_view field) { return read_byte_range(field, 10'000); };
  EXPECT_EQ(range("bytes=0-499"), (ByteRange{0, 500}));
  EXPECT_EQ(range("bytes=500-999"), (ByteRange{500, 500}));
  EXPECT_EQ(range("bytes=-500"), (ByteRange{9500, 500}));
  EXPECT_EQ(range("Bytes=9500-"), (ByteRange{9500, 500}));
  EXPECT_EQ(range("bytes=0-99999999999999999999999"), (ByteRange{0, 10'000}));
  EXPECT_EQ(range("bytes=10000-"), (ByteRange{0, 0}));
  EXPECT_EQ(range("bytes=-0"), (ByteRange{10'000, 0}));
  for (const char* whole : {"", "bytes=", "bytes=5", "bytes=5-4", "bytes=0-1,3-4", "lines=0-1",
                            "bytes=a-b", "bytes=--1"})
    EXPECT_EQ(range(whole), std::nullopt) << whole;
}

}  // namespace
}  // namespace longmen::recording
