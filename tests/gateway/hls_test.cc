// Real HTTP against a gateway's HLS whose streamer is the test: it gives units when the test says
// so, and media time stands still meanwhile as far as that matters: whole parts are there at once.
#include "gateway/hls.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <prometheus/text_serializer.h>

#include <boost/asio/use_future.hpp>
#include <optional>

#include "core/time/generation_time.h"
#include "net/http_server.h"
#include "tests/core/hls/made_up_channel.h"
#include "tests/net/http2_client.h"
#include "tests/net/loopback.h"

namespace longmen {
namespace {

namespace asio = boost::asio;
using std::chrono::milliseconds;
using std::chrono::seconds;
using test::IoThread;
using test::kN0;
using test::kStartOf2026;
using test::RawClient;
using test::status_of;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

const Generation kLive = generation_started_at(kStartOf2026, 7);

std::string body_of(const std::string& response) {
  return response.substr(response.find("\r\n\r\n") + 4);
}

class HlsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    set_clock(kStartOf2026 - seconds(60));
    auto listening = test::listen_on_loopback();
    port_ = listening.port;
    thread_.run([&] {
      hls_ = std::make_unique<Hls>(thread_.io(), clock_, metrics_);
      hls_->set_channels({test::made_up_channel()}, milliseconds(200));
      hls_->add_routes(router_, gate_);
      server_ = std::make_unique<HttpServer>(
          thread_.io(), HttpServerLimits{},
          [this](HttpRequest request) -> asio::awaitable<HttpResponse> {
            HttpResponse response = co_await router_.handle(std::move(request));
            Hls::allow_other_origins(response);
            co_return response;
          },
          HttpServerEvents{},
          [this](HttpRequest& request) {
            std::optional<HttpResponse> response = router_.answer_at_once(request);
            if (response) Hls::allow_other_origins(*response);
            return response;
          });
      ASSERT_TRUE(server_->listen(std::move(listening.socket)));
      connect_streamer();
    });
  }
  void TearDown() override {
    thread_.run([this] {
      server_.reset();
      hls_->stop();
      streamer_->close();
    });
    thread_.stop();
  }

  void connect_streamer() {
    auto ends = Link::pair();
    ASSERT_TRUE(ends);
    streamer_ = std::make_shared<Link>(thread_.io(), std::move(ends->first));
    streamer_->start([](MessageKind, ByteSpan, UniqueFd) {}, [] {});
    hls_->take_streamer("main", std::make_shared<Link>(thread_.io(), std::move(ends->second)));
    streamer_->send(MessageKind::kGeneration, to_json(test::announcement_of(kLive)));
  }
  // What starts in [from, until).
  void play(MediaTime from, MediaTime until,
            const std::function<bool(const MediaUnit&)>& keep = nullptr) {
    thread_.run([&] {
      for (const MediaUnit& unit : programme_) {
        if (unit.time < from || unit.time >= until || (keep && !keep(unit))) continue;
        Bytes message;
        write_media_unit(unit, message);
        ASSERT_TRUE(streamer_->send(MessageKind::kMediaUnit, message));
      }
    });
  }
  // And waits until they are there.
  void play_seconds(int count) {
    play(kStartOf2026, kStartOf2026 + seconds(count));
    const std::string last = fmt::format("/{}.m4s\n", kN0 + count - 1);
    for (const char* rendition : {"v0", "v1", "audio"}) {
      const auto patience = std::chrono::steady_clock::now() + seconds(test::kPatienceSeconds);
      while (ask(fmt::format("/hls/main/{}/index.m3u8", rendition)).find(last) == std::string::npos)
        ASSERT_LT(std::chrono::steady_clock::now(), patience);
    }
  }
  void cut_at(MediaTime time) {
    Channel cut = test::made_up_channel();
    cut.air = {AirRule::kCut, time};
    thread_.run([&] { hls_->set_channels({cut}, milliseconds(200)); });
  }
  // Far from what is played, no deadline passes, however slow the machine is.
  void set_clock(MediaTime now) {
    clock_.set({{std::chrono::steady_clock::now(), now, 0}, std::nullopt});
  }

