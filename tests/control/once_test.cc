// Whatever makes something by POST takes an Idempotency-Key, as the description says.
#include "control/once.h"

#include <gmock/gmock.h>

#include <map>
#include <set>

#include "control/openapi.h"
#include "control/store.h"
#include "core/base/sha256.h"
#include "tests/control/studio_fixture.h"

namespace longmen {
namespace {

namespace json = boost::json;
using test::Answer;
using test::Client;
using ::testing::HasSubstr;
using ::testing::Not;

// What needs no key, and why.
const std::map<std::string, std::string> kTakeNone{
    {"/api/v1/sign-in", "another sign-in harms nobody; its cookie is the answer"},
    {"/api/v1/sign-out", "ended twice is ended"},
    {"/api/v1/oidc/begin", "nothing is made"},
    {"/api/v1/links/look", "nothing is made"},
    {"/api/v1/links/redeem", "the link is used up"},
    {"/api/v1/me/password", "the old password is needed, and is none any more"},
    {"/api/v1/me/totp", "begun anew, the secret before is void"},
    {"/api/v1/me/totp/confirm", "the code is used up"},
    {"/api/v1/me/totp/remove", "removed twice is removed"},
    {"/api/v1/me/identity", "nothing is made"},
    {"/api/v1/me/identity/remove", "removed twice is removed"},
    {"/api/v1/turned-away/{id}/let-in", "the second time there is nobody"},
    {"/api/v1/accounts/{id}/reset", "made anew, the link before is void"},
    {"/api/v1/screens/{id}/revoke", "revoked twice is revoked"},
    {"/api/v1/screen/code", "a device has one code, and is given it again"},
    {"/api/v1/screen/report", "the last report counts"},
    {"/api/v1/guide/import", "what is there already is left alone"},
    {"/api/v1/sites/import", "what is there already is left alone"},
    {"/api/v1/channels/{id}/slates", "its name is taken then"},
    {"/api/v1/channels/{id}/watch-tokens", "signed, and kept nowhere"},
    {"/api/v1/channels/{id}/preview-token", "signed, and kept nowhere"},
    {"/api/v1/channels/{id}/tally-link", "signed, and kept nowhere"},
    {"/api/v1/recordings/{id}/courseware", "a file that was given twice is seen and removed"},
    {"/api/v1/recordings/{id}/clips", "a clip that was made twice is seen and removed"},
    {"/api/v1/packages", "what is there already is told"},
    {"/api/v1/webhooks/{id}/test", "a second test harms nobody"},
};

// A request that would be done but for its key, by its path in the description.
struct Wish {
  std::string target;
  json::value body = nullptr;
  std::string secret = {};  // of the answer, the field that is shown once
};

class OnceTest : public test::StudioFixture {
 protected:
  void SetUp() override {
    StudioFixture::SetUp();
    ChannelSeed seed;
    seed.channel.id = "main";
    seed.channel.name = "主频道";
    seed.channel.video = default_ladder();
    const auto make = [seed](Store& store) { return store.seed({seed}, test::kNow); };
    ASSERT_TRUE(wait(store_->run(make)));
    admin_ = administrator();
    admin_.more.emplace_back("If-Match", "*");
  }
  static Client with_key(Client client, const std::string& key) {
    client.more.emplace_back("Idempotency-Key", key);
    return client;
  }
  std::string made(const std::string& target, const json::value& body) {
    const Answer answer = post(admin_, target, body);
    EXPECT_EQ(answer.status, 200) << answer.text;
    return std::string(answer.body.at("id").as_string());
  }
  // What makes something.
  std::map<std::string, Wish> makers() {
    const std::string series = made("/api/v1/series", {{"title", "书记龙门阵"}});
    const std::string site = made("/api/v1/sites", {{"name", "新民"}});
    return {
        {"/api/v1/accounts",
         {"/api/v1/accounts",
          {{"name", "wang"}, {"role", "viewer"}, {"password", test::kPassword}},
          "link"}},
        {"/api/v1/me/tokens",
         {"/api/v1/me/tokens",
          {{"label", "x"},
           {"scopes", json::array{"look"}},
           {"days", 1},
           {"password", test::kPassword}},
          "token"}},
        {"/api/v1/webhooks",
         {"/api/v1/webhooks",
          {{"url", "https://news.example/x"}, {"kinds", json::array{"feed_up"}}},
          "secret"}},
        {"/api/v1/channels", {"/api/v1/channels", {{"id", "field"}, {"name", "田间课堂"}}}},
        {"/api/v1/channels/{id}/keys",
         {"/api/v1/channels/main/keys", {{"label", "OBS"}}, "stream_key"}},
        {"/api/v1/series", {"/api/v1/series", {{"title", "党员开会了"}}}},
        {"/api/v1/themes", {"/api/v1/themes", {{"title", "防汛"}}}},
        {"/api/v1/sessions",
         {"/api/v1/sessions",
          {{"channel", "main"},
           {"series", series},
           {"title", "第一期"},
           {"start_ms", test::kNow},
           {"end_ms", test::kNow + 3'600'000}}}},
        {"/api/v1/sites", {"/api/v1/sites", {{"name", "龙泉"}}}},
        {"/api/v1/screens",
         {"/api/v1/screens", {{"site", site}, {"name", "一号屏"}, {"channel", "main"}}}},
    };
  }
  // What takes one besides: done twice it would do more than once, or be refused the second time.
  static std::map<std::string, Wish> others() {
    std::map<std::string, Wish> wishes{
        {"/api/v1/channels/{id}/air/cut", {"/api/v1/channels/main/air/cut"}},
        {"/api/v1/channels/{id}/keys/{key}/rotate", {"/api/v1/channels/main/keys/x/rotate"}},
        {"/api/v1/sessions/{id}/chapters", {"/api/v1/sessions/x/chapters", {{"title", "x"}}}},
        {"/api/v1/screens/enrol",
         {"/api/v1/screens/enrol", {{"code", "AB2CD3"}, {"screen", "0123456789abcdef"}}}},
        {"/api/v1/recordings/{id}/withdrawals",
         {"/api/v1/recordings/x/withdrawals", {{"from_ms", 1}, {"to_ms", 2}}}},
    };
    for (const char* action : {"start", "end", "reopen", "cancel", "restore"}) {
      wishes[std::string("/api/v1/sessions/{id}/") + action] = {std::string("/api/v1/sessions/x/") +
                                                                action};
    }
    return wishes;
  }

