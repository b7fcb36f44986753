#include "ingest/whip_listener.h"

#include <gtest/gtest.h>

#include <boost/asio/ip/udp.hpp>

#include "core/node/ice_restart.h"
#include "tests/ingest/ingest_fixture.h"
#include "tests/ingest/whip_client.h"

namespace longmen {
namespace {

using namespace std::chrono_literals;
using boost::asio::ip::udp;
using test::make_channel;
using test::Received;
using test::WhipClient;

class WhipListenerTest : public test::IngestTest {
 protected:
  void listen(std::vector<Channel> channels, WhipConfig config = {}, WhipDeadlines deadlines = {}) {
    channels_ = std::move(channels);
    feeds_.configure(channels_, wrong_keys_per_minute_);
    whip_.emplace(io_, feeds_, metrics_, deadlines);
    whip_->configure(config, "127.0.0.1");
    udp::socket socket(io_, {boost::asio::ip::address_v4::loopback(), 0});
    ASSERT_TRUE(whip_->start(UniqueFd(socket.release())));
    auto ends = Link::pair();
    gateway_ = std::make_shared<Link>(io_, std::move(ends->first));
    gateway_->start([this](MessageKind kind, ByteSpan body,
                           UniqueFd) { answers_.emplace_back(kind, std::string(as_text(body))); },
                    [] {});
    whip_->take_gateway(std::make_shared<Link>(io_, std::move(ends->second)));
  }
  void TearDown() override {
    if (gateway_) gateway_->close();
    whip_.reset();
    IngestTest::TearDown();
  }
  std::string ask(MessageKind kind, const std::string& text) {
    answers_.clear();
    gateway_->send(kind, text);
    EXPECT_TRUE(run_until([&] { return !answers_.empty(); }));
    return answers_.empty() ? "{}" : answers_[0].second;
  }
  JoinAnswer publish(WhipClient& client, const std::string& key = "the-key",
                     const std::string& channel = "main") {
    return *join_answer_from_json(
        ask(MessageKind::kPublish, to_json(client.request(channel, key))));
  }
  JoinAnswer connect(WhipClient& client) {
    const JoinAnswer answer = publish(client);
    EXPECT_EQ(answer.status, 201) << answer.problem;
    client.accept(answer);
    EXPECT_TRUE(run_with(client, [&] { return client.connected(); }));
    return answer;
  }
  template <class Condition>
  bool run_with(WhipClient& client, Condition condition) {
    return run_until([&] {
      client.step();
      return condition();
    });
  }
  bool leave(const JoinAnswer& answer) {
    LeaveRequest request;
    request.channel = "main";
    request.viewer = answer.viewer;
    return leave_answer_from_json(ask(MessageKind::kLeave, to_json(request)))->found;
  }