  std::string ask(std::string_view target, std::string_view fields = "",
                  std::string_view method = "GET") {
    RawClient client(port_);
    return ask(client, target, fields, method);
  }
  std::string ask(RawClient& client, std::string_view target, std::string_view fields = "",
                  std::string_view method = "GET") {
    say(client, target, fields, method);
    return client.read_response(method == "HEAD");
  }
  void say(RawClient& client, std::string_view target, std::string_view fields = "",
           std::string_view method = "GET") {
    client.say(fmt::format("{} {} HTTP/1.1\r\nHost: a\r\n{}\r\n", method, target, fields));
  }
  // Nobody is answered before the test goes on.
  void wait_until_held(size_t count) {
    const auto patience = std::chrono::steady_clock::now() + seconds(test::kPatienceSeconds);
    while (thread_.run([this] { return hls_->held(); }) != count)
      ASSERT_LT(std::chrono::steady_clock::now(), patience);
  }
  std::string part(int64_t segment, int index, std::string_view rendition = "v0") const {
    return fmt::format("/hls/main/{}/{}-1-5/{}.{}.m4s", rendition, kLive.value, segment, index);
  }
  std::string segment(int64_t number, std::string_view rendition = "v0") const {
    return fmt::format("/hls/main/{}/{}-1-5/{}.m4s", rendition, kLive.value, number);
  }

  const std::vector<MediaUnit> programme_ = test::programme(kLive, kStartOf2026, seconds(9));
  IoThread thread_;
  SharedMediaClock clock_;
  prometheus::Registry registry_;
  HlsMetrics metrics_{registry_};
  WatchGate gate_{clock_};
  HttpRouter router_;
  std::unique_ptr<Hls> hls_;
  std::unique_ptr<HttpServer> server_;
  std::shared_ptr<Link> streamer_;
  uint16_t port_ = 0;
};

TEST_F(HlsTest, TheMultivariantPlaylistWaitsForTheFirstPictures) {
  RawClient early(port_);
  say(early, "/hls/main/index.m3u8");
  wait_until_held(1);
  play_seconds(1);
  const std::string response = early.read_response();
  EXPECT_EQ(status_of(response), 200);
  EXPECT_THAT(response, HasSubstr("Content-Type: application/vnd.apple.mpegurl\r\n"));
  EXPECT_THAT(response, HasSubstr("Access-Control-Allow-Origin: *\r\n"));
  EXPECT_THAT(response, HasSubstr("RESOLUTION=854x480,FRAME-RATE=30.000"));
  EXPECT_THAT(response, HasSubstr("CODECS=\"avc1.64001f,mp4a.40.2\""));
  EXPECT_THAT(response, HasSubstr("\nv1/index.m3u8\n"));
}

TEST_F(HlsTest, SoundAloneIsAVariantForWhoCanUseIt) {
  play_seconds(1);
  RawClient client(port_);
  const std::string anyone = ask(client, "/hls/main/index.m3u8");
  EXPECT_THAT(anyone, HasSubstr("Vary: Accept-Encoding, User-Agent\r\n"));
  EXPECT_THAT(anyone, Not(HasSubstr("\naudio/index.m3u8\n")));
  const std::string apple = ask(client, "/hls/main/index.m3u8",
                                "User-Agent: AppleCoreMedia/1.0.0.21F90 (iPhone; U; CPU OS)\r\n");
  EXPECT_THAT(apple, HasSubstr("\naudio/index.m3u8\n"));
  const std::string television =
      ask(client, "/hls/main/index.m3u8",
          "User-Agent: AppleCoreMedia/1.0.0.21K79 (Apple TV; U; CPU OS 17_2 like Mac OS X)\r\n");
  EXPECT_THAT(television, Not(HasSubstr("\naudio/index.m3u8\n")));
}

