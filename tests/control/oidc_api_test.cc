// Signing in by a provider, through the API, with a provider in this process that answers right,
// wrong or not at all.
#include "control/oidc_api.h"

#include <gmock/gmock.h>

#include <boost/json/serialize.hpp>
#include <fstream>
#include <map>
#include <mutex>

#include "core/http/target.h"
#include "tests/control/oidc/signing_key.h"
#include "tests/control/studio_fixture.h"

namespace longmen {
namespace {

namespace json = boost::json;
using test::Answer;
using test::Client;
using test::kNow;
using test::kPassword;
using test::SigningKey;
using ::testing::HasSubstr;
using ::testing::StartsWith;

const std::string kIdp = "https://id.example";

// What a provider keeps of one code: RFC 7636 §4.6 and the rest.
struct Promise {
  std::string nonce, challenge, redirect_uri;
  json::object claims;
};

class FakeProvider {
 public:
  Result<WebAnswer> fetch(const WebRequest& request) {
    const std::scoped_lock lock(mutex_);
    ++asked[request.url];
    if (!reachable) return fail(request.url + ": Connection refused");
    if (request.url == kIdp + "/.well-known/openid-configuration")
      return WebAnswer{status, discovery()};
    if (request.url == kIdp + "/keys") return WebAnswer{200, SigningKey::set_of({key.jwk()})};
    if (request.url == kIdp + "/token") return exchange(request);
    if (request.url == kIdp + "/userinfo")
      return WebAnswer{200, json::serialize(json::object{{"sub", userinfo_sub},
                                                         {"groups", json::array{"desk"}}})};
    return WebAnswer{404, ""};
  }

  // As if somebody had signed in there: what the browser takes back.
  std::string authorize(const std::string& location, const std::string& subject,
                        json::object more = {}) {
    const std::scoped_lock lock(mutex_);
    const auto query = [target = *parse_http_target(location.substr(kIdp.size()))](
                           std::string_view name) { return std::string(target.query_value(name)); };
    EXPECT_EQ(query("response_type"), "code");
    EXPECT_EQ(query("client_id"), "longmen");
    EXPECT_EQ(query("code_challenge_method"), "S256");
    EXPECT_EQ(query("scope"), "openid profile groups");
    const std::string code = "code " + std::to_string(promises_.size());
    more["sub"] = subject;
    promises_[code] = {query("nonce"), query("code_challenge"), query("redirect_uri"), more};
    const std::string back = query("redirect_uri");
    return back.substr(back.find("/api")) + "?state=" + query("state") +
           "&code=" + percent_encode(code);
  }

  json::object extra_discovery;
  bool reachable = true;
  int status = 200;
  SigningKey key = SigningKey::p256("one");
  std::string userinfo_sub = "nobody";
  std::function<void(json::object&)> spoil = [](json::object&) {};
  std::map<std::string, int> asked;
  std::string authorization;  // of the last request for tokens

 private:
  std::string discovery() const {
    json::object object{{"issuer", kIdp},
                        {"authorization_endpoint", kIdp + "/auth"},
                        {"token_endpoint", kIdp + "/token"},
                        {"userinfo_endpoint", kIdp + "/userinfo"},
                        {"jwks_uri", kIdp + "/keys"}};
    for (const auto& pair : extra_discovery)
      object[pair.key()] = pair.value();
    return json::serialize(object);
  }
  WebAnswer exchange(const WebRequest& request) {
    authorization = request.fields.back();
    const auto form = [target = *parse_http_target("/?" + request.form)](std::string_view name) {
      return std::string(target.query_value(name));
    };
    const auto found = promises_.find(form("code"));
    if (found == promises_.end()) return {400, R"({"error":"invalid_grant"})"};
    const Promise promise = found->second;
    promises_.erase(found);
    EXPECT_EQ(form("grant_type"), "authorization_code");
    EXPECT_EQ(form("redirect_uri"), promise.redirect_uri);
    if (code_challenge_of(form("code_verifier")) != promise.challenge)
      return {400, R"({"error":"invalid_grant"})"};
    json::object claims = promise.claims;
    claims["iss"] = kIdp;
    claims["aud"] = "longmen";
    claims["nonce"] = promise.nonce;
    claims["iat"] = kNow / 1000;
    claims["exp"] = kNow / 1000 + 3600;
    spoil(claims);
    return {200, json::serialize(json::object{{"id_token", key.token(claims)},
                                              {"access_token", "an access token"},
                                              {"token_type", "Bearer"}})};
  }

