#include "control/store.h"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include "control/audit.h"
#include "control/migrations.h"
#include "core/base/sha256.h"
#include "tests/control/database_fixture.h"

namespace longmen {
namespace {

using test::DatabaseTest;
using test::kNow;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class StoreTest : public DatabaseTest {};
LONGMEN_FOR_BOTH_DATABASES(StoreTest);

TEST_P(StoreTest, SeedsComeBackAsTheyWere) {
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

TEST_P(StoreTest, HashesOfTheConfigurationAreTakenAsTheyAre) {
  ChannelSeed main = seed("main");
  main.channel.key_hashes = {sha256_hex("a-stream-key")};
  const auto store = open();
  ASSERT_TRUE(store->seed({main}, kNow));
  EXPECT_THAT((*store->channel("main"))->key_hashes, ElementsAre(sha256_hex("a-stream-key")));
}

TEST_P(StoreTest, AKeyFeedsTheInputThatTheConfigurationSays) {
  const auto store = open();
  ChannelSeed main = seed("main", {"first-key"});
  main.backup_stream_keys = {"second-key"};
  main.channel.failover.of(Condition::kBlack).after = std::chrono::seconds(2);
  main.channel.sound.target_lufs = -23.5;
  main.channel.sound.mapping[ChannelInput::kPrimary] = SoundMapping::kSwap;
  ASSERT_TRUE(store->seed({main}, kNow));
  const auto channel = store->channel("main");
  EXPECT_THAT((*channel)->key_hashes, ElementsAre(sha256_hex("first-key")));
  EXPECT_THAT((*channel)->backup_key_hashes, ElementsAre(sha256_hex("second-key")));
  EXPECT_EQ((*channel)->failover, main.channel.failover);
  EXPECT_EQ((*channel)->sound, main.channel.sound);
  std::swap(main.stream_keys, main.backup_stream_keys);
  ASSERT_TRUE(store->seed({main}, kNow));
  EXPECT_THAT((*store->channel("main"))->key_hashes, ElementsAre(sha256_hex("second-key")));
  EXPECT_THAT((*store->channel("main"))->backup_key_hashes, ElementsAre(sha256_hex("first-key")));
}

TEST_P(StoreTest, OfAChannelThatExistsASeedChangesItsKeysAndTouchesNothingElse) {
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
  EXPECT_THAT((*main)->key_hashes, ElementsAre(sha256_hex("other-key")))
      << "a key that was taken out of the file is valid no longer";
  EXPECT_EQ(seeded->removed_keys, 1);
  EXPECT_EQ(store->seed({changed}, kNow)->keys, 0);  // and once
  EXPECT_EQ((*store->channel("main"))->key_hashes.size(), 1u);
  EXPECT_FALSE(verify_audit(store->database())->broken);
}

TEST_P(StoreTest, AKeyStaysForAsLongAsAnyNodesConfigurationHasIt) {
  const auto store = open();
  ASSERT_TRUE(store->seed({seed("main", {"shared-key", "one-key"})}, kNow, "one"));
  ASSERT_TRUE(store->seed({seed("main", {"shared-key", "two-key"})}, kNow, "two"));
  EXPECT_EQ((*store->channel("main"))->key_hashes.size(), 3u);
  EXPECT_EQ(store->seed({seed("main")}, kNow, "one")->removed_keys, 1);
  EXPECT_THAT((*store->channel("main"))->key_hashes,
              ElementsAre(sha256_hex("shared-key"), sha256_hex("two-key")));
  EXPECT_EQ(store->seed({}, kNow, "two")->removed_keys, 2);
  EXPECT_TRUE((*store->channel("main"))->key_hashes.empty());
}

class SqliteFile : public DatabaseTest {};
INSTANTIATE_TEST_SUITE_P(SQLite, SqliteFile, ::testing::Values("SQLite"));

TEST_P(SqliteFile, IsItsOwnersAloneWithoutKeysInClearAndItsLogIsWriteAhead) {
  const auto store = open();
  ASSERT_TRUE(store->seed({seed("main", {"very-secret-key"})}, kNow));
  EXPECT_TRUE(std::filesystem::exists(settings_.database + "-wal"));
  for (const auto& entry : std::filesystem::directory_iterator(directory_)) {
    std::ifstream stream(entry.path(), std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(stream), {}};
    EXPECT_EQ(bytes.find("very-secret-key"), std::string::npos) << entry.path();
  }
  struct stat status {};
  ASSERT_EQ(::stat(settings_.database.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
}

TEST_P(SqliteFile, ThatCannotBeOpenedIsSaid) {
  settings_.database = directory_ + "/absent/longmen.db";
  EXPECT_THAT(Store::open(settings_, kNow).error().message, HasSubstr("No such file"));
  settings_.database = directory_ + "/not-a-database";
  std::ofstream(settings_.database) << std::string(4096, 'x');
  EXPECT_THAT(Store::open(settings_, kNow).error().message, HasSubstr("not a database"));
  settings_.database = directory_ + "/none";
  settings_.make_file = false;
  EXPECT_THAT(Store::open(settings_, kNow).error().message, HasSubstr("No such file"));
}

TEST_P(StoreTest, AKeyNamesOneChannel) {
  const auto store = open();
  const auto seeded =
      store->seed({seed("main", {"shared-key"}), seed("second", {"shared-key"})}, kNow);
  ASSERT_TRUE(seeded);
  EXPECT_EQ(seeded->channels, 2);
  EXPECT_THAT(seeded->left_out, ElementsAre(HasSubstr("channel second")));
  EXPECT_TRUE((*store->channel("second"))->key_hashes.empty());
  EXPECT_THAT(seeded->left_out[0], ::testing::Not(HasSubstr("shared-key")));
}

TEST_P(StoreTest, ChannelsAreBoundedAndWhatFindsNoRoomIsNamed) {
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

TEST_P(StoreTest, ForeignKeysHold) {
  const auto store = open();
  ASSERT_TRUE(store->seed({seed("main", {"first-key"})}, kNow));
  soci::session sql = raw();
  if (is_sqlite()) sql << "PRAGMA foreign_keys = ON";
  EXPECT_THROW(sql << "INSERT INTO stream_keys VALUES ('h', 'absent', 1, 0, '', 0, '', 0,"
                      " 'primary')",
               soci::soci_error);
  sql << "DELETE FROM channels WHERE id = 'main'";
  int left = -1;
  sql << "SELECT (SELECT COUNT(*) FROM stream_keys) + (SELECT COUNT(*) FROM video_rungs)",
      soci::into(left);
  EXPECT_EQ(left, 0);
}

}  // namespace
}  // namespace longmen
