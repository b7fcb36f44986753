#include "core/hls/update_pace.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/core/hls/findings_of.h"

namespace longmen::hls {
namespace {

using Sections = std::vector<std::string>;

// Segments of 4 s up to `last`, and so many parts of 1 s of the one behind it.
ToldMediaPlaylist playlist_up_to(int last, int parts = -1, bool ended = false) {
  std::string text = "#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXT-X-MEDIA-SEQUENCE:1\n";
  if (parts >= 0) text += "#EXT-X-PART-INF:PART-TARGET=1\n";
  for (int number = 1; number <= last; ++number)
    text += fmt::format("#EXTINF:4,\n{}\n", number);
  for (int part = 0; part < parts; ++part)
    text += fmt::format("#EXT-X-PART:DURATION=1,URI=\"{}.{}\"\n", last + 1, part);
  const auto playlist = read_media_playlist(text + (ended ? "#EXT-X-ENDLIST\n" : ""));
  EXPECT_TRUE(playlist);
  return *playlist;
}

class PaceWatch {
 public:
  Sections at(double asked_s, const ToldMediaPlaylist& playlist, double took_s = 0.1,
              bool blocking = false, double age_s = 0) {
    return test::sections_of(pace.handle({asked_s, asked_s + took_s, age_s, blocking}, playlist));
  }
  UpdatePace pace;
};

TEST(UpdatePace, ANewSegmentComesWithinOneAndAHalfTargetDurations) {
  PaceWatch watch;
  EXPECT_EQ(watch.at(0, playlist_up_to(3)), Sections{});
  EXPECT_EQ(watch.at(6.9, playlist_up_to(3)), Sections{}) << "a second is the network's";
  EXPECT_EQ(watch.at(7.0, playlist_up_to(4)), Sections{});
  EXPECT_EQ(watch.at(13.9, playlist_up_to(4)), Sections{});
  EXPECT_EQ(watch.at(14.4, playlist_up_to(4)), Sections{"!6.2.1"});
  EXPECT_EQ(watch.at(16, playlist_up_to(4)), Sections{}) << "it is told";
  EXPECT_EQ(watch.at(40, playlist_up_to(4)), Sections{"!6.2.1"}) << "much worse";
}

TEST(UpdatePace, ANewPartComesWithinAPartTarget) {
  PaceWatch watch;
  EXPECT_EQ(watch.at(0, playlist_up_to(3, 1)), Sections{});
  EXPECT_EQ(watch.at(1.9, playlist_up_to(3, 1)), Sections{});
  EXPECT_EQ(watch.at(2.2, playlist_up_to(3, 1)), Sections{"!6.2.1"});
}

TEST(UpdatePace, ARequestThatIsHeldTellsHowLongNothingCame) {
  PaceWatch watch;
  EXPECT_EQ(watch.at(0, playlist_up_to(3, 1)), Sections{});
  EXPECT_EQ(watch.at(1, playlist_up_to(3, 2), 1.9, /*blocking=*/true), Sections{});
  EXPECT_EQ(watch.at(3, playlist_up_to(3, 3), 2.1, /*blocking=*/true), Sections{"!6.2.1"});
  PaceWatch slow;
  EXPECT_EQ(slow.at(0, playlist_up_to(3, 1)), Sections{});
  EXPECT_EQ(slow.at(6, playlist_up_to(3, 2), 0.1, /*blocking=*/true), Sections{})
      << "who asks late does not know when it came";
  EXPECT_EQ(slow.at(7, playlist_up_to(3, 3), 3, /*blocking=*/false), Sections{})
      << "an answer that was slow was not held";
}

TEST(UpdatePace, NothingIsSaidOfWhatIsNotKnown) {
  PaceWatch cached;
  EXPECT_EQ(cached.at(0, playlist_up_to(3)), Sections{});
  EXPECT_EQ(cached.at(10, playlist_up_to(3), 0.1, false, /*age_s=*/4), Sections{});
  PaceWatch away;
  EXPECT_EQ(away.at(0, playlist_up_to(3)), Sections{});
  away.pace.forget();
  EXPECT_EQ(away.at(10, playlist_up_to(3)), Sections{});
  PaceWatch ended;
  EXPECT_EQ(ended.at(0, playlist_up_to(3)), Sections{});
  EXPECT_EQ(ended.at(100, playlist_up_to(3, -1, /*ended=*/true)), Sections{});
}

}  // namespace
}  // namespace longmen::hls
