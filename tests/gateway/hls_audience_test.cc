#include "gateway/hls_audience.h"

#include <gtest/gtest.h>

namespace longmen {
namespace {

using namespace std::chrono_literals;

TEST(HlsAudience, WhoAskedLatelyWatches) {
  HlsAudience audience;
  const Monotonic now(1000s);
  audience.note("main", "192.0.2.1", "VLC", now);
  audience.note("main", "192.0.2.1", "VLC", now + 1s);
  audience.note("main", "192.0.2.1", "hls.js", now);
  audience.note("other", "192.0.2.2", "VLC", now);
  EXPECT_EQ(audience.count(now + 5s), (std::map<std::string, uint64_t>{{"main", 2}, {"other", 1}}));
  EXPECT_EQ(audience.count(now + 10'500ms),
            (std::map<std::string, uint64_t>{{"main", 1}, {"other", 0}}));
  EXPECT_EQ(audience.count(now + 20s).at("main"), 0u);
  for (size_t i = 0; i < HlsAudience::kMaxKnown + 10; ++i)
    audience.note("main", std::to_string(i), "", now + 20s);
  EXPECT_EQ(audience.count(now + 20s).at("main"), HlsAudience::kMaxKnown);
}

}  // namespace
}  // namespace longmen
