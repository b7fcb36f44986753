// The whole relay role in a thread of the test, which plays supervisor, streamer and gateway over
// the links that they would have.
#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <fstream>
#include <iostream>
#include <thread>

#include "config/node_config.h"
#include "core/media/preview_message.h"
#include "core/node/air_line.h"
#include "core/node/ice_restart.h"
#include "core/node/selection.h"
#include "core/time/media_clock.h"
#include "net/link.h"
#include "net/socket_address.h"
#include "relay/relay.h"
#include "relay/viewer_id.h"
#include "tests/support/test_viewer.h"

namespace longmen {
namespace {

using test::kLive;
using test::kSlate;
using test::MediaProgramme;
using test::TestViewer;
using namespace std::chrono_literals;

class RelayProcessTest : public testing::Test {
 protected:
  struct Message {
    MessageKind kind;
    std::string body;
  };

  RelayProcessTest() {
    slate_file_ = testing::TempDir() + "/relay_process_test_" + std::to_string(getpid()) + ".slate";
    const Bytes slate = MediaProgramme::slate_file(kSlate, 2);
    std::ofstream(slate_file_, std::ios::binary)
        .write(reinterpret_cast<const char*>(slate.data()),
               static_cast<std::streamsize>(slate.size()));
    auto [ours, theirs] = Link::pair().value();
    supervisor_ = std::make_shared<Link>(io_, std::move(ours));
    collect(supervisor_, from_relay_);
    relay_ = std::thread([this, socket = std::move(theirs)]() mutable {
      exit_code_ = run_relay(std::move(socket));
    });
    config_.relay.shards = 2;
    config_.relay.public_address = "127.0.0.1";
    channel_.id = "main";
    channel_.name = "Main";
    channel_.video = {{"720p", 1280, 720, 2000}, {"480p", 854, 480, 1000}};
    channel_.slate_file = slate_file_;
    start_ = std::chrono::steady_clock::now();
    clock_.set({{start_, MediaTime(1704067205s), 0}, std::nullopt});
  }
  ~RelayProcessTest() override {
    if (relay_.joinable()) stop();
    unlink(slate_file_.c_str());
  }