  std::mutex mutex_;
  std::map<std::string, Promise> promises_;
};

class OidcApiTest : public test::StudioFixture {
 protected:
  void SetUp() override {
    fetch_ = [this](const WebRequest& request) { return idp_.fetch(request); };
    StudioFixture::SetUp();
    std::ofstream(directory_ + "/secret") << "a secret:/\n";
    config_.issuer = kIdp;
    config_.client_id = "longmen";
    config_.client_secret_file = directory_ + "/secret";
    config_.label = "TV";
    config_.scopes = {"openid", "profile", "groups"};
    config_.make_accounts = true;
    config_.role_claim = "groups";
    config_.roles.administrator = {"admins"};
    config_.roles.operating = {"desk"};
    use(config_);
  }
  void use(const OidcConfig& config) {
    thread_.run([&] { studio_->oidc().configure(config); });
  }

  // A browser that asks to sign in: where it is sent, with the flow's cookie in its hands.
  std::string begin(Client& client, const json::value& body = json::object{}) {
    const Answer answer = post(client, "/api/v1/oidc/begin", body);
    EXPECT_EQ(answer.status, 200) << answer.text;
    if (answer.status != 200) return "";
    client.cookie = answer.cookie(0);
    return std::string(answer.body.at("location").as_string());
  }
  // Back by a navigation that the provider began.
  Answer come_back(Client client, const std::string& target) {
    client.more = {{"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Mode", "navigate"}};
    return get(client, target);
  }
  Answer sign_in(Client& client, const std::string& subject, const json::object& claims) {
    const std::string location = begin(client);
    const Answer answer = come_back(client, idp_.authorize(location, subject, claims));
    client.cookie = answer.cookie(0);
    return answer;
  }
  static std::string where(const Answer& answer) {
    EXPECT_EQ(answer.status, 303) << answer.text;
    return std::string(answer.fields.value("Location"));
  }
  std::vector<std::string> audited(const Client& admin) {
    std::vector<std::string> actions;
    const Answer audit = get(admin, "/api/v1/audit");
    for (const auto& row : audit.body.at("rows").as_array())
      actions.emplace_back(row.at("action").as_string());
    return actions;
  }
  static json::object groups(const char* group) { return {{"groups", json::array{group}}}; }

