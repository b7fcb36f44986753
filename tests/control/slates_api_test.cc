// Slates that people give, over HTTP, on either database; what looks at files is a script that says
// what the test wants to hear.
#include <gmock/gmock.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "control/slates_api.h"
#include "core/base/sha256.h"
#include "tests/control/studio_fixture.h"

namespace longmen {
namespace {

namespace json = boost::json;
using test::Answer;
using test::Client;
using ::testing::HasSubstr;

const std::string kSlates = "/api/v1/channels/main/slates";

class SlatesApiTest : public test::StudioFixture {
 protected:
  void SetUp() override {
    check_slate_ = SlateChecker(script(R"({"kind":"still","media_type":"image/png","width":1920,)"
                                       R"("height":1080,"duration_ms":0,"sound":false})"));
    StudioFixture::SetUp();
    ChannelSeed main, other;
    main.channel.id = main.channel.name = "main";
    other.channel.id = other.channel.name = "other";
    main.channel.video = other.channel.video = default_ladder();
    const auto make = [main, other](Store& store) { return store.seed({main, other}, test::kNow); };
    ASSERT_TRUE(wait(store_->run(make)));
    thread_.run([this] { studio_->slates().files().set_data_dir(data_dir_); });
    admin_ = administrator();
  }
  void TearDown() override {
    StudioFixture::TearDown();
    std::filesystem::remove_all(data_dir_);
  }
  // In place of longmen check-slate: its 5th and 7th arguments are where report and picture go.
  std::string script(const std::string& report) {
    data_dir_ = testing::TempDir() + "slates_api_test_" + std::to_string(getpid());
    std::filesystem::create_directories(data_dir_);
    std::ofstream(data_dir_ + "/report") << report;
    const std::string file = data_dir_ + "/check";
    std::ofstream(file) << "#!/bin/sh\ncp " << data_dir_
                        << "/report \"$5\"; printf small > \"$7\"\n";
    ::chmod(file.c_str(), 0700);
    return file;
  }
  void says(const std::string& report) {
    std::ofstream(data_dir_ + "/report", std::ios::trunc) << report;
  }
  Answer give(const Client& client, const std::string& name, const std::string& bytes,
              const std::string& channel = "main") {
    HttpClientRequest request =
        make(client, "POST", "/api/v1/channels/" + channel + "/slates?name=" + name, nullptr);
    request.content = bytes;
    request.fields.set("Content-Type", "application/octet-stream");
    return wait(ask(std::move(request)));
  }
  std::string given(const std::string& name, const std::string& bytes) {
    const Answer made = give(admin_, name, bytes);
    EXPECT_EQ(made.status, 200) << made.text;
    return made.status == 200 ? std::string(made.body.at("id").as_string()) : "";
  }
  static Client with(Client client, const std::string& field, const std::string& value) {
    client.more.emplace_back(field, value);
    return client;
  }
  Answer change(const std::string& method, const std::string& target, const json::value& body) {
    return send(with(admin_, "If-Match", "*"), method, target, body);
  }
  SlatePlan plan() {
    const auto read = [](Store& store) { return store.channels(); };
    const auto channels = wait(store_->run(read));
    return channels ? channels->front().slates : SlatePlan();
  }
  size_t files() {
    size_t count = 0;
    for ([[maybe_unused]] const auto& file :
         std::filesystem::directory_iterator(data_dir_ + "/" + kGivenSlates))
      ++count;
    return count;
  }