  static void collect(const std::shared_ptr<Link>& link, std::vector<Message>& into) {
    link->start(
        [&into](MessageKind kind, ByteSpan body, UniqueFd) {
          into.push_back({kind, std::string(as_text(body))});
        },
        [] {});
  }
  void configure() {
    const std::string json = "{\"version\":1,\"node\":" + node_config_to_json(config_) +
                             ",\"channels\":" + channels_to_json({channel_}) + "}";
    supervisor_->send(MessageKind::kConfigure, json);
  }
  void start() {
    supervisor_->send(MessageKind::kClock, to_json(clock_.schedule()));
    configure();
    for (int shard = 0; shard < config_.relay.shards; ++shard) {
      UniqueFd socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
      const SocketAddress any(Address::from_bytes(std::array<uint8_t, 4>{127, 0, 0, 1}, 0),
                              AF_INET);
      ASSERT_EQ(bind(socket.get(), &any.any, any.bytes), 0);
      const std::string name = "{\"name\":\"udp" + std::to_string(shard) + "\"}";
      supervisor_->send(MessageKind::kListen, as_bytes(name), std::move(socket));
    }
    ASSERT_TRUE(wait([&] { return has(MessageKind::kReady); }));
    // The slate comes from a file, for which ready does not wait; who joins before gets a 503.
    ASSERT_TRUE(channel_.slate_file.empty() || wait([&] { return on_air("slate"); }));
    connect_gateway();
  }
  void stop() {
    supervisor_->send(MessageKind::kStop, ByteSpan());
    relay_.join();
  }
  std::shared_ptr<Link> connect(const char* link) {
    auto [ours, theirs] = Link::pair().value();
    supervisor_->send(MessageKind::kLink, as_bytes(link), std::move(theirs));
    return std::make_shared<Link>(io_, std::move(ours));
  }
  void connect_gateway() {
    gateway_ = connect(R"({"peer":"gateway","channel":""})");
    collect(gateway_, to_gateway_);
  }
  void connect_streamer() {
    streamer_ = connect(R"({"peer":"streamer","channel":"main"})");
    collect(streamer_, to_streamer_);
    const bool held = held_ > Flicks(0);
    streamer_->send(held ? MessageKind::kProgrammeGeneration : MessageKind::kGeneration,
                    to_json(live_.announcement()));
    fed_until_ = media_now();
    airs_from_ = fed_until_ + held_;
  }
  MediaTime media_now() const { return clock_.media_at(std::chrono::steady_clock::now()); }
  void turn() {
    io_.restart();
    io_.poll();
    if (!streamer_) return;
    const MediaTime until = media_now() - Flicks(40ms);
    if (until <= fed_until_) return;
    for (auto& unit : live_.units(fed_until_, until)) {
      if (withhold_ && withhold_(*unit)) continue;
      send_unit(held_ > Flicks(0) ? MessageKind::kProgrammeUnit : MessageKind::kMediaUnit, *unit);
      if (held_ > Flicks(0)) to_air_.push_back(*unit);
    }
    fed_until_ = until;
    air_what_was_held(until);
  }
  void send_unit(MessageKind kind, const MediaUnit& unit) {
    Bytes body;
    write_media_unit(unit, body);
    EXPECT_TRUE(streamer_->send(kind, body));
  }
  // As a streamer with a delay does: the time is that of the airing.
  void air_what_was_held(MediaTime until) {
    if (held_ > Flicks(0) && airs_from_ != MediaTime() && until >= airs_from_) {
      streamer_->send(MessageKind::kGeneration, to_json(live_.announcement()));
      airs_from_ = MediaTime();
    }
    for (; !to_air_.empty() && to_air_.front().time + held_ <= until; to_air_.pop_front()) {
      to_air_.front().time += held_;
      send_unit(MessageKind::kMediaUnit, to_air_.front());
    }
  }
  bool wait(const std::function<bool()>& condition, std::chrono::milliseconds timeout = 10s) {
    const auto end = std::chrono::steady_clock::now() + timeout;
    while (!condition()) {
      if (std::chrono::steady_clock::now() > end) return false;
      turn();
      io_.restart();
      io_.run_one_for(5ms);
    }
    return true;
  }
  bool play(TestViewer& viewer, const std::function<bool()>& condition) {
    return viewer.run_until([&] {
      turn();
      return condition();
    });
  }
  bool has(MessageKind kind) const {
    return std::ranges::any_of(from_relay_, [&](const Message& m) { return m.kind == kind; });
  }
  bool on_air(std::string_view source) const {
    const auto last = std::find_if(from_relay_.rbegin(), from_relay_.rend(),
                                   [](const Message& m) { return m.kind == MessageKind::kOnAir; });
    return last != from_relay_.rend() && last->body.find(source) != std::string::npos;
  }

  std::optional<Message> ask(MessageKind kind, const std::string& json) {
    to_gateway_.clear();
    gateway_->send(kind, json);
    if (!wait([&] { return !to_gateway_.empty(); })) return {};
    return to_gateway_.front();
  }
  JoinAnswer join(const JoinRequest& request) {
    const auto answer = ask(MessageKind::kJoin, to_json(request));
    EXPECT_TRUE(answer && answer->kind == MessageKind::kJoined);
    return join_answer_from_json(answer->body).value();
  }
  WatchLeave leave_for(WatchBearer bearer, const std::string& subject,
                       std::chrono::seconds life) const {
    const auto now = std::chrono::floor<std::chrono::seconds>(media_now().time_since_epoch());
    return {bearer, subject, channel_.watch_key, WatchGrant::Instant(now + life)};
  }
  bool leave(const std::string& viewer, const std::string& channel = "main") {
    const auto answer = ask(MessageKind::kLeave, to_json(LeaveRequest{9, channel, viewer}));
    EXPECT_TRUE(answer && answer->kind == MessageKind::kLeft);
    const LeaveAnswer left = leave_answer_from_json(answer->body).value();
    EXPECT_EQ(left.request, 9u);
    return left.found;
  }
  std::string metrics() {
    std::erase_if(from_relay_, [](const Message& m) { return m.kind == MessageKind::kMetrics; });
    supervisor_->send(MessageKind::kCollect, R"({"request":5})");
    EXPECT_TRUE(wait([&] { return has(MessageKind::kMetrics); }));
    const auto found = std::ranges::find(from_relay_, MessageKind::kMetrics, &Message::kind);
    return found->body.substr(8);
  }
  static bool shows(const TestViewer& viewer, Generation generation) {
    const auto video = viewer.video();
    return video.size() > 50 && video.back().mark->generation == generation.value &&
           video[video.size() - 20].mark->generation == generation.value;
  }

