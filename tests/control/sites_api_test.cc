// Sites and screens over HTTP: for the studio, and for a device at a wall.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <future>
#include <iostream>
#include <thread>

#include "control/enrolment.h"
#include "control/watch_revocation.h"
#include "core/access/watch_token.h"
#include "core/base/sha256.h"
#include "tests/control/studio_fixture.h"

namespace longmen {
namespace {

namespace asio = boost::asio;
namespace json = boost::json;
using test::Answer;
using test::Client;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class SitesApiTest : public test::StudioFixture {
 protected:
  void SetUp() override {
    StudioFixture::SetUp();
    const auto make = [seed = seed("main"), other = seed("field")](Store& store) {
      return store.seed({seed, other}, test::kNow);
    };
    ASSERT_TRUE(wait(store_->run(make)));
    admin_ = administrator();
  }
  static Client with(Client client, const std::string& field, const std::string& value) {
    client.more.emplace_back(field, value);
    return client;
  }
  static std::string text(const json::value& value) { return std::string(value.as_string()); }
  std::string make_site(const std::string& name) {
    const Answer made = post(admin_, "/api/v1/sites", {{"name", name}});
    EXPECT_EQ(made.status, 200) << made.text;
    return text(made.body.at("id"));
  }
  // A device that has asked for a code.
  Client device(std::string* code = nullptr, const std::string& address = "198.51.100.9") {
    Client screen;
    screen.address = address;
    const Answer asked = post(screen, "/api/v1/screen/code", json::object{});
    EXPECT_EQ(asked.status, 200) << asked.text;
    if (code) *code = text(asked.body.at("code"));
    screen.cookie = asked.sign_in_cookie();
    return screen;
  }
  Client enrolled(const std::string& site, const std::string& name, std::string* id = nullptr) {
    std::string code;
    const Client screen = device(&code);
    const Answer made = post(admin_, "/api/v1/screens/enrol",
                             {{"code", code}, {"new_screen", {{"site", site}, {"name", name}}}});
    EXPECT_EQ(made.status, 200) << made.text;
    if (id) *id = text(made.body.at("id"));
    return screen;
  }
  Answer report(const Client& screen, bool picture, bool sound) {
    return post(screen, "/api/v1/screen/report", {{"picture", picture}, {"sound", sound}});
  }
  std::vector<std::string> names(const std::string& target, const char* list) {
    std::vector<std::string> found;
    const Answer answer = get(admin_, target);
    EXPECT_EQ(answer.status, 200) << answer.text;
    for (const auto& each : answer.body.at(list).as_array())
      found.push_back(text(each.at("name")));
    return found;
  }
  Answer import(const std::string& csv, const std::string& query = "") {
    HttpClientRequest request = make(admin_, "POST", "/api/v1/sites/import" + query, nullptr);
    request.fields.set("Content-Type", "text/csv");
    request.content = csv;
    return wait(ask(std::move(request)));
  }

  Client admin_;
};
LONGMEN_FOR_BOTH_DATABASES(SitesApiTest);

TEST_P(SitesApiTest, ADeviceBecomesAScreenAndNoneAgain) {
  Client nobody;
  EXPECT_EQ(get(nobody, "/api/v1/screen").status, 401);
  const Answer asked = post(nobody, "/api/v1/screen/code", json::object{});
  EXPECT_THAT(std::string(asked.fields.value("Set-Cookie")),
              ::testing::AllOf(HasSubstr("__Secure-longmen-screen="), HasSubstr("HttpOnly"),
                               HasSubstr("Path=/api/v1/screen;"), HasSubstr("SameSite=Strict"),
                               HasSubstr("Secure"), HasSubstr("Max-Age=34560000")));
  Client screen;
  screen.cookie = asked.sign_in_cookie();
  const std::string code = text(asked.body.at("code"));
  EXPECT_EQ(text(post(screen, "/api/v1/screen/code", json::object{}).body.at("code")), code)
      << "asked again, it is the same";
  EXPECT_EQ(text(get(screen, "/api/v1/screen").body.at("code")), code);
  EXPECT_EQ(report(screen, true, true).status, 401) << "who waits is not heard";

  const std::string site = make_site("新民社区");
  const Answer made = post(admin_, "/api/v1/screens/enrol",
                           {{"code", code},
                            {"new_screen",
                             {{"site", site},
                              {"name", "一号屏"},
                              {"volume_rule", "fixed"},
                              {"volume_percent", 60},
                              {"audio", "ug"}}}});
  ASSERT_EQ(made.status, 200) << made.text;
  const std::string path = "/api/v1/screens/" + text(made.body.at("id"));
  const Answer settings = get(screen, "/api/v1/screen");
  ASSERT_EQ(settings.status, 200) << settings.text;
  EXPECT_TRUE(settings.body.at("enrolled").as_bool());
  EXPECT_EQ(settings.body.at("site").at("name").as_string(), "新民社区");
  EXPECT_EQ(settings.body.at("channel").at("id").as_string(), "main");
  EXPECT_EQ(settings.body.at("volume").at("percent").as_int64(), 60);
  EXPECT_EQ(settings.body.at("audio").as_string(), "ug");
  const Answer odd = send(with(admin_, "If-Match", "*"), "PATCH", path, {{"audio", "\"zh\""}});
  EXPECT_EQ(odd.status, 422);
  EXPECT_THAT(odd.text, HasSubstr("audio: a language tag of BCP 47"));
  const auto grant =
      read_watch_token(text(settings.body.at("watch").at("token")), public_watch_key(),
                       WatchGrant::Instant(std::chrono::seconds(now_ms_ / 1000)));
  ASSERT_TRUE(grant);
  EXPECT_EQ(grant->channel, "main");
  EXPECT_EQ(grant->bearer, WatchBearer::kScreen);
  EXPECT_THAT(std::string(settings.fields.value("Set-Cookie")),
              HasSubstr(screen.cookie.substr(screen.cookie.find('=') + 1)))
      << "the cookie lasts as long as it is used";
  EXPECT_EQ(post(screen, "/api/v1/screen/code", json::object{}).status, 409);

  const Answer heard = report(screen, true, false);
  EXPECT_EQ(heard.status, 200);
  EXPECT_EQ(heard.body.at("version"), settings.body.at("version"));
  EXPECT_EQ(get(admin_, path).body.at("state").as_string(), "no_sound");
  EXPECT_EQ(send(with(admin_, "If-Match", "\"1\""), "PATCH", path, {{"channel", "field"}}).status,
            200);
  EXPECT_NE(report(screen, true, true).body.at("version"), settings.body.at("version"))
      << "so it asks for its settings";
  EXPECT_EQ(get(screen, "/api/v1/screen").body.at("channel").at("id").as_string(), "field");

  EXPECT_EQ(post(admin_, path + "/revoke", json::object{}).status, 200);
  EXPECT_EQ(report(screen, true, true).status, 401);
  EXPECT_EQ(get(screen, "/api/v1/screen").status, 401);
  EXPECT_EQ(get(admin_, path).body.at("state").as_string(), "unenrolled");
  const Answer anew = post(screen, "/api/v1/screen/code", json::object{});
  EXPECT_EQ(anew.status, 200);
  EXPECT_NE(anew.sign_in_cookie(), screen.cookie) << "a secret that was revoked is not used again";
}

// A token cannot be taken out of a device that was stolen; so whoever lets people watch is told.
TEST_P(SitesApiTest, AScreensLeaveToWatchIsTakenBackWithIt) {
  const auto revoked = [&](const std::string& channel) {
    const auto look = [](Store& store) { return store.channels(); };
    const auto channels = wait(store_->run(look));
    for (const Channel& each : channels.value_or(std::vector<Channel>()))
      if (each.id == channel) return each.watch_revoked;
    return std::vector<std::string>{"no such channel"};
  };
  const auto subject = [&](const Client& screen) {
    const Answer settings = get(screen, "/api/v1/screen");
    const auto grant = read_watch_token(text(settings.body.at("watch").at("token")),
                                        public_watch_key(), WatchGrant::Instant());
    return grant ? grant->subject : "none";
  };
  const std::string site = make_site("a");
  std::string id;
  const Client screen = enrolled(site, "hall", &id);
  const std::string path = "/api/v1/screens/" + id, first = subject(screen);
  EXPECT_THAT(first, HasSubstr(id));
  const auto move_to = [&](const std::string& channel) {
    EXPECT_EQ(send(with(admin_, "If-Match", "*"), "PATCH", path, {{"channel", channel}}).status,
              200);
  };
  move_to("field");
  EXPECT_THAT(revoked("main"), ElementsAre(first)) << "it has a token of the channel before";
  EXPECT_THAT(revoked("field"), IsEmpty());
  move_to("main");
  EXPECT_THAT(revoked("main"), IsEmpty());
  EXPECT_THAT(revoked("field"), ElementsAre(first));

  std::string code;
  const Client another = device(&code);
  const int told = told_;
  EXPECT_EQ(
      post(admin_, "/api/v1/screens/enrol", {{"code", code}, {"screen", id}, {"replace", true}})
          .status,
      200);
  EXPECT_GT(told_, told) << "at once";
  const std::string second = subject(another);
  EXPECT_NE(second, first);
  EXPECT_THAT(revoked("main"), ElementsAre(first));
  EXPECT_EQ(post(admin_, path + "/revoke", json::object{}).status, 200);
  EXPECT_THAT(revoked("main"), ::testing::UnorderedElementsAre(first, second));

  std::string removed;
  const Client third = enrolled(site, "foyer", &removed);
  const std::string of_third = subject(third);
  EXPECT_EQ(send(with(admin_, "If-Match", "*"), "DELETE", "/api/v1/screens/" + removed).status,
            200);
  EXPECT_THAT(revoked("main"), ::testing::UnorderedElementsAre(first, second, of_third));
  std::string imported;
  const Client fourth = enrolled(site, "yard", &imported);
  const std::string of_fourth = subject(fourth);
  EXPECT_TRUE(import("site,screen,channel\na,yard,field\n").body.at("done").as_bool());
  EXPECT_THAT(revoked("main"), ::testing::UnorderedElementsAre(first, second, of_third, of_fourth));

  now_ms_ += kScreenLeaveLife.count();
  wait(studio_->keep_house());
  EXPECT_THAT(revoked("main"), IsEmpty()) << "such a token is good no longer by itself";
}

TEST_P(SitesApiTest, WhoMayNotAndWhatIsMalformed) {
  const std::string site = "/api/v1/sites/" + make_site("a");
  const Client looks = with(somebody(admin_, "op", "operator"), "If-Match", "*");
  for (const char* look :
       {"/api/v1/sites", "/api/v1/screens", "/api/v1/presence", "/api/v1/sites.csv"})
    EXPECT_EQ(get(looks, look).status, 200) << look;
  EXPECT_EQ(post(looks, "/api/v1/sites", {{"name", "x"}}).status, 403);
  EXPECT_EQ(send(looks, "DELETE", site).status, 403);
  EXPECT_EQ(post(looks, "/api/v1/screens/enrol", json::object{}).status, 403);
  EXPECT_EQ(get(Client{}, "/api/v1/sites").status, 401);
  Client foreign = device();
  foreign.more = {{"Sec-Fetch-Site", "cross-site"}};
  EXPECT_EQ(post(foreign, "/api/v1/screen/code", json::object{}).status, 403);
  EXPECT_EQ(report(foreign, true, true).status, 403);

  EXPECT_EQ(send(admin_, "PATCH", site, {{"name", "b"}}).status, 428);
  const Client once = with(admin_, "Idempotency-Key", "k");
  const Answer first = post(once, "/api/v1/sites", {{"name", "once"}});
  EXPECT_EQ(post(once, "/api/v1/sites", {{"name", "once"}}).text, first.text);
  for (const char* target :
       {"/api/v1/sites?state=odd", "/api/v1/sites?tier=odd", "/api/v1/sites?cursor=odd",
        "/api/v1/screens?state=odd", "/api/v1/screens?cursor=odd"})
    EXPECT_EQ(get(admin_, target).status, 422) << target;
  for (const char* target :
       {"/api/v1/sites?q=%ff", "/api/v1/sites?parent=%ff", "/api/v1/sites?cursor=a.%ff",
        "/api/v1/sites/%ff", "/api/v1/screens?site=%c3%28", "/api/v1/screens/%ed%a0%80",
        "/api/v1/sessions?channel=%ff", "/api/v1/guide?channel=%ff"})
    EXPECT_EQ(get(admin_, target).status, 422)
        << "PostgreSQL would refuse the question: " << target;
  EXPECT_EQ(post(admin_, "/api/v1/screens/enrol", {{"code", "AB2CD3"}}).status, 422);
  EXPECT_EQ(post(admin_, "/api/v1/sites/import", {{"x", 1}}).status, 415);
  EXPECT_EQ(import("", "?take=odd").status, 422);
  EXPECT_EQ(get(admin_, "/api/v1/sites/absent").status, 404);
  EXPECT_EQ(get(admin_, "/api/v1/screens/absent").status, 404);
}

TEST_P(SitesApiTest, CodesAreNotGuessed) {
  std::string code;
  device(&code);
  const json::object screen{{"site", make_site("a")}, {"name", "x"}};
  int refused = 0;
  Answer last;
  for (int i = 0; i < 20 && last.status != 429; ++i, ++refused)
    last = post(admin_, "/api/v1/screens/enrol", {{"code", "AB2CD3"}, {"new_screen", screen}});
  EXPECT_EQ(last.status, 429) << last.text;
  EXPECT_LE(refused, SignInLimiter::kFreeByAccount + 2);
  EXPECT_NE(last.fields.value("Retry-After"), "");
  EXPECT_EQ(post(admin_, "/api/v1/screens/enrol", {{"code", code}, {"new_screen", screen}}).status,
            429);
  now_ms_ += 60'000;
  const Client once = with(admin_, "Idempotency-Key", "k");
  const json::value wish{{"code", code}, {"new_screen", screen}};
  const Answer enrolled = post(once, "/api/v1/screens/enrol", wish);
  EXPECT_EQ(enrolled.status, 200);
  EXPECT_EQ(post(once, "/api/v1/screens/enrol", wish).text, enrolled.text)
      << "sent again because the answer was lost, it is no guess";
  EXPECT_EQ(
      post(admin_, "/api/v1/screens/enrol", {{"code", "AB2CD3"}, {"screen", "absent"}}).status, 422)
      << "nor is a screen that is not there";
  EXPECT_EQ(
      post(admin_, "/api/v1/screens/enrol", {{"code", "AB2CD3"}, {"new_screen", screen}}).status,
      404);
  EXPECT_EQ(
      post(admin_, "/api/v1/screens/enrol", {{"code", "AB2CD3"}, {"new_screen", screen}}).status,
      429)
      << "a right code in between does not forgive the wrong ones";
}

TEST_P(SitesApiTest, NewCodesHaveARate) {
  for (uint32_t i = 0; i < WallApi::kCodesOfNetwork; ++i)
    device(nullptr, fmt::format("2001:db8:0:1{:02x}::7", i));
  Client one_more;
  one_more.address = "2001:db8:0:100::8";
  const uint64_t calls = store_calls();
  const Answer refused = post(one_more, "/api/v1/screen/code", json::object{});
  EXPECT_EQ(refused.status, 429) << refused.text;
  EXPECT_EQ(refused.fields.value("Retry-After"), "60");
  EXPECT_EQ(store_calls(), calls) << "and costs the database nothing";
  device(nullptr, "2001:db8:0:200::7");
  now_ms_ += 60'000;
  device(nullptr, one_more.address);
}

TEST_P(SitesApiTest, WhereTheTroubleIs) {
  const std::string good = make_site("good"), dark = make_site("dark"), mute = make_site("mute"),
                    gone = make_site("gone");
  make_site("empty");
  const Client first = enrolled(good, "hall"), second = enrolled(dark, "hall"),
               third = enrolled(mute, "hall"), fourth = enrolled(gone, "hall");
  ASSERT_EQ(post(admin_, "/api/v1/screens", {{"site", good}, {"name", "spare"}}).status, 200);
  report(fourth, true, true);
  now_ms_ += 120'000;
  report(first, true, true);
  report(second, false, true);
  report(third, true, false);
  const auto sites = [&](const std::string& state) {
    return names("/api/v1/sites?state=" + state, "sites");
  };
  EXPECT_THAT(sites("trouble"), ElementsAre("dark", "gone", "mute"));
  EXPECT_THAT(sites("no_picture"), ElementsAre("dark"));
  EXPECT_THAT(sites("no_sound"), ElementsAre("mute"));
  EXPECT_THAT(sites("silent"), ElementsAre("gone"));
  EXPECT_THAT(sites("fine"), ElementsAre("good"));
  EXPECT_THAT(sites("unenrolled"), ElementsAre("good"));
  EXPECT_THAT(names("/api/v1/screens?state=unenrolled", "screens"), ElementsAre("spare"));
  EXPECT_EQ(names("/api/v1/screens?state=trouble", "screens").size(), 3u);
  EXPECT_EQ(names("/api/v1/screens?q=DARK", "screens").size(), 1u) << "by its site's name";
  const Answer all = get(admin_, "/api/v1/presence");
  EXPECT_EQ(all.body.at("sites").as_int64(), 5);
  EXPECT_EQ(all.body.at("screens").as_int64(), 5);
  EXPECT_EQ(all.body.at("picture").as_int64(), 2);
  EXPECT_EQ(all.body.at("sites_in_trouble").as_int64(), 3);
}

TEST_P(SitesApiTest, WhatCouldNotBeWrittenIsReadAroundAndWrittenLater) {
  if (!is_sqlite()) return;  // the trigger is
  const std::string site = make_site("a");
  std::string gone;
  const Client stays = enrolled(site, "hall"), goes = enrolled(site, "yard", &gone);
  EXPECT_EQ(report(stays, true, true).status, 200);
  EXPECT_EQ(report(goes, true, true).status, 200);
  const auto run = [&](const std::string& statement) {
    const auto work = [statement](Store& store) {
      return store.database().write("test", [&](soci::session& sql) -> Result<void> {
        sql << statement;
        return {};
      });
    };
    EXPECT_TRUE(wait(store_->run(work))) << statement;
  };
  run("CREATE TRIGGER no_writing BEFORE UPDATE ON screen_credentials BEGIN"
      " SELECT RAISE(ABORT, 'the disk is full'); END");
  run("DELETE FROM screen_credentials WHERE screen_id = '" + gone + "'");  // by another node
  EXPECT_FALSE(wait(studio_->screens().refresh()));
  EXPECT_EQ(report(goes, true, true).status, 401) << "a revocation waits for no disk";
  run("DROP TRIGGER no_writing");
  EXPECT_TRUE(wait(studio_->screens().refresh()));
  const auto look = [](Store& store) {
    return store.database().read("test", [](soci::session& sql) -> Result<int64_t> {
      return ScreenTable(sql).enrolled().front().seen_ms;
    });
  };
  EXPECT_EQ(wait(store_->run(look)).value_or(0), now_ms_);
}

TEST_P(SitesApiTest, AScreenAsksForItsSettingsOnceAtATime) {
  const Client screen = enrolled(make_site("a"), "hall");
  std::promise<void> released;
  const auto hold = [until = released.get_future().share()](Store&) -> Result<void> {
    until.wait();
    return {};
  };
  auto held = asio::co_spawn(thread_.io(), store_->run(hold), asio::use_future);
  const uint64_t calls = store_calls();
  auto first = asio::co_spawn(thread_.io(), ask(make(screen, "GET", "/api/v1/screen", nullptr)),
                              asio::use_future);
  while (store_calls() == calls)
    std::this_thread::yield();
  const Answer second = get(screen, "/api/v1/screen");
  EXPECT_EQ(second.status, 429) << second.text;
  EXPECT_EQ(second.fields.value("Retry-After"), "2");
  released.set_value();
  EXPECT_EQ(first.get().status, 200);
  EXPECT_TRUE(held.get());
  EXPECT_EQ(get(screen, "/api/v1/screen").status, 200);
}

TEST_P(SitesApiTest, AScreenForTestsFollowsARehearsalAndTheOthersDoNot) {
  const std::string site = make_site("studio");
  std::string tests, others;
  const Client follows = enrolled(site, "monitor", &tests), hall = enrolled(site, "hall", &others);
  const Answer marked = send(with(admin_, "If-Match", "*"), "PATCH", "/api/v1/screens/" + tests,
                             json::object{{"test", true}});
  ASSERT_EQ(marked.status, 200) << marked.text;
  const auto plays = [&](const Client& screen) {
    const Answer settings = get(screen, "/api/v1/screen");
    const auto grant = read_watch_token(text(settings.body.at("watch").at("token")),
                                        public_watch_key(), WatchGrant::Instant());
    EXPECT_TRUE(grant);
    EXPECT_EQ(grant->channel, text(settings.body.at("plays"))) << "the token is for what it plays";
    EXPECT_EQ(text(settings.body.at("channel").at("id")), "main");
    return grant->channel;
  };
  EXPECT_EQ(plays(follows), "main");
  const std::string before = text(report(follows, true, true).body.at("version"));
  const auto rehearse = [&](bool on) {
    const Answer done = send(with(admin_, "If-Match", "*"), "PATCH", "/api/v1/channels/main/air",
                             json::object{{"rehearsal", on}});
    EXPECT_EQ(done.status, 200) << done.text;
  };
  rehearse(true);
  EXPECT_NE(text(report(follows, true, true).body.at("version")), before)
      << "its next report says that there are other settings";
  EXPECT_EQ(plays(follows), "main~programme");
  EXPECT_EQ(plays(hall), "main");
  rehearse(false);
  EXPECT_EQ(plays(follows), "main");
}

// What a town's 9,000 screens cost: 300 reports a second, and nothing of the database.
TEST_P(SitesApiTest, AReportAsksNothingOfTheDatabase) {
  const std::string site = make_site("a");
  const Client screen = enrolled(site, "hall");
  report(screen, true, true);
  const uint64_t before = store_calls();
  constexpr int kReports = 1000;
  const auto begun = std::chrono::steady_clock::now();
  for (int i = 0; i < kReports; ++i)
    ASSERT_EQ(report(screen, true, i % 2 == 0).status, 200);
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begun;
  EXPECT_EQ(store_calls(), before);
  std::cout << fmt::format(
      "{:.0f} reports a second, one after the other, each with its connection\n",
      kReports / took.count());
}

// A table as large as they may be, which counts what of it was wanted.
class WantedTable : public HttpBody {
 public:
  asio::awaitable<HttpBodyPiece> read() override {
    if (read_ == SitesApi::kMaxFileBytes) co_return std::string();
    read_ += kMaxBodyPieceBytes;
    co_return std::string(kMaxBodyPieceBytes, 'x');
  }
  size_t bytes_read() const { return read_; }

