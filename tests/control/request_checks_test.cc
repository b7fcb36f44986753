#include "control/request_checks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace longmen {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

HttpRequest with(std::vector<std::pair<std::string, std::string>> fields) {
  HttpRequest request;
  request.method = "POST";
  for (const auto& [name, value] : fields)
    request.fields.add(name, value);
  return request;
}
int status_of(const Decided<bool>& decided) {
  return decided ? 200 : decided.error().status;
}

const std::string kToken(43, 't');

TEST(RequestChecksTest, OwnPagesAndProgramsMayChangeThingsAndOtherSitesMayNot) {
  const std::pair<std::string, std::string> host{"X-Forwarded-Host", "node.example:8443"};
  EXPECT_EQ(status_of(check_own_page(with({{"Sec-Fetch-Site", "same-origin"}}))), 200);
  for (const char* site : {"cross-site", "same-site", "none", ""})
    EXPECT_EQ(status_of(check_own_page(with({{"Sec-Fetch-Site", site}}))), 403) << site;
  EXPECT_EQ(status_of(check_own_page(with({host, {"Origin", "https://node.example:8443"}}))), 200);
  EXPECT_EQ(status_of(check_own_page(with({host, {"Origin", "http://NODE.example:8443"}}))), 200);
  for (const char* origin : {"https://evil.example", "https://node.example", "null", "",
                             "https://node.example:8443.evil.example", "node.example:8443",
                             "https://evil.example/?https://node.example:8443"})
    EXPECT_EQ(status_of(check_own_page(with({host, {"Origin", origin}}))), 403) << origin;
  EXPECT_EQ(status_of(check_own_page(with({host}))), 403);
  EXPECT_EQ(status_of(check_own_page(with({host, {"X-Longmen-Request", "1"}}))), 200);
  // A page of another site that may set the field (CORS would have to allow it) is still told.
  EXPECT_EQ(status_of(check_own_page(
                with({host, {"X-Longmen-Request", "1"}, {"Origin", "https://evil.example"}}))),
            403);
  EXPECT_EQ(status_of(check_own_page(
                with({{"Sec-Fetch-Site", "cross-site"}, {"X-Longmen-Request", "1"}}))),
            403);
}

TEST(RequestChecksTest, CookiesAreNotReadable) {
  const std::string secure = sign_in_cookie(kToken, true);
  EXPECT_EQ(secure, "__Host-longmen=" + kToken + "; Path=/; HttpOnly; SameSite=Strict; Secure");
  EXPECT_EQ(sign_in_cookie(kToken, false),
            "longmen=" + kToken + "; Path=/; HttpOnly; SameSite=Strict");
  EXPECT_THAT(ended_sign_in_cookie(true), HasSubstr("Max-Age=0"));
}

TEST(RequestChecksTest, TheTokenIsThatOfTheSchemesOwnCookie) {
  const auto https = [](std::string cookies) {
    return sign_in_token_of(with({{"X-Forwarded-Proto", "https"}, {"Cookie", cookies}}));
  };
  EXPECT_EQ(https("a=b; __Host-longmen=" + kToken + "; c=d"), kToken);
  EXPECT_EQ(https("__Host-longmen=" + kToken), kToken);
  EXPECT_EQ(https("longmen=" + kToken), "") << "plain HTTP could have set it";
  EXPECT_EQ(https("x__Host-longmen=" + kToken), "");
  EXPECT_EQ(https("__Host-longmen=short"), "");
  EXPECT_EQ(https(""), "");
  EXPECT_EQ(https(";;;=;"), "");
  EXPECT_EQ(sign_in_token_of(with({{"Cookie", "longmen=" + kToken}})), kToken);
  EXPECT_EQ(sign_in_token_of(with({{"Cookie", "a=b"}, {"Cookie", "longmen=" + kToken}})), kToken);
  EXPECT_EQ(sign_in_token_of(with({})), "");
}

TEST(RequestChecksTest, TheGatewaySaysWhereItCameFrom) {
  const RequestSource far =
      source_of(with({{"X-Forwarded-For", "192.0.2.7"}, {"X-Forwarded-Proto", "https"}}));
  EXPECT_EQ(far.address, "192.0.2.7");
  EXPECT_TRUE(far.secure);
  EXPECT_FALSE(far.local());
  EXPECT_TRUE(source_of(with({})).local());
  for (const char* field : {"X-Forwarded-For", "X-Forwarded-Proto", "x-forwarded-host"})
    EXPECT_FALSE(source_of(with({{field, ""}})).local()) << field;
}

TEST(RequestChecksTest, ABodyIsAJsonObject) {
  HttpRequest request = with({{"Content-Type", "application/json; charset=utf-8"}});
  request.content = R"({"name":"李x","number":7})";
  const auto body = json_body(request);
  ASSERT_TRUE(body);
  EXPECT_EQ(text_field(*body, "name"), "李x");
  EXPECT_EQ(text_field(*body, "number"), "");
  EXPECT_EQ(text_field(*body, "absent"), "");
  for (const char* text : {"", "[]", "7", "{", "{}x"}) {
    request.content = text;
    EXPECT_EQ(json_body(request).error().status, 400) << text;
  }
  for (const char* text :
       {R"({"name":"li\u0000a"})", R"({"li\u0000a":1})", R"({"list":[{"name":"\u0000"}]})"}) {
    request.content = text;
    EXPECT_EQ(json_body(request).error().status, 400) << text;
  }
  request.fields.set("Content-Type", "text/plain");
  EXPECT_EQ(json_body(request).error().status, 415);
}

}  // namespace
}  // namespace longmen
