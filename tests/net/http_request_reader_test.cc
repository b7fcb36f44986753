#include "net/http_request_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>

namespace longmen {
namespace {

constexpr size_t kMaxHeaderBytes = 512;

void push(HttpRequestReader& reader, std::string_view bytes) {
  const auto space = reader.prepare(bytes.size());
  std::memcpy(space.data(), bytes.data(), bytes.size());
  reader.commit(bytes.size());
}

// What a connection made of its bytes: each request that was read to its end, a line each, then
// what is unfinished or wrong.
class Conversation {
 public:
  explicit Conversation(size_t cut) : cut_(cut) { reader_.begin(kMaxHeaderBytes); }

  std::string run(std::string_view bytes) {
    bytes_ = bytes;
    while (!over_ && step()) {
    }
    return text_;
  }

 private:
  // False: more bytes are needed, and there are none.
  bool step() {
    if (!in_body_) {
      auto head = reader_.read_head();
      if (!head) return feed();
      if (!*head) return refuse(head->error());
      text_ += (*head)->method + " " + (*head)->target.path;
      for (const auto& field : (*head)->fields)
        text_.append(" ").append(field.name).append("=").append(field.value);
      in_body_ = true;
      body_.clear();
      return true;
    }
    auto piece = reader_.read_body(7);
    if (!piece) return refuse(piece.error());
    EXPECT_LE(piece->size(), 7u);
    body_ += *piece;
    if (!piece->empty()) return true;
    if (!reader_.is_done()) return feed();
    text_ += " [" + body_ + "]" + (reader_.can_go_on(0) ? "\n" : " end");
    if (!reader_.can_go_on(0)) over_ = true;
    in_body_ = false;
    reader_.begin(kMaxHeaderBytes);
    return true;
  }

  bool feed() {
    EXPECT_LT(reader_.buffered_bytes(), kMaxHeaderBytes);
    const std::string_view piece = bytes_.substr(0, cut_);
    bytes_.remove_prefix(piece.size());
    push(reader_, piece);
    return !piece.empty();
  }
  bool refuse(const HttpProblem& problem) {
    if (in_body_) text_ += " [" + body_ + "] ";
    text_ += std::to_string(problem.status);
    EXPECT_FALSE(problem.words.empty());
    EXPECT_FALSE(in_body_ && reader_.can_go_on(SIZE_MAX));
    over_ = true;
    return true;
  }

