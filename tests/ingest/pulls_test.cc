#include "ingest/pulls.h"

#include <gtest/gtest.h>

#include <boost/asio/ip/multicast.hpp>
#include <boost/asio/ip/udp.hpp>

#include "tests/ingest/ingest_fixture.h"
#include "tests/support/ts_writer.h"

namespace longmen {
namespace {

using namespace std::chrono_literals;
using boost::asio::ip::udp;
using test::make_channel;
using test::Received;

// Sources whose ends the test holds.
class PullsTest : public test::IngestTest {
 protected:
  class Source : public PullSource {
   public:
    Source(int& alive, PullHandlers given) : alive_(alive), handlers(std::move(given)) { ++alive_; }
    ~Source() override { --alive_; }

   private:
    int& alive_;

   public:
    PullHandlers handlers;
  };

  void SetUp() override {
    start({make_channel("main", {"the-key"}, SecondPublisher::kTakeOver)});
    pulls_.emplace(io_, feeds_, metrics_, [this](const PullConfig& config, PullHandlers handlers) {
      made_.push_back(config.url);
      auto source = std::make_unique<Source>(alive_, std::move(handlers));
      newest_ = source.get();
      return source;
    });
  }
  void TearDown() override {
    pulls_.reset();
    IngestTest::TearDown();
  }
  static PullConfig pull(const std::string& url) {
    PullConfig config;
    config.channel = "main";
    config.url = url;
    return config;
  }

