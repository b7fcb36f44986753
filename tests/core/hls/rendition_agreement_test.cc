#include "core/hls/rendition_agreement.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/core/hls/findings_of.h"

namespace longmen::hls {
namespace {

using Sections = std::vector<std::string>;

// Ten segments of two seconds, the first one of the date, with a discontinuity in front of the
// sixth.
struct ToldTens {
  int target = 2;
  int64_t first = 0;
  int64_t discontinuity_sequence = 4;
  std::string date = "2026-01-01T00:00:00.000Z";
  bool dated = true;
  std::string more{};  // in front of the segments
  std::string end{};

  std::string text() const {
    std::string all = fmt::format(
        "#EXTM3U\n#EXT-X-VERSION:9\n#EXT-X-TARGETDURATION:{}\n#EXT-X-MEDIA-SEQUENCE:{}\n"
        "#EXT-X-DISCONTINUITY-SEQUENCE:{}\n{}",
        target, first, discontinuity_sequence, more);
    if (dated) all += "#EXT-X-PROGRAM-DATE-TIME:" + date + "\n";
    for (int i = 0; i < 10; ++i) {
      if (i == 5) {
        all += "#EXT-X-DISCONTINUITY\n";
        if (dated) all += "#EXT-X-PROGRAM-DATE-TIME:" + date.substr(0, 17) + "10.000Z\n";
      }
      all += fmt::format("#EXTINF:2,\n{}\n", first + i);
    }
    return all + end;
  }
};

class WatchedRenditions {
 public:
  std::vector<CheckFinding> take(const std::string& url, const ToldTens& told,
                                 RenditionAgreement::Answer answer = {}) {
    const auto playlist = read_media_playlist(told.text());
    EXPECT_TRUE(playlist);
    answer.url = url;
    for (const ToldReport& report : playlist->reports)
      answer.report_urls.push_back(report.uri);
    return agreement_.handle_playlist(answer, *playlist);
  }
  Sections sections(const std::string& url, const ToldTens& told,
                    const RenditionAgreement::Answer& answer = {}) {
    return test::sections_of(take(url, told, answer));
  }
  Sections media(const std::string& url, int64_t discontinuities, double date_s, double media_s) {
    return test::sections_of(agreement_.handle_media(url, discontinuities, date_s, media_s));
  }

