#include "gateway/whip.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/sdp/sdp.h"
#include "gateway/webrtc_session.h"
#include "net/http_server.h"
#include "tests/core/sdp/offer_file.h"
#include "tests/gateway/fake_relay.h"
#include "tests/net/loopback.h"

namespace longmen {
namespace {

namespace asio = boost::asio;
using test::FakeRelay;
using test::IoThread;
using test::RawClient;
using test::status_of;
using ::testing::HasSubstr;
using namespace std::chrono_literals;

// Ingest's end of the gateway's link, as a test wants it.
class FakeIngest {
 public:
  int status = 201;
  bool silent = false;  // to what wants to come in
  std::vector<PublishRequest> publishes;
  std::vector<IceRestartRequest> restarts;
  std::vector<LeaveRequest> leaves;

  void attach(std::shared_ptr<Link> link) {
    link_ = std::move(link);
    link_->start([this](MessageKind kind, ByteSpan body, UniqueFd) { answer(kind, as_text(body)); },
                 [] {});
  }
  void answer_late() { send_published(publishes.back().request); }

 private:
  void send_published(uint64_t number) {
    JoinAnswer reply = FakeRelay::welcome({});
    reply.request = number;
    reply.viewer = "s1-secret";
    reply.port = 8188;
    reply.status = status;
    if (status != 201) {
      reply.problem = "not you";
      reply.viewer.clear();
    }
    link_->send(MessageKind::kPublished, to_json(reply));
  }
  void answer(MessageKind kind, std::string_view text) {
    if (kind == MessageKind::kPublish) {
      publishes.push_back(*publish_request_from_json(text));
      if (!silent) send_published(publishes.back().request);
    } else if (kind == MessageKind::kRestartIce) {
      restarts.push_back(*ice_restart_request_from_json(text));
      JoinAnswer reply = FakeRelay::welcome({});
      reply.request = restarts.back().request;
      reply.status = restarts.back().etag == "*" ? 200 : 412;
      link_->send(MessageKind::kIceRestarted, to_json(reply));
    } else if (kind == MessageKind::kLeave) {
      leaves.push_back(*leave_request_from_json(text));
      link_->send(MessageKind::kLeft,
                  to_json(LeaveAnswer{leaves.back().request, leaves.back().viewer == "s1-secret"}));
    }
  }
  std::shared_ptr<Link> link_;
};

class WhipTest : public ::testing::Test {
 protected:
  void SetUp() override {
    Channel channel;
    channel.id = "main";
    auto listening = test::listen_on_loopback();
    port_ = listening.port;
    thread_.run([&] {
      client_ = std::make_shared<IngestClient>(thread_.io(), 200ms);
      whip_ = std::make_unique<Whip>(client_);
      whip_->set_channels({channel});
      whip_->add_routes(router_);
      server_ = std::make_unique<HttpServer>(
          thread_.io(), HttpServerLimits{},
          [this](HttpRequest request) -> asio::awaitable<HttpResponse> {
            HttpResponse response = co_await router_.handle(std::move(request));
            allow_other_origins(response);
            co_return response;
          });
      ASSERT_TRUE(server_->listen(std::move(listening.socket)));
      auto ends = Link::pair();
      ASSERT_TRUE(ends);
      client_->attach(std::make_shared<Link>(thread_.io(), std::move(ends->first)));
      ingest_.attach(std::make_shared<Link>(thread_.io(), std::move(ends->second)));
    });
  }
  void TearDown() override {
    thread_.run([this] {
      server_.reset();
      client_->close();
    });
    thread_.stop();
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
  std::string post(std::string_view offer,
                   std::vector<std::string> fields = {"Content-Type: application/sdp",
                                                      "Authorization: Bearer the-key",
                                                      "User-Agent: a browser"}) {
    return ask("POST", "/whip/main", std::move(fields), offer);
  }

  IoThread thread_;
  HttpRouter router_;
  FakeIngest ingest_;
  std::shared_ptr<IngestClient> client_;
  std::unique_ptr<Whip> whip_;
  std::unique_ptr<HttpServer> server_;
  uint16_t port_ = 0;
  const std::string offer_ = sdp::read_offer_file("chromium_156_sendonly.sdp");
};

TEST_F(WhipTest, AnOfferWithAKeyIsAnsweredWith201) {
  const std::string response = post(offer_);
  EXPECT_EQ(status_of(response), 201) << response;
  EXPECT_THAT(response, HasSubstr("Location: /whip/main/s1-secret\r\n"));
  EXPECT_THAT(response, HasSubstr("ETag: \"ice-1\"\r\n"));
  EXPECT_THAT(response, HasSubstr("Access-Control-Allow-Origin: *\r\n"));
  EXPECT_THAT(response, HasSubstr("a=recvonly"));
  EXPECT_THAT(response, HasSubstr(" 192.0.2.1 8188 typ host"));
  EXPECT_TRUE(sdp::parse(response.substr(response.find("\r\n\r\n") + 4)));
  ASSERT_EQ(ingest_.publishes.size(), 1u);
  const PublishRequest& asked = ingest_.publishes[0];
  EXPECT_EQ(asked.channel, "main");
  EXPECT_EQ(asked.key, "the-key");
  EXPECT_EQ(asked.client_address, "127.0.0.1");
  EXPECT_EQ(asked.encoder, "a browser");
  EXPECT_EQ(asked.remote_ufrag, "snck");
  ASSERT_TRUE(asked.video && asked.audio);
  EXPECT_EQ(asked.video->payload_type, 108);
  EXPECT_EQ(asked.video->rtx_payload_type, 109);
  EXPECT_TRUE(asked.video->pli);
}

TEST_F(WhipTest, TheSchemeIsKnownInAnyLetters) {
  const std::string response =
      post(offer_, {"Content-Type: application/sdp", "Authorization: bEARER the-key"});
  EXPECT_EQ(status_of(response), 201) << response;
  ASSERT_EQ(ingest_.publishes.size(), 1u);
  EXPECT_EQ(ingest_.publishes[0].key, "the-key");
  EXPECT_EQ(
      status_of(post(offer_, {"Content-Type: application/sdp", "Authorization: Basic the-key"})),
      401);
}

TEST_F(WhipTest, WhatIsWrongIsSaidWithoutAskingIngest) {
  const std::string keyless = post(offer_, {"Content-Type: application/sdp"});
  EXPECT_EQ(status_of(keyless), 401);
  EXPECT_THAT(keyless, HasSubstr("WWW-Authenticate: Bearer realm=\"publish\"\r\n"));
  EXPECT_THAT(keyless, HasSubstr("application/problem+json"));
  EXPECT_EQ(status_of(post(offer_, {"Authorization: Bearer the-key"})), 415);
  EXPECT_EQ(status_of(post("v=0\r\n")), 400);
  std::string unknown = offer_;
  for (const char* codec : {" H264/90000", " VP8/90000", " VP9/90000"})
    unknown = sdp::replaced_all(unknown, codec, " X/90000");
  EXPECT_EQ(status_of(post(unknown)), 422);
  EXPECT_EQ(status_of(ask("POST", "/whip/nowhere", {"Authorization: Bearer k"}, "x")), 404);
  EXPECT_EQ(status_of(ask("GET", "/whip/main")), 405);
  EXPECT_EQ(status_of(ask("PUT", "/whip/main/s1-secret")), 405);
  EXPECT_TRUE(ingest_.publishes.empty());
}

TEST_F(WhipTest, WhatIngestSaysIsPassedOn) {
  ingest_.status = 401;
  const std::string wrong = post(offer_);
  EXPECT_EQ(status_of(wrong), 401);
  EXPECT_THAT(wrong, HasSubstr("error=\"invalid_token\""));
  EXPECT_THAT(wrong, HasSubstr("not you"));
  for (const int status : {403, 409}) {
    ingest_.status = status;
    EXPECT_EQ(status_of(post(offer_)), status);
  }
  for (const int status : {429, 503}) {
    ingest_.status = status;
    const std::string later = post(offer_);
    EXPECT_EQ(status_of(later), status);
    EXPECT_THAT(later, HasSubstr("Retry-After: "));
  }
}

TEST_F(WhipTest, AnIceRestartAndTheEnd) {
  const std::string_view fragment =
      "a=group:BUNDLE 0 1\r\nm=video 9 UDP/TLS/RTP/SAVPF 108\r\na=mid:0\r\na=ice-ufrag:ysXw\r\n"
      "a=ice-pwd:vw5LmwG4y/e6dPP/zAP9Gp5k\r\n";
  const auto patch = [&](std::vector<std::string> fields) {
    fields.emplace_back("Content-Type: application/trickle-ice-sdpfrag");
    return ask("PATCH", "/whip/main/s1-secret", std::move(fields), fragment);
  };
  EXPECT_EQ(status_of(patch({})), 428);
  EXPECT_EQ(status_of(patch({"If-Match: \"old\""})), 412);
  const std::string restarted = patch({"If-Match: *"});
  EXPECT_EQ(status_of(restarted), 200) << restarted;
  EXPECT_THAT(restarted, HasSubstr("a=ice-ufrag:server01"));
  EXPECT_EQ(ingest_.restarts.back().viewer, "s1-secret");
  EXPECT_EQ(status_of(ask("DELETE", "/whip/main/s1-secret")), 200);
  EXPECT_EQ(status_of(ask("DELETE", "/whip/main/another")), 404);
}

TEST_F(WhipTest, OptionsSayWhatIsTaken) {
  const std::string of_channel = ask("OPTIONS", "/whip/main");
  EXPECT_EQ(status_of(of_channel), 200);
  EXPECT_THAT(of_channel, HasSubstr("Accept-Post: application/sdp\r\n"));
  EXPECT_THAT(of_channel, HasSubstr("Access-Control-Allow-Headers: Authorization, "));
  EXPECT_THAT(ask("OPTIONS", "/whip/main/s1-secret"),
              HasSubstr("Allow: OPTIONS, PATCH, DELETE\r\n"));
}

TEST_F(WhipTest, ASessionThatIsBegunTooLateIsEndedAgain) {
  ingest_.silent = true;
  EXPECT_EQ(status_of(post(offer_)), 503);
  thread_.run([this] { ingest_.answer_late(); });
  for (int i = 0; i < 200 && ingest_.leaves.empty(); ++i)
    thread_.meet();
  ASSERT_EQ(ingest_.leaves.size(), 1u);
  EXPECT_EQ(ingest_.leaves[0].viewer, "s1-secret");
  EXPECT_EQ(ingest_.leaves[0].channel, "main");
}

}  // namespace
}  // namespace longmen
