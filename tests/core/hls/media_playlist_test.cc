#include "core/hls/media_playlist.h"

#include <gtest/gtest.h>

#include "core/hls/media_name.h"
#include "tests/core/cmaf/made_up_units.h"

namespace longmen::hls {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using test::kN0;

constexpr Generation kPlayed{115'816'896'921'600'007};

cmaf::InitSegmentPtr init_named(const char* name) {
  auto init = std::make_shared<cmaf::InitSegment>();
  init->name = name;
  return init;
}

// Appends the parts of segments from `first` on, up to and with `last`.
class Filled {
 public:
  explicit Filled(cmaf::TrackGrid grid = cmaf::TrackGrid::of_video(HlsGrid(seconds(1), 5),
                                                                   FrameGrid(30)))
      : window_(grid) {}

  void parts(HlsNumber from, HlsNumber to) {
    for (HlsNumber number = from; number <= to; number = window_.grid().parts().next(number)) {
      cmaf::Part part;
      part.number = number;
      part.bytes = std::make_shared<const Bytes>(3);
      part.duration = window_.grid().duration_of(number);
      part.independent = number.part == 0;
      part.init = init;
      window_.append({number, generation, discontinuity && number.part == 0}, part);
      discontinuity = false;
    }
  }
  void gap(HlsNumber number) { window_.append_gap({number, generation, false}); }
  const RenditionWindow& window() const { return window_; }
  std::string text(bool skip = false) const {
    MediaPlaylist playlist{window_, Flicks(milliseconds(200)), generation, {}};
    playlist.reports = {{"../v1/index.m3u8", {kN0 + 1, 0}}};
    return write_media_playlist(playlist, skip);
  }

  Generation generation = kPlayed;
  cmaf::InitSegmentPtr init = init_named("a1");
  bool discontinuity = false;

 private:
  RenditionWindow window_;
};

TEST(MediaPlaylist, IsExactlyThis) {
  Filled filled;
  filled.parts({kN0, 0}, {kN0 + 1, 1});
  EXPECT_EQ(filled.text(),
            "#EXTM3U\n"
            "#EXT-X-VERSION:9\n"
            "#EXT-X-TARGETDURATION:1\n"
            "#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,CAN-SKIP-UNTIL=6.00000,"
            "HOLD-BACK=3.00000,PART-HOLD-BACK=0.60000\n"
            "#EXT-X-PART-INF:PART-TARGET=0.20000\n"
            "#EXT-X-MEDIA-SEQUENCE:1767225600\n"
            "#EXT-X-DISCONTINUITY-SEQUENCE:0\n"
            "#EXT-X-MAP:URI=\"init-a1.mp4\"\n"
            "#EXT-X-PROGRAM-DATE-TIME:2026-01-01T00:00:00.000Z\n"
            "#EXT-X-PART:DURATION=0.20000,URI=\"115816896921600007-1-5/1767225600.0.m4s\""
            ",INDEPENDENT=YES\n"
            "#EXT-X-PART:DURATION=0.20000,URI=\"115816896921600007-1-5/1767225600.1.m4s\"\n"
            "#EXT-X-PART:DURATION=0.20000,URI=\"115816896921600007-1-5/1767225600.2.m4s\"\n"
            "#EXT-X-PART:DURATION=0.20000,URI=\"115816896921600007-1-5/1767225600.3.m4s\"\n"
            "#EXT-X-PART:DURATION=0.20000,URI=\"115816896921600007-1-5/1767225600.4.m4s\"\n"
            "#EXTINF:1.00000,\n"
            "115816896921600007-1-5/1767225600.m4s\n"
            "#EXT-X-PROGRAM-DATE-TIME:2026-01-01T00:00:01.000Z\n"
            "#EXT-X-PART:DURATION=0.20000,URI=\"115816896921600007-1-5/1767225601.0.m4s\""
            ",INDEPENDENT=YES\n"
            "#EXT-X-PART:DURATION=0.20000,URI=\"115816896921600007-1-5/1767225601.1.m4s\"\n"
            "#EXT-X-PRELOAD-HINT:TYPE=PART,URI=\"115816896921600007-1-5/1767225601.2.m4s\"\n"
            "#EXT-X-RENDITION-REPORT:URI=\"../v1/index.m3u8\",LAST-MSN=1767225601,LAST-PART=0\n");
}

size_t count(const std::string& text, std::string_view what) {
  size_t found = 0;
  for (size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + 1))
    ++found;
  return found;
}
bool has(const std::string& text, std::string_view line) {
  return text.find(std::string("\n") + std::string(line) + "\n") != std::string::npos;
}

TEST(MediaPlaylist, SoundHasLongerPartsWithinItsTarget) {
  Filled filled(cmaf::TrackGrid::of_audio(HlsGrid(seconds(1), 5)));
  filled.parts({kN0, 0}, {kN0, 4});
  const std::string text = filled.text();
  EXPECT_TRUE(has(text, "#EXT-X-PART-INF:PART-TARGET=0.21334"));
  EXPECT_EQ(count(text, "DURATION=0.21333,"), 2U);
  EXPECT_EQ(count(text, "DURATION=0.19200,"), 3U);
  EXPECT_TRUE(has(text, "#EXTINF:1.00267,"));
  EXPECT_TRUE(has(text, "#EXT-X-TARGETDURATION:1"));
}

TEST(MediaPlaylist, OldSegmentsAreToldWithoutTheirParts) {
  Filled filled;
  filled.parts({kN0, 0}, {kN0 + 9, 1});
  const std::string text = filled.text();
  // Within 3 s of the end at 9.4 s are 6.4 s to 9.4 s: segments 6 to 9.
  EXPECT_EQ(count(text, "#EXT-X-PART:"), 5U * 3 + 2);
  EXPECT_EQ(text.find("1767225605.4.m4s"), std::string::npos);
  EXPECT_NE(text.find("1767225606.0.m4s"), std::string::npos);
  EXPECT_EQ(count(text, "#EXTINF:"), 9U);
}

TEST(MediaPlaylist, AGapIsOneOfItsPartAndOfItsSegment) {
  Filled filled;
  filled.parts({kN0, 0}, {kN0, 1});
  filled.gap({kN0, 2});
  filled.parts({kN0, 3}, {kN0 + 1, 0});
  const std::string text = filled.text();
  EXPECT_TRUE(has(text,
                  "#EXT-X-PART:DURATION=0.20000,URI=\"115816896921600007-1-5/1767225600.2.m4s\""
                  ",GAP=YES"));
  EXPECT_NE(text.find("#EXT-X-GAP\n#EXTINF:1.00000,\n"), std::string::npos);
  EXPECT_EQ(count(text, "GAP"), 2U);
}

TEST(MediaPlaylist, ADiscontinuityStandsBeforeTheInitSegment) {
  Filled filled;
  filled.parts({kN0, 0}, {kN0, 4});
  filled.init = init_named("b2");
  filled.generation = Generation{77};
  filled.discontinuity = true;
  filled.parts({kN0 + 1, 0}, {kN0 + 1, 4});
  const std::string text = filled.text();
  EXPECT_NE(text.find("#EXT-X-DISCONTINUITY\n#EXT-X-MAP:URI=\"init-b2.mp4\"\n"
                      "#EXT-X-PROGRAM-DATE-TIME:2026-01-01T00:00:01.000Z\n"),
            std::string::npos);
  EXPECT_NE(text.find("#EXT-X-PRELOAD-HINT:TYPE=PART,URI=\"77-1-5/1767225602.0.m4s\""),
            std::string::npos);
}

// The same generation of another encoder run with the same settings: nothing to decode anew.
TEST(MediaPlaylist, AGenerationWithTheSameInitSegmentJoins) {
  Filled filled;
  filled.parts({kN0, 0}, {kN0, 4});
  filled.generation = Generation{77};
  filled.parts({kN0 + 1, 0}, {kN0 + 1, 4});
  EXPECT_EQ(count(filled.text(), "#EXT-X-MAP"), 1U);
  EXPECT_EQ(count(filled.text(), "#EXT-X-DISCONTINUITY\n"), 0U);
}

TEST(MediaPlaylist, ADeltaUpdateLeavesOutWhatIsOlderThanTheBoundary) {
  Filled filled;
  filled.parts({kN0, 0}, {kN0 + 9, 1});  // ends at 9.4 s; the boundary is 3.4 s
  const std::string text = filled.text(true);
  EXPECT_TRUE(has(text, "#EXT-X-SKIP:SKIPPED-SEGMENTS=3"));
  EXPECT_TRUE(has(text, "#EXT-X-MEDIA-SEQUENCE:1767225600"));
  EXPECT_EQ(count(text, "#EXTINF:"), 6U);
  EXPECT_EQ(count(text, "#EXT-X-MAP"), 0U);  // it was told before
  const std::string whole = filled.text(false);
  EXPECT_EQ(text.substr(text.find("#EXT-X-PROGRAM-DATE-TIME")),
            whole.substr(whole.find("#EXT-X-PROGRAM-DATE-TIME:2026-01-01T00:00:03")));
}

TEST(MediaPlaylist, AShortPlaylistHasNoDelta) {
  Filled filled;
  filled.parts({kN0, 0}, {kN0 + 5, 4});
  EXPECT_EQ(filled.text(true), filled.text(false));
}

TEST(RenditionWindow, HoldsAMinuteAndCountsWhatHasLeft) {
  Filled filled;
  filled.parts({kN0, 0}, {kN0, 4});
  filled.discontinuity = true;
  filled.parts({kN0 + 1, 0}, {kN0 + 60, 4});
  EXPECT_EQ(filled.window().segments().size(), 61U);
  EXPECT_EQ(filled.window().discontinuities_gone(), 0U);
  filled.parts({kN0 + 61, 0}, {kN0 + 61, 2});
  EXPECT_EQ(filled.window().segments().front().media_sequence, kN0 + 1);
  EXPECT_EQ(filled.window().discontinuities_gone(), 0U);
  filled.parts({kN0 + 61, 3}, {kN0 + 62, 0});
  EXPECT_EQ(filled.window().discontinuities_gone(), 1U);
  EXPECT_TRUE(has(filled.text(), "#EXT-X-DISCONTINUITY-SEQUENCE:1"));
  EXPECT_EQ(filled.window().last(), (HlsNumber{kN0 + 62, 0}));
}

TEST(RenditionWindow, FindsWhatItHas) {
  Filled filled;
  filled.parts({kN0, 0}, {kN0, 1});
  filled.gap({kN0, 2});
  const RenditionWindow& window = filled.window();
  EXPECT_TRUE(window.find_part(kPlayed, {kN0, 1}));
  EXPECT_FALSE(window.find_part(kPlayed, {kN0, 2}));
  EXPECT_FALSE(window.find_part(kPlayed, {kN0, 3}));
  EXPECT_FALSE(window.find_part(kPlayed, {kN0, -1}));
  EXPECT_FALSE(window.find_part(Generation{1}, {kN0, 1}));
  EXPECT_FALSE(window.find(kN0 - 1));
  EXPECT_FALSE(window.is_complete(*window.find(kN0)));
  EXPECT_TRUE(window.find_init("a1"));
  EXPECT_FALSE(window.find_init("a2"));
}

}  // namespace
}  // namespace longmen::hls