 private:
  RenditionAgreement agreement_;
};

// Of the second one.
Sections sections_of_both(const ToldTens& one, const ToldTens& other, bool subtitles = false) {
  WatchedRenditions watch;
  EXPECT_EQ(watch.sections("a", one), Sections{});
  RenditionAgreement::Answer answer;
  answer.subtitles = subtitles;
  return watch.sections("b", other, answer);
}

TEST(RenditionAgreement, FindsNothingInWhatAgrees) {
  EXPECT_EQ(sections_of_both({}, {}), Sections{});
  EXPECT_EQ(sections_of_both({}, {.first = 700}), Sections{})
      << "numbers of segments need not be the same";
  EXPECT_EQ(sections_of_both({.dated = false}, {.dated = false}), Sections{});
}

TEST(RenditionAgreement, HeadersAreTheSame) {
  EXPECT_EQ(sections_of_both({}, {.target = 3}), Sections{"!6.2.4"});
  const std::string vod = "#EXT-X-PLAYLIST-TYPE:VOD\n";
  EXPECT_EQ(sections_of_both({.more = vod}, {.target = 3, .more = vod}), Sections{"!6.2.4"});
  EXPECT_EQ(sections_of_both({.more = vod}, {.target = 3, .more = vod}, /*subtitles=*/true),
            Sections{});
  EXPECT_EQ(sections_of_both({}, {.more = "#EXT-X-PLAYLIST-TYPE:EVENT\n"}), Sections{"!6.2.4"});
  EXPECT_EQ(sections_of_both({}, {.dated = false}), Sections{"!6.2.4"});
  const std::string held = "#EXT-X-SERVER-CONTROL:HOLD-BACK=6,CAN-BLOCK-RELOAD=YES\n";
  EXPECT_EQ(sections_of_both({.more = held},
                             {.more = "#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,HOLD-BACK=6\n"}),
            Sections{});
  EXPECT_EQ(sections_of_both({.more = held}, {.more = "#EXT-X-SERVER-CONTROL:HOLD-BACK=6\n"}),
            Sections{"!6.2.4"});
  EXPECT_EQ(sections_of_both({}, {.more = held}), Sections{"!6.2.4"});
}

TEST(RenditionAgreement, DateRangesAreTheSame) {
  const std::string range = "#EXT-X-DATERANGE:ID=\"1\",START-DATE=\"2026-01-01T00:00:00Z\"";
  EXPECT_EQ(sections_of_both({.more = range + ",DURATION=1\n"}, {.more = range + ",DURATION=2\n"}),
            Sections{"!6.2.4"});
}

TEST(RenditionAgreement, AnInstantHasOneDiscontinuitySequenceNumber) {
  EXPECT_EQ(sections_of_both({}, {.discontinuity_sequence = 5}), Sections{"!6.2.4"});
  EXPECT_EQ(sections_of_both({.dated = false}, {.discontinuity_sequence = 5, .dated = false}),
            Sections{})
      << "without dates nothing tells which instants are the same";
  EXPECT_EQ(sections_of_both({}, {.discontinuity_sequence = 5, .date = "2026-01-01T01:00:00.000Z"}),
            Sections{})
      << "they have no instant in common";
  EXPECT_EQ(sections_of_both(
                {}, {.discontinuity_sequence = 5, .more = "#EXT-X-SKIP:SKIPPED-SEGMENTS=3\n"}),
            Sections{})
      << "a delta update does not tell";
}

TEST(RenditionAgreement, ADateHasOneMediaTime) {
  WatchedRenditions watch;
  EXPECT_EQ(watch.media("a", 4, 100, 10), Sections{}) << "whose playlist was not told";
  watch.take("a", {});
  watch.take("b", {});
  EXPECT_EQ(watch.media("a", 4, 100, 10), Sections{});
  EXPECT_EQ(watch.media("b", 4, 103, 13.04), Sections{});
  EXPECT_EQ(watch.media("a", 5, 110, 0), Sections{});
  EXPECT_EQ(watch.media("b", 5, 112, 3), Sections{"!6.2.4"});
  EXPECT_EQ(watch.media("a", 4, 200, 109), Sections{"4.4.4.6"}) << "it was 90 s before";
}

TEST(RenditionAgreement, WhatIsReportedComesTrue) {
  const ToldTens reporting{.end = "#EXT-X-RENDITION-REPORT:URI=\"b\",LAST-MSN=11,LAST-PART=2\n"};
  const auto at = [](double at_s) {
    RenditionAgreement::Answer answer;
    answer.asked_s = answer.answered_s = at_s;
    return answer;
  };
  const auto after = [&](double at_s, const ToldTens& told, bool cached = false) {
    WatchedRenditions watch;
    EXPECT_EQ(watch.sections("b", {}, at(0)), Sections{});
    EXPECT_EQ(watch.sections("a", reporting, at(1)), Sections{});
    RenditionAgreement::Answer answer = at(at_s);
    answer.cached = cached;
    return watch.sections("b", told, answer);
  };
  EXPECT_EQ(after(8, {}), Sections{"!4.4.5.4"});
  EXPECT_EQ(after(6, {}), Sections{}) << "it may be on the way";
  EXPECT_EQ(after(8, {}, /*cached=*/true), Sections{});
  EXPECT_EQ(after(8, {.first = 2}), Sections{});
}

TEST(RenditionAgreement, AReportThatIsOldIsToldSo) {
  WatchedRenditions watch;
  RenditionAgreement::Answer later;
  later.asked_s = later.answered_s = 1;
  watch.take("a", {});
  watch.take("b", {.first = 20});
  EXPECT_EQ(watch.sections("a", {.end = "#EXT-X-RENDITION-REPORT:URI=\"b\",LAST-MSN=28\n"}, later),
            Sections{});
  EXPECT_EQ(watch.sections("a", {.end = "#EXT-X-RENDITION-REPORT:URI=\"b\",LAST-MSN=9\n"}, later),
            Sections{"4.4.5.4"});
  EXPECT_EQ(watch.sections("a", {.first = 20, .end = "#EXT-X-RENDITION-REPORT:URI=\"b\"\n"}, later),
            Sections{})
      << "what is left out is as in the playlist itself";
}

}  // namespace
}  // namespace longmen::hls
