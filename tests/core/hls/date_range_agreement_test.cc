#include "core/hls/date_range_agreement.h"

#include <gtest/gtest.h>

#include "tests/core/hls/findings_of.h"

namespace longmen::hls {
namespace {

using Sections = std::vector<std::string>;

class WatchedRanges {
 public:
  Sections at(double asked_s, const std::string& url, std::string ranges, bool delta = false) {
    const auto playlist =
        read_media_playlist("#EXTM3U\n#EXT-X-TARGETDURATION:2\n" +
                            std::string(delta ? "#EXT-X-SKIP:SKIPPED-SEGMENTS=1\n" : "") + ranges);
    EXPECT_TRUE(playlist);
    agreement_.handle(url, asked_s, *playlist);
    return test::sections_of(findings_.take());
  }

 private:
  CheckFindings findings_;
  DateRangeAgreement agreement_{findings_};
};

const std::string kOne = "#EXT-X-DATERANGE:ID=\"1\",START-DATE=\"2026-01-01T00:00:00Z\"\n";
const std::string kTwo = "#EXT-X-DATERANGE:ID=\"2\",START-DATE=\"2026-01-01T00:00:00Z\"\n";

TEST(DateRangeAgreement, ARangeThatIsMissingStaysAway) {
  WatchedRanges watch;
  EXPECT_EQ(watch.at(0, "a", kOne + kTwo), Sections{});
  EXPECT_EQ(watch.at(1, "b", kOne), Sections{}) << "it may be on the way";
  EXPECT_EQ(watch.at(4, "a", kOne + kTwo), Sections{});
  EXPECT_EQ(watch.at(4.5, "b", kOne), Sections{});
  EXPECT_EQ(watch.at(5, "a", kOne + kTwo), Sections{});
  EXPECT_EQ(watch.at(6, "b", kOne, /*delta=*/true), Sections{}) << "that does not tell";
  EXPECT_EQ(watch.at(6, "b", kOne), Sections{"!6.2.4"});
}

TEST(DateRangeAgreement, WhoHasNoneNeedNotHaveThem) {
  WatchedRanges watch;
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(watch.at(10 * i, "a", kOne), Sections{});
    EXPECT_EQ(watch.at(10 * i + 1, "b", ""), Sections{});
  }
}

TEST(DateRangeAgreement, AttributesAreTheSame) {
  WatchedRanges watch;
  EXPECT_EQ(watch.at(0, "a", kOne), Sections{});
  std::string more = kOne;
  more.insert(more.size() - 1, ",DURATION=3");
  EXPECT_EQ(watch.at(1, "b", more), Sections{}) << "one may be told before the other";
  std::string other = kOne;
  other.replace(other.find("00:00:00Z"), 9, "00:00:01Z");
  EXPECT_EQ(watch.at(2, "c", other), (Sections{"!6.2.4", "!6.2.4"})) << "than in a and in b";
}

}  // namespace
}  // namespace longmen::hls
