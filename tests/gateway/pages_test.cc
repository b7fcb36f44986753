#include "gateway/pages.h"

#include <gtest/gtest.h>

namespace longmen {
namespace {

const std::string kHtml = "<!doctype html><title>home</title>";
const std::string kScript = "console.log('a long script that compresses well')";
const std::string kPacked = "packed";

class PagesTest : public ::testing::Test {
 protected:
  const std::vector<Page> pages_{
      {"/assets/home-1a2b3c4d.js", "text/javascript; charset=utf-8", "\"script\"",
       as_bytes(kScript), as_bytes(kPacked), true},
      {"/index.html", "text/html; charset=utf-8", "\"home\"", as_bytes(kHtml), {}, false},
      {"/logo.png", "image/png", "\"logo\"", as_bytes(kPacked), {}, false},
      {"/screen.html", "text/html; charset=utf-8", "\"screen\"", as_bytes(kHtml), {}, false},
  };

  HttpResponse ask(std::string_view method, std::string_view path, HttpFields fields = {},
                   bool studio = true) const {
    HttpRequest request;
    request.method = method;
    request.target.path = path;
    request.fields = std::move(fields);
    return serve_page(pages_, request, studio);
  }
  static HttpFields with(std::string_view name, std::string_view value) {
    HttpFields fields;
    fields.add(name, value);
    return fields;
  }
};

TEST_F(PagesTest, AddressesShowTheirPages) {
  EXPECT_EQ(page_for_visitor(pages_, "/", true)->path, "/index.html");
  EXPECT_EQ(page_for_visitor(pages_, "/screen", true)->path, "/screen.html");
  EXPECT_EQ(page_for_visitor(pages_, "/studio", true)->path, "/index.html");
  EXPECT_EQ(page_for_visitor(pages_, "/studio/link", true)->path, "/index.html");
  EXPECT_EQ(page_for_visitor(pages_, "/studio", false), nullptr);
  EXPECT_EQ(page_for_visitor(pages_, "/studio/link", false), nullptr);
  EXPECT_EQ(page_for_visitor(pages_, "/tally", true)->path, "/index.html");
  EXPECT_EQ(page_for_visitor(pages_, "/tally", false), nullptr);
  EXPECT_EQ(page_for_visitor(pages_, "/publish", true)->path, "/index.html");
  EXPECT_EQ(page_for_visitor(pages_, "/publish", false), nullptr);
  EXPECT_EQ(page_for_visitor(pages_, "/screen/link", true), nullptr);
  EXPECT_EQ(page_for_visitor(pages_, "/logo.png", true)->path, "/logo.png");
  EXPECT_EQ(page_for_visitor(pages_, "/assets", true), nullptr);
  EXPECT_EQ(page_for_visitor(pages_, "/assets/", true), nullptr);
  EXPECT_EQ(page_for_visitor({}, "/", true), nullptr);
}

TEST_F(PagesTest, HtmlIsCheckedEachTimeAndMayDoLittle) {
  const HttpResponse home = ask("GET", "/");
  EXPECT_EQ(home.status, 200);
  EXPECT_EQ(as_text(home.constant), kHtml);
  EXPECT_EQ(home.fields.value("Cache-Control"), "no-cache");
  EXPECT_EQ(home.fields.value("X-Content-Type-Options"), "nosniff");
  EXPECT_TRUE(home.fields.value("Content-Security-Policy").starts_with("default-src 'self'"));
  EXPECT_EQ(home.fields.value("Content-Security-Policy").find("unsafe"), std::string::npos);
  EXPECT_EQ(home.fields.value("ETag"), "\"home\"");
}

TEST_F(PagesTest, HashedAssetsAreKeptForGoodAndPacked) {
  const HttpResponse plain = ask("GET", "/assets/home-1a2b3c4d.js");
  EXPECT_EQ(plain.fields.value("Cache-Control"), "public, max-age=31536000, immutable");
  EXPECT_EQ(plain.fields.value("Vary"), "Accept-Encoding");
  EXPECT_EQ(as_text(plain.constant), kScript);
  const HttpResponse packed =
      ask("GET", "/assets/home-1a2b3c4d.js", with("Accept-Encoding", "br, gzip"));
  EXPECT_EQ(packed.fields.value("Content-Encoding"), "gzip");
  EXPECT_EQ(packed.fields.value("Vary"), "Accept-Encoding");
  EXPECT_EQ(packed.fields.value("ETag"), "\"script-gzip\"");
  EXPECT_EQ(as_text(packed.constant), kPacked);
  EXPECT_FALSE(ask("GET", "/", with("Accept-Encoding", "gzip")).fields.contains("Vary"));
}

TEST_F(PagesTest, WhatTheBrowserHasIsNotSentAgain) {
  const HttpResponse same = ask("GET", "/", with("If-None-Match", "\"x\", W/\"home\""));
  EXPECT_EQ(same.status, 304);
  EXPECT_TRUE(same.constant.empty());
  EXPECT_EQ(same.fields.value("ETag"), "\"home\"");
  EXPECT_EQ(same.fields.value("Cache-Control"), "no-cache");
  EXPECT_EQ(ask("GET", "/", with("If-None-Match", "\"x\"")).status, 200);
  HttpFields other_encoding = with("If-None-Match", "\"script\"");
  other_encoding.add("Accept-Encoding", "gzip");
  EXPECT_EQ(ask("GET", "/assets/home-1a2b3c4d.js", other_encoding).status, 200);
}

TEST_F(PagesTest, OtherMethodsAndOtherPaths) {
  EXPECT_EQ(ask("HEAD", "/").status, 200);
  EXPECT_EQ(ask("POST", "/").status, 405);
  EXPECT_EQ(ask("POST", "/").fields.value("Allow"), "GET, HEAD, OPTIONS");
  EXPECT_EQ(ask("OPTIONS", "/").status, 204);
  EXPECT_EQ(ask("GET", "/absent").status, 404);
  EXPECT_EQ(ask("POST", "/absent").status, 404);
  EXPECT_EQ(ask("GET", "/studio", {}, false).status, 404);
}

TEST(EmbeddedPagesTest, AreSortedAndHoldTheHomePage) {
  const auto pages = embedded_pages();
  ASSERT_FALSE(pages.empty());
  for (size_t i = 1; i < pages.size(); ++i)
    EXPECT_LT(pages[i - 1].path, pages[i].path);
  const Page* home = find_page(pages, "/index.html");
  ASSERT_NE(home, nullptr);
  EXPECT_NE(as_text(home->bytes).find("<html"), std::string_view::npos);
  EXPECT_EQ(home->etag.size(), 34u);
  for (const Page& page : pages) {
    EXPECT_LT(page.gzip.size(), page.bytes.size()) << page.path;
    EXPECT_EQ(page.immutable, page.path.starts_with("/assets/")) << page.path;
  }
}

}  // namespace
}  // namespace longmen
