#include "ingest/ingest.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <thread>

#include "config/node_config.h"
#include "tests/ingest/ingest_fixture.h"

namespace longmen {
namespace {

using namespace std::chrono_literals;
using boost::asio::ip::tcp;
using test::RawSender;
using test::Received;

// The role as it runs in its process, with this thread in the supervisor's place.
class IngestRoleTest : public testing::Test {
 protected:
  void SetUp() override {
    auto ends = Link::pair();
    ASSERT_TRUE(ends);
    supervisor_ = std::make_shared<Link>(io_, std::move(ends->first));
    supervisor_->start(
        [this](MessageKind kind, ByteSpan body, UniqueFd) {
          if (kind == MessageKind::kReady) ready_ = true;
          if (kind == MessageKind::kFeed) feeds_.emplace_back(as_text(body));
          if (kind == MessageKind::kStatus) status_ = as_text(body);
          if (kind == MessageKind::kMetrics) metrics_ = as_text(body.subspan(8));
        },
        [] {});
    role_ = std::thread([this, end = std::move(ends->second)]() mutable {
      exit_code_ = run_ingest(std::move(end));
    });
    configure({test::make_channel("main", {"key"})});
    tcp::acceptor acceptor(io_, {boost::asio::ip::address_v4::loopback(), 0});
    port_ = acceptor.local_endpoint().port();
    supervisor_->send(MessageKind::kListen, as_bytes(R"({"name":"rtmp"})"),
                      UniqueFd(acceptor.release()));
  }
  void TearDown() override {
    supervisor_->send(MessageKind::kStop, ByteSpan());
    role_.join();
    EXPECT_EQ(exit_code_, 0);
  }

  void configure(const std::vector<Channel>& channels) {
    NodeConfig config;
    config.rtmp.tls_port = config.rtsp.tls_port =
        -1;  // it would make a certificate in the default's folder
    supervisor_->send(MessageKind::kConfigure, R"({"version":1,"node":)" +
                                                   node_config_to_json(config) + R"(,"channels":)" +
                                                   channels_to_json(channels) + "}");
  }
  template <class Condition>
  bool run_until(Condition condition) {
    const auto end = std::chrono::steady_clock::now() + 5s;
    while (!condition()) {
      if (std::chrono::steady_clock::now() > end) return false;
      io_.restart();
      io_.run_one_for(10ms);
    }
    return true;
  }

  boost::asio::io_context io_{1};
  std::shared_ptr<Link> supervisor_;
  std::thread role_;
  int exit_code_ = -1;
  uint16_t port_ = 0;
  bool ready_ = false;
  std::vector<std::string> feeds_;
  std::string status_;
  std::string metrics_;
};

TEST_F(IngestRoleTest, TellsTheSupervisorAndFeedsTheStreamer) {
  ASSERT_TRUE(run_until([&] { return ready_; }));
  RawSender sender(io_, port_);
  sender.send(sender.client.opening("key"));
  ASSERT_TRUE(run_until([&] { return feeds_.size() == 1; }));
  const auto feed = boost::json::parse(feeds_[0]).as_object();
  EXPECT_EQ(feed.at("channel"), "main");
  EXPECT_EQ(feed.at("up"), true);
  EXPECT_EQ(feed.at("protocol"), "rtmp");
  EXPECT_EQ(std::string(feed.at("sender").as_string()).substr(0, 10), "127.0.0.1:");
  EXPECT_TRUE(run_until([&] { return status_.find("main: rtmp from") != std::string::npos; }));

  sender.send(sender.client.video(0, test::avc_config()));
  sender.send(sender.client.video(0, test::avc_frame(true)));
  auto ends = Link::pair();
  ASSERT_TRUE(ends);
  Received received;
  auto streamer = std::make_shared<Link>(io_, std::move(ends->first));
  streamer->start([&](MessageKind kind, ByteSpan body, UniqueFd) { received.take(kind, body); },
                  [] {});
  supervisor_->send(MessageKind::kLink, as_bytes(R"({"peer":"streamer","channel":"main"})"),
                    std::move(ends->second));
  EXPECT_TRUE(run_until([&] { return received.order == "TK"; })) << received.order;

  supervisor_->send(MessageKind::kCollect, R"({"request":7})");
  EXPECT_TRUE(run_until([&] { return !metrics_.empty(); }));
  EXPECT_NE(metrics_.find("longmen_feed_up{channel=\"main\",input=\"primary\"} 1"),
            std::string::npos)
      << metrics_;

  configure({test::make_channel("main", {"new-key"})});
  EXPECT_TRUE(run_until([&] { return sender.status("code") == "NetStream.Publish.Denied"; }));
  EXPECT_TRUE(run_until([&] { return received.order == "TKE" && feeds_.size() == 2; }));
  EXPECT_EQ(boost::json::parse(feeds_[1]).as_object().at("up"), false);
}

TEST_F(IngestRoleTest, StopsWithSendersConnected) {
  ASSERT_TRUE(run_until([&] { return ready_; }));
  RawSender sender(io_, port_);
  sender.send(sender.client.opening("key"));
  ASSERT_TRUE(run_until([&] { return feeds_.size() == 1; }));
}

}  // namespace
}  // namespace longmen
