#include "core/http/fields.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace longmen {
namespace {

using ::testing::ElementsAre;

TEST(HttpFieldsTest, NamesCompareWithoutCase) {
  HttpFields fields;
  fields.add("content-TYPE", " text/html ");
  EXPECT_EQ(fields.value("Content-Type"), "text/html");
  fields.add("Content-Type", "other");
  EXPECT_EQ(fields.count("CONTENT-type"), 2u);
  fields.set("Content-Type", fields.value("Content-Type"));
  EXPECT_EQ(fields.size(), 1u);
  EXPECT_EQ(fields.value("content-type"), "text/html");
  fields.remove("CONTENT-TYPE");
  EXPECT_FALSE(fields.contains("Content-Type"));
}

TEST(HttpFieldsTest, NoValueBreaksTheLine) {
  HttpFields fields;
  fields.add("Location", "/a\r\nSet-Cookie: b");
  EXPECT_EQ(fields.value("Location"), "/a  Set-Cookie: b");
  EXPECT_EQ(fields.lines(), "Location: /a  Set-Cookie: b\r\n");
}

TEST(HttpFieldsTest, NoControlCharacterStaysWhereverItIs) {
  for (int byte = 0; byte < 256; ++byte) {
    const char c = static_cast<char>(byte);
    const bool control = (byte < 0x20 && byte != '\t') || byte == 0x7f;
    for (size_t size = 3; size <= 20; ++size) {
      for (size_t at = 1; at + 1 < size; ++at) {  // spaces at the ends are no part of a value
        std::string value(size, at % 2 ? 'x' : '\xff');
        value[at] = c;
        HttpFields fields;
        fields.add("X", value);
        if (control) value[at] = ' ';
        ASSERT_EQ(fields.value("X"), value) << byte << " at " << at << " of " << size;
      }
    }
  }
}

// A name that becomes another one when it is added again would get by who looks for it.
TEST(HttpFieldsTest, WhatIsAddedAgainStays) {
  HttpFields fields;
  fields.add(std::string_view("Connection\0\r", 12), std::string_view("\1 close\x7f", 8));
  EXPECT_EQ(fields.lines(), "Connection: close\r\n");
  remove_hop_by_hop_fields(fields);
  EXPECT_EQ(fields.size(), 0U);
}

// More than are made room for, and one of them set by what it was.
TEST(HttpFieldsTest, AreWrittenInTheOrderInWhichTheyCame) {
  HttpFields fields;
  std::string lines;
  for (int i = 0; i < 40; ++i) {
    const std::string name = "X-" + std::to_string(i), value(static_cast<size_t>(i), 'v');
    fields.add(" " + name, value + "\t");
    if (i != 7) lines += name + ": " + value + "\r\n";
  }
  for (const auto& [name, value] : fields)
    EXPECT_EQ(fields.value(name), value);
  fields.set(std::next(fields.begin(), 7).operator*().name, fields.value("x-39"));
  EXPECT_EQ(fields.lines(), lines + "X-7: " + std::string(39, 'v') + "\r\n");
  EXPECT_EQ(fields.size(), 40U);
}

TEST(HttpFieldsTest, ListsRespectQuotes) {
  HttpFields fields;
  fields.add("If-Match", R"("a,b" , "c\"d,", W/"e",)");
  fields.add("If-Match", "*");
  EXPECT_THAT(fields.list("if-match"), ElementsAre(R"("a,b")", R"("c\"d,")", R"(W/"e")", "*"));
}

TEST(HttpFieldsTest, HopByHopFieldsGo) {
  HttpFields fields;
  for (const char* name : {"Connection", "Keep-Alive", "TE", "Trailer", "Transfer-Encoding",
                           "Upgrade", "Proxy-Connection", "X-Private", "Host"})
    fields.add(name, "v");
  fields.set("Connection", "close, x-private");
  remove_hop_by_hop_fields(fields);
  ASSERT_EQ(fields.size(), 1u);
  EXPECT_EQ(fields.value("Host"), "v");
}

TEST(HttpFieldsTest, MediaTypes) {
  EXPECT_TRUE(is_media_type("application/sdp", "application/sdp"));
  EXPECT_TRUE(is_media_type("Application/SDP ; charset=utf-8", "application/sdp"));
  EXPECT_FALSE(is_media_type("application/sdpx", "application/sdp"));
  EXPECT_FALSE(is_media_type("", "application/sdp"));
}

TEST(HttpFieldsTest, AcceptEncodingAsInRfc9110) {  // §12.5.3
  const auto accepts = [](std::string_view value) {
    HttpFields fields;
    fields.add("Accept-Encoding", value);
    return accepts_encoding(fields, "gzip");
  };
  EXPECT_TRUE(accepts("compress, gzip"));
  EXPECT_TRUE(accepts("*"));
  EXPECT_TRUE(accepts("compress;q=0.5, gzip;q=1.0"));
  EXPECT_TRUE(accepts("*;q=0, GZIP;q=0.001"));
  EXPECT_FALSE(accepts("gzip;q=0, *"));
  EXPECT_FALSE(accepts("gzip; q=0.000"));
  EXPECT_FALSE(accepts(""));
  EXPECT_FALSE(accepts("br"));
  EXPECT_FALSE(accepts_encoding(HttpFields(), "gzip"));
}

TEST(HttpFieldsTest, IfNoneMatchComparesWeakly) {
  HttpFields fields;
  fields.add("If-None-Match", R"("a", W/"b")");
  EXPECT_TRUE(none_match_names(fields, R"("a")"));
  EXPECT_TRUE(none_match_names(fields, R"("b")"));
  EXPECT_FALSE(none_match_names(fields, R"("c")"));
  fields.set("If-None-Match", "*");
  EXPECT_TRUE(none_match_names(fields, R"("c")"));
}

}  // namespace
}  // namespace longmen