TEST_F(HlsTest, APlaylistIsPlainOrCompressedAsTheClientAsks) {
  play_seconds(3);
  RawClient client(port_);
  ask(client, "/hls/main/v0/index.m3u8?_HLS_msn=1767225602&_HLS_part=4");
  const std::string plain = ask(client, "/hls/main/v0/index.m3u8");
  EXPECT_THAT(plain, HasSubstr("Vary: Accept-Encoding\r\n"));
  EXPECT_THAT(plain, HasSubstr("Cache-Control: no-cache\r\n"));
  EXPECT_THAT(plain, Not(HasSubstr("Content-Encoding")));
  EXPECT_THAT(body_of(plain), StartsWith("#EXTM3U\n"));
  EXPECT_THAT(plain, HasSubstr("URI=\"../audio/index.m3u8\",LAST-MSN=17672256"));
  const std::string small = ask(client, "/hls/main/v0/index.m3u8", "Accept-Encoding: br, gzip\r\n");
  EXPECT_THAT(small, HasSubstr("Content-Encoding: gzip\r\n"));
  EXPECT_LT(body_of(small).size() * 3, body_of(plain).size());
  EXPECT_THAT(body_of(small), StartsWith("\x1f\x8b"));
  const std::string all = ask(client, "/hls/main/index.m3u8");
  EXPECT_THAT(all, HasSubstr("Vary: Accept-Encoding, User-Agent\r\n"));
  EXPECT_THAT(body_of(all), StartsWith("#EXTM3U\n"));
  const std::string all_small = ask(client, "/hls/main/index.m3u8", "Accept-Encoding: gzip\r\n");
  EXPECT_THAT(all_small, HasSubstr("Content-Encoding: gzip\r\n"));
  EXPECT_THAT(all_small, HasSubstr("Cache-Control: public, max-age=5\r\n"));
  EXPECT_THAT(body_of(all_small), StartsWith("\x1f\x8b"));
  const std::string head = ask(client, "/hls/main/v0/index.m3u8", "", "HEAD");
  EXPECT_THAT(head, HasSubstr(fmt::format("Content-Length: {}\r\n", body_of(plain).size())));
}

TEST_F(HlsTest, ABlockingReloadIsAnsweredWithThePart) {
  play_seconds(1);
  ask("/hls/main/v0/index.m3u8?_HLS_msn=1767225600");
  RawClient held(port_), sound(port_), whole(port_);
  say(held, "/hls/main/v0/index.m3u8?_HLS_msn=1767225601&_HLS_part=1");
  say(sound, "/hls/main/audio/index.m3u8?_HLS_msn=1767225601&_HLS_part=0");
  say(whole, "/hls/main/v0/index.m3u8?_HLS_msn=1767225601");
  wait_until_held(3);
  play(kStartOf2026 + seconds(1), kStartOf2026 + milliseconds(1400));
  const std::string response = held.read_response();
  EXPECT_EQ(status_of(response), 200);
  EXPECT_THAT(response, HasSubstr("/1767225601.1.m4s\"\n#EXT-X-PRELOAD-HINT"));
  EXPECT_THAT(response, HasSubstr("Cache-Control: public, max-age=6\r\n"));
  EXPECT_THAT(sound.read_response(), HasSubstr("/1767225601.0.m4s\",INDEPENDENT=YES\n"));
  wait_until_held(1);
  play(kStartOf2026 + milliseconds(1400), kStartOf2026 + seconds(2));
  EXPECT_THAT(whole.read_response(), HasSubstr("/1767225601.m4s\n"));
}

