#include "ingest/rtmp_listener.h"

#include <gtest/gtest.h>

#include "tests/ingest/ingest_fixture.h"

namespace longmen {
namespace {

using namespace std::chrono_literals;
using test::make_channel;
using test::RawSender;
using test::Received;

class RtmpListenerTest : public test::IngestTest {
 protected:
  std::unique_ptr<RawSender> publisher(const std::string& key) {
    auto sender = std::make_unique<RawSender>(io_, port_);
    sender->send(sender->client.opening(key));
    EXPECT_TRUE(run_until([&] { return !sender->status("code").empty(); }));
    return sender;
  }
  bool hangs_up(RawSender& sender) {
    return run_until([&] { return sender.closed(); }, 3s);
  }
};

TEST_F(RtmpListenerTest, PublishesUntilItHangsUp) {
  start({make_channel("main", {"key"})});
  Received received;
  connect_link("main", received);
  auto sender = publisher("key?token=abc");
  EXPECT_EQ(sender->status("code"), "NetStream.Publish.Start");
  sender->send(sender->client.video(0, test::avc_config()));
  sender->send(sender->client.audio(0, test::aac_config()));
  sender->send(sender->client.video(0, test::avc_frame(true)));
  sender->send(sender->client.video(40, test::avc_frame(false)));
  sender->send(sender->client.audio(46, test::aac_frame()));
  EXPECT_TRUE(run_until([&] { return received.order == "TTKva"; })) << received.order;
  sender->hang_up();
  EXPECT_TRUE(run_until([&] { return received.order == "TTKvaE"; })) << received.order;
  EXPECT_EQ(changes_, (std::vector<std::string>{"main up", "main down"}));
  EXPECT_TRUE(run_until([&] { return listener_->connections() == 0; }));
}

TEST_F(RtmpListenerTest, WrongKeyIsDeniedCountedAndAtLastUnheard) {
  wrong_keys_per_minute_ = 2;
  start({make_channel("main", {"key"})});
  for (int count = 0; count < 2; ++count) {
    auto sender = publisher("nokey");
    EXPECT_EQ(sender->status("level"), "error");
    EXPECT_EQ(sender->status("code"), "NetStream.Publish.Denied");
    EXPECT_EQ(sender->status("description"), "wrong stream key");
    EXPECT_TRUE(hangs_up(*sender));
    EXPECT_EQ(sender->last_error, boost::asio::error::eof) << "not a reset";
  }
  auto sender = publisher("key");
  EXPECT_EQ(sender->status("code"), "NetStream.Publish.Denied");
  EXPECT_NE(sender->status("description").find("try again in a minute"), std::string::npos);
  EXPECT_EQ(metrics_.refused_count(RefusalReason::kWrongKey), 2);
  EXPECT_EQ(metrics_.refused_count(RefusalReason::kTooManyWrongKeys), 1);
  EXPECT_TRUE(changes_.empty());
}

// Closing a socket with bytes unread resets the connection, and a reset overtakes the refusal.
TEST_F(RtmpListenerTest, TheRefusalIsReadBySomeoneWhoIsStillSending) {
  start({make_channel("main", {"key"})});
  RawSender sender(io_, port_);
  sender.send(sender.client.opening("nokey"));
  for (int count = 0; count < 10; ++count)
    sender.send(sender.client.video(0, Bytes(20000)));
  EXPECT_TRUE(hangs_up(sender));
  EXPECT_EQ(sender.last_error, boost::asio::error::eof) << "not a reset";
  EXPECT_EQ(sender.status("code"), "NetStream.Publish.Denied");
}

TEST_F(RtmpListenerTest, SecondPublisherIsRefused) {
  start({make_channel("main", {"one-key", "two-key"})});
  auto first = publisher("one-key");
  auto second = publisher("two-key");
  EXPECT_EQ(second->status("code"), "NetStream.Publish.BadName");
  EXPECT_EQ(second->status("description"), "channel is already publishing");
  EXPECT_TRUE(hangs_up(*second));
  EXPECT_FALSE(first->closed());
  EXPECT_EQ(metrics_.refused_count(RefusalReason::kAlreadyPublishing), 1);
  EXPECT_NE(feeds_.status().find("refused a second publisher"), std::string::npos);
  EXPECT_EQ(changes_, std::vector<std::string>{"main up"});
}

TEST_F(RtmpListenerTest, SecondPublisherTakesOver) {
  start({make_channel("main", {"key"}, SecondPublisher::kTakeOver)});
  Received received;
  connect_link("main", received);
  auto first = publisher("key");
  first->send(first->client.video(0, test::avc_config()));
  first->send(first->client.video(0, test::avc_frame(true)));
  ASSERT_TRUE(run_until([&] { return received.order == "TK"; }));
  auto second = publisher("key");
  EXPECT_EQ(second->status("code"), "NetStream.Publish.Start");
  EXPECT_TRUE(hangs_up(*first));
  EXPECT_EQ(first->status("code"), "NetStream.Unpublish.Success");
  EXPECT_EQ(first->status("description"), "another publisher took over this channel");
  second->send(second->client.video(0, test::avc_config()));
  second->send(second->client.video(0, test::avc_frame(true)));
  EXPECT_TRUE(run_until([&] { return received.order == "TKETK"; })) << received.order;
  EXPECT_EQ(metrics_.cut_count(CutReason::kTakenOver), 1);
  EXPECT_NE(feeds_.status().find("took over from"), std::string::npos);
}

TEST_F(RtmpListenerTest, ARevokedKeysPublisherIsCut) {
  start({make_channel("main", {"key"}), make_channel("two", {"key-two"})});
  auto sender = publisher("key");
  auto other = publisher("key-two");
  channels_[0].key_hashes = {stream_key_hash("new-key")};
  feeds_.configure(channels_, 10);
  EXPECT_TRUE(hangs_up(*sender));
  EXPECT_EQ(sender->status("code"), "NetStream.Publish.Denied");
  EXPECT_FALSE(other->closed());
  EXPECT_EQ(changes_.back(), "main down");
  EXPECT_EQ(publisher("new-key")->status("code"), "NetStream.Publish.Start");
}

TEST_F(RtmpListenerTest, UnsupportedCodecsAreNamedAndCounted) {
  start({make_channel("main", {"key"})});
  struct Case {
    bool video;
    const char* body;
    const char* words;
  };
  for (const Case& each :
       {Case{true, "90 76703039 01", "video codec vp09 is not supported; send H.264, H.265 or AV1"},
        Case{true, "22 00",
             "video codec Sorenson H.263 is not supported; send H.264, H.265 or AV1"},
        Case{false, "90 4f707573 00", "audio codec Opus is not supported; send AAC"},
        Case{false, "2f ff", "audio codec MP3 is not supported; send AAC"}}) {
    auto sender = publisher("key");
    const Bytes body = test::from_hex(each.body);
    sender->send(each.video ? sender->client.video(0, body) : sender->client.audio(0, body));
    EXPECT_TRUE(hangs_up(*sender));
    EXPECT_EQ(sender->status("level"), "error");
    EXPECT_EQ(sender->status("code"), "NetStream.Publish.Rejected");
    EXPECT_EQ(sender->status("description"), each.words);
    EXPECT_TRUE(run_until([&] { return changes_.back() == "main down"; }));
  }
  EXPECT_EQ(metrics_.refused_count(RefusalReason::kUnsupportedCodec), 4);
}

TEST_F(RtmpListenerTest, EnhancedAvcIsAFeedLikeAnyOther) {
  start({make_channel("main", {"key"})});
  Received received;
  connect_link("main", received);
  auto sender = publisher("key");
  const auto body = [](const char* hex, const Bytes& rest) {
    return test::RtmpClient::joined({test::from_hex(hex), rest});
  };
  sender->send(sender->client.video(0, body("90 61766331", test::avc_config_body())));
  sender->send(sender->client.video(40, test::from_hex("91 61766331 000028 00000001 65")));
  sender->send(sender->client.video(80, test::from_hex("a3 61766331 00000001 41")));
  sender->send(sender->client.video(120, test::from_hex("92 61766331")));
  ASSERT_TRUE(run_until([&] { return received.order == "TKv"; })) << received.order;
  EXPECT_EQ(received.units[0].pts, Flicks(80ms));
  EXPECT_EQ(received.units[1].pts, Flicks(80ms));
}

TEST_F(RtmpListenerTest, EveryStepHasADeadline) {
  start({make_channel("main", {"key"})},
        {.handshake = 60ms, .publish = 90ms, .silence = 120ms, .linger = 60ms});
  RawSender mute(io_, port_);
  EXPECT_TRUE(hangs_up(mute));
  RawSender undecided(io_, port_);
  undecided.send(
      test::RtmpClient::joined({test::RtmpClient::handshake(), undecided.client.connect()}));
  EXPECT_TRUE(hangs_up(undecided));
  EXPECT_EQ(metrics_.refused_count(RefusalReason::kTooSlow), 2);
  auto silent = publisher("key");
  EXPECT_TRUE(hangs_up(*silent));
  EXPECT_EQ(silent->status("description"), "nothing came for too long");
  EXPECT_EQ(metrics_.cut_count(CutReason::kSilent), 1);
  EXPECT_EQ(changes_.back(), "main down");
  // None has hung up by itself: their places are free all the same.
  EXPECT_TRUE(run_until([&] { return listener_->connections() == 0; }));
}

TEST_F(RtmpListenerTest, MediaPutsTheDeadlineOff) {
  start({make_channel("main", {"key"})}, {.publish = 300ms, .silence = 300ms});
  auto sender = publisher("key");
  const auto begin = std::chrono::steady_clock::now();
  auto next = begin;
  while (next - begin < 900ms) {
    next += 50ms;
    run_until([&] { return std::chrono::steady_clock::now() >= next; });
    sender->send(sender->client.audio(0, test::aac_frame()));
  }
  EXPECT_FALSE(sender->closed());
  EXPECT_EQ(metrics_.cut_count(CutReason::kSilent), 0);
}

TEST_F(RtmpListenerTest, ConnectionsAreBounded) {
  start({make_channel("main", {"key"})});
  listener_->set_max_connections(2);
  RawSender one(io_, port_), two(io_, port_), three(io_, port_);
  EXPECT_TRUE(hangs_up(three));
  EXPECT_FALSE(one.closed());
  EXPECT_EQ(metrics_.refused_count(RefusalReason::kTooManyConnections), 1);
  two.hang_up();
  EXPECT_TRUE(run_until([&] { return listener_->connections() == 1; }));
  EXPECT_EQ(publisher("key")->status("code"), "NetStream.Publish.Start");
}

TEST_F(RtmpListenerTest, ConnectionsOfOneAddressAreBoundedAndTheOthersHaveTheirs) {
  start({make_channel("main", {"key"})});
  listener_->set_max_connections(100, 1);
  RawSender one(io_, port_), two(io_, port_);
  EXPECT_TRUE(hangs_up(two));
  EXPECT_FALSE(one.closed());
  EXPECT_EQ(metrics_.refused_count(RefusalReason::kTooManyConnections), 1);
  RawSender elsewhere(io_, port_, "127.0.0.2");
  EXPECT_TRUE(run_until([&] { return listener_->connections() == 2; }));
  one.hang_up();
  EXPECT_TRUE(run_until([&] { return listener_->connections() == 1; }));
  EXPECT_EQ(publisher("key")->status("code"), "NetStream.Publish.Start");
}

TEST_F(RtmpListenerTest, WrongApplicationAndOtherProtocolsAreCounted) {
  start({make_channel("main", {"key"})});
  RawSender vod(io_, port_);
  vod.send(test::RtmpClient::joined(
      {test::RtmpClient::handshake(), vod.client.connect({{"app", "vod"}})}));
  EXPECT_TRUE(hangs_up(vod));
  EXPECT_EQ(test::RtmpClient::information(vod.answers, "_error", "code"),
            "NetConnection.Connect.Rejected");
  RawSender http(io_, port_);
  const auto text = as_bytes("GET / HTTP/1.1\r\n\r\n");
  http.send(Bytes(text.begin(), text.end()));
  EXPECT_TRUE(hangs_up(http));
  EXPECT_EQ(metrics_.refused_count(RefusalReason::kWrongApplication), 1);
  EXPECT_EQ(metrics_.refused_count(RefusalReason::kNotUnderstood), 1);
}

TEST_F(RtmpListenerTest, UnpublishingEndsTheFeedAndTheConnectionMayPublishAgain) {
  start({make_channel("main", {"key"})});
  auto sender = publisher("key");
  sender->send(sender->client.command({"deleteStream", 7, {rtmp::Amf0Value(), 1}}));
  EXPECT_TRUE(run_until([&] { return changes_.size() == 2; }));
  sender->send(sender->client.publish("key"));
  EXPECT_TRUE(run_until([&] { return changes_.size() == 3; }));
  EXPECT_EQ(changes_.back(), "main up");
}

TEST_F(RtmpListenerTest, StoppingTellsTheSenders) {
  start({make_channel("main", {"key"})});
  auto sender = publisher("key");
  listener_->stop();
  feeds_.stop();
  EXPECT_TRUE(hangs_up(*sender));
  EXPECT_EQ(sender->status("description"), "the server is stopping");
  EXPECT_EQ(changes_.back(), "main down");
}

TEST_F(RtmpListenerTest, DestroyedUnderItsConnections) {
  start({make_channel("main", {"key"})});
  auto sender = publisher("key");
  listener_.reset();
  EXPECT_EQ(changes_.back(), "main down");
  EXPECT_TRUE(hangs_up(*sender));
}

}  // namespace
}  // namespace longmen