  int alive_ = 0;
  std::vector<std::string> made_;
  Source* newest_ = nullptr;
  std::optional<Pulls> pulls_;
};

TEST_F(PullsTest, ASourceFillsTheChannelWhenSomethingComes) {
  pulls_->configure({pull("rtsp://user:secret@camera/hall?x=y")});
  ASSERT_TRUE(run_until([&] { return alive_ == 1; }));
  EXPECT_TRUE(changes_.empty());
  ASSERT_TRUE(newest_->handlers.place());
  EXPECT_EQ(changes_, std::vector<std::string>{"main up"});
  EXPECT_EQ(feeds_.find("main")->publisher().sender, "rtsp://camera/hall");
  EXPECT_EQ(feeds_.find("main")->publisher().protocol, "rtsp");
  feeds_.configure(channels_, 10);
  EXPECT_TRUE(feeds_.find("main")->up()) << "it has no key that could be revoked";
  pulls_->configure({});
  EXPECT_EQ(alive_, 0);
  EXPECT_EQ(changes_.back(), "main down");
}

TEST_F(PullsTest, WhyThereIsNoFeedStandsInTheStatus) {
  pulls_->configure({pull("rtsp://user:secret@camera/hall")});
  ASSERT_TRUE(run_until([&] { return alive_ == 1; }));
  newest_->handlers.ended("it is refused", false);
  ASSERT_TRUE(run_until([&] { return alive_ == 0; }));
  EXPECT_NE(
      feeds_.status().find("no feed (pull of rtsp://camera/hall: it is refused; again in 500"),
      std::string::npos)
      << feeds_.status();
  ASSERT_TRUE(run_until([&] { return alive_ == 1; }));
  newest_->handlers.place();
  EXPECT_EQ(feeds_.status().find("refused"), std::string::npos) << "and not for longer";
}

TEST_F(PullsTest, OneThatEndsIsTriedAgainLaterEachTime) {
  pulls_->configure({pull("srt://a:1")});
  const auto begin = std::chrono::steady_clock::now();
  for (size_t tries = 1; tries <= 3; ++tries) {
    ASSERT_TRUE(run_until([&] { return made_.size() == tries && alive_ == 1; }));
    newest_->handlers.ended("refused", false);
  }
  EXPECT_GE(std::chrono::steady_clock::now() - begin, 1500ms) << "0.5 s and 1 s between them";
}

TEST_F(PullsTest, AReloadTouchesWhatDiffers) {
  pulls_->configure({pull("srt://a:1")});
  ASSERT_TRUE(run_until([&] { return alive_ == 1; }));
  pulls_->configure({pull("srt://a:1")});
  settle();
  EXPECT_EQ(made_.size(), 1u);
  pulls_->configure({pull("srt://b:1")});
  ASSERT_TRUE(run_until([&] { return made_.size() == 2; }));
  EXPECT_EQ(made_.back(), "srt://b:1");
  EXPECT_EQ(alive_, 1);
}

TEST_F(PullsTest, ItYieldsToASenderThatTakesOverAndComesBack) {
  pulls_->configure({pull("srt://a:1")});
  ASSERT_TRUE(run_until([&] { return alive_ == 1; }));
  newest_->handlers.place();
  auto sender = feeds_.publish("the-key", {}, {"test", "here", "", "", nullptr}, {});
  ASSERT_TRUE(sender);
  ASSERT_TRUE(run_until([&] { return alive_ == 0; }));
  run_until([] { return false; }, 700ms);  // it would have been tried again
  EXPECT_EQ(made_.size(), 1u);
  sender->reset();
  EXPECT_TRUE(run_until([&] { return made_.size() == 2; }));
}

TEST_F(PullsTest, FilesThatArePlayedOnceAreNotPlayedAgain) {
  PullConfig config = pull("");
  config.items = {{.file = "/a.mp4"}};
  pulls_->configure({config});
  ASSERT_TRUE(run_until([&] { return alive_ == 1; }));
  newest_->handlers.ended("", true);
  EXPECT_TRUE(run_until([&] { return alive_ == 0; }));
  run_until([] { return false; }, 700ms);
  EXPECT_EQ(made_.size(), 1u);
}

TEST_F(PullsTest, WhileItRestsTheChannelIsFree) {
  PullConfig config = pull("");
  config.items = {{.file = "/a.mp4"}};
  pulls_->configure({config});
  ASSERT_TRUE(run_until([&] { return alive_ == 1; }));
  ASSERT_TRUE(newest_->handlers.place());
  newest_->handlers.rests(CueTime(std::chrono::milliseconds(1'796'124'600'000)));
  EXPECT_EQ(changes_.back(), "main down");
  EXPECT_NE(feeds_.status().find("the next file begins at 2026-12-01T11:30:00Z"), std::string::npos)
      << feeds_.status();
  EXPECT_EQ(alive_, 1) << "it goes on waiting";
  {
    auto sender = feeds_.publish("the-key", {}, {"test", "here", "", "", nullptr}, {});
    ASSERT_TRUE(sender);
    EXPECT_FALSE(newest_->handlers.place());
  }
  EXPECT_TRUE(newest_->handlers.place());
  EXPECT_EQ(changes_.back(), "main up");
}

TEST_F(PullsTest, OneWhoseChannelIsMissingWaitsForIt) {
  PullConfig config = pull("srt://a:1");
  config.channel = "later";
  pulls_->configure({config});
  settle();
  EXPECT_TRUE(made_.empty());
  channels_.push_back(make_channel("later", {"another-key"}));
  feeds_.configure(channels_, 10);
  EXPECT_TRUE(run_until([&] { return made_.size() == 1; }));
}

// Transport streams by UDP, hand-made.
class DatagramPullTest : public test::IngestTest {
 protected:
  void begin(const std::string& form, int latency_ms = 100) {
    start({make_channel("main", {"the-key"})});
    connect_link("main", received_);
    udp::socket probe(io_, {boost::asio::ip::address_v4::loopback(), 0});
    const uint16_t port = probe.local_endpoint().port();
    probe.close();
    PullConfig config;
    config.channel = "main";
    config.url = form + ":" + std::to_string(port);
    config.latency_ms = latency_ms;
    if (form.find("239.") != std::string::npos) config.interface_address = "127.0.0.1";
    pulls_.emplace(io_, feeds_, metrics_);
    pulls_->configure({config});
    settle();
    sender_.emplace(io_, udp::endpoint(boost::asio::ip::address_v4::loopback(), 0));
    const std::string host = form.substr(form.find_last_of("/@") + 1);
    to_ = udp::endpoint(boost::asio::ip::make_address(host), port);
    sender_->set_option(
        boost::asio::ip::multicast::outbound_interface(boost::asio::ip::address_v4::loopback()));
  }
  void TearDown() override {
    pulls_.reset();
    IngestTest::TearDown();
  }
  void send(const Bytes& datagram) { sender_->send_to(boost::asio::buffer(datagram), to_); }
  static Bytes rtp(uint16_t sequence, ByteSpan payload) {
    Bytes packet;
    ByteWriter writer(packet);
    writer.u8(0x80), writer.u8(33);
    writer.u16(sequence);
    writer.u32(0), writer.u32(7);
    writer.bytes(payload);
    return packet;
  }
  static Bytes joined(const std::vector<Bytes>& packets) {
    Bytes all;
    for (const Bytes& packet : packets)
      all.insert(all.end(), packet.begin(), packet.end());
    return all;
  }

  // Two keyframes to the group, from another address of this machine.
  void send_as_stranger() {
    udp::socket stranger(io_, udp::endpoint(boost::asio::ip::make_address("127.0.0.2"), 0));
    stranger.set_option(
        boost::asio::ip::multicast::outbound_interface(boost::asio::ip::address_v4::loopback()));
    test::TsWriter writer;
    stranger.send_to(boost::asio::buffer(writer.tables()), to_);
    for (const uint64_t pts : {9000, 12600})
      stranger.send_to(boost::asio::buffer(joined(writer.video(pts, test::annex_b_keyframe()))),
                       to_);
  }