TEST_F(HlsTest, WhatWasCutIsGoneAndNoCacheKeepsThat) {
  play_seconds(3);
  EXPECT_EQ(status_of(ask(segment(kN0))), 200);
  cut_at(kStartOf2026 + seconds(3));
  for (const std::string& target : {segment(kN0), segment(kN0 + 1), part(kN0 + 2, 1)}) {
    const std::string gone = ask(target);
    EXPECT_EQ(status_of(gone), 410) << target;
    EXPECT_THAT(gone, HasSubstr("Cache-Control: no-store\r\n"));
  }
  const std::string playlist = ask("/hls/main/v0/index.m3u8");
  EXPECT_EQ(status_of(playlist), 200);
  EXPECT_THAT(playlist, HasSubstr(fmt::format("#EXT-X-MEDIA-SEQUENCE:{}\n", kN0 + 2)));
  EXPECT_THAT(playlist, Not(HasSubstr(fmt::format("/{}.m4s", kN0 + 1))));
  play(test::kStartOf2026 + seconds(3), test::kStartOf2026 + seconds(5));  // is held back
  EXPECT_EQ(status_of(ask(segment(kN0 + 2))), 410);
}

TEST_F(HlsTest, BadDirectivesAreToldSo) {
  play_seconds(2);
  ask("/hls/main/v0/index.m3u8?_HLS_msn=1767225601");
  for (const char* query :
       {"_HLS_msn=x", "_HLS_part=1", "_HLS_msn=1767225604", "_HLS_msn=1767225602&_HLS_part=16"}) {
    const std::string refused = ask(std::string("/hls/main/v0/index.m3u8?") + query);
    EXPECT_EQ(status_of(refused), 400) << query;
    EXPECT_THAT(refused, HasSubstr("Cache-Control: no-store\r\n"));
  }
  EXPECT_EQ(status_of(ask("/hls/main/v2/index.m3u8")), 404);
  EXPECT_EQ(status_of(ask("/hls/other/index.m3u8")), 404);
  EXPECT_EQ(status_of(ask("/hls/other/v0/index.m3u8")), 404);
  EXPECT_EQ(status_of(ask("/hls/main/v0/index.m3u8", "", "POST")), 405);
}

TEST_F(HlsTest, ADeltaUpdateIsForWhoAsks) {
  play_seconds(9);
  RawClient client(port_);
  std::string whole;
  for (int64_t number = kN0; number < kN0 + 9; ++number)  // nobody may ask for more than the next
    whole = ask(client, fmt::format("/hls/main/v0/index.m3u8?_HLS_msn={}", number));
  EXPECT_THAT(whole, Not(HasSubstr("EXT-X-SKIP")));
  const std::string delta = ask(client, "/hls/main/v0/index.m3u8?_HLS_skip=YES");
  EXPECT_THAT(delta, HasSubstr("#EXT-X-SKIP:SKIPPED-SEGMENTS=3\n"));
  EXPECT_LT(delta.size(), whole.size());
}

TEST_F(HlsTest, PartsAreTheSegmentAndCachesKeepThemNoLongerThanTheWindow) {
  play_seconds(2);
  RawClient client(port_);
  const std::string playlist =
      ask(client, "/hls/main/v0/index.m3u8?_HLS_msn=1767225601&_HLS_part=4");
  std::string together;
  for (int index = 0; index < 5; ++index) {
    const std::string response = ask(client, part(kN0, index));
    EXPECT_EQ(status_of(response), 200);
    EXPECT_THAT(response, HasSubstr("Content-Type: video/mp4\r\n"));
    EXPECT_THAT(response, HasSubstr("Cache-Control: public, max-age=90\r\n"));
    together += body_of(response);
  }
  const std::string whole = ask(client, segment(kN0));
  EXPECT_EQ(body_of(whole), together);
  EXPECT_THAT(whole, HasSubstr("Cache-Control: public, max-age=90\r\n"));
  const size_t map = playlist.find("#EXT-X-MAP:URI=\"") + 16;
  const std::string init = playlist.substr(map, playlist.find('"', map) - map);
  const std::string init_response = ask(client, "/hls/main/v0/" + init);
  EXPECT_EQ(status_of(init_response), 200);
  EXPECT_THAT(init_response, HasSubstr("Cache-Control: public, max-age=31536000, immutable\r\n"));
  EXPECT_THAT(body_of(init_response), HasSubstr("avcC"));
  ask(client, "/hls/main/audio/index.m3u8?_HLS_msn=1767225600&_HLS_part=0");
  EXPECT_THAT(ask(client, part(kN0, 0, "audio")), HasSubstr("Content-Type: audio/mp4\r\n"));
}

