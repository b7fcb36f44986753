#include "gateway/whep.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/sdp/sdp.h"
#include "gateway/webrtc_session.h"
#include "net/http_server.h"
#include "tests/core/sdp/offer_file.h"
#include "tests/gateway/fake_relay.h"
#include "tests/net/loopback.h"
#include "tests/support/start_of_2026.h"

namespace longmen {
namespace {

namespace asio = boost::asio;
using sdp::read_offer_file;
using test::FakeRelay;
using test::IoThread;
using test::RawClient;
using test::status_of;
using ::testing::HasSubstr;
using ::testing::Not;
using namespace std::chrono_literals;

constexpr std::string_view kFragment =
    "a=ice-options:trickle ice2\r\na=group:BUNDLE 0 1\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\n"
    "a=mid:0\r\na=ice-ufrag:ysXw\r\na=ice-pwd:vw5LmwG4y/e6dPP/zAP9Gp5k\r\n"
    "a=candidate:1387637174 1 udp 2122260223 192.0.2.1 61764 typ host\r\n";

constexpr std::string_view kLayer = "/whep/main/v1-secret/layer";

class WhepTest : public ::testing::Test {
 protected:
  void SetUp() override {
    Channel channel;
    channel.id = "main";
    channel.video = default_ladder();
    auto listening = test::listen_on_loopback();
    port_ = listening.port;
    thread_.run([&] {
      client_ = std::make_shared<RelayClient>(thread_.io(), 200ms);
      whep_ = std::make_unique<Whep>(client_);
      whep_->set_channels({channel});
      whep_->add_routes(router_, gate_);
      server_ = std::make_unique<HttpServer>(
          thread_.io(), HttpServerLimits{},
          [this](HttpRequest request) -> asio::awaitable<HttpResponse> {
            HttpResponse response = co_await router_.handle(std::move(request));
            allow_other_origins(response);
            co_return response;
          });
      ASSERT_TRUE(server_->listen(std::move(listening.socket)));
    });
    attach();
  }
  void TearDown() override {
    thread_.run([this] {
      server_.reset();
      client_->close();
    });
    thread_.stop();
  }

  void attach() {
    thread_.run([this] {
      auto ends = Link::pair();
      ASSERT_TRUE(ends);
      client_->attach(std::make_shared<Link>(thread_.io(), std::move(ends->first)));
      relay_.attach(std::make_shared<Link>(thread_.io(), std::move(ends->second)));
    });
  }
  std::string ask(std::string_view method, std::string_view target,
                  std::vector<std::string> fields = {}, std::string_view body = {}) {
    std::string text = std::string(method) + " " + std::string(target) + " HTTP/1.1\r\nHost: a\r\n";
    for (const std::string& field : fields)
      text += field + "\r\n";
    if (!body.empty()) text += "Content-Length: " + std::to_string(body.size()) + "\r\n";
    text += "\r\n";
    text += body;
    thread_.meet();
    RawClient client(port_);
    client.say(text);
    std::string response = client.read_response(method == "HEAD");
    thread_.meet();
    return response;
  }
  std::string post(std::string_view offer, std::string_view target = "/whep/main") {
    return ask("POST", target, {"Content-Type: application/sdp"}, offer);
  }
  std::string select(std::string_view selection, std::string_view target = kLayer) {
    return ask("POST", target, {"Content-Type: application/json"}, selection);
  }
  std::string patch(std::string_view if_match, std::string_view fragment = kFragment) {
    std::vector<std::string> fields{"Content-Type: application/trickle-ice-sdpfrag"};
    if (!if_match.empty()) fields.push_back("If-Match: " + std::string(if_match));
    return ask("PATCH", "/whep/main/v1-secret", fields, fragment);
  }

