#include "core/http/metrics_merge.h"

#include <gtest/gtest.h>

namespace longmen {
namespace {

TEST(MetricsMergeTest, AFamilyStandsOnceWithEveryRolesSamples) {
  const auto merged = merge_metrics({{"relay", "",
                                      "# HELP up Lives\n# TYPE up gauge\nup 1\n"
                                      "# TYPE sent_total counter\nsent_total{shard=\"0\"} 5\n"},
                                     {"ingest", "",
                                      "# TYPE sent_total counter\nsent_total 7 1700000000000\n"
                                      "# HELP up Lives\n# TYPE up gauge\nup 1\n"}});
  EXPECT_EQ(merged.text,
            "# TYPE sent_total counter\n"
            "sent_total{role=\"relay\",shard=\"0\"} 5\n"
            "sent_total{role=\"ingest\"} 7 1700000000000\n"
            "# HELP up Lives\n# TYPE up gauge\n"
            "up{role=\"relay\"} 1\nup{role=\"ingest\"} 1\n");
  EXPECT_EQ(merged.left_out, 0u);
}

TEST(MetricsMergeTest, AProcessOfOneChannelSaysWhich) {
  const auto merged = merge_metrics({{"streamer", "main", "a 1\nb{channel=\"own\",role=\"x\"} 2\n"},
                                     {"streamer", "second", "a 3\n"}});
  EXPECT_EQ(merged.text,
            "a{role=\"streamer\",channel=\"main\"} 1\na{role=\"streamer\",channel=\"second\"} 3\n"
            "b{role=\"streamer\",channel=\"own\",exported_role=\"x\"} 2\n");
}

TEST(MetricsMergeTest, HistogramsStayTogether) {
  const std::string_view text =
      "# TYPE took histogram\ntook_bucket{le=\"0.1\"} 1\ntook_bucket{le=\"+Inf\"} 2\n"
      "took_sum 0.3\ntook_count 2\n# TYPE took_count_other counter\ntook_count_other 9\n";
  const auto merged = merge_metrics({{"a", "", text}, {"b", "", text}});
  EXPECT_EQ(merged.text,
            "# TYPE took histogram\n"
            "took_bucket{role=\"a\",le=\"0.1\"} 1\ntook_bucket{role=\"a\",le=\"+Inf\"} 2\n"
            "took_sum{role=\"a\"} 0.3\ntook_count{role=\"a\"} 2\n"
            "took_bucket{role=\"b\",le=\"0.1\"} 1\ntook_bucket{role=\"b\",le=\"+Inf\"} 2\n"
            "took_sum{role=\"b\"} 0.3\ntook_count{role=\"b\"} 2\n"
            "# TYPE took_count_other counter\n"
            "took_count_other{role=\"a\"} 9\ntook_count_other{role=\"b\"} 9\n");
}

TEST(MetricsMergeTest, OneBrokenRoleDoesNotSpoilThePage) {
  const auto merged = merge_metrics(
      {{"good", "", "# TYPE n counter\nn 1\n"},
       {"bad", "",
        "# TYPE n gauge\nn 2\n1n 3\nm{x=\"never closed} 4\nm{x=unquoted} 5\nm{ 6\nm\nm x\n"
        "m 7 later\n# TYPE k strange\nm{x=\"a\\\"b\\\\\"} NaN\nm{x=\"a\\\"b\\\\\"} 8\n"}});
  EXPECT_EQ(merged.text,
            "m{role=\"bad\",x=\"a\\\"b\\\\\"} NaN\n# TYPE n counter\nn{role=\"good\"} 1\n");
  EXPECT_EQ(merged.left_out, 11u);
}

TEST(MetricsMergeTest, RolesAreEscapedAndSizesBounded) {
  EXPECT_EQ(merge_metrics({{"a\"b\\c\nd", "", "n 1"}}).text, "n{role=\"a\\\"b\\\\c\\nd\"} 1\n");
  const std::string large(kMaxMetricsBytes, '#');
  const auto merged = merge_metrics({{"a", "", "n 1\n"}, {"b", "", large}});
  EXPECT_EQ(merged.text, "n{role=\"a\"} 1\n");
  EXPECT_EQ(merged.left_out, 1u);
}

}  // namespace
}  // namespace longmen
