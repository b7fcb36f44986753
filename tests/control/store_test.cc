#include "control/store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <soci/soci.h>
#include <soci/sqlite3/soci-sqlite3.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "control/migrations.h"
#include "core/base/sha256.h"

namespace longmen {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr int64_t kNow = 1'700'000'000'000;

class StoreTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = std::filesystem::temp_directory_path() / "longmen-store-XXXXXX";
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    directory_ = pattern;
    settings_.database = directory_ + "/longmen.db";
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }

  static ChannelSeed seed(const std::string& id, std::vector<std::string> keys = {}) {
    ChannelSeed made;
    made.channel.id = id;
    made.channel.name = "频道 " + id;
    made.channel.video = default_ladder();
    made.channel.second_publisher = SecondPublisher::kTakeOver;
    made.stream_keys = std::move(keys);
    return made;
  }
  std::unique_ptr<Store> open() {
    auto store = Store::open(settings_, kNow);
    EXPECT_TRUE(store) << store.error().message;
    return store ? std::move(*store) : nullptr;
  }
  soci::session raw() const {
    return soci::session(*soci::factory_sqlite3(), "db=" + settings_.database);
  }

  std::string directory_;
  StoreSettings settings_;
};

TEST_F(StoreTest, SeedsComeBackAsTheyWere) {
  const auto store = open();
  ChannelSeed main = seed("main", {"first-key", "second-key"});
  main.channel.frames_per_second = 50;
  main.channel.gop_seconds = 2;
  main.channel.opus_kbps = 64;
  main.channel.aac_kbps = 96;
  const auto seeded = store->seed({main, seed("another")}, kNow);
  ASSERT_TRUE(seeded) << seeded.error().message;
  EXPECT_EQ(seeded->channels, 2);
  const auto channels = store->channels();
  ASSERT_TRUE(channels);
  ASSERT_EQ(channels->size(), 2u);
  Channel expected = main.channel;
  expected.key_hashes = {sha256_hex("first-key"), sha256_hex("second-key")};
  EXPECT_EQ(channels->at(0), expected);
  EXPECT_EQ(channels->at(1), seed("another").channel);  // in the order of the seeds, not by name
  EXPECT_EQ(*store->channel("main"), expected);
  EXPECT_EQ(*store->channel("absent"), std::nullopt);
}

TEST_F(StoreTest, HashesOfTheConfigurationAreTakenAsTheyAre) {
  ChannelSeed main = seed("main");
  main.channel.key_hashes = {sha256_hex("a-stream-key")};
  const auto store = open();
  ASSERT_TRUE(store->seed({main}, kNow));
  EXPECT_THAT((*store->channel("main"))->key_hashes, ElementsAre(sha256_hex("a-stream-key")));
}

TEST_F(StoreTest, OfAChannelThatExistsASeedAddsItsKeysAndTouchesNothingElse) {
  {
    const auto store = open();
    ASSERT_TRUE(store->seed({seed("main", {"first-key"})}, kNow));
  }
  const auto store = open();  // the next start, with another configuration
  ChannelSeed changed = seed("main", {"other-key"});
  changed.channel.name = "changed";
  const auto seeded = store->seed({changed, seed("new")}, kNow);
  ASSERT_TRUE(seeded);
  EXPECT_EQ(seeded->channels, 1);
  EXPECT_EQ(seeded->keys, 1);
  const auto main = store->channel("main");
  EXPECT_EQ((*main)->name, "频道 main");
  EXPECT_THAT((*main)->key_hashes, ElementsAre(sha256_hex("first-key"), sha256_hex("other-key")));
  EXPECT_EQ(store->seed({changed}, kNow)->keys, 0);  // and once
  EXPECT_EQ((*store->channel("main"))->key_hashes.size(), 2u);
}

