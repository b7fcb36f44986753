#include "gateway/gateway.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/ssl.h>

#include <filesystem>

#include "core/node/channel.h"
#include "tests/core/sdp/offer_file.h"
#include "tests/gateway/fake_relay.h"
#include "tests/support/fake_supervisor.h"

namespace longmen {
namespace {

namespace json = boost::json;
using test::FakeRelay;
using test::FakeSupervisor;
using test::RawClient;
using test::status_of;
using ::testing::HasSubstr;

class GatewayTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = std::filesystem::temp_directory_path() / "longmen-gateway-XXXXXX";
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    directory_ = pattern;
    supervisor_ = std::make_unique<FakeSupervisor>(run_gateway);
  }
  void TearDown() override {
    EXPECT_EQ(supervisor_->stop(), 0);
    supervisor_->thread().run([this] { relay_.detach(); });
    supervisor_.reset();
    std::filesystem::remove_all(directory_);
  }

  void start() {
    supervisor_->configure(
        {{"data_dir", directory_}, {"log_level", "error"}, {"roles", {"gateway", "control"}}},
        json::parse(channels_to_json({channel_})).as_array());
    auto http = test::listen_on_loopback();
    auto https = test::listen_on_loopback();
    http_port_ = http.port;
    https_port_ = https.port;
    supervisor_->listen("http", std::move(http.socket));
    EXPECT_EQ(supervisor_->count(MessageKind::kReady), 0u);
    supervisor_->listen("https", std::move(https.socket));
    supervisor_->wait_for(MessageKind::kReady);
  }
  void link_relay() {
    auto ends = Link::pair();
    ASSERT_TRUE(ends);
    supervisor_->thread().run([&] {
      relay_.attach(std::make_shared<Link>(supervisor_->thread().io(), std::move(ends->first)));
    });
    supervisor_->tell(MessageKind::kLink, R"({"peer":"relay","channel":""})",
                      std::move(ends->second));
  }
  std::string get(const std::string& path) {
    RawClient client(http_port_);
    client.say("GET " + path + " HTTP/1.1\r\nHost: a\r\n\r\n");
    return client.read_response();
  }

  std::string directory_;
  Channel channel_ = [] {
    Channel channel;
    channel.id = "main";
    channel.name = "Main";
    channel.video = default_ladder();
    return channel;
  }();
  FakeRelay relay_;
  std::unique_ptr<FakeSupervisor> supervisor_;
  uint16_t http_port_ = 0;
  uint16_t https_port_ = 0;
};

TEST_F(GatewayTest, IsReadyForViewersWhenTheRelayIsThere) {
  start();
  EXPECT_THAT(get("/livez"), HasSubstr(R"({"live":true})"));
  const std::string early = get("/readyz");
  EXPECT_EQ(status_of(early), 503);
  EXPECT_THAT(early, HasSubstr(R"("relay":false)"));
  EXPECT_THAT(early, HasSubstr(R"("channels":true)"));
  link_relay();
  std::string ready;
  do {
    ready = get("/readyz");
  } while (ready.find("\"relay\":false") != std::string::npos);
  EXPECT_EQ(status_of(ready), 503) << "nothing to show yet: a join would be refused";
  supervisor_->tell(MessageKind::kNodeState, R"({"pictures":false,"without_picture":["main"]})");
  EXPECT_THAT(get("/readyz"), HasSubstr(R"("pictures":false)"));
  supervisor_->tell(MessageKind::kNodeState, R"({"pictures":true,"without_picture":["other"]})");
  do {
    ready = get("/readyz");
  } while (ready.find("\"pictures\":false") != std::string::npos);
  EXPECT_EQ(status_of(ready), 200);
  EXPECT_THAT(ready, HasSubstr(R"("without_picture":["other"])"));
}