 private:
  size_t read_ = 0;
};

TEST_P(SitesApiTest, NothingLargeIsHeldForWhoMayNot) {
  const Client operates = somebody(admin_, "op", "operator");
  for (const auto& [client, status] : {std::pair(Client{}, 401), std::pair(operates, 403)}) {
    const auto table = std::make_shared<WantedTable>();
    HttpClientRequest request = make(client, "POST", "/api/v1/sites/import", nullptr);
    request.fields.set("Content-Type", "text/csv");
    request.stream = table;
    request.stream_bytes = SitesApi::kMaxFileBytes;
    EXPECT_EQ(wait(ask(std::move(request))).status, status);
    EXPECT_LT(table->bytes_read(), SitesApi::kMaxFileBytes / 2);
  }
}

class TokensApiTest : public SitesApiTest {
 protected:
  Answer make_token_for(const Client& client, const json::array& scopes, int days = 30) {
    return post(
        client, "/api/v1/me/tokens",
        {{"label", "nightly"}, {"scopes", scopes}, {"days", days}, {"password", test::kPassword}});
  }
  // A program, which is no browser.
  static Client program(const Answer& made) {
    Client client;
    client.more = {{"Authorization", "Bearer " + std::string(made.body.at("token").as_string())}};
    return client;
  }
};
LONGMEN_FOR_BOTH_DATABASES(TokensApiTest);

TEST_P(TokensApiTest, AProgramMayWhatItsScopesAndItsAccountMay) {
  const Client producer = somebody(admin_, "wang", "producer");
  EXPECT_EQ(make_token_for(producer, {"manage_accounts"}).status, 422) << "more than the role";
  EXPECT_EQ(make_token_for(producer, {}).status, 422);
  EXPECT_EQ(make_token_for(producer, {"look"}, 367).status, 422);
  for (const char* label : {"x) as li (y", "night\u200bly", "night\u202ely", " nightly", ""}) {
    EXPECT_EQ(
        post(producer, "/api/v1/me/tokens",
             {{"label", label}, {"scopes", {"look"}}, {"days", 1}, {"password", test::kPassword}})
            .status,
        422)
        << "the audit would show another name: " << label;
  }
  const Answer made = make_token_for(producer, {"look", "manage_sites"});
  ASSERT_EQ(made.status, 200) << made.text;
  EXPECT_THAT(text(made.body.at("token")), ::testing::StartsWith("lmt_"));
  const Client robot = program(made);
  EXPECT_EQ(get(robot, "/api/v1/sites").status, 200);
  EXPECT_EQ(post(robot, "/api/v1/sites", {{"name", "by a program"}}).status, 200);
  EXPECT_EQ(post(robot, "/api/v1/series", {{"title", "x"}}).status, 403) << "no scope";
  for (const char* own : {"/api/v1/me", "/api/v1/me/tokens"})
    EXPECT_EQ(get(robot, own).status, 403) << own;
  const Answer audit = get(admin_, "/api/v1/audit");
  EXPECT_EQ(audit.body.at("rows").at(0).at("actor").as_string(), "wang (nightly)");
  const Answer listed = get(producer, "/api/v1/me/tokens");
  EXPECT_EQ(listed.body.at("tokens").as_array().size(), 1u);
  EXPECT_FALSE(listed.body.at("tokens").at(0).at("used_ms").is_null());
  EXPECT_THAT(listed.text, ::testing::Not(HasSubstr("lmt_")));

  const std::string id = text(made.body.at("account"));
  send(admin_, "PATCH", "/api/v1/accounts/" + id,
       {{"role", "viewer"}, {"password", test::kPassword}});
  EXPECT_EQ(post(robot, "/api/v1/sites", {{"name", "y"}}).status, 403)
      << "its account may no longer";
  send(admin_, "PATCH", "/api/v1/accounts/" + id, {{"disabled", true}});
  EXPECT_EQ(get(robot, "/api/v1/sites").status, 401);
  send(admin_, "PATCH", "/api/v1/accounts/" + id, {{"disabled", false}});
  EXPECT_EQ(get(robot, "/api/v1/sites").status, 401) << "whoever made it may have been a thief";
}

TEST_P(TokensApiTest, TokensEnd) {
  const Answer made = make_token_for(admin_, {"look"}, 1);
  const Client robot = program(made);
  EXPECT_EQ(get(robot, "/api/v1/sites").status, 200);
  now_ms_ += 86'400'000 - 1;
  EXPECT_EQ(get(robot, "/api/v1/sites").status, 200);
  now_ms_ += 1;
  EXPECT_EQ(get(robot, "/api/v1/sites").status, 401);
  admin_.cookie = post(Client{}, "/api/v1/sign-in", credentials("li")).sign_in_cookie();
  const Answer again = make_token_for(admin_, {"look"}, 1);
  const Client other = program(again);
  EXPECT_EQ(send(admin_, "DELETE", "/api/v1/tokens/" + text(again.body.at("id"))).status, 200);
  EXPECT_EQ(get(other, "/api/v1/sites").status, 401);
  Client odd;
  for (const char* value : {"Bearer", "Bearer lmt_x", "Basic eDp4", "Bearer x y"}) {
    odd = admin_;
    odd.more = {{"Authorization", value}};
    const Answer refused = get(odd, "/api/v1/sites");
    EXPECT_EQ(refused.status, 401) << "and the cookie does not count: " << value;
    EXPECT_EQ(refused.fields.value("WWW-Authenticate"),
              "Bearer realm=\"studio\", error=\"invalid_token\"");
  }
  EXPECT_EQ(
      post(admin_, "/api/v1/me/tokens",
           {{"label", "x"}, {"scopes", {"look"}}, {"days", 1}, {"password", "wrong password"}})
          .status,
      403);
}

std::string town(int sites, int screens_each) {
  std::string csv =
      "site,code,tier,parent,address,screen,channel,test,volume\n成都,C0,city,,,,,,\n";
  for (int centre = 0; centre < 26; ++centre)
    csv += fmt::format("中心 {0},K{0},centre,C0,,,,,\n", centre);
  for (int i = 27; i < sites; ++i) {
    for (int screen = 0; screen < screens_each; ++screen) {
      csv += fmt::format("社区 {0},S{0},site,K{1},人民路 {0} 号,{2} 号屏,{3},,{4}\n", i, i % 26,
                         screen + 1, i % 500 == 499 ? "absent" : "main",
                         i % 700 == 699 ? "loud" : "80");
    }
  }
  return csv;
}

TEST_P(SitesApiTest, ATownIsImportedWhileOthersWork) {
  const int kSites = is_sqlite() ? 4500 : 900;  // of PostgreSQL fewer, for the time that it takes
  const std::string csv = town(kSites, 2);
  const Answer dry = import(csv, "?dry_run=true");
  ASSERT_EQ(dry.status, 200) << dry.text;
  EXPECT_FALSE(dry.body.at("done").as_bool());
  const int64_t wrong = dry.body.at("mistakes_in_all").to_number<int64_t>();
  EXPECT_EQ(wrong, is_sqlite() ? 2 * (9 + 6 - 1) : 2 * (1 + 1))
      << "one of the sites is wrong twice";
  EXPECT_THAT(text(dry.body.at("mistakes").at(0).at("words")), HasSubstr("channel"));
  EXPECT_GT(dry.body.at("mistakes").at(0).at("line").as_int64(), 900);
  EXPECT_FALSE(import(csv).body.at("done").as_bool()) << "all or nothing";
  EXPECT_THAT(names("/api/v1/sites", "sites"), IsEmpty());

  HttpClientRequest request = make(admin_, "POST", "/api/v1/sites/import?take=right", nullptr);
  request.fields.set("Content-Type", "text/csv");
  request.content = csv;
  const auto begun = std::chrono::steady_clock::now();
  auto importing = asio::co_spawn(thread_.io(), ask(std::move(request)), asio::use_future);
  std::vector<double> took_ms;
  while (importing.wait_for(std::chrono::seconds(0)) != std::future_status::ready) {
    const auto asked = std::chrono::steady_clock::now();
    const bool write = took_ms.size() % 4 == 3;
    const Answer answer =
        write ? post(admin_, "/api/v1/series", {{"title", fmt::format("s{}", took_ms.size())}})
              : get(admin_, "/api/v1/sites?limit=50&q=" + std::to_string(took_ms.size()));
    EXPECT_EQ(answer.status, 200) << answer.text;
    took_ms.push_back(
        std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - asked)
            .count());
  }
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begun;
  const Answer report = importing.get();
  ASSERT_EQ(report.status, 200) << report.text;
  EXPECT_TRUE(report.body.at("done").as_bool());
  EXPECT_EQ(report.body.at("screens_made").as_int64(), 2 * (kSites - 27) - wrong);
  std::sort(took_ms.begin(), took_ms.end());
  std::cout << fmt::format("{} sites, {} screens in {:.1f} s; {} requests meanwhile", kSites,
                           report.body.at("screens_made").as_int64(), took.count(), took_ms.size());
  if (!took_ms.empty()) {
    std::cout << fmt::format(", p50 {:.0f} ms, p95 {:.0f} ms", took_ms[took_ms.size() / 2],
                             took_ms[took_ms.size() * 95 / 100]);
  }
  std::cout << "\n";
  const Answer again = import(csv, "?take=right");
  EXPECT_EQ(again.body.at("sites_made").as_int64() + again.body.at("screens_made").as_int64(), 0)
      << "what is there is left alone";
  EXPECT_EQ(names("/api/v1/sites?q=S321", "sites").front(), "社区 321");
  EXPECT_GT(get(admin_, "/api/v1/sites.csv").text.size(), 80u * kSites);
  const auto verify = [](Store& store) { return verify_audit(store.database()); };
  const auto audit = wait(store_->run(verify));
  EXPECT_TRUE(audit && !audit->broken);
}

}  // namespace
}  // namespace longmen
