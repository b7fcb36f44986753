#include "core/recording/chapter_track.h"

#include <gmock/gmock.h>

#include "tests/core/recording/made_up_recording.h"

namespace longmen::recording {
namespace {

using std::chrono::milliseconds;
using test::kN0;
using test::MadeUpRecording;
using ::testing::HasSubstr;
using ::testing::Not;

RecordedChapter chapter(const std::string& id, int64_t at_ms, const std::string& title) {
  return {id, kN0 * 1000 + at_ms, title, 1};
}

MadeUpRecording with_hole() {
  MadeUpRecording made;
  for (const auto& part : test::made_up_parts(30, generation_started_at(test::kStartOf2026, 7))) {
    const int64_t second = part.record.number.media_sequence - kN0;
    if (second < 5 || second >= 20) made.write(part);
  }
  made.info.end_ms = made.info.start_ms + 30'000;
  return made;
}

TEST(ChapterTrack, IsOnTheReplaysTimeline) {
  MadeUpRecording made = with_hole();
  made.info.chapters = {chapter("c1", -1500, "开场"), chapter("c2", 2250, "问 & <答>"),
                        chapter("c3", 10'000, "在缺口里"), chapter("c4", 21'500, "\"结束\"")};
  const ReplayOutline outline(made.info, made.tracks, /*writing=*/false);
  EXPECT_EQ(write_chapter_track(place_chapters(made.info, outline)),
            "WEBVTT\n"
            "\nc1\n00:00:00.000 --> 00:00:02.250\n开场\n"
            "\nc2\n00:00:02.250 --> 00:00:05.000\n问 &amp; &lt;答&gt;\n"
            "\nc3\n00:00:05.000 --> 00:00:06.500\n在缺口里\n"
            "\nc4\n00:00:06.500 --> 00:00:15.000\n\"结束\"\n");
  const std::string text = write_replay_playlist(made.info, outline, 0, made.tracks[0]);
  EXPECT_THAT(text, HasSubstr("#EXT-X-DATERANGE:ID=\"c2-1\",CLASS=\"chapter\",START-DATE="
                              "\"2026-01-01T00:00:02.250Z\",END-ON-NEXT=YES,"
                              "X-TITLE=\"问 & <答>\"\n"));
  EXPECT_THAT(text, HasSubstr("START-DATE=\"2026-01-01T00:00:20.000Z\"")) << "behind the hole";
  EXPECT_THAT(text, HasSubstr("X-TITLE=\"'结束'\""));
  EXPECT_THAT(write_chapter_json(place_chapters(made.info, outline)),
              HasSubstr(R"({"chapter":2,"start-time":2.25E0,"duration":2.75E0,)"));
}

TEST(ChapterTrack, TellsNothingOfWhatIsWithdrawnOrOfAnotherTime) {
  MadeUpRecording made(4);
  made.info.end_ms = made.info.start_ms + 4'000;
  made.info.chapters = {chapter("early", -5000, "早"), chapter("c1", 500, "一"),
                        chapter("secret", 1500, "秘密"), chapter("late", 9000, "晚")};
  made.info.withdrawn = {{made.info.start_ms + 1'500, made.info.start_ms + 1'600}};
  const ReplayOutline outline(made.info, made.tracks, /*writing=*/false);
  const auto placed = place_chapters(made.info, outline);
  ASSERT_EQ(placed.size(), 1U);
  EXPECT_EQ(placed[0].chapter.id, "c1");
  EXPECT_THAT(write_replay_playlist(made.info, outline, 0, made.tracks[0]), Not(HasSubstr("秘密")));
  EXPECT_EQ(shown_chapters(made.info).size(), 1U);
}

TEST(ReplayOutline, FindsAnInstantOnItsTimeline) {
  const MadeUpRecording made = with_hole();
  const ReplayOutline outline(made.info, made.tracks, /*writing=*/false);
  const auto at = [&](int64_t ms) {
    return outline.position_of(made.info, MediaTime(milliseconds(made.info.start_ms + ms)));
  };
  EXPECT_EQ(at(0), Flicks(0));
  EXPECT_EQ(at(4500), Flicks(milliseconds(4500)));
  EXPECT_EQ(at(12'000), Flicks(milliseconds(5000)));
  EXPECT_EQ(at(20'250), Flicks(milliseconds(5250)));
  EXPECT_FALSE(at(30'000));
}

}  // namespace
}  // namespace longmen::recording