  FakeProvider idp_;
  OidcConfig config_;
};

TEST_P(OidcApiTest, FromTheButtonToAnAccountOfOnesOwn) {
  const Client admin = administrator();
  Client client;
  EXPECT_EQ(get(client, "/api/v1/sign-in/ways").body,
            (json::object{{"provider", json::object{{"label", "TV"}, {"problem", nullptr}}}}));
  const std::string location = begin(client);
  EXPECT_THAT(location, StartsWith(kIdp + "/auth?response_type=code&client_id=longmen&redirect_uri="
                                          "https%3A%2F%2Fnode.example%3A8443%2Fapi%2Fv1%2Foidc%2F"
                                          "callback&scope="));
  EXPECT_THAT(client.cookie, StartsWith("__Host-longmen-oidc-"));
  json::object claims = groups("desk");
  claims["preferred_username"] = "李伟";
  const Answer back = come_back(client, idp_.authorize(location, "1234", claims));
  EXPECT_EQ(where(back), "/studio");
  EXPECT_EQ(back.fields.value("Referrer-Policy"), "no-referrer");
  EXPECT_THAT(back.cookie(0), StartsWith("__Host-longmen="));
  EXPECT_THAT(back.cookie(1), StartsWith("__Host-longmen-oidc-")) << "which ends";
  EXPECT_EQ(idp_.authorization, "Authorization: Basic bG9uZ21lbjphJTIwc2VjcmV0JTNBJTJG");
  client.cookie = back.cookie(0);
  const Answer me = get(client, "/api/v1/me");
  EXPECT_EQ(me.body.at("account").at("name").as_string(), "李伟");
  EXPECT_EQ(me.body.at("account").at("role").as_string(), "operator");
  EXPECT_EQ(me.body.at("account").at("provider").as_string(), "made");
  EXPECT_EQ(audited(admin),
            (std::vector<std::string>{"sign_in.begin", "identity.link", "account.create",
                                      "account.set_up", "account.create"}));
  // The second time it is the same one.
  Client again;
  EXPECT_EQ(where(sign_in(again, "1234", claims)), "/studio");
  EXPECT_EQ(get(again, "/api/v1/me").body.at("account").at("id"), me.body.at("account").at("id"));
  EXPECT_EQ(idp_.asked[kIdp + "/keys"], 1) << "they are kept";
}

TEST_P(OidcApiTest, AccountsAreToldByIssuerAndSubjectAlone) {
  const Client admin = administrator();  // who is called li
  json::object claims = groups("admins");
  claims["preferred_username"] = "li";
  claims["email"] = "li@example";
  Client client;
  EXPECT_EQ(where(sign_in(client, "1", claims)), "/studio");
  const Answer me = get(client, "/api/v1/me");
  EXPECT_EQ(me.body.at("account").at("name").as_string(), "li 2");
  Client other;
  EXPECT_EQ(where(sign_in(other, "2", claims)), "/studio");
  EXPECT_EQ(get(other, "/api/v1/me").body.at("account").at("name").as_string(), "li 3");
}

TEST_P(OidcApiTest, TheRoleFollowsTheProviderOfAccountsThatItMade) {
  const Client admin = administrator();
  Client client;
  sign_in(client, "1", groups("admins"));
  EXPECT_EQ(get(client, "/api/v1/accounts").status, 200);
  Client later;
  sign_in(later, "1", groups("desk"));
  EXPECT_EQ(get(later, "/api/v1/me").body.at("account").at("role").as_string(), "operator");
  EXPECT_EQ(get(client, "/api/v1/accounts").status, 403) << "the earlier sign-in too";
  Client none;
  EXPECT_EQ(where(sign_in(none, "1", groups("x"))), "/studio#provider=no_role");
  EXPECT_EQ(audited(admin)[0], "sign_in.provider_refused");
  EXPECT_EQ(get(later, "/api/v1/me").status, 401) << "whom the provider shuts out is out";
}

TEST_P(OidcApiTest, TheLastAdministratorStaysOne) {
  Client client;
  sign_in(client, "1", groups("admins"));
  sign_in(client, "1", groups("desk"));
  EXPECT_EQ(get(client, "/api/v1/me").body.at("account").at("role").as_string(), "administrator");
  EXPECT_EQ(audited(client)[1], "account.change_refused");
}

TEST_P(OidcApiTest, NobodyGetsAnAccountUnlessConfigured) {
  config_.make_accounts = false;
  use(config_);
  Client client;
  EXPECT_EQ(where(sign_in(client, "1", groups("admins"))), "/studio#provider=no_account");
  EXPECT_EQ(get(client, "/api/v1/me").status, 401);
}

TEST_P(OidcApiTest, AnAccountIsLinkedByItsOwnerAndKeepsItsRole) {
  config_.make_accounts = false;
  use(config_);
  Client admin = administrator();
  EXPECT_EQ(post(admin, "/api/v1/me/identity", json::object{}).status, 403) << "the password first";
  const Answer sent = post(admin, "/api/v1/me/identity", {{"password", kPassword}});
  ASSERT_EQ(sent.status, 200) << sent.text;
  Client window;  // comes back without the sign-in's cookie, which is strict
  window.cookie = sent.cookie(0);
  const std::string location(sent.body.at("location").as_string());
  EXPECT_EQ(where(come_back(window, idp_.authorize(location, "1", groups("desk")))), "/studio#own");
  EXPECT_EQ(get(admin, "/api/v1/me").body.at("account").at("provider").as_string(), "linked");

  Client client;
  EXPECT_EQ(where(sign_in(client, "1", groups("desk"))), "/studio");
  EXPECT_EQ(get(client, "/api/v1/me").body.at("account").at("role").as_string(), "administrator");

  // Another account cannot be the same person's.
  const Client other = somebody(admin, "wang", "viewer");
  const Answer second = post(other, "/api/v1/me/identity", {{"password", kPassword}});
  window.cookie = second.cookie(0);
  EXPECT_EQ(where(come_back(
                window, idp_.authorize(std::string(second.body.at("location").as_string()), "1"))),
            "/studio#provider=linked_elsewhere");

  EXPECT_EQ(post(admin, "/api/v1/me/identity/remove", {{"password", kPassword}}).status, 200);
  Client gone;
  EXPECT_EQ(where(sign_in(gone, "1", groups("desk"))), "/studio#provider=no_account");
}

TEST_P(OidcApiTest, ALinkEndsWithTheSignInThatBeganIt) {
  const Client admin = administrator();
  const Answer sent = post(admin, "/api/v1/me/identity", {{"password", kPassword}});
  EXPECT_EQ(post(admin, "/api/v1/sign-out", nullptr).status, 200);
  Client window;
  window.cookie = sent.cookie(0);
  EXPECT_EQ(where(come_back(
                window, idp_.authorize(std::string(sent.body.at("location").as_string()), "1"))),
            "/studio#provider=not_done");
}

TEST_P(OidcApiTest, OnlyTheBrowserThatBeganItEndsIt) {
  Client client, other;
  const std::string location = begin(client);
  begin(other);
  const std::string back = idp_.authorize(location, "1", groups("desk"));
  EXPECT_EQ(where(come_back(Client(), back)), "/studio#provider=expired");
  EXPECT_EQ(where(come_back(other, back)), "/studio#provider=expired");
  EXPECT_EQ(where(come_back(client, "/api/v1/oidc/callback?code=x")), "/studio#provider=expired");
  EXPECT_EQ(idp_.asked[kIdp + "/token"], 0);
  now_ms_ += 10 * 60 * 1000;
  EXPECT_EQ(where(come_back(client, back)), "/studio#provider=expired");
  client.more = {{"Sec-Fetch-Site", "cross-site"}};
  EXPECT_EQ(post(client, "/api/v1/oidc/begin", json::object{}).status, 403);
}

TEST_P(OidcApiTest, ACodeIsGoodOnceAndForItsOwnVerifier) {
  Client client;
  const std::string back = idp_.authorize(begin(client), "1", groups("desk"));
  EXPECT_EQ(where(come_back(client, back)), "/studio");
  EXPECT_EQ(where(come_back(client, back)), "/studio#provider=refused") << "the cookie was kept";
  // A code that was begun elsewhere is put into this browser's flow.
  Client victim, attacker;
  const std::string own = idp_.authorize(begin(victim), "2", groups("desk"));
  const std::string foreign = idp_.authorize(begin(attacker), "3", groups("admins"));
  const std::string mixed =
      own.substr(0, own.find("&code=")) + foreign.substr(foreign.find("&code="));
  EXPECT_EQ(where(come_back(victim, mixed)), "/studio#provider=refused");
}

TEST_P(OidcApiTest, WhatTheProviderSaysWrongIsSaid) {
  const auto comes_to = [&](const std::function<void(json::object&)>& spoil) {
    idp_.spoil = spoil;
    Client client;
    return where(sign_in(client, "1", groups("desk")));
  };
  EXPECT_EQ(comes_to([](json::object& claims) { claims["nonce"] = "x"; }),
            "/studio#provider=token");
  EXPECT_EQ(comes_to([](json::object& claims) { claims["aud"] = "x"; }), "/studio#provider=token");
  EXPECT_EQ(comes_to([](json::object& claims) { claims["exp"] = 1; }), "/studio#provider=token");
  EXPECT_EQ(comes_to([](json::object&) {}), "/studio");
  Client client;
  const std::string location = begin(client);
  const std::string back = idp_.authorize(location, "1");
  const std::string state = back.substr(0, back.find("&code="));
  EXPECT_EQ(where(come_back(client, state + "&error=access_denied")), "/studio#provider=cancelled");
  EXPECT_EQ(where(come_back(client, state + "&error=server_error&error_description=%0a")),
            "/studio#provider=refused");
  EXPECT_EQ(where(come_back(client, back + "&iss=https%3A%2F%2Fother.example")),
            "/studio#provider=refused");
}

TEST_P(OidcApiTest, AnotherProvidersAnswerIsNotMixedIn) {
  idp_.extra_discovery["authorization_response_iss_parameter_supported"] = true;
  Client client;
  const std::string back = idp_.authorize(begin(client), "1", groups("desk"));
  EXPECT_EQ(where(come_back(client, back)), "/studio#provider=refused");
  EXPECT_EQ(where(come_back(client, back + "&iss=https%3A%2F%2Fid.example")), "/studio");
}

TEST_P(OidcApiTest, KeysAreFetchedAnewWhenTheyChangeAndNotAtEachToken) {
  Client client;
  EXPECT_EQ(where(sign_in(client, "1", groups("desk"))), "/studio");
  idp_.key = SigningKey::p256("two");
  EXPECT_EQ(where(sign_in(client, "1", groups("desk"))), "/studio");
  EXPECT_EQ(idp_.asked[kIdp + "/keys"], 2);
  idp_.key = SigningKey::p256("three");
  EXPECT_EQ(where(sign_in(client, "1", groups("desk"))), "/studio#provider=token");
  EXPECT_EQ(idp_.asked[kIdp + "/keys"], 2) << "twice within half a minute would be too often";
  now_ms_ += 31'000;
  idp_.spoil = [](json::object& claims) {
    claims["iat"] = kNow / 1000 + 31;
    claims["exp"] = kNow / 1000 + 331;
  };
  EXPECT_EQ(where(sign_in(client, "1", groups("desk"))), "/studio");
}

TEST_P(OidcApiTest, AProviderThatIsAwayKeepsNobodyFromSigningInByPassword) {
  idp_.reachable = false;
  const Client admin = administrator();
  Client client;
  const Answer refused = post(client, "/api/v1/oidc/begin", json::object{});
  EXPECT_EQ(refused.status, 503);
  EXPECT_EQ(refused.body.at("provider_problem").as_string(), "unreachable");
  EXPECT_EQ(get(client, "/api/v1/sign-in/ways").body.at("provider").at("problem").as_string(),
            "unreachable");
  EXPECT_EQ(post(client, "/api/v1/sign-in", credentials("li")).status, 200);
  post(client, "/api/v1/oidc/begin", json::object{});
  EXPECT_EQ(idp_.asked.begin()->second, 1) << "it is not asked at each attempt";
  idp_.reachable = true;
  now_ms_ += 6000;
  EXPECT_EQ(post(client, "/api/v1/oidc/begin", json::object{}).status, 200);
  EXPECT_TRUE(get(client, "/api/v1/sign-in/ways").body.at("provider").at("problem").is_null());
  // Or says what cannot be used.
  idp_.extra_discovery["issuer"] = kIdp + "/";
  now_ms_ += 3'700'000;
  EXPECT_EQ(
      post(client, "/api/v1/oidc/begin", json::object{}).body.at("provider_problem").as_string(),
      "unusable");
}

TEST_P(OidcApiTest, GroupsThatUserinfoAloneHasCountWhenTheyAreTheSamePersons) {
  Client client;
  EXPECT_EQ(where(sign_in(client, "1", {})), "/studio#provider=no_role") << "another person's";
  idp_.userinfo_sub = "1";
  EXPECT_EQ(where(sign_in(client, "1", {})), "/studio");
  EXPECT_EQ(get(client, "/api/v1/me").body.at("account").at("role").as_string(), "operator");
}

TEST_P(OidcApiTest, AttemptsAreCountedByNetwork) {
  idp_.spoil = [](json::object& claims) { claims["nonce"] = "x"; };
  Client client;
  std::string last;
  for (int i = 0; i <= SignInLimiter::kFreeByAddress; ++i)
    last = where(sign_in(client, "1", groups("desk")));
  EXPECT_EQ(last, "/studio#provider=locked");
  Client elsewhere;
  elsewhere.address = "198.51.100.9";
  idp_.spoil = [](json::object&) {};
  EXPECT_EQ(where(sign_in(elsewhere, "1", groups("desk"))), "/studio");
}

TEST_P(OidcApiTest, WhoHasNoPasswordIsAskedByTheProvider) {
  Client client;
  json::object claims = groups("admins");
  claims["auth_time"] = kNow / 1000 - 3600;
  sign_in(client, "1", claims);
  const json::value wish{{"name", "wang"}, {"role", "viewer"}};
  const Answer refused = post(client, "/api/v1/accounts", wish);
  EXPECT_EQ(refused.status, 403);
  EXPECT_TRUE(refused.body.at("confirmation_needed").as_bool());
  const std::string location = begin(client, {{"again", true}});
  EXPECT_THAT(location, HasSubstr("&prompt=login&max_age=0"));
  claims["auth_time"] = kNow / 1000 - 1;
  client.cookie = come_back(client, idp_.authorize(location, "1", claims)).cookie(0);
  EXPECT_EQ(post(client, "/api/v1/accounts", wish).status, 200);
  EXPECT_EQ(post(client, "/api/v1/me/password", {{"new_password", "a long new one 7"}}).status, 409)
      << "it would outlive the provider's word";
  EXPECT_EQ(post(client, "/api/v1/me/identity/remove", json::object{}).status, 409);
  now_ms_ += 10 * 60 * 1000;
  EXPECT_EQ(post(client, "/api/v1/accounts", wish).status, 403);
}

TEST_P(OidcApiTest, AResetTakesTheLinkToo) {
  const Client admin = administrator();
  Client client;
  sign_in(client, "1", groups("desk"));
  const std::string id(get(client, "/api/v1/me").body.at("account").at("id").as_string());
  const Answer link = post(admin, "/api/v1/accounts/" + id + "/reset", {{"password", kPassword}});
  EXPECT_EQ(
      post(Client(), "/api/v1/links/redeem", {{"token", token_of(link)}, {"password", kPassword}})
          .status,
      200);
  EXPECT_EQ(where(sign_in(client, "1", groups("desk"))), "/studio#provider=turned_away")
      << "or one person would have two accounts";
  EXPECT_EQ(where(sign_in(client, "2", groups("desk"))), "/studio") << "another one";
}

TEST_P(OidcApiTest, WhoWasRemovedStaysOutUntilLetInAgain) {
  const Client admin = administrator();
  Client client;
  sign_in(client, "1", groups("desk"));
  const std::string id(get(client, "/api/v1/me").body.at("account").at("id").as_string());
  const std::string one = "/api/v1/accounts/" + id;
  EXPECT_EQ(send(admin, "DELETE", one).status, 409) << "disabled first";
  EXPECT_EQ(send(admin, "PATCH", one, {{"disabled", true}}).status, 200);
  EXPECT_EQ(send(client, "DELETE", one).status, 401);
  EXPECT_EQ(send(admin, "DELETE", one).status, 200);
  EXPECT_EQ(send(admin, "DELETE", one).status, 404);
  EXPECT_EQ(where(sign_in(client, "1", groups("desk"))), "/studio#provider=turned_away");
  const Answer list = get(admin, "/api/v1/turned-away");
  ASSERT_EQ(list.body.at("turned_away").as_array().size(), 1U) << list.text;
  const json::value& row = list.body.at("turned_away").at(0);
  EXPECT_EQ(row.at("subject"), "1");
  EXPECT_EQ(row.at("by"), "li");
  const std::string let_in =
      "/api/v1/turned-away/" + std::string(row.at("id").as_string()) + "/let-in";
  EXPECT_EQ(post(admin, let_in, json::object{}).status, 403) << "with one's own password";
  EXPECT_EQ(post(admin, let_in, {{"password", kPassword}}).status, 200);
  EXPECT_EQ(post(admin, let_in, {{"password", kPassword}}).status, 404);
  EXPECT_EQ(where(sign_in(client, "1", groups("desk"))), "/studio");
  const Answer audit = get(admin, "/api/v1/audit");
  EXPECT_THAT(audit.text, HasSubstr("account.remove"));
  EXPECT_THAT(audit.text, HasSubstr("identity.let_in"));
}

TEST_P(OidcApiTest, WhoSignsOutIsToldWhereToSignOutOfTheProviderToo) {
  const auto location = [&] {
    Client client;
    sign_in(client, "1", groups("desk"));
    return post(client, "/api/v1/sign-out", json::object{}).body.at("location");
  };
  EXPECT_TRUE(location().is_null()) << "it knows no such thing";
  idp_.extra_discovery["end_session_endpoint"] = kIdp + "/logout";
  use(OidcConfig());
  use(config_);
  EXPECT_EQ(location().as_string(), kIdp +
                                        "/logout?client_id=longmen&post_logout_redirect_uri="
                                        "https%3A%2F%2Fnode.example%3A8443%2Fstudio");
  const Client admin = administrator();
  EXPECT_TRUE(post(admin, "/api/v1/sign-out", json::object{}).body.at("location").is_null())
      << "who came by a password has nothing to end there";
}

TEST_P(OidcApiTest, WhoIsDisabledStaysOut) {
  const Client admin = administrator();
  Client client;
  sign_in(client, "1", groups("desk"));
  const std::string id(get(client, "/api/v1/me").body.at("account").at("id").as_string());
  EXPECT_EQ(send(admin, "PATCH", "/api/v1/accounts/" + id, {{"disabled", true}}).status, 200);
  EXPECT_EQ(where(sign_in(client, "1", groups("desk"))), "/studio#provider=disabled");
}

TEST_P(OidcApiTest, WithoutAProviderThereIsNone) {
  use(OidcConfig());
  EXPECT_TRUE(get(Client(), "/api/v1/sign-in/ways").body.at("provider").is_null());
  EXPECT_EQ(post(Client(), "/api/v1/oidc/begin", json::object{}).status, 404);
  EXPECT_EQ(where(come_back(Client(), "/api/v1/oidc/callback?state=x")),
            "/studio#provider=expired");
}

LONGMEN_FOR_BOTH_DATABASES(OidcApiTest);

}  // namespace
}  // namespace longmen
