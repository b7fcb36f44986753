#include "control/oidc/web_fetch.h"

#include <gtest/gtest.h>

namespace longmen {
namespace {

using std::chrono::steady_clock;
using namespace std::chrono_literals;

TEST(WebFetch, WhatIsAskedInTurnSharesOneDeadline) {
  std::vector<std::chrono::milliseconds> given;
  const WebFetch note = [&](const WebRequest& request) -> Result<WebAnswer> {
    given.push_back(request.within);
    return WebAnswer{200, ""};
  };
  EXPECT_TRUE(fetch_until(note, steady_clock::now() + 1h)({"https://a", {}, "", ""}));
  EXPECT_EQ(given.at(0), kWebWithin) << "no longer than one alone may take";
  EXPECT_TRUE(fetch_until(note, steady_clock::now() + 3s)({"https://a", {}, "", ""}));
  EXPECT_LE(given.at(1), 3s);
  EXPECT_GT(given.at(1), 0s);
  const auto late = fetch_until(note, steady_clock::now() - 1ms)({"https://a", {}, "", ""});
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().message, "https://a: no time is left for it");
  EXPECT_EQ(given.size(), 2U) << "nobody is asked any more";
}

}  // namespace
}  // namespace longmen
