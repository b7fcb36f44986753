#include "core/recording/caption_track.h"

#include <gmock/gmock.h>

#include "core/recording/caption_playlist.h"
#include "tests/core/recording/made_up_recording.h"

namespace longmen::recording {
namespace {

using captions::Cue;
using test::kN0;
using test::MadeUpRecording;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using namespace std::chrono_literals;

// Seconds 0 to 5 and 20 to 30: what is between was cut out.
MadeUpRecording with_cut_out() {
  MadeUpRecording made;
  for (const auto& part : test::made_up_parts(30, generation_started_at(test::kStartOf2026, 7))) {
    const int64_t second = part.record.number.media_sequence - kN0;
    if (second < 5 || second >= 20) made.write(part);
  }
  made.info.end_ms = made.info.start_ms + 30'000;
  return made;
}

struct Shown {
  explicit Shown(const MadeUpRecording& of)
      : info(of.info), outline(of.info, of.tracks, false), zero(caption_zero_ms(of.info)) {}
  std::vector<Cue> placed(const std::vector<Cue>& kept) const {
    return placed_cues(info, outline, zero, kept);
  }
  Result<std::vector<Cue>> kept(const std::vector<Cue>& given) const {
    return cues_of_replay(info, outline, zero, given);
  }
  RecordingInfo info;
  ReplayOutline outline;
  int64_t zero;
};

TEST(CaptionTrack, TimesOfTheReplayAreKeptAsInstants) {
  const Shown shown(with_cut_out());
  const std::vector<Cue> given{{1s, 2s, "", "前"},
                               {4s, 5s, "", "到缺口"},
                               {4500ms, 6500ms, "", "跨过"},
                               {7s, 99s, "", "到最后"}};
  const auto kept = shown.kept(given);
  ASSERT_TRUE(kept) << kept.error().message;
  EXPECT_THAT(*kept, ElementsAre(Cue{1s, 2s, "", "前"}, Cue{4s, 5s, "", "到缺口"},
                                 Cue{4500ms, 21'500ms, "", "跨过"}, Cue{22s, 30s, "", "到最后"}));
  // And back, but for what was longer than the replay.
  std::vector<Cue> again = given;
  again.back().end = 15s;
  EXPECT_EQ(shown.placed(*kept), again);
}

TEST(CaptionTrack, ACueBehindTheEndIsOfAnotherReplay) {
  const Shown shown(with_cut_out());
  const auto kept = shown.kept({{1s, 2s, "", "a"}, {15s, 16s, "", "b"}});
  ASSERT_FALSE(kept);
  EXPECT_THAT(kept.error().message, HasSubstr("00:00:15.000"));
}

TEST(CaptionTrack, AHoleThatIsFilledMovesWhatIsBehindIt) {
  const Shown before(with_cut_out());
  const auto kept = before.kept({{6s, 7s, "", "x"}});
  ASSERT_TRUE(kept);
  MadeUpRecording filled(30);
  filled.info.end_ms = filled.info.start_ms + 30'000;
  EXPECT_THAT(Shown(filled).placed(*kept), ElementsAre(Cue{21s, 22s, "", "x"}));
}

TEST(CaptionTrack, ATrimShiftsThemAndCutsThoseAtItsEnds) {
  MadeUpRecording made(10);
  made.info.end_ms = made.info.start_ms + 10'000;
  const auto kept =
      Shown(made).kept({{1s, 2s, "", "a"}, {3s, 5s, "", "b"}, {8500ms, 9500ms, "", "c"}});
  ASSERT_TRUE(kept);
  made.info.shown = {made.info.start_ms + 4'000, made.info.start_ms + 9'000};
  const Shown trimmed(made);
  EXPECT_THAT(trimmed.placed(*kept), ElementsAre(Cue{0s, 1s, "", "b"}, Cue{4500ms, 5s, "", "c"}));
  // What is given now counts from where it begins now.
  const auto later = trimmed.kept({{0s, 1s, "", "d"}});
  ASSERT_TRUE(later);
  EXPECT_THAT(*later, ElementsAre(Cue{4s, 5s, "", "d"}));
}

TEST(CaptionTrack, WhatFallsOnAWithdrawnSegmentIsSeenNowhere) {
  MadeUpRecording made(10);
  made.info.end_ms = made.info.start_ms + 10'000;
  const auto kept = Shown(made).kept({{1s, 3s, "", "before"},
                                      {2s, 3001ms, "", "into"},
                                      {3200ms, 3300ms, "", "within its segment"},
                                      {1s, 9s, "", "over"},
                                      {4s, 5s, "", "behind"}});
  ASSERT_TRUE(kept);
  made.info.withdrawn = {{made.info.start_ms + 3'500, made.info.start_ms + 3'600}};
  const Shown shown(made);
  EXPECT_THAT(shown.placed(*kept),
              ElementsAre(Cue{1s, 3s, "", "before"}, Cue{4s, 5s, "", "behind"}));
  EXPECT_EQ(shown_cues(made.info, shown.zero, *kept).size(), 2U);
  made.info.withdrawn = {{made.info.start_ms, made.info.start_ms + 10'000}};
  EXPECT_THAT(Shown(made).placed(*kept), IsEmpty());
}

TEST(CaptionTrack, ACueThatIsGivenOverWhatIsWithdrawnAlreadyEndsThere) {
  MadeUpRecording made(10);
  made.info.end_ms = made.info.start_ms + 10'000;
  made.info.withdrawn = {{made.info.start_ms + 3'500, made.info.start_ms + 3'600}};
  const Shown shown(made);
  const auto kept = shown.kept({{2s, 5s, "", "over"}, {4s, 6s, "", "behind"}});
  ASSERT_TRUE(kept);
  EXPECT_THAT(shown.placed(*kept), ElementsAre(Cue{2s, 3s, "", "over"}, Cue{4s, 6s, "", "behind"}));
}

TEST(CaptionTrack, AListIsReadAsItWasWritten) {
  const auto zh = write_captions("zh-Hans", "中文", 5000, {{1s, 2s, "", "一"}});
  const auto en = write_captions("en", "English", 5000, {{1s, 2s, "", "one"}});
  ASSERT_TRUE(zh && en);
  EXPECT_EQ(zh->track.cues, 1);
  EXPECT_EQ(zh->track.bytes, zh->file.size());
  const std::vector<CaptionTrack> tracks{zh->track, en->track};
  const auto read = read_caption_list(write_caption_list(tracks));
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(*read, tracks);
  EXPECT_EQ(write_captions("en", "English", 5000, {{1s, 2s, "", "one"}})->track.id, en->track.id);
  EXPECT_NE(write_captions("en", "Other", 5000, {{1s, 2s, "", "one"}})->track.id, en->track.id);
}

TEST(CaptionTrack, AListOfSomethingElseIsRefused) {
  const auto made = write_captions("en", "English", 5000, {{1s, 2s, "", "one"}});
  ASSERT_TRUE(made);
  const CaptionTrack& good = made->track;
  EXPECT_FALSE(read_caption_list(write_caption_list({good, good})));
  const auto with = [&good](auto change) {
    CaptionTrack track = good;
    change(track);
    return read_caption_list(write_caption_list({track})).has_value();
  };
  EXPECT_TRUE(with([](CaptionTrack&) {}));
  EXPECT_FALSE(with([](CaptionTrack& track) { track.id = "../../etc/passwd"; }));
  EXPECT_FALSE(with([](CaptionTrack& track) { track.language = "EN"; }));
  EXPECT_FALSE(with([](CaptionTrack& track) { track.label = "a\"b"; }));
  EXPECT_FALSE(with([](CaptionTrack& track) { track.label = "a\nb"; }));
  EXPECT_FALSE(with([](CaptionTrack& track) { track.zero_ms = -1; }));
  EXPECT_FALSE(with([](CaptionTrack& track) { track.bytes = captions::kMaxCaptionBytes + 1; }));
}

TEST(CaptionPlaylist, HasAMinuteASegmentAndBreaksWhereTheMediaDo) {
  MadeUpRecording made;
  for (const auto& part : test::made_up_parts(100, generation_started_at(test::kStartOf2026, 7))) {
    const int64_t second = part.record.number.media_sequence - kN0;
    if (second < 70 || second >= 90) made.write(part);
  }
  made.info.end_ms = made.info.start_ms + 100'000;
  const ReplayOutline outline(made.info, made.tracks, false);
  EXPECT_EQ(write_caption_playlist(made.info, outline),
            "#EXTM3U\n#EXT-X-VERSION:9\n#EXT-X-TARGETDURATION:60\n#EXT-X-PLAYLIST-TYPE:VOD\n"
            "#EXT-X-MEDIA-SEQUENCE:0\n"
            "#EXT-X-PROGRAM-DATE-TIME:2026-01-01T00:00:00.000Z\n#EXTINF:60.00000,\n0.vtt\n"
            "#EXT-X-PROGRAM-DATE-TIME:2026-01-01T00:01:00.000Z\n#EXTINF:10.00000,\n1.vtt\n"
            "#EXT-X-DISCONTINUITY\n"
            "#EXT-X-PROGRAM-DATE-TIME:2026-01-01T00:01:30.000Z\n#EXTINF:10.00000,\n2.vtt\n"
            "#EXT-X-ENDLIST\n");
  const std::vector<Cue> cues{{1s, 2s, "", "a"}, {59s, 61s, "line:0", "b"}, {72s, 73s, "", "c"}};
  // docs/TIMELINE.md §8: segment 1,767,225,600 is tick 159,050,304,000,000 of the media.
  EXPECT_EQ(159'050'304'000'000 % (int64_t{1} << 33), 7'665'029'120);
  EXPECT_EQ(write_caption_segment(made.info, outline, 0, cues),
            "WEBVTT\nX-TIMESTAMP-MAP=LOCAL:00:00:00.000,MPEGTS:7665029120\n"
            "\n00:00:01.000 --> 00:00:02.000\na\n"
            "\n00:00:59.000 --> 00:01:01.000 line:0\nb\n");
  const auto second = write_caption_segment(made.info, outline, 1, cues);
  ASSERT_TRUE(second);
  EXPECT_THAT(*second, HasSubstr("LOCAL:00:01:00.000,MPEGTS:7670429120\n"));
  EXPECT_THAT(*second, HasSubstr("00:00:59.000 --> 00:01:01.000 line:0\nb\n")) << "seen in both";
  // Behind the hole the replay is at 70 s and the media at 90 s.
  const auto third = write_caption_segment(made.info, outline, 2, cues);
  ASSERT_TRUE(third);
  EXPECT_THAT(*third, HasSubstr("LOCAL:00:01:10.000,MPEGTS:7673129120\n"));
  EXPECT_THAT(*third, Not(HasSubstr("\nb\n")));
  EXPECT_FALSE(write_caption_segment(made.info, outline, 3, cues));
}

TEST(CaptionPlaylist, NamesAreReadInOneWay) {
  EXPECT_EQ(caption_segment_number("0.vtt"), 0U);
  EXPECT_EQ(caption_segment_number("120.vtt"), 120U);
  for (const char* name :
       {"", ".vtt", "00.vtt", "-1.vtt", "1.vtt ", "1", "index.m3u8", "99999999999999999999999.vtt"})
    EXPECT_FALSE(caption_segment_number(name)) << name;
}

}  // namespace
}  // namespace longmen::recording
