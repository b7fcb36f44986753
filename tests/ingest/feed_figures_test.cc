#include "ingest/feed_figures.h"

#include <gtest/gtest.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/json.hpp>

#include "core/base/sha256.h"

namespace longmen {
namespace {

using namespace std::chrono_literals;

TEST(FeedFigures, AreOfWhatCameSinceTheLastLook) {
  prometheus::Registry registry;
  IngestMetrics metrics(registry);
  Feeds feeds(metrics, {.feed_changed = [](const Feed&) {}, .status_changed = [] {}});
  Channel channel;
  channel.id = "main";
  channel.name = "Main";
  channel.video = default_ladder();
  channel.key_hashes = {sha256_hex("key")};
  feeds.configure({channel}, 10);
  FeedFigures figures;
  Monotonic now(1000s);
  const auto look = [&] { return boost::json::parse(figures.look(feeds, now)).at("ingest"); };
  EXPECT_TRUE(look().as_array().empty());

  Publisher publisher;
  publisher.protocol = "test";
  publisher.round_trip = [] { return std::optional(12ms); };
  auto publication = feeds.publish("key", {}, publisher, now);
  ASSERT_TRUE(publication);
  FeedUnit unit;
  unit.data = Bytes(1000);
  for (int frame = 0; frame < 60; ++frame) {
    unit.keyframe = frame % 30 == 0;
    unit.arrival = now + frame * 40ms;
    (*publication)->unit(unit);
    if (frame == 29) {
      const auto first = look().as_array().at(0);
      EXPECT_FALSE(first.as_object().contains("kbps")) << "nothing is known of its past";
      EXPECT_EQ(first.at("round_trip_ms"), 12);
    }
  }
  now += 2400ms;
  const auto second = look().as_array().at(0);
  EXPECT_EQ(second.at("kbps"), 100);
  EXPECT_EQ(second.at("fps_10"), 125);
  EXPECT_EQ(second.at("keyframe_interval_ms"), 1200);
  EXPECT_EQ(second.at("keyframe_age_ms"), 1200);
  EXPECT_EQ(second.at("uptime_ms"), 2400);
  EXPECT_FALSE(second.as_object().contains("path")) << "nobody counted";
  EXPECT_FALSE(second.as_object().contains("stream_errors"));

  (*publication)->measured({.round_trip = 20ms, .packets = 1000, .lost = 30, .retransmitted = 28});
  (*publication)->stream_errors(StreamError::kLost, 2);
  (*publication)->stream_errors(StreamError::kLeftOut, 1);
  const auto third = look().as_array().at(0);
  EXPECT_EQ(third.at("round_trip_ms"), 20) << "what the way in measures itself counts";
  EXPECT_EQ(third.at("path").at("packets"), 1000) << "all of it, at first";
  EXPECT_EQ(third.at("stream_errors"), 2);
  (*publication)
      ->measured(
          {.round_trip = 21ms, .packets = 1500, .lost = 31, .retransmitted = 29, .too_late = 1});
  const auto fourth = look().as_array().at(0);
  EXPECT_EQ(fourth.at("path").at("packets"), 500);
  EXPECT_EQ(fourth.at("path").at("lost"), 1);
  EXPECT_EQ(fourth.at("path").at("retransmitted"), 1);
  EXPECT_EQ(fourth.at("path").at("too_late"), 1);
  EXPECT_EQ(fourth.at("stream_errors"), 0);
  publication->reset();
  EXPECT_TRUE(look().as_array().empty());
}

}  // namespace
}  // namespace longmen