TEST_F(GatewayTest, PagesSignallingAndTheApiHaveTheirPlaces) {
  start();
  link_relay();
  EXPECT_THAT(get("/"), HasSubstr("Content-Security-Policy: default-src 'self'"));
  EXPECT_EQ(status_of(get("/studio")), 200);  // this node has control
  EXPECT_EQ(status_of(get("/nothing")), 404);
  EXPECT_EQ(status_of(get("/api/v1/node")), 503);  // but control is away
  const std::string offer = sdp::read_offer_file("chromium_156.sdp");
  RawClient client(http_port_);
  client.say(
      "POST /whep/main HTTP/1.1\r\nHost: a\r\nContent-Type: application/sdp\r\n"
      "Content-Length: " +
      std::to_string(offer.size()) + "\r\n\r\n" + offer);
  const std::string answer = client.read_response();
  EXPECT_EQ(status_of(answer), 201) << answer;
  client.say("POST /whep/main HTTP/1.1\r\nHost: a\r\nContent-Length: 65537\r\n\r\n");
  const std::string too_large = client.read_response();
  EXPECT_EQ(status_of(too_large), 413);
  EXPECT_THAT(too_large, HasSubstr("Access-Control-Allow-Origin: *"));
}

TEST_F(GatewayTest, HttpsShowsTheInstallationsOwnCertificate) {
  start();
  const std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context(SSL_CTX_new(TLS_client_method()),
                                                                  SSL_CTX_free);
  ASSERT_EQ(
      SSL_CTX_load_verify_locations(context.get(), (directory_ + "/tls/ca.pem").c_str(), nullptr),
      1);
  const std::unique_ptr<SSL, decltype(&SSL_free)> ssl(SSL_new(context.get()), SSL_free);
  X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl.get()), "127.0.0.1");
  RawClient client(https_port_);
  SSL_set_fd(ssl.get(), client.descriptor());
  ASSERT_EQ(SSL_connect(ssl.get()), 1);
  EXPECT_EQ(SSL_get_verify_result(ssl.get()), X509_V_OK);
  EXPECT_THAT(supervisor_->wait_for(MessageKind::kStatus), HasSubstr("certificate_sha256"));
}

TEST_F(GatewayTest, MetricsAreThoseOfTheWholeNode) {
  supervisor_->answer_by([this](MessageKind kind, const std::string& text) {
    if (kind != MessageKind::kGather) return;
    Bytes body;
    ByteWriter writer(body);
    writer.u64(json::parse(text).at("request").to_number<uint64_t>());
    const std::string_view figures = "frames_total 7\n";
    writer.u8(13);
    writer.text("streamer/main");
    writer.u32(figures.size());
    writer.text(figures);
    supervisor_->tell_bytes(MessageKind::kGathered, body);
  });
  start();
  const std::string page = get("/metrics");
  EXPECT_EQ(status_of(page), 200);
  EXPECT_THAT(page, HasSubstr("frames_total{role=\"streamer\",channel=\"main\"} 7\n"));
  supervisor_->tell(MessageKind::kCollect, R"({"request":5})");
  const std::string own = supervisor_->wait_for(MessageKind::kMetrics);
  EXPECT_THAT(own, HasSubstr("longmen_http_requests_total{code=\"200\",method=\"GET\",route=\"/"
                             "metrics\"} 1"));
  EXPECT_THAT(own, HasSubstr("longmen_http_connections "));
}

TEST_F(GatewayTest, ABadCertificateOnReloadLeavesTheEarlierOne) {
  start();
  const std::string first = supervisor_->wait_for(MessageKind::kStatus);
  supervisor_->configure({{"data_dir", directory_},
                          {"log_level", "off"},
                          {"http",
                           {{"certificate_file", directory_ + "/absent.pem"},
                            {"key_file", directory_ + "/absent.key"}}}});
  const std::string second = supervisor_->wait_for(MessageKind::kStatus, 2);
  EXPECT_THAT(second, HasSubstr("absent.pem"));
  EXPECT_EQ(json::parse(first).at("certificate_sha256"),
            json::parse(second).at("certificate_sha256"));
  EXPECT_THAT(get("/readyz"), HasSubstr(R"("https":true)"));
}

}  // namespace
}  // namespace longmen
