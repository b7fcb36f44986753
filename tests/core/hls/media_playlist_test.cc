#include "core/hls/media_playlist.h"

#include <gtest/gtest.h>

#include <map>
#include <random>

#include "core/hls/media_name.h"
#include "core/recording/part_trailer.h"
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
  void take_back() { window_.take_back(); }
  void gap(HlsNumber number) { window_.append_gap({number, generation, false}); }
  const RenditionWindow& window() const { return window_; }
  MediaPlaylist playlist(const PlaylistHistory* history = nullptr) const {
    return {window_,
            Flicks(milliseconds(200)),
            generation,
            {{"../v1/index.m3u8", {kN0 + 1, 0}}},
            history};
  }
  std::string text(bool skip = false) const { return write_media_playlist(playlist(), skip); }

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

TEST(MediaPlaylist, WhatIsWithdrawnIsAGapAndSoAreItsParts) {
  Filled filled;
  filled.parts({kN0, 0}, {kN0 + 2, 1});
  MediaPlaylist playlist = filled.playlist();
  playlist.withdrawn = [](int64_t number) { return number == kN0 + 1; };
  const std::string text = write_media_playlist(playlist, false);
  EXPECT_NE(text.find("#EXT-X-GAP\n#EXTINF:1.00000,\n"
                      "115816896921600007-1-5/1767225601.m4s\n"),
            std::string::npos);
  EXPECT_EQ(count(text, ",GAP=YES"), 5U);
  EXPECT_EQ(count(text, "GAP"), 6U);
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

// What was recorded of a channel, and what is done with it, at random.
class Rewound {
 public:
  explicit Rewound(uint32_t seed) : random_(seed) {
    history.first = kN0 + one_of(90);
    use_init(0xA1);
    history.at = [this](int64_t number) {
      return listed_.contains(number) ? listed_.at(number) : ListedSegment{};
    };
  }

  // Of the window another part, of the history whatever. Whether it tells the same as before of
  // what is before the window.
  bool go_on() {
    const bool whole = number_.part == window().grid().parts().parts_per_segment() - 1;
    if (one_of(700) == 0 && !window().empty()) live_.take_back();
    if (number_.part == 0 && one_of(8) == 0) change_encoder();
    if (one_of(25) == 0)
      live_.gap(number_);
    else
      live_.parts(number_, number_);
    number_ = window().grid().parts().next(number_);
    bool same = true;
    if (whole && one_of(6) > 0) record(number_.media_sequence - 1);
    if (one_of(40) == 0) same = changes([](ListedSegment& segment) { segment.withdrawn ^= true; });
    if (one_of(40) == 0)
      same = changes([](ListedSegment& segment) { segment.there = true; }) && same;
    if (one_of(60) == 0) history.end = number_.media_sequence - one_of(20);
    if (one_of(10) == 0) history.end = INT64_MAX;
    if (one_of(100) == 0) history.chapters.push_back({"c", MediaTime(), "title"});
    return same;
  }
  MediaPlaylist playlist() const { return live_.playlist(&history); }

  PlaylistHistory history;

 private:
  int64_t one_of(int64_t count) { return static_cast<int64_t>(random_() % count); }
  const RenditionWindow& window() const { return live_.window(); }
  void change_encoder() {
    live_.generation = Generation{static_cast<uint64_t>(70 + one_of(3))};
    live_.discontinuity = one_of(2) == 0;
    use_init(static_cast<uint64_t>(1 + one_of(3)));
  }
  void use_init(uint64_t number) {
    init_ = number;
    live_.init = init_named(recording::init_name_of(number).c_str());
  }
  void record(int64_t number) {
    const WindowSegment* segment = window().find(number);
    listed_[number] = {live_.generation, init_, !segment || !segment->has_gap(), false,
                       segment && segment->discontinuity};
  }
  bool changes(const std::function<void(ListedSegment&)>& change) {
    const int64_t number = number_.media_sequence - 1 - one_of(90);
    change(listed_[number]);
    return number >= window().segments().front().media_sequence;
  }

  std::mt19937 random_;
  Filled live_;
  HlsNumber number_{kN0, 0};
  uint64_t init_ = 0;
  std::map<int64_t, ListedSegment> listed_;
};

TEST(RewindPlaylist, IsTheSameWhetherWrittenAtOnceOrBehindItsPast) {
  int taken_further = 0;
  for (uint32_t seed = 1; seed <= 5; ++seed) {
    Rewound rewound(seed);
    WrittenPast past;
    std::string text;
    for (int step = 0; step < 800; ++step) {
      if (!rewound.go_on()) past = {};
      MediaPlaylist playlist = rewound.playlist();
      const std::string whole = write_media_playlist(playlist, false);
      const std::string delta = write_media_playlist(playlist, true);
      PastText written;
      do {
        written = write_past(playlist, past, 1 + step % 20);
        if (written.anew) text.clear();
        if (!written.anew && !written.text.empty()) ++taken_further;
        text += written.text;
      } while (!written.whole);
      playlist.past = &past;
      ASSERT_EQ(text + write_media_playlist(playlist, false), whole) << seed << ' ' << step;
      ASSERT_EQ(write_media_playlist(playlist, true), delta) << seed << ' ' << step;
    }
  }
  EXPECT_GT(taken_further, 100);
}

TEST(RewindPlaylist, OfHoursOnlyTheEndIsLookedAt) {
  constexpr int64_t kHours = 20'000;  // segments
  Filled live;
  PlaylistHistory history;
  int64_t asked = 0;
  history.first = kN0 - kHours;
  history.at = [&](int64_t number) {
    ++asked;
    return ListedSegment{kPlayed, 0xA1, number < kN0 - 15'000, number % 2 == 0, false};
  };
  WrittenPast past;
  live.parts({kN0, 0}, {kN0 + 70, 4});
  MediaPlaylist playlist = live.playlist(&history);
  for (int64_t bites = 1; !write_past(playlist, past, 1000).whole; ++bites) {
    EXPECT_EQ(asked, 1000 * bites);
    EXPECT_LT(bites, kHours / 1000 + 1);
  }
  EXPECT_GE(asked, kHours);
  for (int64_t number = kN0 + 71; number < kN0 + 80; ++number) {
    live.parts({number, 0}, {number, 4});
    asked = 0;
    EXPECT_EQ(count(write_past(playlist, past, 1000).text, "#EXTINF"), 1U);
    EXPECT_EQ(asked, 1);
    playlist.past = &past;
    (void)write_media_playlist(playlist, false);
    (void)write_media_playlist(playlist, true);
    EXPECT_LE(asked, 80);  // of the window, and of the eight that a delta update has
    playlist.past = nullptr;
  }
}

// Of a withdrawn segment nobody is told an init segment, so who comes then does not have it.
TEST(RewindPlaylist, ADeltaUpdateTellsTheInitSegmentThatOnlyWithdrawnOnesHad) {
  Filled live;
  live.parts({kN0, 0}, {kN0 + 20, 4});
  PlaylistHistory history;
  history.first = kN0;
  history.at = [](int64_t number) {
    return ListedSegment{kPlayed, 0xA1, true, number < kN0 + 14, false};
  };
  const MediaPlaylist playlist = live.playlist(&history);
  EXPECT_EQ(count(write_media_playlist(playlist, false), "#EXT-X-MAP"), 1U);
  EXPECT_EQ(count(write_media_playlist(playlist, true), "#EXT-X-MAP"), 1U);
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

TEST(RenditionWindow, WhatHasLeftThePlaylistCanBeHadForItsLengthAgain) {
  Filled filled;
  filled.parts({kN0, 0}, {kN0 + 61, 0});
  ASSERT_EQ(filled.window().segments().front().media_sequence, kN0 + 1);
  EXPECT_TRUE(filled.window().find_part(kPlayed, {kN0, 4}));
  EXPECT_TRUE(filled.window().find_init("a1"));
  filled.parts({kN0 + 61, 1}, {kN0 + 122, 4});
  EXPECT_TRUE(filled.window().find(kN0)) << "it has been away for 61 s and its own length";
  filled.parts({kN0 + 123, 0}, {kN0 + 123, 0});
  EXPECT_FALSE(filled.window().find(kN0));
  EXPECT_TRUE(filled.window().find(kN0 + 1));
}

TEST(RenditionWindow, WhatIsTakenBackCanNotBeHadWhereverItWas) {
  Filled filled;
  filled.parts({kN0, 0}, {kN0 + 70, 4});
  ASSERT_TRUE(filled.window().find(kN0));
  filled.take_back();
  EXPECT_FALSE(filled.window().find(kN0));
  EXPECT_FALSE(filled.window().find_part(kPlayed, {kN0 + 69, 0}));
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