// What comes by the shorter way is what the longer one says.
TEST_F(HlsTest, WhatNeedNotBeHeldIsAnsweredAtOnce) {
  play_seconds(2);
  const auto request_of = [](std::string_view target) {
    HttpRequest request;
    request.method = "GET";
    request.target = *parse_http_target(target);
    return request;
  };
  const auto at_once = [&](std::string_view target) {
    return thread_.run([&] {
      HttpRequest request = request_of(target);
      return router_.answer_at_once(request);
    });
  };
  const std::string playlist = ask("/hls/main/v0/index.m3u8");
  const size_t map = playlist.find("#EXT-X-MAP:URI=\"") + 16;
  const std::string init = "/hls/main/v0/" + playlist.substr(map, playlist.find('"', map) - map);
  for (const std::string& target :
       {part(kN0, 1), segment(kN0), init, std::string("/hls/main/v0/index.m3u8"),
        std::string("/hls/main/v0/index.m3u8?_HLS_msn=1767225600&_HLS_part=2"),
        std::string("/hls/main/v0/index.m3u8?_HLS_skip=YES")}) {
    const auto shorter = at_once(target);
    ASSERT_TRUE(shorter) << target;
    const HttpResponse longer =
        asio::co_spawn(thread_.io(), router_.handle(request_of(target)), asio::use_future).get();
    EXPECT_EQ(longer.status, 200);
    EXPECT_EQ(shorter->status, 200);
    EXPECT_EQ(shorter->route, longer.route);
    EXPECT_EQ(shorter->shared, longer.shared);  // the very same bytes
    EXPECT_FALSE(shorter->shared.empty());
    EXPECT_EQ(shorter->fields.lines(), longer.fields.lines());
  }
  for (const std::string& target :
       {part(kN0 + 2, 0), segment(kN0 + 2), segment(kN0 - 1),
        std::string("/hls/other/v0/index.m3u8"), std::string("/hls/main/v9/index.m3u8"),
        std::string("/hls/main/v0/nonsense"),
        std::string("/hls/main/v0/index.m3u8?_HLS_msn=1767225602"),
        std::string("/hls/main/v0/index.m3u8?_HLS_part=1")})
    EXPECT_FALSE(at_once(target)) << target;
  cut_at(kStartOf2026 + seconds(2));
  EXPECT_FALSE(at_once(segment(kN0)));
}

TEST_F(HlsTest, WhatIsNotThereIs404) {
  play_seconds(2);
  ask("/hls/main/v0/index.m3u8?_HLS_msn=1767225601");
  const std::string generation = std::to_string(kLive.value);
  const std::vector<std::string> targets{part(kN0 - 1, 0),
                                         part(kN0, 5),
                                         part(kN0 + 30, 0),
                                         segment(kN0 - 1),
                                         segment(kN0 + 5),
                                         "/hls/main/v0/1-1-5/1767225600.0.m4s",
                                         "/hls/main/v0/1-1-5/1767225600.m4s",
                                         "/hls/main/v0/" + generation + "-2-5/1767225600.0.m4s",
                                         "/hls/main/v0/" + generation + "-1-4/1767225600.0.m4s",
                                         "/hls/main/v0/" + generation + "-1-4/1767225600.m4s",
                                         "/hls/main/v0/x",
                                         "/hls/main/v0/init-0123.mp4",
                                         "/hls/main/v0/"};
  for (const std::string& target : targets)
    EXPECT_EQ(status_of(ask(target)), 404) << target;
}

