#include "core/http/target.h"

#include <gtest/gtest.h>

namespace longmen {
namespace {

std::string path_of(std::string_view target) {
  const auto parsed = parse_http_target(target);
  return parsed ? parsed->path : "refused: " + std::string(drop_reason_name(parsed.error()));
}

TEST(HttpTargetTest, PathsAreNormalised) {
  EXPECT_EQ(path_of("/"), "/");
  EXPECT_EQ(path_of("/a/b"), "/a/b");
  EXPECT_EQ(path_of("/a/b/"), "/a/b/");
  EXPECT_EQ(path_of("/hls/main/v0/7-1-5/8.4.m4s"), "/hls/main/v0/7-1-5/8.4.m4s");
  EXPECT_EQ(path_of("/a/.b/c./d..e"), "/a/.b/c./d..e");
  EXPECT_EQ(path_of("/a//b.c"), "/a/b.c");
  EXPECT_EQ(path_of("/a.b/.."), "/");
  EXPECT_EQ(path_of("//a///b"), "/a/b");
  EXPECT_EQ(path_of("/a/./b/."), "/a/b/");
  EXPECT_EQ(path_of("/%E9%BE%99"), "/\xE9\xBE\x99");
  EXPECT_EQ(path_of("*"), "*");
  EXPECT_EQ(path_of("?a=b"), "/");
  EXPECT_EQ(path_of("HTTP://host:8080/a?b"), "/a");
  EXPECT_EQ(path_of("https://host"), "/");
}

TEST(HttpTargetTest, DotSegmentsAsInRfc3986) {  // §5.2.4 and §5.4
  EXPECT_EQ(path_of("/a/b/c/./../../g"), "/a/g");
  EXPECT_EQ(path_of("/mid/content=5/../6"), "/mid/6");
  EXPECT_EQ(path_of("/b/c/.."), "/b/");
  EXPECT_EQ(path_of("/../../../g"), "/g");
  EXPECT_EQ(path_of("/b/c/g."), "/b/c/g.");
  EXPECT_EQ(path_of("/b/c/..g"), "/b/c/..g");
}

TEST(HttpTargetTest, EscapedDotsAreDotsAndClimbNowhere) {
  EXPECT_EQ(path_of("/a/%2e%2E/%2e%2e/etc"), "/etc");
  EXPECT_EQ(path_of("/a/.%2e/b"), "/b");
  EXPECT_EQ(path_of("/%252e%252e/b"), "/%2e%2e/b");  // decoded once: these are just characters
}

TEST(HttpTargetTest, WhatIsAmbiguousIsRefused) {
  for (const char* target :
       {"", "a", "a/b", "/a%2fb", "/a%5cb", "/a\\b", "/a%00", "/a%0d%0a", "/a b", "/a%", "/a%1",
        "/a%zz", "/a#b", "http://", "http:///a", "ftp://host/a", "/a?b=%zz"})
    EXPECT_EQ(path_of(target), "refused: malformed") << target;
  EXPECT_EQ(path_of("/" + std::string(kMaxTargetBytes, 'a')), "refused: too_large");
}

TEST(HttpTargetTest, QueriesAreDecoded) {
  const auto target = parse_http_target("/p?rendition=720p&&name=a+b%26c&empty=&flag&rendition=2");
  ASSERT_TRUE(target);
  EXPECT_EQ(target->query.size(), 5u);
  EXPECT_EQ(target->query_value("rendition"), "720p");
  EXPECT_EQ(target->query_value("name"), "a b&c");
  EXPECT_EQ(target->query_value("empty"), "");
  EXPECT_EQ(target->query_value("flag"), "");
  EXPECT_EQ(target->query_value("absent"), "");
  std::string many = "/p?";
  for (size_t i = 0; i <= kMaxQueryFields; ++i)
    many += "a&";
  EXPECT_FALSE(parse_http_target(many));
}

TEST(HttpTargetTest, OriginFormSaysTheSameAgain) {
  const auto target = parse_http_target("http://h/a/../%e9%be%99 x%20y?q=%41");
  EXPECT_FALSE(target);
  const auto good = parse_http_target("http://h/a/../%e9%be%99%20y%3Fz?q=%41");
  ASSERT_TRUE(good);
  EXPECT_EQ(good->origin_form(), "/%E9%BE%99%20y%3Fz?q=%41");
  const auto again = parse_http_target(good->origin_form());
  ASSERT_TRUE(again);
  EXPECT_EQ(again->path, good->path);
  EXPECT_EQ(again->query, good->query);
}

TEST(HttpTargetTest, WhatIsEncodedIsReadAgain) {
  EXPECT_EQ(percent_encode("a-Z_0.~ /+龙"), "a-Z_0.~%20%2F%2B%E9%BE%99");
  EXPECT_EQ(percent_encode_path("/a b+c@d;龙"), "/a%20b+c@d;%E9%BE%99");
  EXPECT_EQ(percent_encode_but("a!b*c", "!"), "a!b%2Ac");
  EXPECT_EQ(percent_decode(percent_encode("a&b=\xFF%")), "a&b=\xFF%");
}

}  // namespace
}  // namespace longmen