TEST_F(StoreTest, KeysAreNotKeptInClear) {
  {
    const auto store = open();
    ASSERT_TRUE(store->seed({seed("main", {"very-secret-key"})}, kNow));
  }
  for (const auto& entry : std::filesystem::directory_iterator(directory_)) {
    std::ifstream stream(entry.path(), std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(stream), {}};
    EXPECT_EQ(bytes.find("very-secret-key"), std::string::npos) << entry.path();
  }
  struct stat status {};
  ASSERT_EQ(::stat(settings_.database.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
}

TEST_F(StoreTest, AKeyNamesOneChannel) {
  const auto store = open();
  const auto seeded =
      store->seed({seed("main", {"shared-key"}), seed("second", {"shared-key"})}, kNow);
  ASSERT_TRUE(seeded);
  EXPECT_EQ(seeded->channels, 2);
  EXPECT_THAT(seeded->left_out, ElementsAre(HasSubstr("channel second")));
  EXPECT_TRUE((*store->channel("second"))->key_hashes.empty());
  EXPECT_THAT(seeded->left_out[0], ::testing::Not(HasSubstr("shared-key")));
}

TEST_F(StoreTest, ChannelsAreBoundedAndWhatFindsNoRoomIsNamed) {
  const auto store = open();
  std::vector<ChannelSeed> seeds;
  for (size_t i = 0; i <= kMaxChannels; ++i)
    seeds.push_back(seed("c" + std::to_string(i)));
  const auto seeded = store->seed(seeds, kNow);
  ASSERT_TRUE(seeded) << "control must not die of it again and again";
  EXPECT_EQ(seeded->channels, 256);
  EXPECT_THAT(seeded->left_out, ElementsAre(HasSubstr("channel c256 was not made")));
  EXPECT_EQ(store->channels()->size(), kMaxChannels);
}

TEST_F(StoreTest, ForeignKeysHoldAndTheLogIsWriteAhead) {
  const auto store = open();
  ASSERT_TRUE(store->seed({seed("main", {"first-key"})}, kNow));
  EXPECT_TRUE(std::filesystem::exists(settings_.database + "-wal"));
  soci::session sql = raw();
  sql << "PRAGMA foreign_keys = ON";
  EXPECT_THROW(sql << "INSERT INTO stream_keys VALUES ('h', 'absent', 1, 0)", soci::soci_error);
  sql << "DELETE FROM channels WHERE id = 'main'";
  int left = -1;
  sql << "SELECT (SELECT COUNT(*) FROM stream_keys) + (SELECT COUNT(*) FROM video_rungs)",
      soci::into(left);
  EXPECT_EQ(left, 0);
}

TEST_F(StoreTest, ANewerSchemaIsRefusedWithWords) {
  open();
  const int newer = all_migrations().back().version + 1;
  {
    soci::session sql = raw();
    sql << "INSERT INTO migrations VALUES (:version, 0)", soci::use(newer);
  }
  const auto store = Store::open(settings_, kNow);
  ASSERT_FALSE(store);
  EXPECT_THAT(store.error().message, HasSubstr("newer Longmen"));
  EXPECT_THAT(store.error().message, HasSubstr("schema " + std::to_string(newer)));
}

TEST_F(StoreTest, MigrationsGoForwardOnceEachAndWholeOrNotAtAll) {
  soci::session sql = raw();
  const std::vector<Migration> first{{1, {"CREATE TABLE t (a INTEGER)"}}};
  ASSERT_TRUE(migrate(sql, first, kNow));
  ASSERT_TRUE(migrate(sql, first, kNow));
  const std::vector<Migration> broken{
      first[0], {2, {"INSERT INTO t VALUES (1)", "INSERT INTO absent VALUES (1)"}}};
  const auto failed = migrate(sql, broken, kNow);
  ASSERT_FALSE(failed);
  EXPECT_THAT(failed.error().message, HasSubstr("absent"));
  int rows = -1, version = 0;
  sql << "SELECT COUNT(*) FROM t", soci::into(rows);
  sql << "SELECT MAX(version) FROM migrations", soci::into(version);
  EXPECT_EQ(rows, 0);
  EXPECT_EQ(version, 1);
  const std::vector<Migration> mended{first[0], {2, {"INSERT INTO t VALUES (1)"}}};
  ASSERT_TRUE(migrate(sql, mended, kNow));
  sql << "SELECT COUNT(*) FROM t", soci::into(rows);
  EXPECT_EQ(rows, 1);
}

TEST_F(StoreTest, VersionsOfMigrationsHaveNoGap) {
  int expected = 0;
  for (const Migration& migration : all_migrations())
    EXPECT_EQ(migration.version, ++expected);
}

TEST_F(StoreTest, WhatCannotBeOpenedIsSaid) {
  settings_.database = directory_ + "/absent/longmen.db";
  EXPECT_THAT(Store::open(settings_, kNow).error().message, HasSubstr("No such file"));
  settings_.database = directory_ + "/not-a-database";
  std::ofstream(settings_.database) << std::string(4096, 'x');
  EXPECT_THAT(Store::open(settings_, kNow).error().message, HasSubstr("not a database"));
  settings_.backend = "oracle";
  EXPECT_THAT(Store::open(settings_, kNow).error().message, HasSubstr("oracle"));
}

}  // namespace
}  // namespace longmen
