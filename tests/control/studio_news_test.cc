#include "control/studio_news.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>

namespace longmen {
namespace {

namespace json = boost::json;
using ::testing::ElementsAre;

constexpr int64_t kNewsNow = 1'700'000'000'000;

StudioView view_of(const AirRow& air = {}) {
  StudioView view;
  StudioView::OfChannel& of = view.channels.emplace_back();
  of.channel.id = "main";
  of.channel.name = "Main";
  of.channel.video = default_ladder();
  of.air = air;
  of.air.channel = "main";
  return view;
}

NodeState node_with(bool feed, const std::string& source) {
  NodeState node;
  if (feed) node.inputs["main"][ChannelInput::kPrimary] = {"rtmp", "192.0.2.1:9", "OBS"};
  node.on_air["main"].source = source;
  node.on_air["main"].rule = "feed";
  return node;
}

json::object tile(const StudioNews& news, int64_t now_ms) {
  return news.wall(now_ms).at("channels").as_array().at(0).as_object();
}
std::vector<std::string> trouble(const StudioNews& news, int64_t now_ms) {
  std::vector<std::string> words;
  const json::object shown = tile(news, now_ms);
  for (const auto& each : shown.at("trouble").as_array())
    words.emplace_back(each.as_string());
  return words;
}
std::vector<std::string> events(const StudioNews& news, int64_t now_ms) {
  std::vector<std::string> kinds;
  const auto shown = news.of_channel("main", now_ms);
  for (const auto& each : shown->at("channel").at("events").as_array())
    kinds.emplace_back(each.at("kind").as_string());
  return kinds;
}

TEST(StudioNews, WhatHappensIsNotedLatestFirst) {
  StudioNews news;
  news.take_view(view_of(), kNewsNow);
  news.take_node_state(node_with(false, "slate"), kNewsNow);
  news.take_node_state(node_with(true, "slate"), kNewsNow + 1);
  news.take_node_state(node_with(true, "live"), kNewsNow + 2);
  AirRow ordered;
  ordered.order = OrderedAir::kSlate;
  ordered.row = {2, kNewsNow, "li"};
  news.take_view(view_of(ordered), kNewsNow + 3);
  NodeState restarted = node_with(true, "live");
  restarted.roles.push_back({"relay", "", "ready", 0, ""});
  news.take_node_state(restarted, kNewsNow + 4);
  restarted.roles[0].restarts = 1;
  restarted.roles[0].last_end = "killed by SIGKILL";
  news.take_node_state(restarted, kNewsNow + 5);
  news.take_node_state(node_with(false, "live"), kNewsNow + 6);
  EXPECT_THAT(events(news, kNewsNow + 7),
              ElementsAre("on_air", "feed_down", "process", "order", "on_air", "feed_up"));
  EXPECT_EQ(tile(news, kNewsNow + 7).at("source").as_string(), "slate")
      << "a streamer without a feed shows the slate's picture";
  EXPECT_EQ(tile(news, kNewsNow + 7).at("source_since_ms"), kNewsNow + 6);
  for (size_t i = 0; i < 2 * StudioNews::kMaxEvents; ++i)
    news.take_node_state(node_with(i % 2 == 0, "slate"), kNewsNow + 8);
  EXPECT_EQ(events(news, kNewsNow + 9).size(), StudioNews::kMaxEvents);
}

TEST(StudioNews, WhatIsHeldGoesOnAiringWhenItsFeedIsGone) {
  auto state = node_state_from_json(
      R"({"on_air":[{"channel":"main","source":"live"}],"roles":[{"role":"streamer",)"
      R"("channel":"main","state":"ready","status":{"shown":"slate","airs":"primary"}}]})");
  ASSERT_TRUE(state);
  EXPECT_EQ(state->source_of("main"), "live");
  state->airs["main"] = "slate";
  EXPECT_EQ(state->source_of("main"), "slate");
  // Its feed is there again, and not on air yet.
  state->inputs["main"][ChannelInput::kPrimary] = {"rtmp", "192.0.2.1:9", "OBS"};
  state->shown["main"] = "primary";
  EXPECT_EQ(state->source_of("main"), "slate");
  state->airs.clear();
  EXPECT_EQ(state->source_of("main"), "live");
}

TEST(StudioNews, ATallyIsRedWhileTheFeedIsPublicAlone) {
  StudioNews news;
  news.take_view(view_of(), kNewsNow);
  EXPECT_EQ(news.tally("main"), TallyState::kOff);
  news.take_node_state(node_with(true, "slate"), kNewsNow);
  EXPECT_EQ(news.tally("main"), TallyState::kPreview);
  news.take_node_state(node_with(true, "live"), kNewsNow);
  EXPECT_EQ(news.tally("main"), TallyState::kOnAir);
  news.take_node_state(node_with(false, "live"), kNewsNow);
  EXPECT_EQ(news.tally("main"), TallyState::kOff);
  EXPECT_EQ(news.tally("none"), TallyState::kOff);
}

TEST(StudioNews, ASwitchIsToldOnceWithWhatWasSeenOfIt) {
  StudioNews news;
  news.take_view(view_of(), kNewsNow);
  NodeState node = node_with(true, "live");
  node.inputs["main"][ChannelInput::kBackup] = {"srt", "192.0.2.2:9", ""};
  node.shown["main"] = "backup";
  news.take_node_state(node, kNewsNow);
  const std::string figures = R"({"streamer":[{"channel":"main","shown":"backup","why":"black",
      "since_ms":1699999999000,"inputs":[{"input":"primary","conditions":["black"],
      "peak_dbfs":-20,"hold_ms":0}],"backup_later_ms":null,"backup_later_by":null,
      "sound":{"integrated_lufs":-24.1},"switches":[{"at_ms":1699999999000,
      "from":"primary","to":"backup","why":"black","stood_slots":0,"jump_slots":null,"jump_by":null}]}]})";
  news.take_figures(figures, kNewsNow);
  news.take_figures(figures, kNewsNow + 1000);
  EXPECT_THAT(events(news, kNewsNow + 1000), ElementsAre("switch", "backup_up", "feed_up"));
  const auto shown = news.of_channel("main", kNewsNow + 1000);
  const auto& event = shown->at("channel").at("events").as_array().at(0).as_object();
  EXPECT_EQ(event.at("to").as_string(), "backup");
  EXPECT_EQ(event.at("why").as_string(), "black");
  EXPECT_EQ(event.at("at_ms"), 1'699'999'999'000);
  const json::object tile_now = tile(news, kNewsNow + 1000);
  EXPECT_EQ(tile_now.at("backup").at("protocol").as_string(), "srt");
  EXPECT_EQ(tile_now.at("inputs").at("shown").as_string(), "backup");
  EXPECT_EQ(news.sound("main", kNewsNow + 1000).at("sound").at("integrated_lufs"), -24.1);
  EXPECT_TRUE(news.sound("main", kNewsNow + 60'000).at("sound").is_null());
  EXPECT_TRUE(news.sound("none", kNewsNow).at("sound").is_null());
  EXPECT_THAT(trouble(news, kNewsNow + 1000), ElementsAre("on_backup"));
  EXPECT_TRUE(tile(news, kNewsNow + 60'000).at("inputs").is_null()) << "it says nothing any more";
  node.shown["main"] = "slate";
  news.take_node_state(node, kNewsNow + 2000);
  EXPECT_EQ(tile(news, kNewsNow + 2000).at("source").as_string(), "slate")
      << "both feeds come in, and neither can be shown";
}

TEST(StudioNews, OldFiguresAreNotShownAsIfTheyWereNew) {
  StudioNews news;
  news.take_view(view_of(), kNewsNow);
  news.take_node_state(node_with(true, "live"), kNewsNow);
  news.take_figures(R"({"ingest":[{"channel":"main","kbps":2500,"fps_10":299,
                        "keyframe_age_ms":400,"round_trip_ms":3}]})",
                    kNewsNow);
  EXPECT_EQ(tile(news, kNewsNow + 1000).at("feed").at("kbps"), 2500);
  EXPECT_EQ(tile(news, kNewsNow + 1000).at("feed").at("fps"), 29.9);
  EXPECT_TRUE(tile(news, kNewsNow + 5000).at("feed").at("kbps").is_null());
  EXPECT_EQ(tile(news, kNewsNow + 5000).at("feed").at("protocol").as_string(), "rtmp");
  news.tick(kNewsNow + 500);
  news.tick(kNewsNow + 5000);
  const json::object history = news.history("main");
  EXPECT_EQ(history.at("kbps").as_array(), (json::array{2500, nullptr}));
  for (size_t i = 0; i < 2 * StudioNews::kHistory; ++i)
    news.tick(kNewsNow);
  EXPECT_EQ(news.history("main").at("at_ms").as_array().size(), StudioNews::kHistory);
  news.take_figures("[]", kNewsNow);
  news.take_figures(R"({"relay":[{"channel":7},{}],"ingest":3})", kNewsNow);
}