  test::TsWriter writer_;
  Received received_;
  std::optional<Pulls> pulls_;
  std::optional<udp::socket> sender_;
  udp::endpoint to_;
};

TEST_F(DatagramPullTest, TakesWhatComesByUdp) {
  begin("udp://127.0.0.1");
  send(writer_.tables());
  send(joined(writer_.video(9000, test::annex_b_keyframe())));
  send(joined(writer_.video(12600, test::annex_b_picture())));
  EXPECT_TRUE(run_until([&] { return received_.order == "TKv"; })) << received_.order;
  EXPECT_EQ(feeds_.find("main")->publisher().protocol, "udp");
}

TEST_F(DatagramPullTest, WithASoundThatIsNotSpokenPicturesGoOn) {
  begin("udp://127.0.0.1");
  const Bytes tables = writer_.tables({{0x1B, test::kVideoPid}, {0x11, test::kAudioPid}});
  send(tables);
  send(joined(writer_.video(9000, test::annex_b_keyframe())));
  send(joined(writer_.video(12600, test::annex_b_picture())));
  EXPECT_TRUE(run_until([&] { return received_.order == "TKv"; })) << received_.order;
  EXPECT_EQ(metrics_.refused_count(RefusalReason::kUnsupportedCodec), 1);
  EXPECT_TRUE(feeds_.find("main")->up());
  // With other pictures it ends.
  send(writer_.table(test::kMapPid,
                     test::TsWriter::map(1, {{0x21, test::kVideoPid}, {0x0F, test::kAudioPid}})));
  EXPECT_TRUE(run_until([&] { return received_.ends == 1; }));
  EXPECT_EQ(metrics_.refused_count(RefusalReason::kUnsupportedCodec), 2);
}

TEST_F(DatagramPullTest, OtherBytesAndTablesAloneTakeNoChannel) {
  begin("udp://127.0.0.1");
  send(Bytes(1000, 0x47));
  send(Bytes{1, 2, 3});
  send(writer_.tables());
  settle();
  EXPECT_TRUE(changes_.empty());
  auto sender = feeds_.publish("the-key", {}, {"test", "here", "", "", nullptr}, {});
  EXPECT_TRUE(sender) << "the channel is free";
  send(joined(writer_.video(9000, test::annex_b_keyframe())));
  settle();
  EXPECT_EQ(changes_, std::vector<std::string>{"main up"}) << "and then it is not";
}

TEST_F(DatagramPullTest, RtpIsPutInOrder) {
  begin("rtp://127.0.0.1");
  send(rtp(65534, writer_.tables()));
  const Bytes key = joined(writer_.video(9000, test::annex_b_keyframe()));
  const Bytes one = joined(writer_.video(12600, test::annex_b_picture(20)));
  const Bytes two = joined(writer_.video(16200, test::annex_b_picture(30)));
  send(rtp(65535, key));
  send(rtp(1, two));
  send(rtp(1, two));
  send(rtp(0, one));
  ASSERT_TRUE(run_until([&] { return received_.order == "TKvv"; })) << received_.order;
  EXPECT_LT(received_.units[1].dts, received_.units[2].dts);
  EXPECT_EQ(metrics_.dropped_count(DropReason::kReplayed), 1);
}

TEST_F(DatagramPullTest, WhatIsLostIsNotWaitedForLongerThanItsLatency) {
  begin("rtp://127.0.0.1", 50);
  send(rtp(1, writer_.tables()));
  send(rtp(2, joined(writer_.video(9000, test::annex_b_keyframe()))));
  (void)writer_.video(12600, test::annex_b_picture());  // never sent
  send(rtp(4, joined(writer_.video(16200, test::annex_b_picture()))));
  EXPECT_TRUE(run_until([&] { return received_.order == "TKv"; })) << received_.order;
  // Once a second, with what comes.
  const auto& path = feeds_.find("main")->figures().path;
  uint16_t next = 4;
  EXPECT_TRUE(run_until([&] {
    ++next;
    send(rtp(next, joined(writer_.video(16200 + 3600 * next, test::annex_b_picture()))));
    return path.has_value();
  }));
  EXPECT_EQ(path->lost, 1u);
  EXPECT_GE(path->packets, 4u);
  EXPECT_GT(path->bits_per_second, 0);
}

TEST_F(DatagramPullTest, AGroupFromOneSourceAlone) {
  begin("udp://127.0.0.1@239.255.77.7");
  send_as_stranger();
  send(writer_.tables());
  send(joined(writer_.video(9000, test::annex_b_keyframe())));
  send(joined(writer_.video(12600, test::annex_b_picture())));
  EXPECT_TRUE(run_until([&] { return received_.order == "TKv"; })) << received_.order;
}

// That the stranger above is heard by whoever does not name a source.
TEST_F(DatagramPullTest, AGroupFromAnybody) {
  begin("udp://239.255.77.8");
  send_as_stranger();
  EXPECT_TRUE(run_until([&] { return received_.order == "TKK"; })) << received_.order;
}

}  // namespace
}  // namespace longmen
