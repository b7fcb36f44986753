// Whole runs against a server that answers WHEP over real HTTP, and nothing else: what is refused,
// what fails, and that kept connections are used.
#include "load/load_run.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/sdp/answer.h"
#include "core/sdp/offer.h"
#include "load/whep_offer.h"
#include "net/http_router.h"
#include "net/http_server.h"
#include "tests/net/loopback.h"

namespace longmen {
namespace {

namespace asio = boost::asio;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

class LoadRunTest : public ::testing::Test {
 protected:
  LoadRunTest() {
    auto listening = test::listen_on_loopback();
    port_ = listening.port;
    router_.add({"/whep/{channel}", "POST",
                 [this](HttpRequest request) -> asio::awaitable<HttpResponse> {
                   offers_.push_back(request.content);
                   co_return answer_;
                 },
                 1 << 16, false});
    router_.add({"/whep/{channel}/{viewer}", "DELETE",
                 [this](HttpRequest) -> asio::awaitable<HttpResponse> {
                   ++deletes_;
                   co_return HttpResponse{};
                 }});
    thread_.run([&] {
      server_ = std::make_unique<HttpServer>(
          thread_.io(), HttpServerLimits{},
          [this](HttpRequest request) { return router_.handle(std::move(request)); });
      EXPECT_TRUE(server_->listen(std::move(listening.socket)));
    });
    options_.url = "http://127.0.0.1:" + std::to_string(port_) + "/whep/main";
    options_.viewers = 3;
    options_.seconds = 0;
    options_.joins_per_second = 1000;
    options_.http_connections = 1;
    answer_.status = 201;
    answer_.fields.set("Location", "/whep/main/a-viewer");
  }
  ~LoadRunTest() override {
    thread_.run([this] { server_.reset(); });
    thread_.stop();
  }

  Result<LoadReport> run() {
    const auto allowed = AllowedNetworks::parse(options_.lab_networks).value();
    LoadRun run(options_, resolve_load_target(options_.url, "", allowed).value(), allowed,
                MediaFilter::open_classic(), DtlsCertificate::make().value());
    return run.run();
  }
  // An answer as a node gives it, with this address in its candidate.
  void answer_with(const std::string& address) {
    const IceCredentials local{"player01", "a-password-of-24-letters"};
    const auto offer = sdp::read_whep_offer(
        write_load_offer(local, DtlsCertificate::make().value()->fingerprint(), false));
    ASSERT_TRUE(offer);
    JoinAnswer join;
    join.address = address;
    join.port = 9;
    join.ufrag = "server01";
    join.pwd = "serverpasswordserverpass";
    join.fingerprint = DtlsCertificate::make().value()->fingerprint();
    answer_.content = sdp::write_whep_answer(*offer, join, 1);
  }

  test::IoThread thread_;
  HttpRouter router_;
  std::unique_ptr<HttpServer> server_;
  uint16_t port_ = 0;
  LoadOptions options_;
  HttpResponse answer_;
  std::vector<std::string> offers_;
  int deletes_ = 0;
};

TEST_F(LoadRunTest, OffersAreTheOnesThatANodeUnderstands) {
  answer_.status = 503;
  ASSERT_TRUE(run());
  ASSERT_EQ(offers_.size(), 3u);
  for (const std::string& text : offers_) {
    const auto offer = sdp::read_whep_offer(text);
    ASSERT_TRUE(offer) << offer.error().words;
    ASSERT_TRUE(offer->video() && offer->audio());
    EXPECT_EQ(offer->video()->payload_type, kOfferedVideoType);
    EXPECT_EQ(offer->video()->rtx_payload_type, kOfferedRepeatType);
    EXPECT_EQ(offer->video()->transport_cc_extension, kOfferedExtensions.transport_cc);
    EXPECT_EQ(offer->video()->capture_time_extension, kOfferedExtensions.capture_time);
    EXPECT_TRUE(offer->video()->nack && offer->video()->pli);
    EXPECT_EQ(offer->audio()->payload_type, kOfferedAudioType);
  }
  EXPECT_NE(offers_[0], offers_[1]);  // credentials of their own
}

TEST_F(LoadRunTest, AudioOnlyOffersNoVideo) {
  answer_.status = 503;
  options_.audio_only = true;
  ASSERT_TRUE(run());
  const auto offer = sdp::read_whep_offer(offers_.front());
  ASSERT_TRUE(offer) << offer.error().words;
  EXPECT_FALSE(offer->video());
  EXPECT_TRUE(offer->audio());
}

TEST_F(LoadRunTest, ACandidateElsewhereEndsTheRunAndNobodyStays) {
  answer_with("192.0.2.9");
  const auto report = run();
  ASSERT_FALSE(report);
  EXPECT_THAT(report.error().message, HasSubstr("192.0.2.9"));
  EXPECT_THAT(report.error().message, HasSubstr("--lab-network"));
}

TEST_F(LoadRunTest, FailuresAreToldByReason) {
  answer_.status = 503;
  auto report = run();
  ASSERT_TRUE(report);
  EXPECT_EQ(report->asked, 3u);
  EXPECT_EQ(report->joined, 0u);
  EXPECT_THAT(report->failures, ElementsAre(Pair("the answer is HTTP 503", 3)));
  EXPECT_EQ(exit_code_of(*report, -1), 1);

  answer_.status = 201;
  answer_.content = "hello";
  report = run();
  ASSERT_TRUE(report);
  ASSERT_EQ(report->failures.size(), 1u);
  EXPECT_THAT(report->failures.begin()->first, HasSubstr("not understood"));
  EXPECT_GT(deletes_, 0);  // who was let in says that it leaves
}

TEST_F(LoadRunTest, AServerThatIsAwayIsToldOnce) {
  thread_.run([this] { server_.reset(); });
  const auto report = run();
  ASSERT_TRUE(report);
  EXPECT_EQ(report->failed(), 3u);
  EXPECT_THAT(report->failures.begin()->first, HasSubstr("no HTTP connection"));
}

TEST(LoadOptionsTest, WhatMakesNoSenseIsRefused) {
  EXPECT_TRUE(check_load_options({}));
  const auto refused = [](auto change) {
    LoadOptions options;
    change(options);
    return !check_load_options(options);
  };
  EXPECT_TRUE(refused([](LoadOptions& o) { o.viewers = 0; }));
  EXPECT_TRUE(refused([](LoadOptions& o) { o.viewers = kMaxLoadViewers + 1; }));
  EXPECT_TRUE(refused([](LoadOptions& o) { o.joins_per_second = 0; }));
  EXPECT_TRUE(refused([](LoadOptions& o) { o.seconds = -1; }));
  EXPECT_TRUE(refused([](LoadOptions& o) { o.feedback_ms = 1; }));
  EXPECT_TRUE(refused([](LoadOptions& o) { o.profile = "null"; }));
  EXPECT_TRUE(refused([](LoadOptions& o) { o.leaves_per_second = -1; }));
  EXPECT_TRUE(refused([](LoadOptions& o) { o.frame_spread = o.audio_only = true; }));
}

}  // namespace
}  // namespace longmen
