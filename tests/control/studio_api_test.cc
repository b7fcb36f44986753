#include "control/studio_api.h"

#include <gmock/gmock.h>
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <future>
#include <sstream>

#include "control/backup.h"
#include "control/migrations.h"
#include "control/totp.h"
#include "core/base/sha256.h"
#include "tests/control/studio_fixture.h"

namespace longmen {
namespace {

namespace asio = boost::asio;
namespace json = boost::json;
using ::testing::HasSubstr;
using ::testing::Not;

using test::Answer;
using test::Client;
using test::kNow;
using test::kPassword;

class StudioApiTest : public test::StudioFixture {};

TEST_P(StudioApiTest, FromTheFirstLinkToSignedOut) {
  Client client;
  const std::string token = first_token();
  EXPECT_EQ(first_token(), token) << "asked again, it is the same link";
  const Answer look = post(client, "/api/v1/links/look", {{"token", token}});
  EXPECT_EQ(look.body.at("name").as_string(), "administrator");
  EXPECT_TRUE(look.body.at("first").as_bool());
  const json::value wish{{"token", token}, {"name", "李伟"}, {"password", kPassword}};
  const Answer redeemed = post(client, "/api/v1/links/redeem", wish);
  EXPECT_EQ(redeemed.status, 200) << redeemed.text;
  EXPECT_THAT(std::string(redeemed.fields.value("Set-Cookie")),
              ::testing::StartsWith("__Host-longmen="));
  EXPECT_EQ(post(client, "/api/v1/links/redeem", wish).status, 410);
  Client machine;
  machine.gateway = false;
  EXPECT_EQ(post(machine, "/local/v1/first-link", json::object{}).status, 409);

  const Answer in = post(client, "/api/v1/sign-in", credentials("李伟"));
  EXPECT_EQ(in.status, 200) << in.text;
  EXPECT_NE(in.sign_in_cookie(), redeemed.sign_in_cookie());
  client.cookie = in.sign_in_cookie();
  const Answer me = get(client, "/api/v1/me");
  EXPECT_EQ(me.status, 200);
  EXPECT_EQ(me.body.at("account").at("name").as_string(), "李伟");
  EXPECT_EQ(me.body.at("may"), (json::array{"look", "operate", "plan", "manage_sites",
                                            "manage_channels", "manage_accounts", "read_audit"}));
  EXPECT_EQ(me.fields.value("Cache-Control"), "no-store");
  EXPECT_THAT(me.text, Not(HasSubstr("argon2")));

  const Answer out = post(client, "/api/v1/sign-out", nullptr);
  EXPECT_EQ(out.status, 200);
  EXPECT_THAT(std::string(out.fields.value("Set-Cookie")), HasSubstr("Max-Age=0"));
  EXPECT_EQ(get(client, "/api/v1/me").status, 401);
  EXPECT_TRUE(get(client, "/api/v1/me").fields.contains("WWW-Authenticate"));
}

TEST_P(StudioApiTest, SecretsAreNotInTheDatabase) {
  const std::string token = first_token();
  const Client admin = administrator();
  const std::string cookie = admin.cookie.substr(admin.cookie.find('=') + 1);
  const std::string file = directory_ + "/all.backup";
  ASSERT_TRUE(back_up(*database(settings_.database), all_migrations(), file, kNow));
  for (const auto& entry : std::filesystem::directory_iterator(directory_)) {
    std::ifstream stream(entry.path(), std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(stream), {}};
    for (const std::string& secret : {token, cookie, kPassword})
      EXPECT_EQ(bytes.find(secret), std::string::npos) << entry.path();
  }
}

TEST_P(StudioApiTest, RequestsOfOtherSitesAreRefused) {
  Client admin = administrator();
  admin.more = {{"Sec-Fetch-Site", "cross-site"}};
  EXPECT_EQ(post(admin, "/api/v1/sign-out", nullptr).status, 403);
  admin.more = {{"Origin", "https://evil.example"}};
  EXPECT_EQ(post(admin, "/api/v1/accounts", {{"name", "x"}, {"role", "viewer"}}).status, 403);
  EXPECT_EQ(send(admin, "PATCH", "/api/v1/accounts/00", json::object{}).status, 403);
  EXPECT_EQ(post(admin, "/api/v1/sign-in", credentials("li")).status, 403);
  EXPECT_EQ(post(admin, "/api/v1/links/redeem", {{"token", "x"}}).status, 403);
  admin.more.clear();
  const Answer refused = post(admin, "/api/v1/sign-out", nullptr);
  EXPECT_EQ(refused.status, 403);
  EXPECT_EQ(refused.fields.value("Content-Type"), "application/problem+json");
  EXPECT_THAT(refused.text, HasSubstr("X-Longmen-Request"));
  admin.more = {{"Origin", "https://node.example:8443"}};
  EXPECT_EQ(post(admin, "/api/v1/sign-out", nullptr).status, 200);
}

TEST_P(StudioApiTest, RolesAreHeldToTheTable) {
  const Client admin = administrator();
  const Client nobody;
  for (const char* role : {"viewer", "operator", "producer"}) {
    const Client person = somebody(admin, role, role);
    EXPECT_EQ(get(person, "/api/v1/me").status, 200);
    EXPECT_EQ(get(person, "/api/v1/accounts").status, 403) << role;
    EXPECT_EQ(get(person, "/api/v1/audit").status, 403) << role;
    EXPECT_EQ(get(person, "/api/v1/audit?format=jsonl").status, 403) << role;
    EXPECT_EQ(post(person, "/api/v1/accounts", {{"name", "x"}, {"role", "viewer"}}).status, 403);
  }
  for (const char* target : {"/api/v1/me", "/api/v1/accounts", "/api/v1/audit"})
    EXPECT_EQ(get(nobody, target).status, 401) << target;
  EXPECT_EQ(get(admin, "/api/v1/accounts").body.at("accounts").as_array().size(), 4u);
  EXPECT_EQ(post(admin, "/api/v1/accounts", {{"name", "x"}, {"role", "king"}}).status, 422);
  EXPECT_EQ(post(admin, "/api/v1/accounts",
                 {{"name", "viewer"}, {"role", "viewer"}, {"password", kPassword}})
                .status,
            409);
}

TEST_P(StudioApiTest, AChangedRoleCountsAtOnceAndADisabledAccountIsOut) {
  const Client admin = administrator();
  const Client wang = somebody(admin, "wang", "viewer");
  const std::string id(get(wang, "/api/v1/me").body.at("account").at("id").as_string());
  const json::value promotion{{"role", "administrator"}, {"password", kPassword}};
  EXPECT_EQ(send(admin, "PATCH", "/api/v1/accounts/" + id, promotion).status, 200);
  EXPECT_EQ(get(wang, "/api/v1/accounts").status, 200);
  EXPECT_EQ(send(admin, "PATCH", "/api/v1/accounts/" + id, {{"disabled", true}}).status, 200);
  EXPECT_EQ(get(wang, "/api/v1/me").status, 401);
  const Answer disabled = post(Client{}, "/api/v1/sign-in", credentials("wang"));
  const Answer unknown = post(Client{}, "/api/v1/sign-in", credentials("nobody"));
  EXPECT_EQ(disabled.status, 401);
  EXPECT_EQ(disabled.text, unknown.text);
  EXPECT_EQ(send(admin, "PATCH", "/api/v1/accounts/" + id, {{"disabled", 1}}).status, 422);
  EXPECT_EQ(post(admin, "/api/v1/accounts/" + id + "/reset", {{"password", kPassword}}).status,
            409);
}

TEST_P(StudioApiTest, PagesOfAccounts) {
  const Client admin = administrator();
  for (const char* name : {"a", "b", "c"})
    somebody(admin, name, "viewer");
  const Answer first = get(admin, "/api/v1/accounts?limit=3");
  EXPECT_EQ(first.body.at("accounts").as_array().size(), 3u);
  EXPECT_EQ(first.body.at("next").as_string(), "c");
  const Answer second = get(admin, "/api/v1/accounts?limit=3&after=c");
  EXPECT_EQ(second.body.at("accounts").as_array().size(), 1u);
  EXPECT_TRUE(second.body.at("next").is_null());
}

TEST_P(StudioApiTest, SignInsEndByIdleness) {
  const Client admin = administrator();
  now_ms_ += std::chrono::milliseconds(std::chrono::hours(12)).count();
  EXPECT_EQ(get(admin, "/api/v1/me").status, 401);
}

TEST_P(StudioApiTest, AnUnknownNameIsAnsweredLikeAWrongPasswordAndLockedLikeOne) {
  administrator();
  std::string texts[2];
  const char* names[] = {"li", "nobody"};
  for (int who : {0, 1}) {
    for (int i = 0; i < SignInLimiter::kFreeByAccount; ++i) {
      Client client;
      client.address = fmt::format("198.51.{}.{}", who, i);
      const Answer wrong =
          post(client, "/api/v1/sign-in", credentials(names[who], "wrong password"));
      EXPECT_EQ(wrong.status, 401);
      texts[who] = wrong.text;
    }
    Client other;
    other.address = fmt::format("198.51.{}.99", who);
    const Answer locked = post(other, "/api/v1/sign-in", credentials(names[who]));
    EXPECT_EQ(locked.status, 429);
    EXPECT_EQ(locked.fields.value("Retry-After"), "2");
  }
  EXPECT_EQ(texts[0], texts[1]);
  now_ms_ += 2'000;
  EXPECT_EQ(post(Client{}, "/api/v1/sign-in", credentials("li")).status, 200);
}

TEST_P(StudioApiTest, ALinkOpensALockedAccount) {
  const Client admin = administrator();
  const Client wang = somebody(admin, "wang", "viewer");
  for (int i = 0; i < SignInLimiter::kFreeByAccount; ++i)
    post(Client{}, "/api/v1/sign-in", credentials("wang", "wrong password"));
  EXPECT_EQ(post(Client{}, "/api/v1/sign-in", credentials("wang")).status, 429);
  const std::string id(get(wang, "/api/v1/me").body.at("account").at("id").as_string());
  const Answer reset = post(admin, "/api/v1/accounts/" + id + "/reset", {{"password", kPassword}});
  EXPECT_EQ(reset.status, 200) << reset.text;
  const json::value wish{{"token", token_of(reset)}, {"password", "another password"}};
  EXPECT_EQ(post(Client{}, "/api/v1/links/redeem", wish).status, 200);
  EXPECT_EQ(post(Client{}, "/api/v1/sign-in", credentials("wang", "another password")).status, 200);
}

TEST_P(StudioApiTest, TenThousandAttemptsCostABoundedAmount) {
  administrator();
  post(Client{}, "/api/v1/sign-in", credentials("nobody", "warm"));
  const uint64_t before = hashes();
  int checked = 0, refused = 0, strange = 0;
  const auto flood = [&]() -> asio::awaitable<void> {
    for (int i = 0; i < 250; ++i) {
      Client client;
      client.address = fmt::format("2001:db8:{:x}::1", (checked + refused) % 8192);
      HttpClientRequest request = make(client, "POST", "/api/v1/sign-in",
                                       credentials(i % 2 ? "li" : fmt::format("n{}", i % 5), "x"));
      const Answer answer = co_await ask(std::move(request));
      if (answer.status == 401) {
        ++checked;
      } else if (answer.status == 429 || answer.status == 503) {
        ++refused;
      } else {
        ++strange;
      }
    }
  };
  std::vector<std::future<void>> all;
  for (int i = 0; i < 40; ++i)
    all.push_back(asio::co_spawn(thread_.io(), flood(), asio::use_future));
  for (auto& each : all)
    each.get();
  EXPECT_EQ(checked + refused, 10'000);
  EXPECT_EQ(strange, 0);
  // Six names, five tries each; what the pool had no room for was not counted.
  EXPECT_LE(checked, 6 * SignInLimiter::kFreeByAccount);
  EXPECT_GE(checked, SignInLimiter::kFreeByAccount);
  EXPECT_EQ(hashes() - before, static_cast<uint64_t>(checked)) << "and nothing else was hashed";
  // And the right password is still good, once the lock is over.
  now_ms_ += 4'000;
  EXPECT_EQ(post(Client{}, "/api/v1/sign-in", credentials("li")).status, 200);
}

TEST_P(StudioApiTest, AnotherPasswordAsksForTheOldOne) {
  Client admin = administrator();
  const Answer second = post(Client{}, "/api/v1/sign-in", credentials("li"));
  Client other;
  other.cookie = second.sign_in_cookie();
  const auto wish = [](const std::string& old, const std::string& wanted) {
    return json::value{{"password", old}, {"new_password", wanted}};
  };
  EXPECT_EQ(post(admin, "/api/v1/me/password", wish("wrong", "a longer password")).status, 403);
  EXPECT_EQ(post(admin, "/api/v1/me/password", wish(kPassword, "short")).status, 422);
  const Answer changed = post(admin, "/api/v1/me/password", wish(kPassword, "a longer password"));
  EXPECT_EQ(changed.status, 200);
  EXPECT_EQ(get(admin, "/api/v1/me").status, 401) << "who had copied it has it no longer";
  admin.cookie = changed.sign_in_cookie();
  EXPECT_EQ(get(admin, "/api/v1/me").status, 200);
  EXPECT_EQ(get(other, "/api/v1/me").status, 401);
  EXPECT_EQ(post(Client{}, "/api/v1/sign-in", credentials("li")).status, 401);
}

TEST_P(StudioApiTest, TheSecondFactorFromBeginningToEnd) {
  Client admin = administrator();
  EXPECT_EQ(post(admin, "/api/v1/me/totp", {{"password", "wrong"}}).status, 403);
  const Answer begun = post(admin, "/api/v1/me/totp", {{"password", kPassword}});
  EXPECT_EQ(begun.status, 200) << begun.text;
  EXPECT_THAT(begun.text, HasSubstr("otpauth://totp/Longmen:li?secret="));
  const std::string shown(begun.body.at("secret").as_string());
  EXPECT_THAT(get(admin, "/api/v1/me").text, Not(HasSubstr(shown)));
  // Back from base32, as an app does it.
  Bytes secret;
  uint32_t bits = 0;
  int count = 0;
  for (char c : shown) {
    bits = bits << 5 | static_cast<uint32_t>(c >= 'A' ? c - 'A' : c - '2' + 26);
    if ((count += 5) >= 8) secret.push_back(static_cast<uint8_t>(bits >> (count -= 8)));
  }
  ASSERT_EQ(secret.size(), kTotpSecretBytes);
  const auto code = [&](int64_t off) {
    return totp_code(secret, totp_step(std::chrono::seconds(now_ms_ / 1000)) + off);
  };
  const Answer confirmed = post(admin, "/api/v1/me/totp/confirm", {{"code", code(0)}});
  EXPECT_EQ(confirmed.status, 200) << confirmed.text;
  EXPECT_EQ(confirmed.body.at("recovery_codes").as_array().size(), 10u);
  const std::string recovery(confirmed.body.at("recovery_codes").at(0).as_string());
  EXPECT_EQ(get(admin, "/api/v1/me").body.at("recovery_codes_left").as_int64(), 10);

  auto wish = credentials("li").as_object();
  const Answer asked = post(Client{}, "/api/v1/sign-in", wish);
  EXPECT_EQ(asked.status, 401);
  EXPECT_TRUE(asked.body.at("code_needed").as_bool());
  wish["code"] = code(0);
  EXPECT_EQ(post(Client{}, "/api/v1/sign-in", wish).status, 401) << "used already";
  wish["code"] = code(1);
  EXPECT_EQ(post(Client{}, "/api/v1/sign-in", wish).status, 200);
  wish["code"] = recovery;
  const Answer by_paper = post(Client{}, "/api/v1/sign-in", wish);
  EXPECT_EQ(by_paper.status, 200);
  EXPECT_EQ(by_paper.body.at("recovery_codes_left").as_int64(), 9);
  EXPECT_EQ(post(Client{}, "/api/v1/sign-in", wish).status, 401);
  EXPECT_EQ(post(admin, "/api/v1/me/totp/remove", {{"password", kPassword}}).status, 200);
  EXPECT_EQ(post(Client{}, "/api/v1/sign-in", credentials("li")).status, 200);
}

TEST_P(StudioApiTest, TheAuditSaysWhoDidWhatFromWhere) {
  Client admin = administrator();
  admin.address = "203.0.113.9";
  somebody(admin, "wang", "operator");
  const Answer page = get(admin, "/api/v1/audit?limit=2");
  EXPECT_EQ(page.status, 200) << page.text;
  const json::array& rows = page.body.at("rows").as_array();
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[1].at("action").as_string(), "account.create");
  EXPECT_EQ(rows[1].at("actor").as_string(), "li");
  EXPECT_EQ(rows[1].at("address").as_string(), "203.0.113.9");
  EXPECT_EQ(rows[1].at("after").at("name").as_string(), "wang");
  EXPECT_TRUE(rows[1].at("before").is_null());
  const Answer rest =
      get(admin, fmt::format("/api/v1/audit?before={}", page.body.at("next").as_int64()));
  EXPECT_EQ(rest.body.at("rows").as_array().size(), 2u);
  const Answer lines = get(admin, "/api/v1/audit?format=jsonl");
  EXPECT_EQ(lines.fields.value("Content-Type"), "application/jsonl");
  EXPECT_EQ(std::count(lines.text.begin(), lines.text.end(), '\n'), 4);
  EXPECT_EQ(json::parse(lines.text.substr(0, lines.text.find('\n'))).at("number").as_int64(), 1);
  EXPECT_EQ(get(admin, "/api/v1/audit?format=xml").status, 422);
}

TEST_P(StudioApiTest, ALongAuditIsExportedWhole) {
  Client admin = administrator();
  const auto fill = [](Store& store) {
    return in_transaction(store.database(), "test", [&](soci::session& sql) -> Decided<bool> {
      for (int i = 0; i < 1000; ++i) {
        append_audit(sql, {"", "x", "local", kNow}, "test.act", "", "",
                     R"({"long":")" + std::string(300, 'x') + "\"}");
      }
      return true;
    });
  };
  const auto filled = wait(store_->run(fill));
  ASSERT_TRUE(filled && *filled);
  const Answer lines = get(admin, "/api/v1/audit?format=jsonl");
  EXPECT_EQ(std::count(lines.text.begin(), lines.text.end(), '\n'), 1002);
}

TEST_P(StudioApiTest, LinksForTheCommandLineAreForThisMachineAlone) {
  Client machine;
  machine.gateway = false;
  administrator();
  const Answer made = post(machine, "/local/v1/reset-link", {{"name", "LI"}});
  EXPECT_EQ(made.status, 200) << made.text;
  EXPECT_THAT(std::string(made.body.at("link").as_string()),
              ::testing::StartsWith("https://node.example:8443/studio/link#"));
  const json::value wish{{"token", token_of(made)}, {"password", "another password"}};
  EXPECT_EQ(post(Client{}, "/api/v1/links/redeem", wish).status, 200);
  EXPECT_EQ(post(machine, "/local/v1/reset-link", {{"name", "nobody"}}).status, 404);
  for (const char* target : {"/local/v1/reset-link", "/local/v1/first-link"})
    EXPECT_EQ(post(Client{}, target, json::object{}).status, 404) << "by way of the gateway";
}

TEST_P(StudioApiTest, WhatIsMalformedIsToldAndHurtsNobody) {
  const Client admin = administrator();
  EXPECT_EQ(post(admin, "/api/v1/sign-in", json::array{}).status, 400);
  EXPECT_EQ(post(admin, "/api/v1/sign-in", {{"name", 7}, {"password", nullptr}}).status, 401);
  EXPECT_EQ(post(admin, "/api/v1/sign-in", credentials(std::string(5000, 'n'))).status, 401);
  EXPECT_EQ(post(admin, "/api/v1/sign-in", credentials("li", std::string(20'000, 'p'))).status,
            413);
  EXPECT_EQ(post(admin, "/api/v1/links/look", json::object{}).status, 410);
  EXPECT_EQ(get(admin, "/api/v1/audit?before=x&limit=-5").status, 200);
  EXPECT_EQ(get(admin, "/api/v1/accounts?limit=999999999999").status, 200);
  EXPECT_EQ(send(admin, "PATCH", "/api/v1/accounts/absent", json::object{}).status, 404);
}

TEST_P(StudioApiTest, ANameThatCannotBeFindsNobodyElse) {
  administrator();
  const uint64_t before = hashes();
  const uint64_t calls = store_calls();
  for (const std::string& name :
       {std::string("li\0a", 4), std::string("li\0", 3), std::string(" li"),
        std::string("li\u200b"), std::string("li\n"), std::string("control"), std::string()}) {
    const Answer answer = post(Client{}, "/api/v1/sign-in", credentials(name));
    EXPECT_THAT(answer.status, ::testing::AnyOf(400, 401)) << name;
    if (answer.status == 401) {
      EXPECT_THAT(answer.text, HasSubstr("the name or the password is wrong"));
    }
  }
  EXPECT_EQ(hashes(), before);
  EXPECT_EQ(store_calls(), calls);
}

TEST_P(StudioApiTest, AnUnknownNameCostsAsMuchAsAWrongPassword) {
  administrator();
  post(Client{}, "/api/v1/sign-in", credentials("nobody", "warm"));
  const auto cost = [&](const std::string& name) {
    const uint64_t before = hashes();
    EXPECT_EQ(post(Client{}, "/api/v1/sign-in", credentials(name, "wrong password")).status, 401);
    return hashes() - before;
  };
  EXPECT_EQ(cost("li"), 1u);
  EXPECT_EQ(cost("somebody else"), 1u);
}

TEST_P(StudioApiTest, StrangersLockNobodyOutWhoWasHereBefore) {
  Client admin = administrator();
  const Answer in = post(Client{}, "/api/v1/sign-in", credentials("li"));
  Client own;
  own.cookie = in.device_cookie();
  EXPECT_THAT(own.cookie, ::testing::StartsWith("__Host-longmen-device="));
  const auto guess = [&](const Client& who) {
    return post(who, "/api/v1/sign-in", credentials("li", "wrong password")).status;
  };
  for (int i = 0; i < 30; ++i)  // from the same address
    guess(Client{});
  EXPECT_EQ(post(Client{}, "/api/v1/sign-in", credentials("li")).status, 429);
  EXPECT_EQ(post(own, "/api/v1/sign-in", credentials("li")).status, 200);
  const json::value wish{{"password", kPassword}, {"new_password", "a longer password"}};
  EXPECT_EQ(post(admin, "/api/v1/me/password", wish).status, 200);
  // A browser that was here has as many tries as anybody, and is no key for another account.
  for (int i = 0; i < SignInLimiter::kFreeByAccount; ++i)
    EXPECT_EQ(guess(own), 401) << i;
  EXPECT_EQ(guess(own), 429);
  Client other = own;
  other.cookie.back() = other.cookie.back() == 'A' ? 'E' : 'A';
  other.address = "198.51.100.1";
  EXPECT_EQ(post(other, "/api/v1/sign-in", credentials("li", "a longer password")).status, 429)
      << "made up: a stranger's";
}

TEST_P(StudioApiTest, WhoIsSignedInHasAFewTriesToo) {
  const Client admin = administrator();
  const json::value wrong{{"password", "wrong"}, {"new_password", "a longer password"}};
  for (int i = 0; i < SignInLimiter::kFreeByAccount; ++i)
    EXPECT_EQ(post(admin, "/api/v1/me/password", wrong).status, 403);
  EXPECT_EQ(post(admin, "/api/v1/me/password", wrong).status, 429);
  EXPECT_EQ(post(Client{}, "/api/v1/sign-in", credentials("li")).status, 200)
      << "which locks nobody else out";
  const json::value rows = get(admin, "/api/v1/audit").body.at("rows");
  EXPECT_EQ(rows.at(1).at("action").as_string(), "account.password_refused");
  EXPECT_EQ(rows.at(1).at("actor").as_string(), "li");
}

TEST_P(StudioApiTest, WhatGivesSomebodyMoreAsksForThePasswordAgain) {
  const Client admin = administrator();
  const Client wang = somebody(admin, "wang", "viewer");
  const std::string id(get(wang, "/api/v1/me").body.at("account").at("id").as_string());
  const std::string path = "/api/v1/accounts/" + id;
  for (const char* password : {"", "wrong password"}) {
    const json::value role{{"role", "producer"}, {"password", password}};
    const json::value enable{{"disabled", false}, {"password", password}};
    const json::value create{{"name", "x"}, {"role", "viewer"}, {"password", password}};
    EXPECT_EQ(send(admin, "PATCH", path, role).status, 403);
    if (*password) continue;  // else the limiter is next
    EXPECT_EQ(send(admin, "PATCH", path, enable).status, 403);
    EXPECT_EQ(post(admin, "/api/v1/accounts", create).status, 403);
    EXPECT_EQ(post(admin, path + "/reset", {{"password", password}}).status, 403);
  }
  EXPECT_EQ(send(admin, "PATCH", path, {{"disabled", true}}).status, 200)
      << "to shut out is urgent";
  const std::string own(get(admin, "/api/v1/me").body.at("account").at("id").as_string());
  const Answer mine = post(admin, "/api/v1/accounts/" + own + "/reset", {{"password", kPassword}});
  EXPECT_EQ(mine.status, 409);
  EXPECT_THAT(mine.text, HasSubstr("/me/password"));
}

TEST_P(StudioApiTest, GuessesOfTheSecondFactorAreBoundedAndKnown) {
  const Client admin = administrator();
  ASSERT_EQ(post(admin, "/api/v1/me/totp", {{"password", kPassword}}).status, 200);
  for (int i = 0; i < SignInLimiter::kFreeByAccount; ++i)
    EXPECT_EQ(post(admin, "/api/v1/me/totp/confirm", {{"code", "000 000"}}).status, 422);
  EXPECT_EQ(post(admin, "/api/v1/me/totp/confirm", {{"code", "000000"}}).status, 429);
  const auto confirm = [](Store& store) {
    return store.database().write("test", [](soci::session& sql) -> Result<void> {
      sql << "UPDATE accounts SET totp_confirmed = 1";
      return {};
    });
  };
  ASSERT_TRUE(wait(store_->run(confirm)));
  auto wish = credentials("li").as_object();
  wish["code"] = "000000";
  EXPECT_EQ(post(Client{}, "/api/v1/sign-in", wish).status, 401);
  const json::value row = get(admin, "/api/v1/audit").body.at("rows").at(0);
  EXPECT_EQ(row.at("action").as_string(), "sign_in.code_refused");
  EXPECT_EQ(row.at("subject"), get(admin, "/api/v1/me").body.at("account").at("id"));
}

TEST_P(StudioApiTest, WhatIsNoTokenIsNotLookedUp) {
  administrator();
  const uint64_t calls = store_calls();
  for (const std::string& token : {std::string(), std::string("x"), std::string(44, 'a')}) {
    EXPECT_EQ(post(Client{}, "/api/v1/links/look", {{"token", token}}).status, 410);
    const json::value wish{{"token", token}, {"password", kPassword}};
    EXPECT_EQ(post(Client{}, "/api/v1/links/redeem", wish).status, 410);
  }
  EXPECT_EQ(store_calls(), calls);
  EXPECT_EQ(post(Client{}, "/api/v1/links/look", {{"token", std::string(43, 'a')}}).status, 410);
  EXPECT_EQ(store_calls(), calls + 1);
}

TEST_P(StudioApiTest, WhatIsTypedAsANameIsLoggedOnlyWhenItIsOne) {
  administrator();
  std::ostringstream log;
  const auto before = spdlog::default_logger();
  const auto logger = std::make_shared<spdlog::logger>(
      "studio test", std::make_shared<spdlog::sinks::ostream_sink_mt>(log));
  thread_.run([&] { spdlog::set_default_logger(logger); });
  EXPECT_EQ(post(Client{}, "/api/v1/sign-in", credentials("my Password 1", "li")).status, 401);
  EXPECT_EQ(post(Client{}, "/api/v1/sign-in", credentials("LI", "wrong password")).status, 401);
  thread_.run([&] { spdlog::set_default_logger(before); });
  EXPECT_THAT(log.str(), HasSubstr("account=unknown address=192.0.2.7"));
  EXPECT_THAT(log.str(), HasSubstr("account=\"li\" address=192.0.2.7"));
  EXPECT_THAT(log.str(), Not(HasSubstr("my Password")));
}

TEST_P(StudioApiTest, AClockThatJumpedAheadTakesNoSignInAway) {
  const Client admin = administrator();
  const int64_t year_ms = std::chrono::milliseconds(std::chrono::hours(24 * 365)).count();
  now_ms_ += year_ms;
  wait(studio_->keep_house());
  now_ms_ -= year_ms;
  EXPECT_EQ(get(admin, "/api/v1/me").status, 200);
  EXPECT_EQ(get(admin, "/api/v1/audit").body.at("rows").as_array().size(), 2u);
}

TEST_P(StudioApiTest, EverybodysSignInsAreListedAndEnded) {
  const Client admin = administrator();
  const Client other = somebody(admin, "wang", "viewer");
  now_ms_ += 120'000;
  EXPECT_EQ(get(other, "/api/v1/me").status, 200);
  const Answer all = get(admin, "/api/v1/sign-ins");
  ASSERT_EQ(all.status, 200) << all.text;
  const auto& rows = all.body.at("sign_ins").as_array();
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_TRUE(all.body.at("next").is_null());
  EXPECT_EQ(rows[0].at("seen_ms").as_int64(), now_ms_) << "the one that was used last first";
  const size_t of_other = rows[0].at("account_name").as_string() == "wang" ? 0 : 1;
  EXPECT_EQ(rows[of_other].at("account_name").as_string(), "wang");
  EXPECT_EQ(rows[of_other].at("way").as_string(), "link");
  EXPECT_EQ(rows[of_other].at("address").as_string(), "192.0.2.7");
  EXPECT_FALSE(rows[of_other].at("own").as_bool());
  EXPECT_TRUE(rows[1 - of_other].at("own").as_bool());
  EXPECT_THAT(all.text,
              Not(HasSubstr(sha256_hex(other.cookie.substr(other.cookie.find('=') + 1)))));
  EXPECT_EQ(get(admin, "/api/v1/sign-ins?limit=1").body.at("next"), 1);
  EXPECT_EQ(get(admin, "/api/v1/sign-ins?limit=1&skip=1").body.at("sign_ins").as_array().size(),
            1u);
  EXPECT_EQ(get(admin, "/api/v1/sign-ins?skip=-1").status, 422);
  EXPECT_EQ(get(other, "/api/v1/sign-ins").status, 403);
  const std::string path = "/api/v1/sign-ins/" + std::string(rows[of_other].at("id").as_string());
  EXPECT_EQ(send(other, "DELETE", path).status, 403);
  for (const char* id : {"", "x", "0123456789abcdef", "%25", "ABCDEF0123456789"})
    EXPECT_EQ(send(admin, "DELETE", std::string("/api/v1/sign-ins/") + id).status, 404) << id;
  EXPECT_EQ(send(admin, "DELETE", path).status, 200);
  EXPECT_EQ(get(other, "/api/v1/me").status, 401);
  EXPECT_THAT(get(admin, "/api/v1/audit?limit=1").text, HasSubstr("sign_in.revoke"));
  // What has ended by itself is not in the list.
  now_ms_ += 11 * 3'600'000;
  EXPECT_EQ(get(admin, "/api/v1/sign-ins").body.at("sign_ins").as_array().size(), 1u);
}

LONGMEN_FOR_BOTH_DATABASES(StudioApiTest);

}  // namespace
}  // namespace longmen