TEST_F(HlsTest, AHintedPartIsHeldUntilItIsThere) {
  play_seconds(1);
  ask("/hls/main/v0/index.m3u8?_HLS_msn=1767225600");
  RawClient client(port_), other(port_);
  say(client, part(kN0 + 1, 0));
  say(other, "/hls/main/v0/1-1-5/1767225601.0.m4s");  // hinted by nobody: another generation
  wait_until_held(2);
  play(kStartOf2026 + seconds(1), kStartOf2026 + milliseconds(1200));
  const std::string response = client.read_response();
  EXPECT_EQ(status_of(response), 200);
  EXPECT_THAT(body_of(response), HasSubstr("moof"));
  EXPECT_EQ(status_of(other.read_response()), 404);
}

// A player knows the time from before; the gateway has nothing yet, and then, from its streamer,
// first what is old.
TEST_F(HlsTest, AGatewayThatHasJustBeenStartedKeepsPlayersWaiting) {
  set_clock(kStartOf2026 + milliseconds(8500));
  RawClient playlist(port_), next(port_), old(port_), beyond(port_);
  say(playlist, "/hls/main/v0/index.m3u8?_HLS_msn=1767225608&_HLS_part=1");
  say(next, part(kN0 + 8, 2));
  say(old, segment(kN0 + 7));
  wait_until_held(3);
  say(beyond, "/hls/main/v0/index.m3u8?_HLS_msn=1767225699");
  EXPECT_EQ(status_of(beyond.read_response()), 400);
  play(kStartOf2026 + seconds(1), kStartOf2026 + seconds(9));
  EXPECT_EQ(status_of(playlist.read_response()), 200);
  EXPECT_EQ(status_of(next.read_response()), 200);
  EXPECT_EQ(status_of(old.read_response()), 200);
}

TEST_F(HlsTest, AGapIsToldAndNotThere) {
  set_clock(kStartOf2026 + seconds(1));
  const MediaTime lost =
      FrameGrid(30).time_of(FrameGrid(30).slot_at(kStartOf2026) + 20);  // of part 3
  play(kStartOf2026, kStartOf2026 + seconds(2), [&](const MediaUnit& unit) {
    return unit.time != lost || unit.rendition != RenditionId{0};
  });
  const std::string playlist = ask("/hls/main/v0/index.m3u8?_HLS_msn=1767225600&_HLS_part=4");
  EXPECT_THAT(playlist, HasSubstr("/1767225600.3.m4s\",GAP=YES\n"));
  EXPECT_THAT(playlist, HasSubstr("#EXT-X-GAP\n#EXTINF:1.00000,\n"));
  EXPECT_EQ(status_of(ask(part(kN0, 3))), 404);
  EXPECT_EQ(status_of(ask(part(kN0, 4))), 200);
  EXPECT_EQ(status_of(ask(segment(kN0))), 404);
  EXPECT_THAT(prometheus::TextSerializer().Serialize(registry_.Collect()),
              AllOf(HasSubstr("longmen_hls_parts_total{result=\"gap\"} 1\n"),
                    HasSubstr("longmen_hls_segment_begun_timestamp_seconds{channel=\"main\","
                              "rendition=\"v0\"} 1")));
}

TEST_F(HlsTest, HeldRequestsAreAnsweredWhenTheGatewayStops) {
  play_seconds(1);
  ask("/hls/main/v0/index.m3u8?_HLS_msn=1767225600");
  RawClient client(port_);
  say(client, "/hls/main/v0/index.m3u8?_HLS_msn=1767225601");
  wait_until_held(1);
  thread_.run([this] { hls_->stop(); });
  const std::string response = client.read_response();
  EXPECT_EQ(status_of(response), 503);
  EXPECT_THAT(response, HasSubstr("Retry-After: 1\r\n"));
}