  HttpRequestReader reader_;
  std::string_view bytes_;
  size_t cut_;
  std::string text_;
  std::string body_;
  bool in_body_ = false;
  bool over_ = false;
};

std::string read(std::string_view bytes) {
  return Conversation(bytes.size()).run(bytes);
}

// Whole and in pieces of every size: the same. Not for headers that are refused before they have
// ended, which is sooner when they come in one piece.
std::string read_in_every_way(std::string_view bytes) {
  std::string whole = read(bytes);
  for (size_t cut = 1; cut < bytes.size(); ++cut)
    EXPECT_EQ(Conversation(cut).run(bytes), whole) << bytes << "\nin pieces of " << cut;
  return whole;
}

TEST(HttpRequestReader, ReadsPipelinedRequestsHoweverTheyAreCut) {
  EXPECT_EQ(
      read_in_every_way("POST /a?b=c HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\nnine byte"
                        "GET http://elsewhere/b HTTP/1.1\r\nhost:h\r\n\r\n"
                        "PUT /c HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: Chunked\r\n\r\n"
                        "2\r\nth\r\n3;x\r\nree\r\n0\r\nDigest: d\r\n\r\n"
                        "POST /d HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
                        "0\r\n\r\n"
                        "GET /e HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\nnobody reads"),
      "POST /a Host=h Content-Length=9 [nine byte]\n"
      "GET /b host=h []\n"
      "PUT /c Host=h Transfer-Encoding=Chunked [three]\n"
      "POST /d Host=h Transfer-Encoding=chunked []\n"
      "GET /e Host=h Connection=close [] end");
}

TEST(HttpRequestReader, SaysWhatIsKnownOfABody) {
  HttpRequestReader reader;
  reader.begin(kMaxHeaderBytes);
  push(reader, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nabc");
  auto head = reader.read_head();
  ASSERT_TRUE(head && *head);
  EXPECT_TRUE((*head)->has_body);
  EXPECT_EQ((*head)->body_bytes, 5u);
  EXPECT_FALSE(reader.is_done());
  EXPECT_TRUE(reader.can_go_on(5));
  EXPECT_FALSE(reader.can_go_on(4));
  EXPECT_EQ(reader.read_body(100), "abc");
  EXPECT_TRUE(reader.can_go_on(2));
  EXPECT_EQ(reader.read_body(100), "");
  EXPECT_FALSE(reader.is_done());
  push(reader, "deG");
  EXPECT_EQ(reader.read_body(100), "de");
  EXPECT_TRUE(reader.is_done());
  EXPECT_EQ(reader.buffered_bytes(), 1u);

  reader.begin(kMaxHeaderBytes);
  push(reader, "ET / HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n");
  head = reader.read_head();
  ASSERT_TRUE(head && *head);
  EXPECT_FALSE((*head)->has_body);
  EXPECT_EQ((*head)->body_bytes, 0u);
  EXPECT_TRUE(reader.is_done());

  reader.begin(kMaxHeaderBytes);
  push(reader, "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n");
  head = reader.read_head();
  ASSERT_TRUE(head && *head);
  EXPECT_TRUE((*head)->has_body);
  EXPECT_EQ((*head)->body_bytes, std::nullopt);
  EXPECT_FALSE(reader.can_go_on(UINT64_MAX)) << "nobody knows how much it is";
}

TEST(HttpRequestReader, ContinueIsAwaitedWhereThereIsABodyToComeAndTheVersionHasIt) {
  const auto awaits = [](std::string_view bytes) {
    HttpRequestReader reader;
    reader.begin(kMaxHeaderBytes);
    push(reader, bytes);
    const auto head = reader.read_head();
    EXPECT_TRUE(head && *head) << bytes;
    if (reader.awaits_continue()) {
      EXPECT_FALSE(reader.can_go_on(1000)) << "the body may come or not";
      reader.continue_is_sent();
      EXPECT_TRUE(reader.can_go_on(1000));
      return true;
    }
    return false;
  };
  EXPECT_TRUE(
      awaits("POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-Continue\r\nContent-Length: 5\r\n\r\n"));
  EXPECT_FALSE(
      awaits("POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 0\r\n\r\n"));
  EXPECT_FALSE(awaits("GET / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\n\r\n"));
  EXPECT_FALSE(awaits("POST / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n"));
  EXPECT_EQ(read_in_every_way("POST / HTTP/1.1\r\nHost: h\r\nExpect: 200-ok\r\n\r\n"), "417");
}

TEST(HttpRequestReader, FramingThatTwoReadersMightTakeDifferentlyIsRefused) {
  const auto post = [](std::string fields, std::string_view rest = "") {
    return read_in_every_way("POST / HTTP/1.1\r\nHost: h\r\n" + fields + "\r\n" +
                             std::string(rest));
  };
  // RFC 9112 §6.3: several equal lengths may be taken for one.
  EXPECT_THAT(post("Content-Length: 3\r\nContent-Length: 3\r\n", "abcx"),
              ::testing::HasSubstr("[abc]"));
  EXPECT_THAT(post("Content-Length: 3, 3\r\n", "abcx"), ::testing::HasSubstr("[abc]"));
  for (const char* fields :
       {"Content-Length: 3\r\nContent-Length: 4\r\n", "Content-Length: 3, 4\r\n",
        "Content-Length:\r\n", "Content-Length: -3\r\n", "Content-Length: +3\r\n",
        "Content-Length: 0x3\r\n", "Content-Length: 3 3\r\n",
        "Content-Length: 18446744073709551616\r\n",
        "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n"})
    EXPECT_EQ(post(fields), "400") << fields;
  for (const char* fields :
       {"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: chunked, chunked\r\n", "Transfer-Encoding: gzip, chunked\r\n",
        "Transfer-Encoding: chunked, gzip\r\n", "Transfer-Encoding: identity\r\n",
        "Transfer-Encoding: chunked;x=y\r\n", "Transfer-Encoding: \"chunked\"\r\n",
        "Transfer-Encoding: xchunked\r\n", "Transfer-Encoding:\r\n",
        "Transfer-Encoding:\r\nContent-Length: 3\r\n", "Transfer-Encoding: ,\r\n"})
    EXPECT_EQ(post(fields), "501") << fields;
  EXPECT_EQ(read_in_every_way("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
            "400");
}

TEST(HttpRequestReader, AFieldIsOneLineThatEndsInCrLf) {
  // RFC 9112 §5.2: a folded line is refused or joined by a blank.
  EXPECT_EQ(read_in_every_way("GET / HTTP/1.1\r\nHost: h\r\nX: a\r\n b\r\n\r\n"),
            "GET / Host=h X=a b []\n");
  for (const std::string_view bytes :
       {"GET / HTTP/1.1\nHost: h\n\n", "GET / HTTP/1.1\r\nHost: h\n\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: h\r\nX: a\nY: b\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: h\r\nX: a\rb\r\n\r\n", "GET / HTTP/1.1\r\nHost: h\r\nX\r\n\r\n",
        "GET / HTTP/1.1\r\nHost : h\r\n\r\n", "GET / HTTP/1.1\r\n Host: h\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: h\r\nX: \x01\r\n\r\n", "\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n",
        "GET  / HTTP/1.1\r\nHost: h\r\n\r\n"}) {
    const std::string outcome = read(bytes);
    EXPECT_TRUE(outcome == "400" || outcome == "505") << bytes << outcome;
  }
}

TEST(HttpRequestReader, WhatIsNoRequestIsRefusedWithItsFirstBytes) {
  EXPECT_EQ(read(std::string_view("\x16\x03\x01\x02\0", 5)), "400");
  EXPECT_EQ(read("GET / HTTP/3.1\r\n"), "505");
}

TEST(HttpRequestReader, AHeaderHasABoundHoweverItIsCut) {
  const std::string start = "GET / HTTP/1.1\r\nHost: h\r\n";
  const auto request = [&](size_t bytes) {
    std::string text = start;
    // Lines of 20 bytes, and one that makes up for the rest.
    while (text.size() + 50 < bytes)
      text += "X: 0123456789abcde\r\n";
    text += "Y: ";
    text.append(bytes - text.size() - 4, 'y');
    return text + "\r\n\r\n";
  };
  EXPECT_THAT(read_in_every_way(request(kMaxHeaderBytes)), ::testing::StartsWith("GET /"));
  EXPECT_EQ(read_in_every_way(request(kMaxHeaderBytes + 1)), "431");
  EXPECT_EQ(read_in_every_way(std::string(2000, 'G')), "431");
  EXPECT_EQ(read_in_every_way("GET /" + std::string(2000, 'a')), "431");
  // A field with the first byte of the next one: Beast forgets what it has read and counts anew.
  HttpRequestReader reader;
  reader.begin(kMaxHeaderBytes);
  push(reader, start + "X");
  std::optional<HttpRequestReader::Head> head;
  size_t fields = 0;
  while (!(head = reader.read_head()) && ++fields < 1000)
    push(reader, ": 0123456789abcde\r\nX");
  ASSERT_TRUE(head);
  ASSERT_FALSE(*head);
  EXPECT_EQ(head->error().status, 431);
  EXPECT_LE(fields, kMaxHeaderBytes / 20 + 1);
}

TEST(HttpRequestReader, WhatStandsBetweenThePiecesOfABodyHasABound) {
  const std::string post = "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";
  const std::string name = "POST / Host=h Transfer-Encoding=chunked ";
  const std::string large(kMaxHeaderBytes + 1, 'x');
  EXPECT_EQ(read_in_every_way(post + "1\r\na\r\n1;" + large), name + "[a] 431");
  EXPECT_EQ(read_in_every_way(post + "1\r\na\r\n0\r\nX:" + large), name + "[a] 431");
  EXPECT_EQ(read_in_every_way(post + "1\r\na\r\nx"), name + "[a] 400");
}

TEST(HttpRequestReader, TheMethodIsKnownOfARequestThatIsRefused) {
  HttpRequestReader reader;
  reader.begin(kMaxHeaderBytes);
  push(reader, "HEAD /a%2fb HTTP/1.0\r\n\r\n");
  const auto head = reader.read_head();
  ASSERT_TRUE(head);
  ASSERT_FALSE(*head);
  EXPECT_EQ(head->error().status, 400);
  EXPECT_EQ(reader.method(), "HEAD");
  EXPECT_TRUE(reader.is_http_1_0());
}

TEST(HttpRequestReader, Http10EndsUnlessAskedNotTo) {
  EXPECT_EQ(read_in_every_way("GET / HTTP/1.0\r\n\r\n"), "GET / [] end");
  EXPECT_EQ(read_in_every_way("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"),
            "GET / Connection=keep-alive []\n");
}

}  // namespace
}  // namespace longmen