  Client admin_;
};

bool takes_key(const json::value& operation) {
  const json::value* parameters = operation.as_object().if_contains("parameters");
  return parameters &&
         json::serialize(*parameters).find("parameters/IdempotencyKey") != std::string::npos;
}

TEST_P(OnceTest, EveryPostThatMakesSomethingTakesAKey) {
  std::set<std::string> take, described;
  const json::value description = json::parse(openapi_json());
  for (const auto& [path, item] : description.at("paths").as_object()) {
    const json::value* operation = item.as_object().if_contains("post");
    if (!operation) continue;
    described.insert(std::string(path));
    EXPECT_NE(takes_key(*operation), kTakeNone.contains(std::string(path))) << path;
    if (takes_key(*operation)) take.insert(std::string(path));
  }
  for (const auto& [path, why] : kTakeNone)
    EXPECT_TRUE(described.contains(path)) << "there is no " << path;

  auto wishes = makers();
  wishes.merge(others());
  for (const std::string& path : take) {
    ASSERT_TRUE(wishes.contains(path)) << "no request for " << path;
    const Wish& wish = wishes.at(path);
    const Answer answer =
        post(with_key(admin_, std::string(kMaxOnceKeyBytes + 1, 'k')), wish.target, wish.body);
    EXPECT_EQ(answer.status, 400) << path << ": " << answer.text;
    EXPECT_THAT(answer.text, HasSubstr("Idempotency-Key")) << path;
    wishes.erase(path);
  }
  for (const auto& [path, wish] : wishes)
    ADD_FAILURE() << path << " takes no key";
}

TEST_P(OnceTest, SentAgainItIsNotMadeAgain) {
  for (const auto& [path, wish] : makers()) {
    const Client once = with_key(admin_, "key-of" + path);
    const Answer first = post(once, wish.target, wish.body);
    ASSERT_EQ(first.status, 200) << path << ": " << first.text;
    const Answer again = post(once, wish.target, wish.body);
    if (wish.secret.empty()) {
      EXPECT_EQ(again.status, 200) << path;
      EXPECT_EQ(again.text, first.text) << path;
    } else {
      const std::string secret(first.body.at(wish.secret).as_string());
      EXPECT_EQ(again.status, 409) << path << ": " << again.text;
      EXPECT_THAT(again.text, HasSubstr("its " + wish.secret + " is shown once only")) << path;
      EXPECT_THAT(again.text, Not(HasSubstr(secret))) << path;
    }
    json::object other = wish.body.as_object();
    for (const char* field : {"label", "title", "name", "url"}) {
      if (other.contains(field)) other[field] = "another";
    }
    const Answer reused = post(once, wish.target, other);
    EXPECT_EQ(reused.status, 422) << path;
    EXPECT_THAT(reused.text, HasSubstr("take a new one")) << path;
  }
}

TEST_P(OnceTest, NoQuickHashOfAPasswordIsKept) {
  const std::string target = "/api/v1/accounts";
  json::object wish{{"name", "wang"}, {"role", "viewer"}, {"password", test::kPassword}};
  EXPECT_EQ(post(with_key(admin_, "a"), target, wish).status, 200);
  std::string hash;
  const auto read = [&hash](Store& store) -> Result<bool> {
    return store.database().read("test", [&](soci::session& sql) -> Result<bool> {
      sql << "SELECT request_hash FROM once_answers WHERE once_key = 'a'", soci::into(hash);
      return sql.got_data();
    });
  };
  ASSERT_TRUE(*wait(store_->run(read)));
  wish.erase("password");
  EXPECT_EQ(hash, sha256_hex("POST " + target + "\n" + json::serialize(wish)));
}

LONGMEN_FOR_BOTH_DATABASES(OnceTest);

}  // namespace
}  // namespace longmen
