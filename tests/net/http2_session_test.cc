#include "net/http2_session.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/net/http2_client.h"

namespace longmen {
namespace {

using test::Http2Client;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::SizeIs;
using namespace std::chrono_literals;

// A session and a client, and time that the test moves.
class Http2SessionTest : public ::testing::Test {
 protected:
  void start(bool greedy = true, uint32_t window_bytes = 65535) {
    session_ = std::make_unique<Http2Session>(limits_, now_);
    client_ = std::make_unique<Http2Client>(greedy, window_bytes);
    exchange();
  }
  // Until neither has anything to say.
  void exchange() {
    for (;;) {
      const std::string asked = client_->output();
      if (!asked.empty()) session_->receive(asked, now_);
      hear();
      std::string said;
      session_->take_output(said, SIZE_MAX / 2, now_);
      hear();
      client_->receive(said);
      if (asked.empty() && said.empty()) return;
    }
  }
  void hear() {
    while (auto event = session_->poll_event()) {
      if (auto* request = std::get_if<Http2Session::Request>(&*event)) {
        requests_.emplace(request->stream, std::move(request->head));
      } else if (auto* piece = std::get_if<Http2Session::BodyPiece>(&*event)) {
        bodies_[piece->stream] += piece->bytes;
        if (piece->bytes.empty()) ended_.push_back(piece->stream);
      } else if (auto* late = std::get_if<Http2Session::BodyLate>(&*event)) {
        late_.push_back(late->stream);
      } else if (auto* wanted = std::get_if<Http2Session::PieceWanted>(&*event)) {
        wanted_.push_back(wanted->stream);
      } else if (auto* closed = std::get_if<Http2Session::Closed>(&*event)) {
        closed_.push_back(closed->stream);
      }
    }
  }
  void pass(std::chrono::milliseconds time) {
    now_ += time;
    session_->handle_timeout(now_);
    exchange();
  }
  void respond(int32_t stream, std::string_view text) {
    Http2Session::Body body;
    body.spans = {as_bytes(text)};
    session_->respond(stream, 200, {}, std::move(body), now_);
  }
  void respond_in_pieces(int32_t stream) {
    Http2Session::Body body;
    body.in_pieces = true;
    session_->respond(stream, 200, {}, std::move(body), now_);
  }
  const Http2Client::Answer& answer(int32_t stream) { return client_->answer(stream); }