  std::string data_dir_;
  Client admin_;
};

TEST_P(SlatesApiTest, OneThatIsGivenIsKeptByItsHashAndTold) {
  std::string bytes(600'000, 'x');  // of three pieces
  bytes[300'000] = 'y';
  const int told = told_;
  const Answer made = give(admin_, "%E5%9E%AB%E7%89%87", bytes);
  ASSERT_EQ(made.status, 200) << made.text;
  EXPECT_GT(told_, told);
  EXPECT_EQ(made.body.at("name").as_string(), "垫片");
  EXPECT_EQ(made.body.at("kind").as_string(), "still");
  EXPECT_EQ(made.body.at("bytes"), 600'000);
  EXPECT_EQ(made.body.at("sha256").as_string(), sha256_hex(bytes));
  const std::string file = data_dir_ + "/" + kGivenSlates + "/" + sha256_hex(bytes);
  EXPECT_TRUE(std::filesystem::exists(file));
  EXPECT_EQ(files(), 1U) << "nothing else is left";

  const Answer list = get(admin_, kSlates);
  ASSERT_EQ(list.body.at("slates").as_array().size(), 1U);
  EXPECT_EQ(list.body.at("slates").at(0).at("encoded").as_string(), "ready");
  const std::string id(made.body.at("id").as_string());
  const Answer small = get(admin_, kSlates + "/" + id + "/thumbnail");
  EXPECT_EQ(small.text, "small");
  EXPECT_EQ(small.fields.value("Content-Type"), "image/jpeg");
  ASSERT_EQ(plan().others.size(), 1U);
  EXPECT_EQ(plan().others.front().sha256, sha256_hex(bytes));

  // Another node of the same database has nothing yet, and gets it.
  std::filesystem::remove(file);
  const auto read = [](Store& store) { return store.channels(); };
  const auto channels = wait(store_->run(read));
  const auto fetch = [&]() -> test::asio::awaitable<bool> {
    co_await studio_->slates().files().fetch(*channels);
    co_return true;
  };
  EXPECT_TRUE(wait(fetch()));
  std::ifstream in(file, std::ios::binary);
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(in), {}), bytes);
}

TEST_P(SlatesApiTest, WhatIsWrongWithAFileIsSaidAndNothingIsKept) {
  says(R"({"fault":"the picture is cut off"})");
  const Answer refused = give(admin_, "a", "bytes");
  EXPECT_EQ(refused.status, 422);
  EXPECT_EQ(refused.body.at("detail").as_string(), "the picture is cut off");
  EXPECT_EQ(files(), 0U);
  says("");
  EXPECT_EQ(give(admin_, "a", "bytes").status, 503) << "nobody knows what it is";
  EXPECT_EQ(give(admin_, "", "bytes").status, 422) << "no name";
  EXPECT_EQ(give(admin_, "..%2F..%2Fetc", "").status, 422) << "no bytes";
  EXPECT_EQ(give(admin_, "a", "bytes", "none").status, 404);
  thread_.run([this] { studio_->slates().set_limits({1, 60}); });
  const Answer large = give(admin_, "a", std::string((1 << 20) + 1, 'x'));
  EXPECT_EQ(large.status, 413);
  EXPECT_THAT(large.text, HasSubstr("larger than 1 MB"));
  EXPECT_EQ(files(), 0U);
  EXPECT_EQ(get(admin_, kSlates).body.at("slates").as_array().size(), 0U);
}

TEST_P(SlatesApiTest, ANameIsNoPath) {
  EXPECT_EQ(give(admin_, "..%2F..%2Fetc%2Fpasswd", "bytes").status, 200);
  EXPECT_TRUE(std::filesystem::exists(data_dir_ + "/" + kGivenSlates + "/" + sha256_hex("bytes")));
  EXPECT_EQ(give(admin_, "a%00b", "other").status, 422);
}

TEST_P(SlatesApiTest, TheSameFileIsTakenOnceAChannel) {
  const std::string id = given("one", "bytes");
  EXPECT_EQ(given("one", "bytes"), id) << "asked again";
  const Answer again = give(admin_, "two", "bytes");
  EXPECT_EQ(again.status, 409);
  EXPECT_THAT(again.text, HasSubstr("one"));
  EXPECT_EQ(give(admin_, "one", "bytes", "other").status, 200);
  for (size_t i = 1; i < kMaxSlates; ++i)
    given("slate" + std::to_string(i), "bytes" + std::to_string(i));
  EXPECT_EQ(give(admin_, "more", "more").status, 409);
}

TEST_P(SlatesApiTest, WhatIsShownSomewhereStays) {
  const std::string id = given("one", "bytes"), of_session = given("two", "other");
  EXPECT_EQ(change("PATCH", "/api/v1/channels/main/settings",
                   {{"slates", {{"trouble", id}, {"before_minutes", 5}}}})
                .status,
            200);
  EXPECT_EQ(plan().on[SlateOccasion::kTrouble].sha256, sha256_hex("bytes"));
  const Answer series = post(admin_, "/api/v1/series", {{"title", "书记龙门阵"}});
  const Answer made = post(admin_, "/api/v1/sessions",
                           {{"channel", "main"},
                            {"series", series.body.at("id")},
                            {"title", "第一期"},
                            {"slates", {{"before", of_session}}},
                            {"start_ms", test::kNow},
                            {"end_ms", test::kNow + 3'600'000}});
  ASSERT_EQ(made.status, 200) << made.text;
  EXPECT_EQ(made.body.at("sessions").at(0).at("slates").at("before").as_string(), of_session);
  EXPECT_EQ(plan().on[SlateOccasion::kBefore].sha256, sha256_hex("other"));
  EXPECT_EQ(plan().on[SlateOccasion::kBreak].title, "") << "no session is live";

  Answer kept = change("DELETE", kSlates + "/" + id, nullptr);
  EXPECT_EQ(kept.status, 409);
  EXPECT_THAT(kept.text, HasSubstr("the channel shows it as"));
  kept = change("DELETE", kSlates + "/" + of_session, nullptr);
  EXPECT_EQ(kept.status, 409);
  EXPECT_THAT(kept.text, HasSubstr("第一期"));
  EXPECT_EQ(change("PATCH", "/api/v1/channels/main/settings", {{"slates", {{"trouble", nullptr}}}})
                .status,
            200);
  EXPECT_EQ(change("DELETE", kSlates + "/" + id, nullptr).status, 200);
  EXPECT_EQ(plan().others.size(), 1U);
}

TEST_P(SlatesApiTest, AnotherChannelsIsNone) {
  const Answer other = give(admin_, "one", "bytes", "other");
  const std::string id(other.body.at("id").as_string());
  const Answer refused =
      change("PATCH", "/api/v1/channels/main/settings", {{"slates", {{"cut", id}}}});
  EXPECT_EQ(refused.status, 422);
  EXPECT_THAT(refused.text, HasSubstr("slates.cut"));
  EXPECT_EQ(
      change("PATCH", "/api/v1/channels/main/air", {{"order", "slate"}, {"slate", id}}).status,
      422);
  EXPECT_EQ(post(admin_, "/api/v1/channels/main/air/cut", {{"slate", id}}).status, 422);
  EXPECT_EQ(get(admin_, kSlates + "/" + id + "/thumbnail").status, 404);
  EXPECT_EQ(change("DELETE", kSlates + "/" + id, nullptr).status, 404);
}

TEST_P(SlatesApiTest, AnOrderAndACutCanNameOne) {
  const std::string one = given("one", "bytes"), two = given("two", "other");
  Answer air = change("PATCH", "/api/v1/channels/main/air", {{"order", "slate"}, {"slate", one}});
  ASSERT_EQ(air.status, 200) << air.text;
  EXPECT_EQ(air.body.at("slate").as_string(), one);
  EXPECT_TRUE(plan().break_ordered);
  EXPECT_EQ(plan().on[SlateOccasion::kBreak].sha256, sha256_hex("bytes"));
  EXPECT_EQ(change("DELETE", kSlates + "/" + one, nullptr).status, 409);
  air = post(admin_, "/api/v1/channels/main/air/cut", {{"slate", two}});
  ASSERT_EQ(air.status, 200) << air.text;
  EXPECT_FALSE(plan().break_ordered);
  EXPECT_EQ(plan().on[SlateOccasion::kCut].sha256, sha256_hex("other"));
  EXPECT_EQ(post(admin_, "/api/v1/channels/main/air/cut", {{"slate", one}}).status, 200);
  EXPECT_EQ(plan().on[SlateOccasion::kCut].sha256, sha256_hex("bytes"));
  air = change("PATCH", "/api/v1/channels/main/air", {{"order", "auto"}});
  EXPECT_TRUE(air.body.at("slate").is_null()) << "another order has none";
  EXPECT_EQ(change("PATCH", "/api/v1/channels/main/air", {{"slate", one}}).status, 422);
}

TEST_P(SlatesApiTest, WhoManagesChannelsGivesThemAndTheAuditKnows) {
  const Client viewer = somebody(admin_, "wang", "viewer");
  const std::string id = given("one", "bytes");
  EXPECT_EQ(give(viewer, "two", "other").status, 403);
  EXPECT_EQ(give(Client(), "two", "other").status, 401);
  EXPECT_EQ(get(viewer, kSlates).status, 200);
  EXPECT_EQ(send(with(viewer, "If-Match", "*"), "DELETE", kSlates + "/" + id).status, 403);
  EXPECT_EQ(send(admin_, "PATCH", kSlates + "/" + id, {{"name", "x"}}).status, 428);
  EXPECT_EQ(change("PATCH", kSlates + "/" + id, {{"name", "new"}}).body.at("version"), 2);
  EXPECT_EQ(change("DELETE", kSlates + "/" + id, nullptr).status, 200);
  const Answer audit = get(admin_, "/api/v1/audit");
  for (const char* action : {"slate.create", "slate.change", "slate.remove"})
    EXPECT_THAT(audit.text, HasSubstr(action));
}

LONGMEN_FOR_BOTH_DATABASES(SlatesApiTest);

}  // namespace
}  // namespace longmen
