#include "gateway/watch_gate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>

#include "tests/support/start_of_2026.h"

namespace longmen {
namespace {

using std::chrono::seconds;
using ::testing::HasSubstr;

class WatchGateTest : public ::testing::Test {
 protected:
  WatchGateTest() {
    clock_.set({{std::chrono::steady_clock::now(), test::kStartOf2026, 0}, std::nullopt});
    set_access(Access::kToken);
  }
  void set_access(Access access) {
    Channel channel;
    channel.id = "main";
    channel.access = access;
    channel.watch_key = keys_.public_key;
    gate_.set_channels({channel});
  }
  std::string token(WatchBearer bearer, const std::string& channel = "main",
                    seconds life = seconds(600)) const {
    const auto start = std::chrono::floor<seconds>(test::kStartOf2026.time_since_epoch());
    return sign_watch_token({channel, bearer, "x", WatchGrant::Instant(start + life)},
                            keys_.private_key)
        .value();
  }
  // A playlist that says how it may be kept, behind the gate.
  HttpResponse ask(HttpRequest request, const std::string& channel = "main") {
    if (request.target.path.empty()) request.target.path = "/hls/" + channel + "/index.m3u8";
    request.parameters = {channel};
    boost::asio::io_context io;
    const auto handler = gate_.guard([](HttpRequest) -> boost::asio::awaitable<HttpResponse> {
      HttpResponse response;
      response.fields.set("Cache-Control", "public, max-age=5");
      co_return response;
    });
    auto response = boost::asio::co_spawn(io, handler(std::move(request)), boost::asio::use_future);
    io.run();
    return response.get();
  }
  HttpRequest with_query(const std::string& value) {
    HttpRequest request;
    request.target.query = {{"token", value}};
    return request;
  }
  HttpRequest with_field(const std::string& name, const std::string& value) {
    HttpRequest request;
    request.fields.set(name, value);
    return request;
  }

