#include "core/hls/delivery_directives.h"

#include <gtest/gtest.h>

#include "core/http/target.h"

namespace longmen::hls {
namespace {

using std::chrono::seconds;

Result<DeliveryDirectives> read(const std::string& query) {
  return read_delivery_directives(parse_http_target("/x?" + query)->query);
}

TEST(DeliveryDirectives, AreReadFromTheQuery) {
  EXPECT_EQ(read("").value(), DeliveryDirectives{});
  EXPECT_EQ(read("_HLS_msn=12&_HLS_part=3&_HLS_skip=YES").value(),
            (DeliveryDirectives{12, 3, true}));
  EXPECT_EQ(read("_HLS_skip=v2&token=a&_HLS_other=9").value(),
            (DeliveryDirectives{std::nullopt, std::nullopt, true}));
  EXPECT_FALSE(read("_HLS_skip=NO").value().skip);
}

TEST(DeliveryDirectives, WhatIsNoNumberIsRefusedWithWords) {
  for (const char* query : {"_HLS_msn=", "_HLS_msn=x", "_HLS_msn=-1", "_HLS_msn=1.5", "_HLS_msn=+1",
                            "_HLS_msn=99999999999999999999", "_HLS_part=1", "_HLS_msn=1&_HLS_part=",
                            "_HLS_msn=1&_HLS_part=-0", "_HLS_msn=1&_HLS_msn=1"}) {
    const auto refused = read(query);
    ASSERT_FALSE(refused) << query;
    EXPECT_NE(refused.error().message.find("_HLS_"), std::string::npos) << query;
  }
}

struct Case {
  const char* query;
  PlaylistAnswer answer;
};

// A playlist that ends with part 2 of segment 100, of five parts of 200 ms.
TEST(DeliveryDirectives, AnswersOfAPlaylistWithinASegment) {
  const HlsGrid grid(seconds(1), 5);
  using enum PlaylistAnswer;
  for (const Case& each : {
           Case{"", kNow},
           Case{"_HLS_msn=99", kNow},
           Case{"_HLS_msn=100", kLater},  // the whole segment
           Case{"_HLS_msn=101", kLater},
           Case{"_HLS_msn=102", kBadRequest},  // the last whole one is 99
           Case{"_HLS_msn=0&_HLS_part=0", kNow},
           Case{"_HLS_msn=99&_HLS_part=5", kNow},  // is part 0 of 100
           Case{"_HLS_msn=100&_HLS_part=2", kNow},
           Case{"_HLS_msn=100&_HLS_part=3", kLater},
           Case{"_HLS_msn=100&_HLS_part=5", kLater},  // is part 0 of 101
           Case{"_HLS_msn=100&_HLS_part=17", kLater},
           Case{"_HLS_msn=100&_HLS_part=18", kBadRequest},  // 15 parts ahead at most
           Case{"_HLS_msn=101&_HLS_part=0", kLater},
           Case{"_HLS_msn=101&_HLS_part=12", kLater},
           Case{"_HLS_msn=101&_HLS_part=13", kBadRequest},
           Case{"_HLS_msn=100&_HLS_part=9223372036854775807", kBadRequest},
           Case{"_HLS_msn=9223372036854775807&_HLS_part=0", kBadRequest},
       })
    EXPECT_EQ(answer_of(read(each.query).value(), {100, 2}, grid), each.answer) << each.query;
}

TEST(DeliveryDirectives, AnswersOfAPlaylistThatEndsWithASegment) {
  const HlsGrid grid(seconds(2), 2);  // parts of a second
  using enum PlaylistAnswer;
  for (const Case& each : {
           Case{"_HLS_msn=100", kNow}, Case{"_HLS_msn=101", kLater}, Case{"_HLS_msn=102", kLater},
           Case{"_HLS_msn=103", kBadRequest}, Case{"_HLS_msn=100&_HLS_part=1", kNow},
           Case{"_HLS_msn=100&_HLS_part=2", kLater},  // is part 0 of 101
           Case{"_HLS_msn=100&_HLS_part=5", kBadRequest}, Case{"_HLS_msn=101&_HLS_part=0", kLater},
           Case{"_HLS_msn=102&_HLS_part=0", kLater},
           Case{"_HLS_msn=102&_HLS_part=1", kBadRequest},  // 3 parts ahead at most
       })
    EXPECT_EQ(answer_of(read(each.query).value(), {100, 1}, grid), each.answer) << each.query;
}

}  // namespace
}  // namespace longmen::hls