  IoThread thread_;
  SharedMediaClock clock_;
  WatchGate gate_{clock_};
  HttpRouter router_;
  FakeRelay relay_;
  std::shared_ptr<RelayClient> client_;
  std::unique_ptr<Whep> whep_;
  std::unique_ptr<HttpServer> server_;
  uint16_t port_ = 0;
  const std::string offer_ = read_offer_file("chromium_156.sdp");
};

TEST_F(WhepTest, AnOfferIsAnsweredWith201) {
  const std::string response = post(offer_, "/whep/main?rendition=480p");
  EXPECT_EQ(status_of(response), 201) << response;
  EXPECT_THAT(response, HasSubstr("Content-Type: application/sdp\r\n"));
  EXPECT_THAT(response, HasSubstr("Location: /whep/main/v1-secret\r\n"));
  EXPECT_THAT(response, HasSubstr("ETag: \"ice-1\"\r\n"));
  EXPECT_THAT(response, HasSubstr("Access-Control-Allow-Origin: *\r\n"));
  EXPECT_THAT(response, HasSubstr("Location"));
  EXPECT_THAT(response, HasSubstr("a=sendonly"));
  EXPECT_THAT(response, HasSubstr("a=ice-ufrag:server01"));
  EXPECT_THAT(response, HasSubstr(" 192.0.2.1 8189 typ host"));
  EXPECT_TRUE(sdp::parse(response.substr(response.find("\r\n\r\n") + 4)));
  ASSERT_EQ(relay_.joins.size(), 1u);
  const JoinRequest& join = relay_.joins[0];
  EXPECT_EQ(join.channel, "main");
  EXPECT_EQ(join.rendition, "480p");
  EXPECT_EQ(join.client_address, "127.0.0.1");
  EXPECT_TRUE(join.video);
  EXPECT_TRUE(join.audio);
  EXPECT_FALSE(join.remote_ufrag.empty());
  EXPECT_TRUE(join.fingerprint.starts_with("sha-256 "));
}

TEST_F(WhepTest, WhatIsWrongWithAnOfferIsSaid) {
  const std::string no_codec = sdp::replaced_all(
      sdp::replaced_all(offer_, " H264/90000", " H999/90000"), " opus/48000/2", " nope/48000/2");
  struct Row {
    std::string what, response;
    int status;
    std::string words;
  };
  const std::vector<Row> table{
      {"not SDP", post("hello"), 400, ""},
      {"empty", post(""), 400, "empty"},
      {"other type", ask("POST", "/whep/main", {"Content-Type: text/plain"}, offer_), 415,
       "Accept-Post: application/sdp"},
      {"no type", ask("POST", "/whep/main", {}, offer_), 415, ""},
      {"no common codec", post(no_codec), 406, ""},
      {"unknown channel", post(offer_, "/whep/absent"), 404, "no channel"},
      {"unknown rendition", post(offer_, "/whep/main?rendition=4k"), 400,
       "720p, 480p, 360p, audio"},
      {"too large", post(offer_ + std::string(65'536, 'a')), 413, "65536"},
      {"method", ask("PUT", "/whep/main"), 405, "Allow: OPTIONS, POST, GET, HEAD"},
  };
  for (const Row& row : table) {
    EXPECT_EQ(status_of(row.response), row.status) << row.what << "\n" << row.response;
    EXPECT_THAT(row.response, HasSubstr("application/problem+json")) << row.what;
    EXPECT_THAT(row.response, HasSubstr("\"detail\":")) << row.what;
    EXPECT_THAT(row.response, HasSubstr(row.words)) << row.what;
    EXPECT_THAT(row.response, HasSubstr("Access-Control-Allow-Origin: *\r\n")) << row.what;
  }
  EXPECT_TRUE(relay_.joins.empty());
}

TEST_F(WhepTest, WhatTheRelayRefusesIsPassedOn) {
  relay_.on_join = [](const JoinRequest&) {
    JoinAnswer answer;
    answer.status = 503;
    answer.problem = "all places are taken";
    return std::optional(answer);
  };
  const std::string full = post(offer_);
  EXPECT_EQ(status_of(full), 503);
  EXPECT_THAT(full, HasSubstr("Retry-After: "));
  EXPECT_THAT(full, HasSubstr("all places are taken"));
  relay_.on_join = [](const JoinRequest&) {
    JoinAnswer answer;
    answer.status = 404;
    return std::optional(answer);
  };
  EXPECT_EQ(status_of(post(offer_)), 404);
  relay_.on_join = [](const JoinRequest&) {
    JoinAnswer answer;
    answer.status = 429;
    answer.problem = "from your address enough";
    return std::optional(answer);
  };
  const std::string too_many = post(offer_);
  EXPECT_EQ(status_of(too_many), 429);
  EXPECT_THAT(too_many, HasSubstr("Retry-After: "));
  EXPECT_THAT(too_many, HasSubstr("from your address enough"));
}

// Who watches asks once; from then on the relay holds it to what its token gave.
TEST_F(WhepTest, TheRelayHearsWithWhichLeaveAViewerCame) {
  const WatchKeys keys = make_watch_keys([](std::span<uint8_t> bytes) {
    for (uint8_t& byte : bytes)
      byte = 9;
  });
  const WatchGrant grant{"main", WatchBearer::kScreen, "screen 7",
                         WatchGrant::Instant(std::chrono::floor<std::chrono::seconds>(
                                                 test::kStartOf2026.time_since_epoch()) +
                                             std::chrono::hours(1))};
  const std::string target =
      "/whep/main?token=" + sign_watch_token(grant, keys.private_key).value();
  Channel channel;
  channel.id = "main";
  channel.watch_key = keys.public_key;
  clock_.set({{std::chrono::steady_clock::now(), test::kStartOf2026, 0}, std::nullopt});
  thread_.run([&] { gate_.set_channels({channel}); });
  EXPECT_EQ(status_of(post(offer_)), 201);
  EXPECT_EQ(status_of(post(offer_, "/whep/main?token=rubbish")), 201);
  EXPECT_EQ(status_of(post(offer_, target)), 201) << "open, and it may be closed later";
  channel.access = Access::kScreens;
  thread_.run([&] { gate_.set_channels({channel}); });
  EXPECT_EQ(status_of(post(offer_)), 401);
  EXPECT_EQ(status_of(post(offer_, target)), 201);
  ASSERT_EQ(relay_.joins.size(), 4u);
  EXPECT_EQ(relay_.joins[0].leave, std::nullopt);
  EXPECT_EQ(relay_.joins[1].leave, std::nullopt);
  const WatchLeave leave{grant.bearer, grant.subject, keys.public_key, grant.expires};
  EXPECT_EQ(relay_.joins[2].leave, leave);
  EXPECT_EQ(relay_.joins[3].leave, leave);
}

TEST_F(WhepTest, ARelayThatIsAwayIs503AndComesBack) {
  thread_.run([this] { relay_.die(); });
  std::string away;
  do {
    away = post(offer_);  // the end of the link is noticed a moment later
  } while (status_of(away) == 201);
  EXPECT_EQ(status_of(away), 503);
  EXPECT_THAT(away, HasSubstr("Retry-After: "));
  EXPECT_EQ(status_of(ask("DELETE", "/whep/main/v1-secret")), 503);
  EXPECT_EQ(status_of(patch("*")), 503);
  attach();
  EXPECT_EQ(status_of(post(offer_)), 201);
}

TEST_F(WhepTest, ARelayThatDiesDuringAJoinFailsItAtOnce) {
  thread_.run([this] {
    relay_.on_join = [this](const JoinRequest&) {
      relay_.die();
      return std::optional<JoinAnswer>();
    };
  });
  const std::string response = post(offer_);
  EXPECT_EQ(status_of(response), 503);
  EXPECT_THAT(response, HasSubstr("is away"));
}

TEST_F(WhepTest, AJoinAnsweredTooLateIsTakenBack) {
  thread_.run(
      [this] { relay_.on_join = [](const JoinRequest&) { return std::optional<JoinAnswer>(); }; });
  const std::string late = post(offer_);
  EXPECT_EQ(status_of(late), 503);
  EXPECT_THAT(late, HasSubstr("in time"));
  thread_.run([this] { relay_.send_joined(FakeRelay::welcome(relay_.joins[0])); });
  const auto deadline = std::chrono::steady_clock::now() + 10s;
  while (thread_.run([this] { return relay_.leaves.empty(); }) &&
         std::chrono::steady_clock::now() < deadline)
    std::this_thread::yield();
  thread_.run([this] {
    ASSERT_EQ(relay_.leaves.size(), 1u);
    EXPECT_EQ(relay_.leaves[0].viewer, "v1-secret");
  });
}

TEST_F(WhepTest, LeavingTwiceIs404) {
  EXPECT_EQ(status_of(ask("DELETE", "/whep/main/v1-secret")), 200);
  thread_.run([this] { relay_.on_leave = [](const LeaveRequest&) { return false; }; });
  thread_.run([this] { relay_.busy = true; });
  EXPECT_EQ(status_of(ask("DELETE", "/whep/main/v1-secret")), 503) << "it may be there";
  thread_.run([this] {
    relay_.busy = false;
    relay_.leaves.clear();
  });
  const std::string second = ask("DELETE", "/whep/main/v1-secret");
  EXPECT_EQ(status_of(second), 404);
  EXPECT_THAT(second, HasSubstr("no such viewer"));
  EXPECT_EQ(relay_.leaves[0].channel, "main");
  EXPECT_EQ(relay_.leaves[0].viewer, "v1-secret");
}

TEST_F(WhepTest, AnIceRestartIsAnsweredWithAFragment) {
  relay_.on_restart = [](const IceRestartRequest&) {
    JoinAnswer answer = FakeRelay::welcome({});
    answer.status = 200;
    answer.etag = "ice-2";
    answer.ufrag = "server02";
    return std::optional(answer);
  };
  const std::string response = patch("*");
  EXPECT_EQ(status_of(response), 200);
  EXPECT_THAT(response, HasSubstr("ETag: \"ice-2\"\r\n"));
  EXPECT_THAT(response, HasSubstr("Content-Type: application/trickle-ice-sdpfrag\r\n"));
  EXPECT_THAT(response, HasSubstr("a=ice-ufrag:server02\r\n"));
  EXPECT_THAT(response, HasSubstr("a=mid:0\r\n"));
  EXPECT_THAT(response, HasSubstr("typ host"));
  ASSERT_EQ(relay_.restarts.size(), 1u);
  EXPECT_EQ(relay_.restarts[0].etag, "*");
  EXPECT_EQ(relay_.restarts[0].ufrag, "ysXw");
  EXPECT_EQ(relay_.restarts[0].pwd, "vw5LmwG4y/e6dPP/zAP9Gp5k");
}

TEST_F(WhepTest, TrickledCandidatesAre204WithoutEtag) {
  relay_.on_restart = [](const IceRestartRequest& request) {
    JoinAnswer answer;
    answer.status = request.etag == "ice-1" ? 204 : 412;
    return std::optional(answer);
  };
  const std::string taken = patch("\"ice-1\"");
  EXPECT_EQ(status_of(taken), 204);
  EXPECT_THAT(taken, Not(HasSubstr("ETag: ")));
  EXPECT_EQ(status_of(patch("\"ice-0\"")), 412);
  EXPECT_EQ(status_of(patch("\"ice-0\", \"ice-1\"")), 204);
  EXPECT_EQ(status_of(patch("W/\"ice-1\"")), 412);
}

TEST_F(WhepTest, WhatIsWrongWithAPatchIsSaid) {
  EXPECT_EQ(status_of(patch("")), 428);
  EXPECT_EQ(status_of(patch("*", "nonsense")), 400);
  EXPECT_EQ(status_of(patch("*", "a=ice-ufrag:ysXw\r\n")), 400);
  EXPECT_EQ(status_of(patch("*", "a=mid:0\r\n")), 400);
  EXPECT_EQ(status_of(patch("*", std::string(20'000, 'a'))), 413);
  const std::string type = ask("PATCH", "/whep/main/v1-secret",
                               {"Content-Type: application/sdp", "If-Match: *"}, kFragment);
  EXPECT_EQ(status_of(type), 415);
  EXPECT_THAT(type, HasSubstr("Accept-Patch: application/trickle-ice-sdpfrag"));
  EXPECT_TRUE(relay_.restarts.empty());
  relay_.on_restart = [](const IceRestartRequest&) {
    JoinAnswer answer;
    answer.status = 404;
    return std::optional(answer);
  };
  EXPECT_EQ(status_of(patch("*")), 404);
}

TEST_F(WhepTest, AnAnswerWithVideoLinksToItsLayers) {
  EXPECT_THAT(post(offer_), HasSubstr("Link: </whep/main/v1-secret/layer>; "
                                      "rel=\"urn:ietf:params:whep:ext:core:layer\"\r\n"));
  EXPECT_THAT(post(offer_, "/whep/main?rendition=audio"), Not(HasSubstr("Link: ")));
}

TEST_F(WhepTest, ALayerIsSelectedAndReleased) {
  const std::string selected = select(R"({"mediaId":"0","encodingId":"480p"})");
  EXPECT_EQ(status_of(selected), 200) << selected;
  EXPECT_THAT(selected, HasSubstr("Access-Control-Allow-Origin: *\r\n"));
  EXPECT_EQ(status_of(select(R"({"rid":"360p"})")), 200);
  EXPECT_EQ(status_of(select("{}")), 200);
  EXPECT_EQ(status_of(ask("POST", kLayer, {"Content-Length: 0"})), 200);
  EXPECT_EQ(status_of(ask("DELETE", kLayer)), 200);
  ASSERT_EQ(relay_.selections.size(), 5u);
  EXPECT_EQ(relay_.selections[0].channel, "main");
  EXPECT_EQ(relay_.selections[0].viewer, "v1-secret");
  std::vector<std::string> chosen;
  for (const SelectRequest& selection : relay_.selections)
    chosen.push_back(selection.rendition);
  EXPECT_THAT(chosen, ::testing::ElementsAre("480p", "360p", "", "", ""));
}

TEST_F(WhepTest, OfTwoLanguagesOneIsChosen) {
  Channel channel;
  channel.id = "main";
  channel.video = default_ladder();
  channel.sound.languages = {{"zh-Hans", "普通话"}, {"ug", "ئۇيغۇرچە"}};
  channel.sound.mapping[ChannelInput::kPrimary] = SoundMapping::kLanguages;
  thread_.run([&] { whep_->set_channels({channel}); });
  EXPECT_EQ(status_of(post(offer_, "/whep/main?audio=ug")), 201);
  EXPECT_THAT(post(offer_, "/whep/main?audio=en&rendition=audio"), HasSubstr("Link: "))
      << "a preference that cannot be met keeps nobody out";
  ASSERT_EQ(relay_.joins.size(), 2u);
  EXPECT_EQ(relay_.joins[0].language, "ug");
  EXPECT_EQ(status_of(select(R"({"audio":"zh"})")), 200);
  EXPECT_EQ(status_of(select(R"({"encodingId":"480p","audio":"ug"})")), 200);
  ASSERT_EQ(relay_.selections.size(), 2u);
  EXPECT_EQ(relay_.selections[0].language, "zh");
  EXPECT_TRUE(relay_.selections[0].keeps_video);
  EXPECT_EQ(relay_.selections[1].language, "ug");
  EXPECT_FALSE(relay_.selections[1].keeps_video);
  EXPECT_EQ(status_of(select("{}")), 200);
  EXPECT_FALSE(relay_.selections[2].language) << "as it is";
  EXPECT_EQ(status_of(select(R"({"mediaId":"0","audio":"en"})")), 200)
      << "beside a choice of pictures it keeps nobody from it";
  const std::string unknown = select(R"({"audio":"en"})");
  EXPECT_EQ(status_of(unknown), 400);
  EXPECT_THAT(unknown, HasSubstr("there are zh-Hans, ug"));
  EXPECT_THAT(ask("GET", kLayer), HasSubstr(R"("audio":[{"tag":"zh-Hans","name":"普通话"},)"));
}

TEST_F(WhepTest, WhatIsWrongWithASelectionIsSaid) {
  struct Row {
    std::string what, response;
    int status;
    std::string words;
  };
  const std::vector<Row> table{
      {"not JSON", select("480p"), 400, "JSON object"},
      {"unknown rendition", select(R"({"encodingId":"4k"})"), 400, "720p, 480p, 360p\""},
      {"sound is none", select(R"({"encodingId":"audio"})"), 400, "no rendition"},
      {"no languages", select(R"({"audio":"zh"})"), 400, "the channel has one sound"},
      {"a limit", select(R"({"maxHeight":480})"), 400, "not supported"},
      {"other type", ask("POST", kLayer, {"Content-Type: text/plain"}, "{}"), 415,
       "Accept-Post: application/json"},
      {"unknown channel", select("{}", "/whep/absent/v1-secret/layer"), 404, "no channel"},
      {"too large", select(std::string(5000, ' ')), 413, "4096"},
      {"method", ask("PUT", kLayer), 405, "Allow: OPTIONS, POST, DELETE, GET, HEAD"},
  };
  for (const Row& row : table) {
    EXPECT_EQ(status_of(row.response), row.status) << row.what << "\n" << row.response;
    EXPECT_THAT(row.response, HasSubstr("application/problem+json")) << row.what;
    EXPECT_THAT(row.response, HasSubstr(row.words)) << row.what;
  }
  EXPECT_TRUE(relay_.selections.empty());
  for (const int status : {404, 409, 503}) {
    relay_.on_select = [status](const SelectRequest&) { return SelectAnswer{0, status, "words"}; };
    for (const std::string& response : {select("{}"), ask("DELETE", kLayer)}) {
      EXPECT_EQ(status_of(response), status);
      EXPECT_THAT(response, HasSubstr("\"detail\":\"words\""));
      EXPECT_EQ(response.find("Retry-After: ") != std::string::npos, status == 503);
    }
  }
}

TEST_F(WhepTest, LayersAreDescribed) {
  const std::string layers = ask("GET", kLayer);
  EXPECT_EQ(status_of(layers), 200);
  EXPECT_THAT(layers, HasSubstr("Content-Type: application/json\r\n"));
  EXPECT_THAT(layers, HasSubstr(R"({"encodingId":"480p","rid":"480p","width":854,"height":480,)"
                                R"("targetBitrate":1000000})"));
  EXPECT_EQ(status_of(ask("GET", "/whep/absent/v1-secret/layer")), 404);
  const std::string options = ask("OPTIONS", kLayer);
  EXPECT_EQ(status_of(options), 200);
  EXPECT_THAT(options, HasSubstr("Access-Control-Allow-Methods: GET, HEAD, POST, DELETE\r\n"));
}

TEST_F(WhepTest, OptionsGetAndHead) {
  const std::string options =
      ask("OPTIONS", "/whep/main",
          {"Origin: https://elsewhere", "Access-Control-Request-Method: POST"});
  EXPECT_EQ(status_of(options), 200);
  EXPECT_THAT(options, HasSubstr("Accept-Post: application/sdp\r\n"));
  EXPECT_THAT(options, HasSubstr("Access-Control-Allow-Methods: GET, HEAD, POST\r\n"));
  EXPECT_THAT(options,
              HasSubstr("Access-Control-Allow-Headers: Authorization, Content-Type, If-Match"));
  EXPECT_THAT(options, HasSubstr("Access-Control-Allow-Origin: *\r\n"));
  const std::string of_viewer = ask("OPTIONS", "/whep/main/v1-secret");
  EXPECT_THAT(of_viewer, HasSubstr("Access-Control-Allow-Methods: GET, HEAD, PATCH, DELETE\r\n"));
  const std::string head = ask("HEAD", "/whep/main");
  EXPECT_EQ(status_of(head), 200);
  EXPECT_THAT(head, HasSubstr("Content-Type: application/sdp\r\n"));
  const std::string exposed = ask("GET", "/whep/main");
  EXPECT_EQ(status_of(exposed), 200);
  EXPECT_THAT(exposed, HasSubstr("Content-Length: 0\r\n"));
  EXPECT_THAT(exposed, HasSubstr("Access-Control-Expose-Headers: Accept-Patch, Accept-Post, ETag, "
                                 "Link, Location, Retry-After\r\n"));
  EXPECT_EQ(status_of(ask("GET", "/whep/main/v1-secret")), 204);
  EXPECT_EQ(status_of(ask("GET", "/whep/absent")), 404);
}

TEST_F(WhepTest, EverySampleOfferIsAnswered) {
  for (const char* name :
       {"aiortc_1_4.sdp", "chromium_156_max_bundle.sdp", "firefox_recvonly.sdp",
        "libdatachannel.sdp", "pion.sdp", "safari_recvonly.sdp", "webrtcbin_1_22.sdp"}) {
    const std::string response = post(read_offer_file(name));
    EXPECT_EQ(status_of(response), 201) << name << "\n" << response;
  }
}

}  // namespace
}  // namespace longmen