  std::optional<WhipListener> whip_;
  std::shared_ptr<Link> gateway_;
  std::vector<std::pair<MessageKind, std::string>> answers_;
};

TEST_F(WhipListenerTest, PublishesUntilItIsTaken) {
  listen({make_channel("main", {"the-key"})});
  Received received;
  connect_link("main", received);
  WhipClient client;
  const JoinAnswer answer = connect(client);
  EXPECT_EQ(answer.address, "127.0.0.1");
  ASSERT_TRUE(run_with(client, [&] { return received.units.size() > 30; }));
  EXPECT_EQ(changes_, (std::vector<std::string>{"main up"}));
  const Publisher& publisher = feeds_.find("main")->publisher();
  EXPECT_EQ(publisher.protocol, "whip");
  EXPECT_EQ(publisher.encoder, "a test");
  EXPECT_EQ(publisher.sender.substr(0, 10), "127.0.0.1:");
  ASSERT_EQ(received.tracks.size(), 2u);
  EXPECT_TRUE(received.of(FeedCodec::kH264).front().keyframe);
  EXPECT_EQ(received.of(FeedCodec::kOpus).front().data, (Bytes{0x78, 1, 2, 3}));
  EXPECT_GT(client.media.feedbacks, 2u);
  EXPECT_TRUE(leave(answer));
  EXPECT_TRUE(run_with(client, [&] { return client.closed_by_server() && received.ends == 1; }));
  EXPECT_EQ(changes_.back(), "main down");
  EXPECT_EQ(whip_->sessions(), 0u);
  EXPECT_FALSE(leave(answer));
}

TEST_F(WhipListenerTest, WhoMayNotIsToldInHttpsWords) {
  wrong_keys_per_minute_ = 1;
  WhipConfig config;
  config.max_sessions = 1;
  listen({make_channel("main", {"the-key"}), make_channel("other", {"others-key"})}, config);
  WhipClient client, second;
  EXPECT_EQ(publish(client, "others-key").status, 403);
  connect(client);
  ASSERT_TRUE(run_with(client, [&] { return feeds_.find("main")->up(); }));
  EXPECT_EQ(publish(second).status, 409);
  EXPECT_EQ(publish(second, "others-key", "other").status, 503);
  EXPECT_EQ(publish(second, "no-key").status, 401);
  EXPECT_EQ(publish(second, "no-key").status, 429);
  EXPECT_EQ(whip_->sessions(), 1u);
}

TEST_F(WhipListenerTest, APlaceIsTakenByWhoComes) {
  listen({make_channel("main", {"the-key"}, SecondPublisher::kTakeOver)});
  WhipClient first, never, second;
  EXPECT_EQ(publish(never).status, 201);
  EXPECT_FALSE(feeds_.find("main")->up());
  connect(first);
  ASSERT_TRUE(run_with(first, [&] { return feeds_.find("main")->up(); }));
  connect(second);
  EXPECT_TRUE(run_until([&] {
    first.step();
    second.step();
    return first.closed_by_server();
  }));
  EXPECT_TRUE(feeds_.find("main")->up());
  EXPECT_EQ(metrics_.cut_count(CutReason::kTakenOver), 1);
}

// A telephone that goes from Wi-Fi to its mobile network.
TEST_F(WhipListenerTest, AnIceRestartGoesOnFromAnotherAddress) {
  listen({make_channel("main", {"the-key"})});
  Received received;
  connect_link("main", received);
  WhipClient client;
  const JoinAnswer answer = connect(client);
  ASSERT_TRUE(run_with(client, [&] { return received.units.size() > 10; }));
  const IceCredentials fresh = make_ice_credentials(system_random_bytes);
  IceRestartRequest request;
  request.channel = "main";
  request.viewer = answer.viewer;
  request.etag = "another";
  request.ufrag = fresh.ufrag;
  request.pwd = fresh.pwd;
  EXPECT_EQ(join_answer_from_json(ask(MessageKind::kRestartIce, to_json(request)))->status, 412);
  request.etag = answer.etag;
  const auto restarted = join_answer_from_json(ask(MessageKind::kRestartIce, to_json(request)));
  ASSERT_EQ(restarted->status, 200);
  EXPECT_NE(restarted->etag, answer.etag);
  client.restart(fresh, *restarted);
  client.move();
  const size_t before = received.units.size();
  EXPECT_TRUE(run_with(client, [&] { return received.units.size() > before + 30; }));
  // And what we have to say goes there, once it has answered a check of ours.
  const auto feedbacks = client.media.feedbacks;
  EXPECT_TRUE(run_with(client, [&] { return client.media.feedbacks > feedbacks; }));
  EXPECT_EQ(changes_, (std::vector<std::string>{"main up"}));
}

TEST_F(WhipListenerTest, EndsWithDtlsWithRtcpAndInSilence) {
  WhipDeadlines deadlines;
  deadlines.silence = 300ms;
  listen({make_channel("main", {"the-key"})}, {}, deadlines);
  const auto gone = [&] { return whip_->sessions() == 0 && !feeds_.find("main")->up(); };
  WhipClient closes, says_bye, silent;
  connect(closes);
  closes.close();
  EXPECT_TRUE(run_with(closes, gone));
  connect(says_bye);
  ASSERT_TRUE(run_with(says_bye, [&] { return says_bye.media.feedbacks > 0; }));
  says_bye.sends = false;
  says_bye.say_goodbye();
  EXPECT_TRUE(run_with(says_bye, gone));
  connect(silent);
  silent.sends = false;
  EXPECT_TRUE(run_with(silent, gone));
  EXPECT_EQ(metrics_.cut_count(CutReason::kSilent), 1);
}

TEST_F(WhipListenerTest, ARevokedKeyCutsAndANewStreamerGetsAKeyframe) {
  listen({make_channel("main", {"the-key"})});
  WhipClient client;
  connect(client);
  ASSERT_TRUE(run_with(client, [&] { return client.media.pictures > 5; }));
  Received received;
  connect_link("main", received);
  EXPECT_TRUE(run_with(client, [&] { return client.media.keyframes > 1; }));
  feeds_.configure({make_channel("main", {"another"})}, 10);
  EXPECT_TRUE(run_with(client, [&] { return client.closed_by_server(); }));
}

TEST_F(WhipListenerTest, StrangersAreDroppedAndCounted) {
  listen({make_channel("main", {"the-key"})});
  WhipClient client;
  client.accept(publish(client));
  for (const Bytes& junk :
       {Bytes{0x80, 102, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1}, Bytes{22, 254, 253}, Bytes{0xFF, 0xFF}})
    client.send(junk);
  EXPECT_TRUE(run_until([&] {
    return metrics_.dropped_count(DropReason::kUnknownPeer) >= 2 &&
           metrics_.dropped_count(DropReason::kMalformed) >= 1;
  }));
}

}  // namespace
}  // namespace longmen
