// Webhooks over HTTP, and what their receivers are sent: by a server that fails as often as a test
// wants, on either database.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <mutex>
#include <thread>

#include "control/webhook/webhook_call.h"
#include "tests/control/studio_fixture.h"

namespace longmen {
namespace {

namespace json = boost::json;
using namespace std::chrono_literals;
using test::Answer;
using test::Client;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

const std::string kHooks = "/api/v1/webhooks";
const std::string kReceiver = "https://receiver.example/hook";

class WebhooksApiTest : public test::StudioFixture {
 protected:
  WebhooksApiTest() {
    fetch_ = [this](const WebRequest& request) -> Result<WebAnswer> {
      const std::lock_guard lock(mutex_);
      came_.push_back(request);
      if (status_ == 0) return fail("no route to host");
      return WebAnswer{status_, ""};
    };
  }
  void SetUp() override {
    StudioFixture::SetUp();
    ChannelSeed seed;
    seed.channel.id = "main";
    seed.channel.name = "主频道";
    seed.channel.video = default_ladder();
    const auto make = [seed](Store& store) { return store.seed({seed}, test::kNow); };
    ASSERT_TRUE(wait(store_->run(make)));
    admin_ = administrator();
    studio_->webhooks().set_node("a-node");
    look();
  }

  // Once, and the tries that it begins.
  void look() {
    ASSERT_TRUE(wait(studio_->webhooks().look(board())));
    while (on_thread([this] { return studio_->webhooks().tries_under_way(); }) > 0)
      std::this_thread::sleep_for(1ms);
  }
  NoticeBoard& board() { return studio_->events().board(); }
  json::object create(const json::object& wish) {
    const Answer made = post(admin_, kHooks, wish);
    EXPECT_EQ(made.status, 200) << made.text;
    return made.body.as_object();
  }
  Answer change(const json::object& webhook, const std::string& method, const json::value& wish) {
    Client client = admin_;
    client.more.emplace_back("If-Match", fmt::format("\"{}\"", webhook.at("version").as_int64()));
    return send(client, method, path_of(webhook), wish);
  }
  static std::string path_of(const json::object& webhook) {
    return kHooks + "/" + std::string(webhook.at("id").as_string());
  }
  void node_says(bool feed) {
    NodeState node;
    node.name = "a-node";
    if (feed) node.inputs["main"][ChannelInput::kPrimary] = {"srt", "192.0.2.9:5000", ""};
    node.on_air["main"].source = feed ? "live" : "slate";
    thread_.run([&] { studio_->events().take_node_state(node); });
  }
  std::vector<WebRequest> came() {
    const std::lock_guard lock(mutex_);
    return came_;
  }
  std::vector<std::string> kinds_that_came() {
    std::vector<std::string> kinds;
    for (const WebRequest& request : came())
      kinds.emplace_back(json::parse(request.form).at("kind").as_string());
    return kinds;
  }
  void answers(int status) {
    const std::lock_guard lock(mutex_);
    status_ = status;
  }
  json::array deliveries(const json::object& webhook) {
    return get(admin_, path_of(webhook) + "/deliveries").body.at("deliveries").as_array();
  }