TEST_F(HlsTest, WhatDoesNotComeIsRefusedAfterThreeTargetDurations) {
  play_seconds(1);
  ask("/hls/main/v0/index.m3u8?_HLS_msn=1767225600");
  const auto asked_at = std::chrono::steady_clock::now();
  RawClient playlist(port_), hinted(port_);
  say(playlist, "/hls/main/v0/index.m3u8?_HLS_msn=1767225601");
  say(hinted, part(kN0 + 1, 0));
  wait_until_held(2);
  for (RawClient* client : {&playlist, &hinted}) {
    const std::string response = client->read_response();
    EXPECT_EQ(status_of(response), 503);
    EXPECT_THAT(response, HasSubstr("Retry-After: 1\r\n"));
  }
  EXPECT_GE(std::chrono::steady_clock::now() - asked_at, seconds(3));
}

TEST_F(HlsTest, WhoLeavesIsHeldNoLonger) {
  play_seconds(2);
  RawClient stays(port_);  // and would be too late before the others are
  say(stays, fmt::format("/hls/main/v0/index.m3u8?_HLS_msn={}", kN0 + 2));
  wait_until_held(1);
  RawClient socket(port_);
  test::Http2Client client;
  std::vector<int32_t> held;
  for (int i = 0; i < 10; ++i)
    held.push_back(client.get(fmt::format("/hls/main/v0/index.m3u8?_HLS_msn={}", kN0 + 2)));
  held.push_back(client.get(part(kN0 + 2, 0)));
  socket.say(client.output());
  wait_until_held(12);
  for (const int32_t stream : held)
    client.reset(stream);
  socket.say(client.output());
  wait_until_held(1);
  play(kStartOf2026 + seconds(2), kStartOf2026 + seconds(3));
  EXPECT_EQ(status_of(stays.read_response()), 200);
}

TEST_F(HlsTest, ManyWhoWaitShareOneAnswer) {
  play_seconds(1);
  ask("/hls/main/v0/index.m3u8?_HLS_msn=1767225600");
  std::vector<std::unique_ptr<RawClient>> clients;
  // No more than come in on a starved machine before the first of them is answered 503, after 3 s.
  constexpr int kClients = 64;
  for (int i = 0; i < kClients; ++i) {
    clients.push_back(std::make_unique<RawClient>(port_));
    say(*clients.back(),
        i % 2 ? part(kN0 + 1, 0) : "/hls/main/v0/index.m3u8?_HLS_msn=1767225601&_HLS_part=0");
  }
  wait_until_held(kClients);
  play(kStartOf2026 + seconds(1), kStartOf2026 + milliseconds(1200));
  const std::string playlist = clients[0]->read_response();
  const std::string bytes = clients[1]->read_response();
  EXPECT_EQ(status_of(playlist), 200);
  EXPECT_EQ(status_of(bytes), 200);
  for (size_t i = 2; i < clients.size(); ++i)
    EXPECT_EQ(body_of(clients[i]->read_response()), body_of(i % 2 ? bytes : playlist));
}

// The settings change; the streamer's link stays, and so does what it announced.
TEST_F(HlsTest, AnotherPartLengthBeginsAnewUnderOtherNames) {
  play_seconds(1);
  ask("/hls/main/v0/index.m3u8?_HLS_msn=1767225600");
  thread_.run([this] { hls_->set_channels({test::made_up_channel()}, milliseconds(500)); });
  play(kStartOf2026 + seconds(1), kStartOf2026 + seconds(3));
  std::string playlist;
  do {
    playlist = ask("/hls/main/v0/index.m3u8");
  } while (status_of(playlist) == 200 && playlist.find("/1767225602.m4s") == std::string::npos);
  EXPECT_THAT(playlist, HasSubstr("#EXT-X-MEDIA-SEQUENCE:1767225601\n"));
  EXPECT_THAT(playlist, HasSubstr("#EXT-X-PART-INF:PART-TARGET=0.50000\n"));
  EXPECT_THAT(playlist, HasSubstr(fmt::format("{}-1-2/1767225602.m4s", kLive.value)));
}

}  // namespace
}  // namespace longmen