  Http2Limits limits_;
  Http2Session::Time now_{1000h};
  std::unique_ptr<Http2Session> session_;
  std::unique_ptr<Http2Client> client_;
  std::map<int32_t, Http2Session::Head> requests_;
  std::map<int32_t, std::string> bodies_;
  std::vector<int32_t> ended_, late_, wanted_, closed_;
};

TEST_F(Http2SessionTest, ARequestIsWhatHttp11WouldHaveMadeOfIt) {
  start();
  const int32_t stream =
      client_->get("/a/../b?c=d", {{"cookie", "x=1"}, {"accept", "*/*"}, {"cookie", "y=2"}});
  exchange();
  ASSERT_TRUE(requests_.contains(stream) && requests_.at(stream));
  const HttpRequestHead& head = *requests_.at(stream);
  EXPECT_EQ(head.method, "GET");
  EXPECT_EQ(head.target.path, "/b");
  EXPECT_EQ(head.target.query_value("c"), "d");
  EXPECT_EQ(head.fields.value("Host"), "a.example");
  EXPECT_EQ(head.fields.value("Accept"), "*/*");
  EXPECT_EQ(head.fields.value("Cookie"), "x=1; y=2");
  EXPECT_FALSE(head.has_body);
  HttpFields fields;
  fields.set("Content-Type", "text/plain");
  session_->respond(stream, 404, fields, {}, now_);
  exchange();
  EXPECT_EQ(answer(stream).status, 404);
  EXPECT_EQ(answer(stream).fields.at("content-type"), "text/plain");
  EXPECT_TRUE(answer(stream).closed);
  EXPECT_EQ(answer(stream).error, NGHTTP2_NO_ERROR);
  EXPECT_THAT(closed_, ElementsAre(stream));
}

TEST_F(Http2SessionTest, SpansLeaveOneAfterTheOther) {
  start();
  const int32_t stream = client_->get("/");
  exchange();
  const std::string long_one(200'000, 'x');
  Http2Session::Body body;
  body.spans = {as_bytes("one "), {}, as_bytes(long_one), as_bytes(" end")};
  session_->respond(stream, 200, {}, std::move(body), now_);
  exchange();
  EXPECT_TRUE(answer(stream).closed);
  EXPECT_EQ(answer(stream).body, "one " + long_one + " end");
}

TEST_F(Http2SessionTest, APieceIsWantedWhenTheOneBeforeHasLeft) {
  start(false);
  const int32_t stream = client_->get("/");
  exchange();
  respond_in_pieces(stream);
  exchange();
  EXPECT_THAT(wanted_, ElementsAre(stream));
  session_->add_piece(stream, std::string(60'000, 'a'), now_);
  exchange();
  EXPECT_THAT(wanted_, SizeIs(2));
  session_->add_piece(stream, std::string(60'000, 'b'), now_);
  exchange();
  EXPECT_EQ(answer(stream).body.size(), 65535u);  // the window
  EXPECT_THAT(wanted_, SizeIs(2));
  client_->consume(stream, 65535);
  exchange();
  EXPECT_EQ(answer(stream).body, std::string(60'000, 'a') + std::string(60'000, 'b'));
  EXPECT_THAT(wanted_, SizeIs(3));
  session_->add_piece(stream, "", now_);
  exchange();
  EXPECT_TRUE(answer(stream).closed);
}

TEST_F(Http2SessionTest, AResponseThatBreaksIsNotTakenForWhole) {
  start();
  const int32_t stream = client_->get("/");
  exchange();
  respond_in_pieces(stream);
  session_->add_piece(stream, "half", now_);
  exchange();
  session_->abort(stream);
  exchange();
  EXPECT_EQ(answer(stream).body, "half");
  EXPECT_EQ(answer(stream).error, NGHTTP2_INTERNAL_ERROR);
}

TEST_F(Http2SessionTest, ABodyThatNobodyReadsStopsAtItsWindow) {
  start();
  const std::string large(1 << 20, 'x');
  const std::string small = "small";
  const int32_t unread = client_->post("/", large);
  exchange();
  EXPECT_EQ(bodies_[unread].size(), size_t{128} << 10);
  const int32_t other = client_->post("/", small, {{"content-length", "5"}});
  exchange();
  EXPECT_EQ(bodies_[other], small);  // it is not held up
  EXPECT_EQ(requests_.at(other)->body_bytes, 5u);
  EXPECT_THAT(ended_, ElementsAre(other));
  for (size_t read = 0; read < large.size();) {
    const size_t there = bodies_[unread].size();
    ASSERT_GT(there, read);
    session_->consume(unread, there - read);
    read = there;
    exchange();
  }
  EXPECT_EQ(bodies_[unread], large);
  EXPECT_THAT(ended_, ElementsAre(other, unread));
}

TEST_F(Http2SessionTest, AResponseBeforeTheRequestsEndEndsBoth) {
  start();
  const std::string large(1 << 20, 'x');
  const int32_t stream = client_->post("/", large);
  exchange();
  respond(stream, "no");
  exchange();
  EXPECT_EQ(answer(stream).status, 200);
  EXPECT_EQ(answer(stream).body, "no");
  EXPECT_FALSE(answer(stream).closed);
  EXPECT_EQ(session_->next_timeout(), now_ + limits_.goodbye);
  pass(limits_.goodbye);
  EXPECT_TRUE(answer(stream).closed);
  EXPECT_EQ(answer(stream).error, NGHTTP2_NO_ERROR);
  EXPECT_THAT(client_->goaways(), IsEmpty());
}

TEST_F(Http2SessionTest, ContinueIsSaid) {
  start();
  const std::string body = "body";
  const int32_t stream = client_->post("/", body, {{"expect", "100-continue"}});
  exchange();
  session_->say_continue(stream);
  respond(stream, "got it");
  exchange();
  EXPECT_THAT(answer(stream).informational, ElementsAre(100));
  EXPECT_EQ(answer(stream).status, 200);
}

TEST_F(Http2SessionTest, WhatIsWrongWithARequestIsSaid) {
  start();
  const std::vector<std::pair<int32_t, int>> table{
      {client_->get("/" + std::string(9000, 'a')), 414},
      {client_->get("/a%2fb"), 400},
      {client_->get("/", {{"x", std::string(17'000, 'x')}}), 431},
      {client_->get("/", {{"expect", "more"}}), 417},
  };
  exchange();
  for (const auto& [stream, status] : table) {
    ASSERT_TRUE(requests_.contains(stream)) << status;
    ASSERT_FALSE(requests_.at(stream)) << status;
    EXPECT_EQ(requests_.at(stream).error().status, status);
  }
}

TEST_F(Http2SessionTest, WhatIsMalformedIsResetAndTheOthersGoOn) {
  start();
  const std::vector<int32_t> malformed{
      client_->get(""),
      client_->get("no-slash"),
      client_->get("/", {{"connection", "close"}}),
      client_->get("/", {{"transfer-encoding", "chunked"}}),
      client_->get("/", {{"x", "line\nbreak"}}),
      client_->get("/", {{"content-length", "5"}}),
      client_->get("/", {{":path", "/twice"}}),
      client_->get("/", {{":strange", "1"}}),
  };
  const int32_t good = client_->get("/good");
  exchange();
  for (const int32_t stream : malformed) {
    EXPECT_FALSE(requests_.contains(stream)) << stream;
    EXPECT_EQ(answer(stream).error, NGHTTP2_PROTOCOL_ERROR) << stream;
  }
  EXPECT_TRUE(requests_.contains(good));
  EXPECT_EQ(session_->open_streams(), 1u);
}

TEST_F(Http2SessionTest, StreamsAreBounded) {
  limits_.streams = 4;
  start();
  std::vector<int32_t> streams;
  for (int i = 0; i < 5; ++i)
    streams.push_back(client_->get("/"));
  exchange();
  EXPECT_THAT(requests_, SizeIs(4));  // the client keeps the fifth back
  respond(streams.front(), "done");
  exchange();
  EXPECT_THAT(requests_, SizeIs(5));
}

TEST_F(Http2SessionTest, RequestsWithABodyAreBounded) {
  limits_.bodies = 2;
  start();
  const std::string large(1 << 20, 'x');
  std::vector<int32_t> streams;
  for (int i = 0; i < 3; ++i)
    streams.push_back(client_->post("/", large));
  exchange();
  EXPECT_THAT(requests_, SizeIs(2));
  EXPECT_EQ(answer(streams.back()).error, NGHTTP2_REFUSED_STREAM);
  const int32_t without = client_->get("/");
  exchange();
  EXPECT_TRUE(requests_.contains(without));
}

TEST_F(Http2SessionTest, ABodyThatCameWholeCountsUntilItIsRead) {
  limits_.bodies = 2;
  start();
  const int32_t first = client_->post("/", "small");
  client_->post("/", "small");
  exchange();
  EXPECT_THAT(ended_, SizeIs(2));
  const int32_t third = client_->post("/", "small");
  exchange();
  EXPECT_EQ(answer(third).error, NGHTTP2_REFUSED_STREAM);
  session_->consume(first, 5);
  const int32_t fourth = client_->post("/", "small");
  exchange();
  EXPECT_TRUE(requests_.contains(fourth));
}

TEST_F(Http2SessionTest, WhatWeRefuseOrBreakCostsTheClientNothing) {
  limits_.bodies = 1;
  limits_.early_ends = 3;
  start();
  client_->post("/", "small");
  for (int i = 0; i < 10; ++i) {
    const int32_t refused = client_->post("/", "small");
    exchange();
    EXPECT_EQ(answer(refused).error, NGHTTP2_REFUSED_STREAM);
    const int32_t broken = client_->get("/");
    exchange();
    session_->abort(broken);
    exchange();
    EXPECT_EQ(answer(broken).error, NGHTTP2_INTERNAL_ERROR);
  }
  EXPECT_THAT(client_->goaways(), IsEmpty());
}

TEST_F(Http2SessionTest, RapidResetsEndTheConnectionAndNobodyIsAsked) {
  start();
  int opened = 0;
  for (; opened < 300 && client_->goaways().empty(); ++opened) {
    // In one go, as an attacker does; the client library would drop a request it has not sent.
    const int32_t stream = client_->get("/expensive");
    std::string bytes = client_->output();
    client_->reset(stream);
    bytes += client_->output();
    session_->receive(bytes, now_);
    exchange();
  }
  EXPECT_EQ(opened, 201);
  EXPECT_THAT(requests_, IsEmpty());
  ASSERT_THAT(client_->goaways(), SizeIs(1));
  EXPECT_EQ(client_->goaways().front().second, NGHTTP2_ENHANCE_YOUR_CALM);
  EXPECT_TRUE(session_->is_over());
}

TEST_F(Http2SessionTest, SomeResetsNowAndThenAreEverydayLife) {
  start();
  for (int i = 0; i < 1000; ++i) {
    const int32_t stream = client_->get("/");
    exchange();
    client_->reset(stream);
    now_ += 60ms;
    exchange();
  }
  EXPECT_THAT(requests_, SizeIs(1000));
  EXPECT_THAT(client_->goaways(), IsEmpty());
}

// A frame by hand: RFC 9113 §4.1.
std::string frame(uint8_t type, uint8_t flags, int32_t stream, std::string_view payload) {
  std::string bytes;
  for (const int shift : {16, 8, 0})
    bytes += static_cast<char>(payload.size() >> shift);
  bytes += static_cast<char>(type);
  bytes += static_cast<char>(flags);
  for (const int shift : {24, 16, 8, 0})
    bytes += static_cast<char>(stream >> shift);
  return bytes.append(payload);
}

TEST_F(Http2SessionTest, FramesThatSayNothingAreBounded) {
  start();
  const std::string large(1 << 20, 'x');
  const int32_t stream = client_->post("/", large);
  exchange();
  const std::string nothing = frame(NGHTTP2_DATA, 0, stream, "");
  for (int i = 0; i < 200; ++i)
    session_->receive(nothing, now_);
  exchange();
  EXPECT_THAT(client_->goaways(), IsEmpty());
  session_->receive(nothing, now_);
  exchange();
  ASSERT_THAT(client_->goaways(), SizeIs(1));
  EXPECT_EQ(client_->goaways().front().second, NGHTTP2_ENHANCE_YOUR_CALM);
}

TEST_F(Http2SessionTest, AHeaderThatNeverEndsIsCutOff) {
  start();
  // ":method: GET" from the static table, and no END_HEADERS.
  session_->receive(frame(NGHTTP2_HEADERS, NGHTTP2_FLAG_END_STREAM, 1, "\x82"), now_);
  int sent = 0;
  for (; sent < 1000 && !session_->is_over(); ++sent)
    session_->receive(frame(NGHTTP2_CONTINUATION, 0, 1, std::string(1000, '\x82')), now_);
  EXPECT_LT(sent, 20);
  EXPECT_TRUE(session_->is_over());
  hear();
  EXPECT_THAT(requests_, IsEmpty());
}

TEST_F(Http2SessionTest, AHeaderThatDribblesIsCutOff) {
  start();
  session_->receive(frame(NGHTTP2_HEADERS, NGHTTP2_FLAG_END_STREAM, 1, "\x82"), now_);
  EXPECT_EQ(session_->next_timeout(), now_ + limits_.header);
  pass(limits_.header - 1ms);
  EXPECT_FALSE(session_->is_over());
  pass(1ms);
  EXPECT_THAT(client_->goaways(), ElementsAre(Pair(1, NGHTTP2_ENHANCE_YOUR_CALM)));
  EXPECT_TRUE(session_->is_over());
}

TEST_F(Http2SessionTest, AFloodOfPingsThatNobodyReadsAnswersOfEndsTheConnection) {
  start();
  int sent = 0;
  for (; sent < 10'000 && !session_->is_over(); ++sent)
    session_->receive(frame(NGHTTP2_PING, 0, 0, "12345678"), now_);
  EXPECT_LT(sent, 3000);
}

TEST_F(Http2SessionTest, WithoutAPrefaceNothingIsWaitedFor) {
  Http2Session other(limits_, now_);
  other.receive(std::string_view("GET / HTTP/1.1\r\nHost: a\r\n\r\n"), now_);
  EXPECT_TRUE(other.is_over());
  Http2Session silent(limits_, now_);
  silent.receive(kHttp2Preface, now_);
  EXPECT_EQ(silent.next_timeout(), now_ + limits_.header);
  silent.handle_timeout(now_ + limits_.header);
  std::string said;
  silent.take_output(said, 1 << 20, now_);
  EXPECT_TRUE(silent.is_over());
}

TEST_F(Http2SessionTest, AnIdleConnectionIsEndedAndOneThatIsHeldIsNot) {
  start();
  const int32_t stream = client_->get("/");
  exchange();
  EXPECT_EQ(session_->next_timeout(), std::nullopt);
  pass(1h);
  EXPECT_FALSE(session_->is_over());
  respond(stream, "done");
  exchange();
  EXPECT_EQ(session_->next_timeout(), now_ + limits_.idle);
  pass(limits_.idle);
  EXPECT_THAT(client_->goaways(), ElementsAre(Pair(stream, NGHTTP2_NO_ERROR)));
  EXPECT_TRUE(session_->is_over());
}

TEST_F(Http2SessionTest, WhoDoesNotReadAResponseIsCutOffAndTheOthersGoOn) {
  start(false, 70'000);
  const int32_t stalled = client_->get("/large");
  exchange();
  const std::string large(1 << 20, 'x');
  respond(stalled, large);
  exchange();
  EXPECT_EQ(answer(stalled).body.size(), 65535u);  // the connection's window is the smaller one
  pass(limits_.write_step / 2);
  EXPECT_FALSE(answer(stalled).closed);
  client_->consume(stalled, 65535);
  exchange();
  // A step has left since, so it has its time anew.
  EXPECT_EQ(session_->next_timeout(), now_ + limits_.write_step);
  const int32_t held = client_->get("/held");
  exchange();
  pass(limits_.write_step);
  EXPECT_EQ(answer(stalled).error, NGHTTP2_CANCEL);
  EXPECT_THAT(closed_, ElementsAre(stalled));
  client_->consume(stalled, 65535);
  respond(held, "here");
  exchange();
  EXPECT_EQ(answer(held).body, "here");
}

TEST_F(Http2SessionTest, WhoWaitsForAProducerIsNotCutOff) {
  start();
  const int32_t stream = client_->get("/events");
  exchange();
  respond_in_pieces(stream);
  session_->add_piece(stream, "data: 1\n\n", now_);
  exchange();
  pass(1h);
  session_->add_piece(stream, "data: 2\n\n", now_);
  exchange();
  EXPECT_EQ(answer(stream).body, "data: 1\n\ndata: 2\n\n");
  EXPECT_FALSE(answer(stream).closed);
}

TEST_F(Http2SessionTest, ABodyThatDribblesIsLate) {
  start();
  const std::string large(1 << 20, 'x');
  const int32_t stream = client_->post("/", large);
  exchange();
  EXPECT_EQ(session_->next_timeout(), std::nullopt);  // nobody reads it
  session_->consume(stream, 1);
  session_->await_body(stream, now_);
  EXPECT_EQ(session_->next_timeout(), now_ + limits_.body);
  pass(limits_.body);
  EXPECT_THAT(late_, ElementsAre(stream));
  EXPECT_TRUE(session_->is_open(stream));  // to be told
}

TEST_F(Http2SessionTest, DrainingLosesNoRequest) {
  start();
  const int32_t running = client_->get("/running");
  exchange();
  session_->drain(now_);
  std::string said;
  session_->take_output(said, 1 << 20, now_);
  const int32_t crossing = client_->get("/crossing");  // was under way already
  session_->receive(client_->output(), now_);
  client_->receive(said);
  exchange();
  EXPECT_TRUE(requests_.contains(crossing));
  EXPECT_EQ(session_->next_timeout(), now_);  // the client has heard it
  pass(0ms);
  ASSERT_THAT(client_->goaways(), SizeIs(2));
  EXPECT_THAT(client_->goaways().front(), Pair((int64_t{1} << 31) - 1, NGHTTP2_NO_ERROR));
  EXPECT_THAT(client_->goaways().back(), Pair(crossing, NGHTTP2_NO_ERROR));
  EXPECT_FALSE(session_->is_over());
  respond(running, "one");
  respond(crossing, "two");
  exchange();
  EXPECT_EQ(answer(running).body, "one");
  EXPECT_EQ(answer(crossing).body, "two");
  EXPECT_TRUE(session_->is_over());
}

TEST_F(Http2SessionTest, DrainingDoesNotWaitForWhoIsSilent) {
  start();
  session_->drain(now_);
  std::string unread;
  session_->take_output(unread, 1 << 20, now_);
  EXPECT_EQ(session_->next_timeout(), now_ + limits_.goodbye);
  now_ += limits_.goodbye;
  session_->handle_timeout(now_);
  session_->take_output(unread, 1 << 20, now_);
  EXPECT_TRUE(session_->is_over());
}

}  // namespace
}  // namespace longmen
