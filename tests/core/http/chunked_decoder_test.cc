#include "core/http/chunked_decoder.h"

#include <gtest/gtest.h>

namespace longmen {
namespace {

constexpr size_t kMaxExtraBytes = 64;

struct Outcome {
  std::string body;
  std::string rest;  // what stands after the body
  bool done = false;
  DropReason failure = DropReason::kNone;
  bool operator==(const Outcome&) const = default;
};

Outcome decode(std::string_view text, size_t cut) {
  ChunkedDecoder decoder(kMaxExtraBytes);
  Outcome outcome;
  while (!text.empty() && !decoder.is_done()) {
    const std::string_view in = text.substr(0, cut);
    const auto used = decoder.read(in, SIZE_MAX, outcome.body);
    if (!used) {
      outcome.failure = used.error();
      return outcome;
    }
    text.remove_prefix(*used);
  }
  outcome.rest = std::string(text);
  outcome.done = decoder.is_done();
  return outcome;
}

// Whole, and cut into pieces of every size: the same.
Outcome decode(std::string_view text) {
  const Outcome whole = decode(text, text.size());
  for (size_t cut = 1; cut < text.size(); ++cut)
    EXPECT_EQ(decode(text, cut), whole) << text << " in pieces of " << cut;
  return whole;
}

TEST(ChunkedDecoder, JoinsChunksAndStopsAtTheEnd) {
  const Outcome outcome = decode("5\r\nhello\r\n00a;x=\"y;z\"\r\n, chunks! \r\n0\r\n\r\nGET /");
  EXPECT_EQ(outcome.body, "hello, chunks! ");
  EXPECT_EQ(outcome.rest, "GET /");
  EXPECT_TRUE(outcome.done);
}

TEST(ChunkedDecoder, AnEmptyBodyMayComeByteByByte) {
  EXPECT_EQ(decode("0\r\n\r\n"), (Outcome{"", "", true}));
  EXPECT_EQ(decode("000\r\n\r\nx"), (Outcome{"", "x", true}));
}

TEST(ChunkedDecoder, TrailersAreReadOver) {
  EXPECT_EQ(decode("1\r\na\r\n0 ;e\r\nDigest: b, c\r\nContent-Length:7\r\n\r\nx"),
            (Outcome{"a", "x", true}));
}

TEST(ChunkedDecoder, WhatAnotherReaderMightFrameOtherwiseIsRefused) {
  for (const std::string_view text : {"\r\n",
                                      "g\r\n",
                                      "-1\r\n",
                                      "0x1\r\na",
                                      " 1\r\na",
                                      "1 \r\na",
                                      "1\na\n",
                                      "1\r\r\n",
                                      "1\n\r",
                                      "1;a\nb\r\n",
                                      "1;a\rb\r\n",
                                      "1\r\nab\r\n",
                                      "1\r\na\n0",
                                      "1\r\na\r0",
                                      "11111111111111111\r\n",
                                      "00000000000000001\r\n",
                                      "0\r\n\n",
                                      "0\r\n\rx",
                                      "0\r\nno colon\r\n",
                                      "0\r\n: x\r\n",
                                      "0\r\n a: folded\r\n",
                                      "0\r\na : b\r\n",
                                      "0\r\na: b\nc",
                                      "0\r\na: b\rc",
                                      "0\r\na\r\n"}) {
    EXPECT_EQ(decode(text).failure, DropReason::kMalformed) << text;
    EXPECT_FALSE(decode(text).done) << text;
  }
  EXPECT_EQ(decode(std::string_view("1;\0\r\n", 5)).failure, DropReason::kMalformed);
  EXPECT_EQ(decode(std::string_view("0\r\n\0: x\r\n", 9)).failure, DropReason::kMalformed);
}

TEST(ChunkedDecoder, WhatStandsBeforeAMistakeComesOutAndTheMistakeStays) {
  ChunkedDecoder decoder(kMaxExtraBytes);
  std::string body;
  EXPECT_FALSE(decoder.read("2\r\nokno", SIZE_MAX, body));
  EXPECT_EQ(body, "ok");
  EXPECT_FALSE(decoder.read("\r\n0\r\n\r\n", SIZE_MAX, body));
  EXPECT_EQ(body, "ok");
}

TEST(ChunkedDecoder, ExtensionsAndTrailersOfABodyHaveOneBound) {
  const std::string half(kMaxExtraBytes / 2 - 2, 'x');
  const std::string body = "1;" + half + "\r\na\r\n0\r\nt:" + half;
  EXPECT_TRUE(decode(body + "xx\r\n\r\n").done);
  EXPECT_EQ(decode(body + "xxx\r\n\r\n").failure, DropReason::kTooLarge);
  std::string many;
  for (size_t i = 0; i <= kMaxExtraBytes; ++i)
    many += "1;x\r\na\r\n";
  EXPECT_EQ(decode(many, many.size()).failure, DropReason::kTooLarge);
}

TEST(ChunkedDecoder, GivesNoMoreThanIsAskedFor) {
  ChunkedDecoder decoder(kMaxExtraBytes);
  std::string body;
  const std::string_view text = "ffffffffffffffff\r\nabcdef";
  const auto used = decoder.read(text, 4, body);
  ASSERT_TRUE(used);
  EXPECT_EQ(body, "abcd");
  EXPECT_EQ(text.substr(*used), "ef");
}

}  // namespace
}  // namespace longmen