TEST(StudioNews, WhatTheFeedsPacketsMetIsToldOfTenSeconds) {
  StudioNews news;
  news.take_view(view_of(), kNewsNow);
  news.take_node_state(node_with(true, "live"), kNewsNow);
  const auto second = [&](int packets, int lost, int too_late, int64_t at_ms) {
    json::object path{{"packets", packets},
                      {"lost", lost},
                      {"retransmitted", lost - too_late},
                      {"too_late", too_late}};
    const json::object item{{"channel", "main"},
                            {"round_trip_ms", 40},
                            {"path", std::move(path)},
                            {"stream_errors", 2 * too_late}};
    news.take_figures(json::serialize(json::object{{"ingest", json::array{item}}}), at_ms);
    news.tick(at_ms);
  };
  second(20, 1, 0, kNewsNow);
  EXPECT_TRUE(tile(news, kNewsNow).at("feed").at("lost_percent").is_null()) << "of too few";
  second(980, 49, 0, kNewsNow + 1000);
  EXPECT_EQ(tile(news, kNewsNow + 1000).at("feed").at("lost_percent"), 5.0);
  EXPECT_EQ(tile(news, kNewsNow + 1000).at("feed").at("retransmitted_percent"), 5.0);
  EXPECT_THAT(trouble(news, kNewsNow + 1000), ElementsAre()) << "all of it was sent again";
  second(990, 30, 10, kNewsNow + 2000);
  EXPECT_EQ(tile(news, kNewsNow + 2000).at("feed").at("too_late_percent"), 0.5);
  second(980, 30, 20, kNewsNow + 3000);
  EXPECT_EQ(tile(news, kNewsNow + 3000).at("feed").at("too_late_percent"), 1.0);
  EXPECT_EQ(tile(news, kNewsNow + 3000).at("feed").at("stream_errors_last_minute"), 60);
  EXPECT_THAT(trouble(news, kNewsNow + 3000), ElementsAre("feed_loss"));
  for (int i = 4; i < 14; ++i)
    second(1000, 0, 0, kNewsNow + i * 1000);
  EXPECT_EQ(tile(news, kNewsNow + 13'000).at("feed").at("lost_percent"), 0.0);
  const json::object history = news.history("main");
  EXPECT_TRUE(history.at("lost_percent").as_array().at(0).is_null());
  EXPECT_EQ(history.at("lost_percent").as_array().at(1), 5.0);
  EXPECT_EQ(history.at("round_trip_ms").as_array().at(1), 40);
  news.take_figures(R"({"ingest":[{"channel":"main","kbps":1}]})", kNewsNow + 14'000);
  EXPECT_TRUE(tile(news, kNewsNow + 14'000).at("feed").at("lost_percent").is_null());
}

TEST(StudioNews, HowEachInputCameInIsKept) {
  StudioNews news;
  news.take_view(view_of(), kNewsNow);
  NodeState node = node_with(true, "live");
  node.inputs["main"][ChannelInput::kBackup] = {"srt", "192.0.2.2:9", ""};
  news.take_node_state(node, kNewsNow);
  const auto second = [&](int backup_errors, int64_t at_ms) {
    news.take_figures(
        R"({"ingest":[{"channel":"main","kbps":2000,"fps_10":251,"keyframe_age_ms":400},
        {"channel":"main","input":"backup","kbps":900,"round_trip_ms":40}]})",
        at_ms);
    const json::array inputs{
        json::object{{"input", "primary"}, {"peak_dbfs", -12.5}, {"errors", 0}},
        json::object{{"input", "backup"}, {"peak_dbfs", -100}, {"errors", backup_errors}}};
    const json::object item{{"channel", "main"}, {"inputs", inputs}};
    news.take_figures(json::serialize(json::object{{"streamer", json::array{item}}}), at_ms);
    news.tick(at_ms);
  };
  second(7, kNewsNow);
  second(9, kNewsNow + 1000);
  second(2, kNewsNow + 2000);  // another feed
  node.inputs["main"][ChannelInput::kBackup].reset();
  news.take_node_state(node, kNewsNow + 3000);
  second(2, kNewsNow + 3000);
  const json::object history = news.history("main");
  const auto of = [&](const char* input, const char* name) {
    return history.at("inputs").at(input).at(name).as_array();
  };
  EXPECT_EQ(of("primary", "kbps"), (json::array{2000, 2000, 2000, 2000}));
  EXPECT_EQ(of("primary", "fps").at(0), 25.1);
  EXPECT_EQ(of("primary", "keyframe_age_ms").at(1), 400);
  EXPECT_EQ(of("primary", "peak_dbfs").at(0), -12.5);
  EXPECT_EQ(of("primary", "errors"), (json::array{0, 0, 0, 0}));
  EXPECT_EQ(of("backup", "kbps"), (json::array{900, 900, 900, nullptr}));
  EXPECT_EQ(of("backup", "errors"), (json::array{0, 2, 2, nullptr})) << "since the second before";
  EXPECT_EQ(of("backup", "round_trip_ms").at(0), 40);
  EXPECT_TRUE(of("primary", "round_trip_ms").at(0).is_null());
  EXPECT_EQ(history.at("kbps").as_array(), of("primary", "kbps"));
  EXPECT_EQ(news.history("none").at("inputs").at("backup").at("fps").as_array().size(), 0u);
}

TEST(StudioNews, TroubleIsNamed) {
  StudioNews news;
  news.take_view(view_of(), kNewsNow);
  EXPECT_THAT(trouble(news, kNewsNow), ElementsAre("no_picture"));
  news.take_node_state(node_with(true, "live"), kNewsNow);
  EXPECT_THAT(trouble(news, kNewsNow), ElementsAre());
  const auto relay = [&](int packets, int nacked, int64_t at_ms) {
    news.take_figures("{\"relay\":[{\"channel\":\"main\",\"webrtc\":{\"720p\":2},\"packets\":" +
                          std::to_string(packets) + ",\"nacked\":" + std::to_string(nacked) + "}]}",
                      at_ms);
  };
  relay(1000, 0, kNewsNow);
  relay(2000, 100, kNewsNow + 1000);
  EXPECT_THAT(trouble(news, kNewsNow + 1000), ElementsAre("loss"));
  relay(10, 0, kNewsNow + 2000);  // it was started again
  EXPECT_THAT(trouble(news, kNewsNow + 2000), ElementsAre());
  StudioView view = view_of();
  view.channels[0].live.emplace();
  view.channels[0].air.cut = true;
  news.take_view(view, kNewsNow);
  news.take_node_state(node_with(false, "slate"), kNewsNow);
  EXPECT_THAT(trouble(news, kNewsNow), ElementsAre("cut", "no_feed"));
}

TEST(StudioNews, PeopleAreThereWhileAPageOfTheirsIs) {
  StudioNews news;
  news.take_view(view_of(), kNewsNow);
  const auto names = [&] {
    std::vector<std::string> found;
    const json::object shown = tile(news, kNewsNow);
    for (const auto& person : shown.at("people").as_array())
      found.emplace_back(person.at("name").as_string());
    return found;
  };
  const uint64_t one = news.arrive("main", "li", "operator", kNewsNow);
  const uint64_t again = news.arrive("main", "li", "operator", kNewsNow);
  const uint64_t other = news.arrive("main", "wang", "producer", kNewsNow);
  EXPECT_THAT(names(), ElementsAre("li", "wang"));
  news.leave(one, kNewsNow);
  EXPECT_THAT(names(), ElementsAre("li", "wang")) << "in another window";
  news.leave(again, kNewsNow);
  news.leave(other, kNewsNow);
  news.leave(other, kNewsNow);
  EXPECT_THAT(names(), ElementsAre());
  EXPECT_THAT(events(news, kNewsNow), ElementsAre("left", "left", "arrived", "arrived"));
}

}  // namespace
}  // namespace longmen
