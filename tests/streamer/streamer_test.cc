// The role as a whole: the test is its supervisor, its ingest and its relay.
#include "streamer/streamer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <functional>
#include <set>
#include <thread>

#include "config/node_config.h"
#include "core/media/generation_announcement.h"
#include "core/media/media_unit.h"
#include "core/time/media_clock.h"
#include "net/link.h"
#include "tests/streamer/decoded_output.h"
#include "tests/streamer/recorded_feed.h"

namespace longmen {
namespace {

using namespace std::chrono_literals;
using namespace test;

class Node {
 public:
  Node() {
    auto pair = Link::pair();
    EXPECT_TRUE(pair);
    supervisor_ = std::make_shared<Link>(io_, std::move(pair->first));
    supervisor_->start(
        [this](MessageKind kind, ByteSpan body, UniqueFd) {
          if (kind == MessageKind::kAlive) ++alive;
          if (kind == MessageKind::kReady) ++ready;
          if (kind == MessageKind::kMetrics) metrics.assign(as_text(body.subspan(8)));
        },
        [] {});
    role_ = std::thread([this, fd = std::move(pair->second)]() mutable {
      exit_code = run_streamer("main", std::move(fd));
      ended = true;
    });
    const Monotonic now = std::chrono::steady_clock::now();
    supervisor_->send(MessageKind::kClock,
                      to_json(MediaClockSchedule{{now, MediaTime(1'764'000'000s), 0}, {}}));
  }
  ~Node() {
    supervisor_->send(MessageKind::kStop, "{}");
    run_until([this] { return ended.load(); });
    supervisor_->close();
    role_.join();
  }

  void configure(const Channel& channel) {
    supervisor_->send(MessageKind::kConfigure,
                      fmt::format(R"({{"version":1,"node":{},"channels":{}}})",
                                  node_config_to_json(NodeConfig()), channels_to_json({channel})));
  }
  std::shared_ptr<Link> link(const std::string& peer, Link::OnMessage on_message) {
    auto pair = Link::pair();
    EXPECT_TRUE(pair);
    auto mine = std::make_shared<Link>(io_, std::move(pair->first));
    mine->start(std::move(on_message), [] {});
    const std::string body = fmt::format(R"({{"peer":"{}","channel":"main"}})", peer);
    supervisor_->send(MessageKind::kLink, as_bytes(body), std::move(pair->second));
    return mine;
  }
  void collect() { supervisor_->send(MessageKind::kCollect, R"({"request":1})"); }

  void run_for(std::chrono::nanoseconds duration) {
    io_.restart();
    io_.run_for(duration);
  }
  bool run_until(const std::function<bool()>& condition, std::chrono::seconds within = 8s) {
    const Monotonic latest = std::chrono::steady_clock::now() + within;
    while (!condition() && std::chrono::steady_clock::now() < latest)
      run_for(5ms);
    return condition();
  }

  int alive = 0;
  int ready = 0;
  std::string metrics;
  int exit_code = -1;
  std::atomic<bool> ended{false};

 private:
  boost::asio::io_context io_;
  std::shared_ptr<Link> supervisor_;
  std::thread role_;
};

struct Relay {
  std::vector<GenerationAnnouncement> generations;
  std::vector<MediaUnit> units;

  Link::OnMessage receive() {
    return [this](MessageKind kind, ByteSpan body, UniqueFd) {
      if (kind == MessageKind::kGeneration) {
        auto announcement = generation_announcement_from_json(as_text(body));
        ASSERT_TRUE(announcement);
        generations.push_back(*announcement);
      } else if (kind == MessageKind::kMediaUnit) {
        ASSERT_FALSE(generations.empty()) << "units come after their generation";
        auto unit = read_media_unit(body);
        ASSERT_TRUE(unit);
        EXPECT_EQ(unit->generation, generations.back().generation);
        units.push_back(std::move(*unit));
      }
    };
  }
  size_t pictures() const {
    return static_cast<size_t>(std::ranges::count_if(
        units, [](const MediaUnit& unit) { return unit.rendition == RenditionId{0}; }));
  }
  // Of the top rendition, those that show the feed: the slate has no marker.
  int marked_pictures(Generation generation) const {
    std::vector<MediaUnit> top;
    for (const MediaUnit& unit : units) {
      if (unit.rendition == RenditionId{0} && unit.generation == generation) top.push_back(unit);
    }
    return static_cast<int>(std::ranges::count_if(
        decode_pictures(top), [](const DecodedPicture& each) { return each.marker.has_value(); }));
  }
  bool begins_with_keyframes() const {
    std::set<RenditionId> begun;
    for (const MediaUnit& unit : units) {
      if (begun.insert(unit.rendition).second && !unit.keyframe) return false;
    }
    return begun.size() == 3 || begun.size() == 4;  // AAC comes a little later
  }
};

TEST(Streamer, ServesItsRelayThroughReconnectionsAndChanges) {
  Channel channel;
  channel.id = "main";
  channel.name = "One";
  channel.video = {{"360p", 640, 360, 600}, {"180p", 320, 180, 200}};
  const RecordedFeed feed = record(FeedRecipe{.seconds = 1.5});
  Relay relay;  // what the links tell outlives them
  int asked_again = 0;
  Node node;
  node.configure(channel);
  auto relay_link = node.link("relay", relay.receive());
  auto ingest = node.link("ingest", [&](MessageKind kind, ByteSpan, UniqueFd) {
    if (kind == MessageKind::kFeedAgain) ++asked_again;
  });
  const auto send_feed = [&] {
    for (const FeedTrack& track : feed.tracks) {
      Bytes body;
      write_feed_track(ChannelInput::kPrimary, track, body);
      ingest->send(MessageKind::kFeedTrack, body);
    }
    const Monotonic start = std::chrono::steady_clock::now();
    for (FeedUnit unit : feed.units) {
      unit.arrival = start + floor_nanoseconds(unit.dts);
      node.run_for(unit.arrival - std::chrono::steady_clock::now());
      Bytes body;
      write_feed_unit(ChannelInput::kPrimary, unit, body);
      ingest->send(MessageKind::kFeedUnit, body);
    }
  };
  send_feed();
  ASSERT_TRUE(node.run_until([&] { return relay.pictures() > 30; }));
  EXPECT_EQ(node.ready, 1);
  EXPECT_GT(node.alive, 5);
  ASSERT_EQ(relay.generations.size(), 1U);
  EXPECT_TRUE(relay.begins_with_keyframes());
  EXPECT_GT(relay.marked_pictures(relay.generations[0].generation), 10);
  EXPECT_EQ(asked_again, 0);

  // The relay was killed and is back.
  relay_link->close();
  Relay again;
  relay_link = node.link("relay", again.receive());
  ASSERT_TRUE(node.run_until([&] { return again.pictures() > 10; }));
  EXPECT_EQ(again.generations, relay.generations);
  EXPECT_TRUE(again.begins_with_keyframes());

  // Nothing of the programme differs, then something does.
  channel.key_hashes = {std::string(64, 'a')};
  node.configure(channel);
  node.run_for(300ms);
  EXPECT_EQ(again.generations.size(), 1U);
  channel.name = "Two";
  node.configure(channel);
  const size_t before = again.pictures();
  ASSERT_TRUE(node.run_until([&] { return again.pictures() > before + 10; }));
  ASSERT_EQ(again.generations.size(), 2U);
  EXPECT_GT(again.generations[1].generation, again.generations[0].generation);
  // The new programme wants the feed from its tracks and its last keyframe on, and shows it.
  ASSERT_TRUE(node.run_until([&] { return asked_again == 1; }));
  send_feed();
  ASSERT_TRUE(
      node.run_until([&] { return again.marked_pictures(again.generations[1].generation) > 10; }));

  node.collect();
  ASSERT_TRUE(node.run_until([&] { return !node.metrics.empty(); }));
  for (const char* name :
       {"longmen_streamer_slots_total{channel=\"main\"}", "longmen_streamer_repeated_total",
        "longmen_streamer_dropped_total", "longmen_streamer_slate_slots_total",
        "longmen_encoder_bytes_total{channel=\"main\",rendition=\"360p\"}",
        "longmen_encode_latency_seconds_bucket"}) {
    EXPECT_NE(node.metrics.find(name), std::string::npos) << name;
  }
}

TEST(Streamer, EndsWhenItsChannelIsGone) {
  Channel other;
  other.id = "other";
  other.name = "Other";
  other.video = default_ladder();
  Node node;
  node.configure(other);
  ASSERT_TRUE(node.run_until([&] { return node.ended.load(); }));
  EXPECT_EQ(node.exit_code, 1);
}

}  // namespace
}  // namespace longmen
