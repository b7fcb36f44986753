#include "control/webhook/webhook_call.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>

namespace longmen {
namespace {

using namespace std::chrono_literals;
using ::testing::Contains;
using ::testing::HasSubstr;

// printf '1700000000.{"a":1}' | openssl dgst -sha256 -hmac whsec_test
constexpr const char* kByOpenssl =
    "38877139021993b830af32feea6e18a8da83eb2f6e49ee50bd9e4cf4ca4d3789";

TEST(WebhookCall, IsSignedAsOpensslDoes) {
  EXPECT_EQ(webhook_signature("whsec_test", 1'700'000'000, R"({"a":1})"),
            std::string("t=1700000000,v1=") + kByOpenssl);
  const auto fields =
      webhook_fields("whsec_test", "evt_1", "switch", R"({"a":1})", 1'700'000'000'999);
  EXPECT_THAT(fields, Contains(std::string("Longmen-Signature: t=1700000000,v1=") + kByOpenssl));
  EXPECT_THAT(fields, Contains("Longmen-Event: switch"));
  EXPECT_THAT(fields, Contains("Longmen-Delivery: evt_1"));
  EXPECT_THAT(fields, Contains("Content-Type: application/json"));
}

TEST(WebhookCall, IsTriedLaterEachTimeAndNotAtOnceByAll) {
  EXPECT_EQ(retry_after(1, 0), kFirstRetry / 2);
  EXPECT_LT(retry_after(1, 1023), 3 * kFirstRetry / 2);
  EXPECT_EQ(retry_after(3, 512), 4 * kFirstRetry);
  for (const int tries : {12, 1000})
    EXPECT_EQ(retry_after(tries, 512), kLongestRetry);
  std::chrono::milliseconds all{};
  int tries = 0;
  while (all < kTriedFor)
    all += retry_after(++tries, 512);
  EXPECT_GT(tries, 20) << "a receiver that is away for a night is reached in the morning";
  EXPECT_LT(tries, 50);
}

TEST(WebhookCall, GoesToAddressesOfTheWeb) {
  for (const char* good : {"https://studio.example/hook?a=b", "http://192.168.1.9:8080/hook",
                           "http://localhost/x", "https://[fd00::1]/"})
    EXPECT_EQ(fault_of_webhook_url(good), std::nullopt) << good;
  for (const char* bad :
       {"", "studio.example/hook", "file:///etc/passwd", "ftp://a/b",
        "https://li:secret@studio.example/", "gopher://a", "https://", "https://a/\n"})
    EXPECT_NE(fault_of_webhook_url(bad), std::nullopt) << bad;
  EXPECT_NE(fault_of_webhook_url("https://a/" + std::string(kMaxWebhookUrlBytes, 'x')),
            std::nullopt);
}

TEST(Notice, IsNamedByWhatHappened) {
  EXPECT_EQ(notice_id("a"), notice_id("a"));
  EXPECT_NE(notice_id("a"), notice_id("b"));
  Notice notice{notice_id("a"), "switch", "main", "node", 5, "", "", {{"from", "primary"}}};
  const auto json = boost::json::parse(notice_to_json(notice)).as_object();
  EXPECT_EQ(json.at("kind").as_string(), "switch");
  EXPECT_EQ(json.at("from").as_string(), "primary");
  EXPECT_EQ(json.at("at_ms"), 5);
  notice.channel.clear();
  EXPECT_TRUE(boost::json::parse(notice_to_json(notice)).at("channel").is_null());
  for (const std::string_view kind : kNoticeKinds)
    EXPECT_TRUE(is_notice_kind(kind));
  EXPECT_FALSE(is_notice_kind("test"));
}

}  // namespace
}  // namespace longmen