  std::function<bool(const MediaUnit&)> withhold_;
  Flicks held_{0};  // before it airs
  MediaTime airs_from_;
  std::deque<MediaUnit> to_air_;
  boost::asio::io_context io_;
  std::shared_ptr<Link> supervisor_;
  std::shared_ptr<Link> gateway_;
  std::shared_ptr<Link> streamer_;
  std::vector<Message> from_relay_;
  std::vector<Message> to_gateway_;
  std::vector<Message> to_streamer_;
  std::thread relay_;
  int exit_code_ = -1;
  NodeConfig config_;
  Channel channel_;
  std::string slate_file_;
  Monotonic start_;
  SharedMediaClock clock_;
  MediaProgramme live_{kLive, 2};
  MediaTime fed_until_;
};

TEST_F(RelayProcessTest, SlateLiveSlateOnOneConnectionWhileGatewaysComeAndGo) {
  start();
  TestViewer viewer;
  const JoinAnswer answer = join(viewer.join_request("main"));
  ASSERT_EQ(answer.status, 201) << answer.problem;
  EXPECT_EQ(answer.address, "127.0.0.1");
  EXPECT_EQ(answer.viewer.size(), kViewerIdChars);
  EXPECT_NE(answer.port, 0);
  viewer.accept(answer);
  ASSERT_TRUE(play(viewer, [&] { return shows(viewer, kSlate); }));
  EXPECT_EQ(viewer.dtls_client().server_fingerprint(), answer.fingerprint);

  gateway_->close();
  gateway_.reset();
  connect_streamer();
  ASSERT_TRUE(play(viewer, [&] { return shows(viewer, kLive); }));
  EXPECT_TRUE(on_air("live"));

  streamer_->close();  // as if killed
  streamer_.reset();
  ASSERT_TRUE(play(viewer, [&] { return shows(viewer, kSlate); }));
  ASSERT_TRUE(wait([&] { return on_air("slate"); }));
  EXPECT_EQ(TestViewer::discontinuity(viewer.video()), "");
  EXPECT_EQ(TestViewer::discontinuity(viewer.audio()), "");
  EXPECT_EQ(viewer.refused(), 0u);

  connect_gateway();
  const std::string text = metrics();
  EXPECT_NE(text.find("longmen_viewers{channel=\"main\"} 1"), std::string::npos) << text;
  EXPECT_NE(text.find("longmen_on_air{channel=\"main\",source=\"slate\"} 1"), std::string::npos);
  EXPECT_NE(text.find("longmen_on_air{channel=\"main\",source=\"live\"} 0"), std::string::npos);
  EXPECT_NE(text.find("longmen_viewer_joins_total{result=\"ok\"} 1"), std::string::npos);
  EXPECT_NE(text.find("longmen_first_picture_seconds_count 1"), std::string::npos);
  EXPECT_EQ(text.find("longmen_relay_packets_sent_total 0\n"), std::string::npos);
  EXPECT_NE(text.find("longmen_relay_first_send_seconds_bucket{le=\"0.001\"}"), std::string::npos);
  EXPECT_EQ(text.find("longmen_relay_first_send_seconds_count 0\n"), std::string::npos);
  EXPECT_FALSE(leave(answer.viewer, "other")) << "a viewer of another channel";
  EXPECT_TRUE(leave(answer.viewer));
  EXPECT_FALSE(leave(answer.viewer));
  EXPECT_FALSE(leave("nonsense"));
  EXPECT_FALSE(leave("ff" + answer.viewer.substr(2)));
}

TEST_F(RelayProcessTest, StreamerThatIsSilentGivesWayToTheSlateAndComesBack) {
  start();
  connect_streamer();
  ASSERT_TRUE(wait([&] { return on_air("live"); }));
  const auto held = std::exchange(streamer_, nullptr);  // the link stays open
  ASSERT_TRUE(wait([&] { return on_air("slate"); }));
  streamer_ = held;
  EXPECT_TRUE(wait([&] { return on_air("live"); }));
}

// A hole is one for every shard, and each asks.
TEST_F(RelayProcessTest, TheEncoderIsAskedOnceHoweverManyShardsAsk) {
  config_.relay.shards = 4;
  start();
  connect_streamer();
  ASSERT_TRUE(wait([&] { return on_air("live"); }));
  std::optional<MediaTime> hole;
  withhold_ = [&](const MediaUnit& unit) {
    if (hole || unit.rendition != RenditionId{0} || unit.keyframe) return false;
    hole = unit.time;
    return true;
  };
  const auto requests = [&] {
    return std::ranges::count(to_streamer_, MessageKind::kKeyframeRequest, &Message::kind);
  };
  ASSERT_TRUE(wait([&] { return requests() > 0; }));
  const Monotonic asked = std::chrono::steady_clock::now();
  ASSERT_TRUE(wait([&] { return fed_until_ > *hole + Flicks(500ms); }));
  const auto since = std::chrono::steady_clock::now() - asked;
  EXPECT_LE(requests(), 1 + since / 1s) << "once a second";
}

TEST_F(RelayProcessTest, ViewersAreSpreadOverShardsUpToTheLimit) {
  config_.relay.max_viewers = 4;
  start();
  std::map<uint16_t, int> ports;
  TestViewer viewer;
  for (int i = 0; i < 4; ++i)
    ++ports[join(viewer.join_request("main")).port];
  EXPECT_EQ(ports.size(), 2u);
  for (const auto& [port, viewers] : ports)
    EXPECT_EQ(viewers, 2);
  const JoinAnswer full = join(viewer.join_request("main"));
  EXPECT_EQ(full.status, 503);
  EXPECT_FALSE(full.problem.empty());
  EXPECT_NE(metrics().find("longmen_viewer_joins_total{result=\"full\"} 1"), std::string::npos);
}

TEST_F(RelayProcessTest, WhoIsOverALimitIsRefusedWithItsReason) {
  config_.relay.max_viewers_per_address = 4;
  config_.relay.max_pending_handshakes = 4;
  config_.relay.max_pending_handshakes_per_address = 2;
  start();
  const auto join_from = [&](TestViewer& viewer, const std::string& address) {
    JoinRequest request = viewer.join_request("main");
    request.client_address = address;
    return join(request);
  };
  const auto counted = [&](const std::string& result) {
    const std::string line = "longmen_viewer_joins_total{result=\"" + result + "\"} 1";
    return metrics().find(line) != std::string::npos;
  };
  TestViewer viewer;
  TestViewer idle;
  const JoinAnswer first = join_from(viewer, "192.0.2.1");
  ASSERT_EQ(first.status, 201);
  EXPECT_EQ(join_from(idle, "192.0.2.1").status, 201);
  const JoinAnswer too_many = join_from(idle, "192.0.2.1");
  EXPECT_EQ(too_many.status, 429);
  EXPECT_FALSE(too_many.problem.empty());
  EXPECT_TRUE(counted("address_pending_full"));
  EXPECT_EQ(join_from(idle, "192.0.2.2").status, 201);
  EXPECT_EQ(join_from(idle, "192.0.2.3").status, 201);
  EXPECT_EQ(join_from(idle, "192.0.2.4").status, 503);
  EXPECT_TRUE(counted("pending_full"));
  EXPECT_NE(metrics().find("longmen_viewers_pending 4\n"), std::string::npos);

  // Connected, it is pending no more; gone, its place is free.
  viewer.accept(first);
  ASSERT_TRUE(play(viewer, [&] { return viewer.video().size() > 30; }));
  EXPECT_NE(metrics().find("longmen_viewers_pending 3\n"), std::string::npos);
  const JoinAnswer again = join_from(idle, "192.0.2.1");
  EXPECT_EQ(again.status, 201);
  EXPECT_TRUE(leave(again.viewer));
  // Limits are those of the last configuration.
  config_.relay.max_viewers_per_address = 1;
  configure();
  ASSERT_TRUE(wait([&] { return join_from(idle, "192.0.2.2").status == 429; }));
  EXPECT_EQ(join_from(idle, "192.0.2.1").status, 429);
  EXPECT_NE(metrics().find("longmen_viewer_joins_total{result=\"address_full\"} "),
            std::string::npos);
  EXPECT_TRUE(leave(first.viewer));
}

TEST_F(RelayProcessTest, AShardThatIsBusyTakesNobodyIn) {
  config_.relay.max_busy_percent = 1;
  config_.relay.shards = 1;
  start();
  TestViewer viewer;
  JoinAnswer first;
  const auto is_let_in = [&] {
    first = join(viewer.join_request("main"));
    return first.status == 201;
  };
  ASSERT_TRUE(wait(is_let_in, 20s));  // a busy machine's shard is, at its beginning
  viewer.accept(first);
  const Bytes junk(100, 0x80);
  JoinAnswer answer;
  const auto end = std::chrono::steady_clock::now() + 20s;
  while (answer.status == 201 && std::chrono::steady_clock::now() < end) {
    for (int i = 0; i < 500; ++i)
      viewer.send_raw(junk);
    answer = join(viewer.join_request("main"));
  }
  EXPECT_EQ(answer.status, 503);
  EXPECT_FALSE(answer.problem.empty());
  EXPECT_NE(metrics().find("longmen_viewer_joins_total{result=\"busy\"} "), std::string::npos);
  // It is over within a second or so.
  EXPECT_TRUE(wait(is_let_in, 20s));
}

TEST_F(RelayProcessTest, JoinsThatCannotBeAreAnsweredSo) {
  start();
  TestViewer viewer;
  EXPECT_EQ(join(viewer.join_request("other")).status, 404);
  JoinRequest request = viewer.join_request("main");
  request.fingerprint = "sha-1 AA:BB";
  EXPECT_EQ(join(request).status, 400);
  gateway_->send(MessageKind::kJoin, "not JSON");
  gateway_->send(MessageKind::kMediaUnit, "x");
  EXPECT_EQ(join(viewer.join_request("main")).status, 201);
}

TEST_F(RelayProcessTest, ChannelWithoutSlateIsNotReadyBeforeItsStreamer) {
  channel_.slate_file.clear();
  start();
  TestViewer viewer;
  EXPECT_EQ(join(viewer.join_request("main")).status, 503);
  // The slate is made later, and named in a new configuration.
  channel_.slate_file = slate_file_;
  configure();
  ASSERT_TRUE(wait([&] { return on_air("slate"); }));
  EXPECT_EQ(join(viewer.join_request("main")).status, 201);
}

TEST_F(RelayProcessTest, NamedRungIsSentElseTheTopOneAndSoundAloneOnRequest) {
  start();
  const auto play_rendition = [&](const std::string& name, TestViewer& viewer) {
    JoinRequest request = viewer.join_request("main");
    request.rendition = name;
    viewer.accept(join(request));
    return play(viewer, [&] { return viewer.packets().size() > 30; });
  };
  TestViewer small, unknown, sound;
  ASSERT_TRUE(play_rendition("480p", small));
  EXPECT_EQ(small.video().front().mark->rendition, 1);
  ASSERT_TRUE(play_rendition("999p", unknown));
  EXPECT_EQ(unknown.video().front().mark->rendition, 0);
  ASSERT_TRUE(play_rendition("audio", sound));
  EXPECT_TRUE(sound.video().empty());
}

TEST_F(RelayProcessTest, IceRestartIsAnswered) {
  start();
  TestViewer viewer;
  const JoinAnswer joined = join(viewer.join_request("main"));
  IceRestartRequest request{7,           "main",     joined.viewer,
                            joined.etag, "newufrag", "a-new-password-of-24-chars"};
  auto answer = ask(MessageKind::kRestartIce, to_json(request));
  ASSERT_TRUE(answer && answer->kind == MessageKind::kIceRestarted);
  const JoinAnswer restarted = join_answer_from_json(answer->body).value();
  EXPECT_EQ(restarted.status, 200);
  EXPECT_EQ(restarted.request, 7u);
  EXPECT_EQ(restarted.port, joined.port);
  EXPECT_NE(restarted.ufrag, joined.ufrag);
  answer = ask(MessageKind::kRestartIce, to_json(request));  // the old etag
  EXPECT_EQ(join_answer_from_json(answer->body)->status, 412);
  request.channel = "other";
  answer = ask(MessageKind::kRestartIce, to_json(request));
  EXPECT_EQ(join_answer_from_json(answer->body)->status, 404) << "a viewer of another channel";
  request.channel = "main";
  request.viewer = "nobody";
  answer = ask(MessageKind::kRestartIce, to_json(request));
  EXPECT_EQ(join_answer_from_json(answer->body)->status, 404);
}

TEST_F(RelayProcessTest, SelectionIsAnswered) {
  start();
  const auto select = [&](const std::string& channel, const std::string& viewer,
                          const std::string& rendition) {
    const auto answer =
        ask(MessageKind::kSelect, to_json(SelectRequest{5, channel, viewer, rendition}));
    EXPECT_TRUE(answer && answer->kind == MessageKind::kSelected);
    return answer ? select_answer_from_json(answer->body).value() : SelectAnswer{};
  };
  TestViewer viewer;
  const JoinAnswer joined = join(viewer.join_request("main"));
  viewer.accept(joined);
  ASSERT_TRUE(play(viewer, [&] { return viewer.video().size() > 30; }));
  EXPECT_EQ(viewer.video().back().mark->rendition, 0);
  const SelectAnswer selected = select("main", joined.viewer, "480p");
  EXPECT_EQ(selected.status, 200);
  EXPECT_EQ(selected.request, 5u);
  EXPECT_TRUE(play(viewer, [&] { return viewer.video().back().mark->rendition == 1; }));
  EXPECT_EQ(select("main", joined.viewer, "").status, 200);
  const SelectAnswer gone = select("main", joined.viewer, "999p");
  EXPECT_EQ(gone.status, 409);
  EXPECT_FALSE(gone.problem.empty());
  EXPECT_EQ(select("other", joined.viewer, "480p").status, 404) << "a viewer of another channel";
  EXPECT_EQ(select("main", "nobody", "480p").status, 404);
  TestViewer listener;
  JoinRequest sound = listener.join_request("main");
  sound.rendition = "audio";
  EXPECT_EQ(select("main", join(sound).viewer, "480p").status, 409);
}

TEST_F(RelayProcessTest, RemovedChannelEndsItsViewersAndStopEndsTheProcess) {
  start();
  TestViewer viewer;
  viewer.accept(join(viewer.join_request("main")));
  ASSERT_TRUE(play(viewer, [&] { return shows(viewer, kSlate); }));
  const Channel kept = std::exchange(channel_, Channel{});
  channel_ = kept;
  channel_.id = "second";
  configure();
  EXPECT_TRUE(play(viewer, [&] { return viewer.closed_by_server(); }));
  EXPECT_EQ(join(viewer.join_request("main")).status, 404);
  TestViewer again;
  again.accept(join(again.join_request("second")));
  ASSERT_TRUE(play(again, [&] { return shows(again, kSlate); }));
  stop();
  EXPECT_EQ(exit_code_, 0);
  EXPECT_TRUE(again.run_until([&] { return again.closed_by_server(); }));
}

// Who has joined asks for nothing any more: the relay holds it to its leave.
TEST_F(RelayProcessTest, AViewerStaysOnlyWhileItMayWatch) {
  channel_.access = Access::kToken;
  channel_.watch_key = "key";
  start();
  TestViewer person, guest, screen;
  const auto join_as = [&](TestViewer& viewer, const WatchLeave& leave) {
    JoinRequest request = viewer.join_request("main");
    request.leave = leave;
    return join(request);
  };
  const WatchLeave of_person = leave_for(WatchBearer::kPerson, "li", 1h);
  const WatchLeave of_screen = leave_for(WatchBearer::kScreen, "screen 7", 1h);
  EXPECT_EQ(join(person.join_request("main")).status, 401);
  person.accept(join_as(person, of_person));
  ASSERT_TRUE(play(person, [&] { return shows(person, kSlate); }));
  screen.accept(join_as(screen, of_screen));
  ASSERT_TRUE(play(screen, [&] { return shows(screen, kSlate); }));
  guest.accept(join_as(guest, leave_for(WatchBearer::kPerson, "wang", 3s)));
  ASSERT_TRUE(play(guest, [&] { return !guest.video().empty(); }));
  EXPECT_TRUE(play(guest, [&] { return guest.closed_by_server(); })) << "the link expires";
  EXPECT_FALSE(person.closed_by_server());

  channel_.access = Access::kScreens;
  configure();
  EXPECT_TRUE(play(person, [&] { return person.closed_by_server(); })) << "the channel closes";
  EXPECT_EQ(join_as(person, of_person).status, 403);
  const size_t before = screen.video().size();
  EXPECT_TRUE(play(screen, [&] { return screen.video().size() > before + 30; }));
  channel_.watch_revoked = {"screen 7"};
  configure();
  EXPECT_TRUE(play(screen, [&] { return screen.closed_by_server(); })) << "it is revoked";
  EXPECT_EQ(join_as(screen, of_screen).status, 401);
}

// From the order to the slate's keyframe in a viewer's hands, and back; the viewer's connection and
// its sequence go on, and the studio's preview does not care.
TEST_F(RelayProcessTest, ACutIsOnEveryScreenAtOnceAndItsEndToo) {
  start();
  connect_streamer();
  ASSERT_TRUE(wait([&] { return on_air("live"); }));
  TestViewer viewer, preview;
  viewer.accept(join(viewer.join_request("main")));
  ASSERT_TRUE(play(viewer, [&] { return shows(viewer, kLive); }));
  JoinRequest hidden = preview.join_request("main~programme");
  EXPECT_EQ(join(hidden).status, 401) << "the studio's alone";
  hidden.leave = leave_for(WatchBearer::kStudio, "li", 1h);
  preview.accept(join(hidden));
  ASSERT_TRUE(play(preview, [&] { return shows(preview, kLive); }));
  const auto order = [&](AirRule rule) {
    channel_.air = followed_by(channel_.air, rule, media_now());
    configure();
    return channel_.air.hidden_before;
  };
  const auto shows_now = [](const TestViewer& who, Generation generation) {
    const auto video = who.video();
    return !video.empty() && video.back().mark && video.back().mark->generation == generation.value;
  };

  const auto cut_at = std::chrono::steady_clock::now();
  order(AirRule::kCut);
  ASSERT_TRUE(play(viewer, [&] { return shows_now(viewer, kSlate); }));
  const auto cut_took = std::chrono::steady_clock::now() - cut_at;
  ASSERT_TRUE(wait([&] { return on_air("\"rule\":\"cut\""); }));
  const MediaTime later = channel_.air.hidden_before + Flicks(300ms);
  ASSERT_TRUE(play(preview, [&] {
    const auto video = preview.video();
    return !video.empty() && video.back().mark && video.back().mark->time > later;
  }));
  EXPECT_TRUE(shows_now(preview, kLive)) << "the studio sees what it has cut";

  to_streamer_.clear();
  const auto undone_at = std::chrono::steady_clock::now();
  const MediaTime hidden_before = order(AirRule::kFeed);
  ASSERT_TRUE(play(viewer, [&] { return shows_now(viewer, kLive); }));
  const auto undo_took = std::chrono::steady_clock::now() - undone_at;
  EXPECT_TRUE(wait([&] {
    return std::ranges::any_of(
        to_streamer_, [](const Message& m) { return m.kind == MessageKind::kKeyframeRequest; });
  })) << "it does not wait for the next GOP";
  const auto video = viewer.video();
  bool live_again = false;
  for (size_t i = 1; i < video.size(); ++i) {
    live_again = live_again || (video[i].mark->generation == kLive.value &&
                                video[i - 1].mark->generation == kSlate.value);
    EXPECT_TRUE(!live_again || video[i].mark->time >= hidden_before);
  }
  EXPECT_TRUE(live_again);
  EXPECT_EQ(TestViewer::discontinuity(viewer.video()), "");
  std::cout << "cut " << cut_took / 1ms << " ms, undone " << undo_took / 1ms
            << " ms from order to a viewer's hands\n";
  EXPECT_EQ(join(viewer.join_request("other~primary")).status, 404);
  EXPECT_EQ(join(viewer.join_request("main~other")).status, 404);
}

// It is encoded for who watches it alone, and is nobody else's picture.
TEST_F(RelayProcessTest, AnInputsPreviewIsAskedForWhenSomebodyWatchesIt) {
  constexpr Generation kPreview{kLive.value + 1};
  start();
  connect_streamer();
  ASSERT_TRUE(wait([&] { return on_air("live"); }));
  TestViewer viewer, preview, primary;
  viewer.accept(join(viewer.join_request("main")));
  JoinRequest hidden = preview.join_request("main~backup");
  EXPECT_EQ(join(hidden).status, 401);
  hidden.leave = leave_for(WatchBearer::kStudio, "li", 1h);
  hidden.leave->key = "of another installation";
  EXPECT_EQ(join(hidden).status, 401);
  const auto wanted = [&](std::string_view inputs) {
    const auto last =
        std::find_if(to_streamer_.rbegin(), to_streamer_.rend(),
                     [](const Message& m) { return m.kind == MessageKind::kPreviewsWanted; });
    return last != to_streamer_.rend() && last->body == inputs;
  };
  ASSERT_TRUE(wait([&] { return wanted(R"({"inputs":[]})"); })) << "nobody watches";

  hidden.leave = leave_for(WatchBearer::kStudio, "li", 1h);
  preview.accept(join(hidden));
  ASSERT_TRUE(wait([&] { return wanted(R"({"inputs":["backup"]})"); }));
  MediaProgramme programme(kPreview, 1);
  const auto send = [&](MessageKind kind, ByteSpan body) {
    Bytes message;
    begin_preview_message(ChannelInput::kBackup, message);
    message.insert(message.end(), body.begin(), body.end());
    streamer_->send(kind, message);
  };
  send(MessageKind::kPreviewGeneration, as_bytes(to_json(programme.announcement())));
  MediaTime sent = media_now();
  const auto last_of = [](const TestViewer& who) -> uint64_t {
    const auto video = who.video();
    return video.empty() || !video.back().mark ? 0 : video.back().mark->generation;
  };
  ASSERT_TRUE(play(preview, [&] {
    const MediaTime until = media_now() - Flicks(40ms);
    for (const auto& unit : programme.units(sent, std::max(sent, until))) {
      Bytes body;
      write_media_unit(*unit, body);
      send(MessageKind::kPreviewUnit, body);
    }
    sent = std::max(sent, until);
    return last_of(preview) == kPreview.value;
  }));
  ASSERT_TRUE(play(viewer, [&] { return last_of(viewer) != 0; }));
  EXPECT_EQ(last_of(viewer), kLive.value);
  hidden = primary.join_request("main~primary");
  hidden.leave = leave_for(WatchBearer::kStudio, "li", 1h);
  primary.accept(join(hidden));
  ASSERT_TRUE(play(primary, [&] { return last_of(primary) != 0; }));
  EXPECT_EQ(last_of(primary), kSlate.value) << "that input has no preview yet";
  EXPECT_TRUE(wait([&] { return wanted(R"({"inputs":["primary","backup"]})"); }));
  EXPECT_TRUE(std::ranges::none_of(to_streamer_, [](const Message& m) {
    return m.kind == MessageKind::kKeyframeRequest;
  })) << "the programme is not asked for anything";

  connect_streamer();
  to_streamer_.clear();
  EXPECT_TRUE(wait([&] { return wanted(R"({"inputs":["primary","backup"]})"); }))
      << "another streamer is told as well";
  const Bytes unknown{7};
  streamer_->send(MessageKind::kPreviewUnit, unknown);
  EXPECT_TRUE(wait([&] {
    return metrics().find("longmen_dropped_total{reason=\"unsupported\"} 1") != std::string::npos;
  }));
}

// The studio sees what is made, the public what was made before; and the cut is known before it
// airs.
TEST_F(RelayProcessTest, WhatIsHeldBeforeItAirsIsSeenByTheStudioAlone) {
  held_ = 700ms;
  start();
  connect_streamer();
  TestViewer viewer, preview;
  viewer.accept(join(viewer.join_request("main")));
  JoinRequest hidden = preview.join_request("main~programme");
  EXPECT_EQ(join(hidden).status, 401);
  hidden.leave = leave_for(WatchBearer::kStudio, "li", 1h);
  preview.accept(join(hidden));
  ASSERT_TRUE(play(preview, [&] { return shows(preview, kLive); }));
  ASSERT_TRUE(play(viewer, [&] { return shows(viewer, kLive); }));
  const auto newest = [](const TestViewer& who) { return who.video().back().mark->time; };
  // What the one has now, the other has had for as long as it was held.
  const MediaTime on_air = newest(viewer);
  EXPECT_LE(on_air + held_, media_now());
  ASSERT_TRUE(play(preview, [&] { return newest(preview) > on_air + held_ * 3 / 4; }));
  EXPECT_EQ(TestViewer::discontinuity(viewer.video()), "");
  EXPECT_EQ(TestViewer::discontinuity(preview.video()), "");

  // What was held at the cut, and what was made until its end, never comes.
  const MediaTime cut_at = media_now();
  AirLine line;
  line.order(AirRule::kCut, cut_at, held_);
  channel_.air = line.in_force();
  configure();
  const auto shows_slate = [&] { return viewer.video().back().mark->generation == kSlate.value; };
  ASSERT_TRUE(play(viewer, shows_slate));
  const MediaTime undone_at = media_now();
  line.order(AirRule::kFeed, undone_at, held_);
  channel_.air = line.in_force();
  configure();
  ASSERT_TRUE(play(viewer, [&] { return !shows_slate(); }));
  for (const auto& packet : viewer.video()) {
    if (packet.mark->generation != kLive.value) continue;
    EXPECT_TRUE(packet.mark->time < cut_at - held_ + Flicks(100ms) ||
                packet.mark->time >= undone_at);
  }
}

}  // namespace
}  // namespace longmen