  const WatchKeys keys_ = make_watch_keys([](std::span<uint8_t> bytes) {
    for (uint8_t& byte : bytes)
      byte = 9;
  });
  SharedMediaClock clock_;
  WatchGate gate_{clock_};
};

TEST_F(WatchGateTest, AnOpenChannelAsksForNothing) {
  set_access(Access::kOpen);
  const HttpResponse response = ask({});
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.fields.value("Cache-Control"), "public, max-age=5");
  EXPECT_EQ(ask(with_query("rubbish")).status, 200);
}

TEST_F(WatchGateTest, OnlyOpenChannelsAreAnsweredAtOnce) {
  const HttpAtOnce at_once =
      gate_.guard_at_once([](HttpRequest&) { return std::optional(HttpResponse{}); });
  const auto answers = [&](HttpRequest request, const std::string& channel = "main") {
    request.parameters = {channel};
    return at_once(request).has_value();
  };
  EXPECT_FALSE(answers({}));
  EXPECT_FALSE(answers(with_query(token(WatchBearer::kPerson))));  // it has more to say then
  set_access(Access::kScreens);
  EXPECT_FALSE(answers({}));
  set_access(Access::kOpen);
  EXPECT_TRUE(answers({}));
  EXPECT_FALSE(answers({}, "main~primary"));
  EXPECT_TRUE(answers({}, "unknown"));
}

TEST_F(WatchGateTest, ATokenMayComeInThreeWays) {
  const std::string good = token(WatchBearer::kPerson);
  EXPECT_EQ(ask(with_query(good)).status, 200);
  EXPECT_EQ(ask(with_field("Authorization", "Bearer " + good)).status, 200);
  EXPECT_EQ(ask(with_field("Authorization", "bearer " + good)).status, 200);
  EXPECT_EQ(ask(with_field("Cookie", "a=b; longmen-watch=" + good)).status, 200);
  const HttpResponse none = ask({});
  EXPECT_EQ(none.status, 401);
  EXPECT_EQ(none.fields.value("WWW-Authenticate"), "Bearer realm=\"watch\"");
  const HttpResponse wrong = ask(with_query(good + "A"));
  EXPECT_EQ(wrong.status, 401);
  EXPECT_THAT(std::string(wrong.fields.value("WWW-Authenticate")), HasSubstr("invalid_token"));
}

TEST_F(WatchGateTest, NoSharedCacheKeepsItAndHlsPlayersGetACookie) {
  const HttpResponse response = ask(with_query(token(WatchBearer::kPerson)));
  EXPECT_EQ(response.fields.value("Cache-Control"), "private, max-age=5");
  EXPECT_EQ(response.fields.value("Set-Cookie"), "longmen-watch=" + token(WatchBearer::kPerson) +
                                                     "; Path=/hls/main/; HttpOnly; SameSite=Lax");
  HttpRequest whep = with_query(token(WatchBearer::kPerson));
  whep.target.path = "/whep/main";
  EXPECT_FALSE(ask(std::move(whep)).fields.contains("Set-Cookie"));
}

TEST_F(WatchGateTest, WhoMayWatchDependsOnTheChannel) {
  EXPECT_EQ(ask(with_query(token(WatchBearer::kScreen))).status, 200);
  set_access(Access::kScreens);
  EXPECT_EQ(ask(with_query(token(WatchBearer::kScreen))).status, 200);
  EXPECT_EQ(ask(with_query(token(WatchBearer::kStudio))).status, 200);
  EXPECT_EQ(ask(with_query(token(WatchBearer::kPerson))).status, 403);
  const HttpResponse other = ask(with_query(token(WatchBearer::kScreen, "other")));
  EXPECT_EQ(other.status, 403);
  EXPECT_THAT(other.content, HasSubstr("for channel other"));
}

TEST_F(WatchGateTest, AHiddenChannelAsksForATokenOfItsOwnEvenWhenTheChannelIsOpen) {
  set_access(Access::kOpen);
  EXPECT_EQ(ask({}, "main~primary").status, 401);
  EXPECT_EQ(ask(with_query(token(WatchBearer::kStudio)), "main~primary").status, 403);
  EXPECT_EQ(ask(with_query(token(WatchBearer::kStudio, "main~primary")), "main~primary").status,
            200);
}

TEST_F(WatchGateTest, ATokenThatIsKnownExpiresAllTheSame) {
  const std::string soon = token(WatchBearer::kPerson, "main", seconds(10));
  EXPECT_EQ(ask(with_query(soon)).status, 200);
  clock_.set(
      {{std::chrono::steady_clock::now(), test::kStartOf2026 + seconds(11), 0}, std::nullopt});
  EXPECT_EQ(ask(with_query(soon)).status, 401);
  EXPECT_EQ(ask(with_query(soon)).status, 401);
}

TEST_F(WatchGateTest, AnotherKeyEndsAllTokens) {
  const std::string good = token(WatchBearer::kPerson);
  EXPECT_EQ(ask(with_query(good)).status, 200);
  Channel channel;
  channel.id = "main";
  channel.access = Access::kToken;
  channel.watch_key = make_watch_keys([](std::span<uint8_t> bytes) {
                        for (uint8_t& byte : bytes)
                          byte = 8;
                      }).public_key;
  gate_.set_channels({channel});
  EXPECT_EQ(ask(with_query(good)).status, 401);
}

TEST_F(WatchGateTest, WhatWasRevokedOpensNothing) {
  const std::string good = token(WatchBearer::kScreen);
  EXPECT_EQ(ask(with_query(good)).status, 200);
  Channel channel;
  channel.id = "main";
  channel.access = Access::kScreens;
  channel.watch_key = keys_.public_key;
  channel.watch_revoked = {"x"};
  gate_.set_channels({channel});
  const HttpResponse refused = ask(with_query(good));
  EXPECT_EQ(refused.status, 401);
  EXPECT_THAT(refused.content, HasSubstr("taken back"));
  EXPECT_THAT(std::string(refused.fields.value("WWW-Authenticate")), HasSubstr("invalid_token"));
}

TEST_F(WatchGateTest, WithoutAKeyOrAClockNobodyComesIn) {
  Channel channel;
  channel.id = "main";
  channel.access = Access::kToken;
  gate_.set_channels({channel});
  EXPECT_EQ(ask(with_query(token(WatchBearer::kStudio))).status, 401);
  const SharedMediaClock unset;
  WatchGate early(unset);
  early.set_channels({channel});
  boost::asio::io_context io;
  HttpRequest request = with_query(token(WatchBearer::kStudio));
  request.parameters = {"main"};
  const auto handler = early.guard(
      [](HttpRequest) -> boost::asio::awaitable<HttpResponse> { co_return HttpResponse{}; });
  auto response = boost::asio::co_spawn(io, handler(std::move(request)), boost::asio::use_future);
  io.run();
  EXPECT_EQ(response.get().status, 503);
}

}  // namespace
}  // namespace longmen