  Client admin_;
  std::mutex mutex_;
  std::vector<WebRequest> came_;
  int status_ = 204;
  std::unique_ptr<StudioApi> reborn_;  // the one before, once there is another one
};
LONGMEN_FOR_BOTH_DATABASES(WebhooksApiTest);

TEST_P(WebhooksApiTest, AnAdministratorAloneSaysWhoIsTold) {
  for (const char* role : {"viewer", "operator", "producer"}) {
    const Client who = somebody(admin_, role, role);
    EXPECT_EQ(post(who, kHooks, {{"url", kReceiver}}).status, 403) << role;
    EXPECT_EQ(get(who, kHooks).status, 403) << role;
  }
  EXPECT_EQ(get(Client{}, kHooks).status, 401);
  EXPECT_EQ(post(admin_, kHooks, {{"url", "ftp://a/b"}}).status, 422);
  EXPECT_EQ(post(admin_, kHooks, {{"url", kReceiver}, {"kinds", {"weather"}}}).status, 422);
  EXPECT_EQ(post(admin_, kHooks, {{"url", kReceiver}, {"channels", {"none"}}}).status, 422);

  const json::object made = create({{"url", kReceiver}, {"kinds", {"switch", "feed_down"}}});
  const std::string secret(made.at("secret").as_string());
  EXPECT_EQ(secret.rfind("whsec_", 0), 0u);
  const Answer listed = get(admin_, kHooks);
  EXPECT_THAT(listed.text, Not(HasSubstr(secret))) << "it is shown once";
  EXPECT_EQ(listed.body.at("webhooks").as_array().size(), 1u);
  EXPECT_THAT(get(admin_, "/api/v1/audit").text, Not(HasSubstr(secret)));

  const Answer another = change(made, "PATCH", {{"new_secret", true}, {"enabled", false}});
  ASSERT_EQ(another.status, 200) << another.text;
  EXPECT_NE(another.body.at("secret").as_string(), secret);
  EXPECT_EQ(change(made, "DELETE", nullptr).status, 412) << "somebody changed it meanwhile";
  EXPECT_EQ(post(admin_, path_of(made) + "/test", json::object{}).status, 409);
  EXPECT_EQ(change(another.body.as_object(), "DELETE", nullptr).status, 200);
  EXPECT_EQ(get(admin_, path_of(made) + "/deliveries").status, 404);
  for (int i = 0; i < kMaxWebhooks; ++i)
    create({{"url", kReceiver}});
  EXPECT_EQ(post(admin_, kHooks, {{"url", kReceiver}}).status, 409);
}

TEST_P(WebhooksApiTest, WhatHappensIsToldSignedAndAgainUntilItIsTaken) {
  const json::object hook = create({{"url", kReceiver}, {"kinds", {"feed_up", "feed_down"}}});
  look();
  answers(500);
  node_says(true);
  look();
  ASSERT_THAT(kinds_that_came(), ElementsAre("feed_up"));
  json::object delivery = deliveries(hook).at(0).as_object();
  EXPECT_EQ(delivery.at("state").as_string(), "waiting");
  EXPECT_EQ(delivery.at("status"), 500);
  const int64_t next_ms = delivery.at("next_ms").as_int64();
  EXPECT_GE(next_ms, now_ms_ + kFirstRetry.count() / 2);
  look();
  EXPECT_EQ(came().size(), 1u) << "not before it is due";

  answers(0);
  now_ms_ = next_ms;
  look();
  ASSERT_EQ(came().size(), 2u);
  delivery = deliveries(hook).at(0).as_object();
  EXPECT_THAT(std::string(delivery.at("words").as_string()), HasSubstr("no route"));
  EXPECT_TRUE(delivery.at("status").is_null());

  answers(200);
  now_ms_ = delivery.at("next_ms").as_int64();
  look();
  ASSERT_EQ(came().size(), 3u);
  const WebRequest sent = came().back();
  EXPECT_EQ(sent.url, kReceiver);
  EXPECT_TRUE(sent.refuse_link_local);
  EXPECT_EQ(sent.form, came().front().form) << "the same notice";
  const std::string secret(hook.at("secret").as_string());
  EXPECT_EQ(sent.fields, webhook_fields(secret, std::string(delivery.at("notice").as_string()),
                                        "feed_up", sent.form, now_ms_));
  const json::object body = json::parse(sent.form).as_object();
  EXPECT_EQ(body.at("channel").as_string(), "main");
  EXPECT_EQ(body.at("detail").as_string(), "srt 192.0.2.9:5000");
  EXPECT_EQ(body.at("node").as_string(), "a-node");
  delivery = deliveries(hook).at(0).as_object();
  EXPECT_EQ(delivery.at("state").as_string(), "done");
  EXPECT_EQ(delivery.at("tries"), 3);
  look();
  EXPECT_EQ(came().size(), 3u);
}

TEST_P(WebhooksApiTest, ItIsGivenUpAfterADay) {
  const json::object hook = create({{"url", kReceiver}});
  look();
  answers(302);
  post(admin_, path_of(hook) + "/test", json::object{});
  look();
  json::object delivery = deliveries(hook).at(0).as_object();
  EXPECT_THAT(std::string(delivery.at("words").as_string()), HasSubstr("redirect"));
  int tries = 1;
  while (delivery.at("state").as_string() == "waiting" && tries < 100) {
    now_ms_ = delivery.at("next_ms").as_int64();
    look();
    delivery = deliveries(hook).at(0).as_object();
    ++tries;
  }
  EXPECT_EQ(delivery.at("state").as_string(), "failed");
  EXPECT_LE(now_ms_ - test::kNow, kTriedFor.count());
  EXPECT_GT(now_ms_ - test::kNow, kTriedFor.count() - 2 * kLongestRetry.count());
  EXPECT_EQ(came().size(), static_cast<size_t>(tries));
}

// Control is started again: what waits is sent, what happened meanwhile is told, nothing is told
// twice.
TEST_P(WebhooksApiTest, ADeathOfControlLosesAndRepeatsNothing) {
  create({{"url", kReceiver}, {"kinds", {"feed_up", "feed_down", "switch"}}});
  look();
  answers(503);
  node_says(true);
  look();
  ASSERT_THAT(kinds_that_came(), ElementsAre("feed_up"));
  const auto again = [this] {
    thread_.run([this] {
      StudioSettings settings = StudioSettings::of_this_machine();
      settings.clock.wall_ms = [this] { return now_ms_.load(); };
      settings.fetch = fetch_;
      studio_->events().stop();
      reborn_ = std::make_unique<StudioApi>(thread_.io(), *store_, std::move(settings));
    });
    std::swap(studio_, reborn_);
    studio_->webhooks().set_node("a-node");
    look();  // reads how things stood
  };
  answers(200);
  now_ms_ = test::kNow + 3 * kFirstRetry.count();
  again();
  ASSERT_THAT(kinds_that_came(), ElementsAre("feed_up", "feed_up")) << "it waited";
  node_says(true);
  look();
  EXPECT_EQ(came().size(), 2u) << "that it is up was told";
  again();
  node_says(false);
  look();
  look();
  EXPECT_THAT(kinds_that_came(), ElementsAre("feed_up", "feed_up", "feed_down"))
      << "it went while nobody looked";
  // A switch that its streamer tells again and again.
  const auto switched = [this](int64_t at_ms) {
    const std::string figures = fmt::format(
        R"({{"streamer":[{{"channel":"main","shown":"backup","why":"black","since_ms":1,
        "inputs":[],"backup_later_ms":null,"backup_later_by":null,"switches":[{{"at_ms":{},"from":"primary",
        "to":"backup","why":"black","stood_slots":1,"jump_slots":0,"jump_by":"time"}}]}}]}})",
        at_ms);
    thread_.run([&] {
      studio_->events().take_figures(figures);
      studio_->events().take_node_state(NodeState{.name = "a-node"});
    });
    look();
  };
  switched(test::kNow);
  switched(test::kNow);
  again();
  switched(test::kNow);
  switched(test::kNow + 1);
  look();
  const auto kinds = kinds_that_came();
  EXPECT_EQ(std::count(kinds.begin(), kinds.end(), "switch"), 2) << "each of them once";
  EXPECT_EQ(json::parse(came().back().form).at("to").as_string(), "backup");
}

TEST_P(WebhooksApiTest, EachIsToldWhatItWants) {
  create({{"url", "https://all.example/"}});
  create({{"url", "https://order.example/"}, {"kinds", {"order"}}});
  create({{"url", "https://off.example/"}, {"enabled", false}});
  look();
  Client seen = admin_;
  seen.more.emplace_back("If-Match", "*");
  const auto view = [this] {
    const Answer made = post(admin_, "/api/v1/channels/main/preview-token", json::object{});
    EXPECT_EQ(made.status, 200) << made.text;  // which looks at the database
  };
  view();
  ASSERT_EQ(send(seen, "PATCH", "/api/v1/channels/main/air", {{"order", "slate"}}).status, 200);
  view();
  thread_.run([this] {
    RecorderReport report;
    report.state = "full";
    report.words = "no space left";
    studio_->events().take_recorder(report);
  });
  look();
  look();
  look();
  std::vector<std::string> told;
  for (const WebRequest& request : came())
    told.push_back(request.url + std::string(json::parse(request.form).at("kind").as_string()));
  std::sort(told.begin(), told.end());
  EXPECT_THAT(told, ElementsAre("https://all.example/order", "https://all.example/recorder",
                                "https://order.example/order"));
}

TEST_P(WebhooksApiTest, WhatWaitsIsBoundedAndWhatIsOverIsForgotten) {
  const json::object hook = create({{"url", kReceiver}});
  const std::string id(hook.at("id").as_string());
  const auto fill = [&](Store& store) {
    return store.database().write("fill", [&](soci::session& sql) -> Result<int> {
      DeliveryTable table(sql);
      for (int i = 0; i < kMaxWaitingDeliveries + 3; ++i) {
        Notice notice;
        notice.id = "evt_" + std::to_string(i);
        notice.kind = "switch";
        notice.at_ms = test::kNow;
        table.add_to(notice, id, test::kNow);
      }
      Notice once;
      once.id = "evt_" + std::to_string(kMaxWaitingDeliveries);
      table.add_to(once, id, test::kNow);
      const int waiting = table.waiting(id);
      table.forget_old(test::kNow + 26 * 3'600'000);
      EXPECT_EQ(table.waiting(id), 0) << "nobody has sent it for a day";
      EXPECT_EQ(table.page(id, 0, 1).at(0).state, "failed");
      EXPECT_EQ(table.page(id, 0, kMaxDeliveryPage).size(), size_t{kMaxDeliveryPage});
      int kept = 0;
      sql << "SELECT COUNT(*) FROM webhook_deliveries", soci::into(kept);
      EXPECT_EQ(kept, kKeptDeliveries);
      table.forget_old(test::kNow + std::chrono::milliseconds(kDeliveryLife).count() + 1);
      sql << "SELECT COUNT(*) FROM webhook_deliveries", soci::into(kept);
      EXPECT_EQ(kept, 0);
      return waiting;
    });
  };
  const auto waiting = wait(store_->run(fill));
  ASSERT_TRUE(waiting) << waiting.error().message;
  EXPECT_LE(*waiting, kMaxWaitingDeliveries);
}

}  // namespace
}  // namespace longmen
