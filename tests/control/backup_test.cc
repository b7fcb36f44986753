#include "control/backup.h"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include <atomic>
#include <thread>

#include "control/account_actions.h"
#include "control/backup_file.h"
#include "control/restore.h"
#include "control/secret_table.h"
#include "tests/control/database_fixture.h"

namespace longmen {
namespace {

using test::DatabaseTest;
using test::kNow;
using ::testing::HasSubstr;

std::string contents(const std::string& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}
// What is in it, without the line that says when it was made and the checksum of all.
std::string rows_of(const std::string& file) {
  const std::string text = contents(file);
  const size_t first = text.find('\n'), last = text.rfind('\n', text.size() - 2);
  return text.substr(first, last - first);
}
// But the audit, to which a restore adds.
std::string rows_without_audit(const std::string& file) {
  const std::string rows = rows_of(file);
  return rows.substr(0, rows.find("\n{\"table\":\"audit\""));
}

// From a database of the one kind into the other kind and into another of the same.
class BackupTest : public DatabaseTest {
 protected:
  void SetUp() override {
    DatabaseTest::SetUp();
    file_ = directory_ + "/one.backup";
  }
  Result<BackupFigures> back_up_to(const std::string& file) {
    return back_up(*database(settings_.database), all_migrations(), file, kNow);
  }
  Result<BackupFigures> restore_to(const std::string& where, const std::string& file,
                                   RestoreInto into = RestoreInto::kEmpty) {
    return restore(*database(where), all_migrations(), file, into, kNow);
  }
  std::vector<Channel> channels_in(const std::string& where) {
    StoreSettings settings;
    settings.database = where;
    auto store = Store::open(settings, kNow);
    EXPECT_TRUE(store) << store.error().message;
    return *(*store)->channels();
  }
  std::string file_;
};
LONGMEN_FOR_BOTH_DATABASES(BackupTest);

TEST_P(BackupTest, ComesBackAsItWasInEachKindOfDatabase) {
  const auto store = open();
  ChannelSeed odd = seed("odd", {"third-key"});
  odd.channel.name = "引号 ' \" \\ \t \n 龙门 🐉 :name";
  ASSERT_TRUE(store->seed({seed("main", {"first-key", "second-key"}), odd, seed("third")}, kNow));
  const auto kept = back_up_to(file_);
  ASSERT_TRUE(kept) << kept.error().message;
  EXPECT_EQ(kept->rows, 3 + 9 + 3 + 3) << "channels, rungs, keys, and where these stand";
  struct stat status {};
  ASSERT_EQ(::stat(file_.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
  for (const std::string kind : {"SQLite", "PostgreSQL"}) {
    const std::string other = new_database(kind);
    const auto restored = restore_to(other, file_);
    ASSERT_TRUE(restored) << restored.error().message;
    EXPECT_EQ(restored->rows, kept->rows);
    EXPECT_EQ(channels_in(other), *store->channels());
    const std::string again = directory_ + "/again.backup";
    ASSERT_TRUE(back_up(*database(other), all_migrations(), again, kNow + 1));
    EXPECT_EQ(rows_without_audit(again), rows_without_audit(file_)) << kind;
  }
}

TEST_P(BackupTest, BringsNoCredentialsBackAndSaysWhatItReplaced) {
  const auto store = open();
  Database& source = store->database();
  ASSERT_TRUE(make_first_administrator(source, "root", "link", kNow));
  ASSERT_TRUE(redeem_link(source, {"", "", "local", kNow}, {"link", "", "hash", "sign-in"}));
  ASSERT_TRUE(make_link(source, command_line(kNow), {}, "another link"));
  ASSERT_TRUE(installation_secret(source, "of all", "secret"));
  ASSERT_TRUE(back_up_to(file_));
  ASSERT_TRUE(make_link(source, command_line(kNow), {}, "a later link"));
  const AuditVerdict before = *verify_audit(source);
  ASSERT_EQ(before.last, 4);
  ASSERT_TRUE(restore_to(settings_.database, file_, RestoreInto::kReplacing));
  const AuditVerdict after = *verify_audit(source);
  EXPECT_FALSE(after.broken) << after.words;
  EXPECT_EQ(after.last, 4);
  const auto seen = source.read("look", [&](soci::session& sql) -> Result<AuditRow> {
    AccountTable table(sql);
    EXPECT_EQ(table.by_id("root")->password, "hash");
    EXPECT_FALSE(table.sign_in("sign-in"));
    EXPECT_FALSE(table.link("another link"));
    return audit_page(sql, 0, 1).front();
  });
  ASSERT_TRUE(seen);
  EXPECT_EQ(seen->action, "audit.restore");
  EXPECT_THAT(seen->before, HasSubstr(before.head));
  EXPECT_THAT(seen->before, HasSubstr("\"number\":4"));
  EXPECT_EQ(installation_secret(source, "of all", "another"), "another");
}

TEST_P(BackupTest, UnderLoadIsOfOneInstant) {
  open();
  const auto at = database(settings_.database);
  // Each transaction leaves as many keys as rungs, so a backup of one instant has as many, too.
  std::atomic<bool> stop = false;
  std::atomic<int> written = 0;
  std::thread writer([&] {
    for (int i = 0; !stop; ++i) {
      const auto done = at->write("load", [&](soci::session& sql) -> Result<void> {
        const std::string id = "c" + std::to_string(i);
        sql << "INSERT INTO channels (id, position, name, frames_per_second, gop_seconds, "
               "opus_kbps,"
               " aac_kbps, second_publisher, created_ms)"
               " VALUES (:id, :i, 'x', 30, 1, 96, 128, 'refuse', 0)",
            soci::use(id), soci::use(i);
        sql << "INSERT INTO video_rungs VALUES (:id, 1, 'r', 64, 36, 50)", soci::use(id);
        sql << "INSERT INTO stream_keys (hash, channel_id, position, created_ms)"
               " VALUES (:hash, :id, 1, 0)",
            soci::use(id), soci::use(id);
        return {};
      });
      EXPECT_TRUE(done) << done.error().message;
      ++written;
    }
  });
  std::vector<BackupFigures> kept;
  for (int i = 0; i < 5; ++i) {
    const int before = written;
    while (written < before + 20)
      std::this_thread::yield();
    const auto figures = back_up_to(directory_ + "/load" + std::to_string(i));
    ASSERT_TRUE(figures) << figures.error().message;
    EXPECT_EQ(figures->rows % 3, 0) << i;
    EXPECT_GE(figures->rows, 3 * before);
    kept.push_back(*figures);
  }
  stop = true;
  writer.join();
  const std::string other = new_database(is_sqlite() ? "PostgreSQL" : "SQLite");
  const auto restored = restore_to(other, directory_ + "/load4");
  ASSERT_TRUE(restored) << restored.error().message;
  EXPECT_EQ(restored->rows, kept[4].rows);
  EXPECT_EQ(channels_in(other).size(), static_cast<size_t>(kept[4].rows / 3));
}

TEST_P(BackupTest, ThatIsDamagedOrCutOffIsRefusedAndTheDatabaseStaysAsItIs) {
  ASSERT_TRUE(open()->seed({seed("main", {"first-key"})}, kNow));
  ASSERT_TRUE(back_up_to(file_));
  const std::string whole = contents(file_);
  const std::string damaged = directory_ + "/damaged.backup";
  const std::string other = new_database(GetParam());
  for (size_t at = 0; at < whole.size(); at += whole.size() / 37) {
    std::string text = whole;
    text[at] = static_cast<char>(text[at] ^ 1);
    std::ofstream(damaged, std::ios::binary) << text;
    EXPECT_FALSE(restore_to(other, damaged)) << "byte " << at;
    std::ofstream(damaged, std::ios::binary) << whole.substr(0, at);
    EXPECT_FALSE(restore_to(other, damaged)) << "cut off at " << at;
  }
  std::ofstream(damaged, std::ios::binary) << whole << "[]\n";
  EXPECT_THAT(restore_to(other, damaged).error().message, HasSubstr("something follows"));
  std::ofstream(damaged, std::ios::binary) << whole.substr(0, whole.size() / 2);
  EXPECT_THAT(restore_to(other, damaged).error().message, HasSubstr("cut off"));
  EXPECT_TRUE(channels_in(other).empty());
  EXPECT_THAT(restore_to(other, directory_ + "/absent").error().message, HasSubstr("No such file"));
}

TEST_P(BackupTest, GoesIntoADatabaseThatIsNotEmptyOnlyWhenTold) {
  ASSERT_TRUE(open()->seed({seed("main")}, kNow));
  ASSERT_TRUE(back_up_to(file_));
  const auto store = open();
  ASSERT_TRUE(store->seed({seed("later", {"a-later-key"})}, kNow));
  const auto refused = restore_to(settings_.database, file_);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("not empty"));
  EXPECT_EQ(store->channels()->size(), 2u);
  const auto replaced = restore_to(settings_.database, file_, RestoreInto::kReplacing);
  ASSERT_TRUE(replaced) << replaced.error().message;
  ASSERT_EQ(store->channels()->size(), 1u) << "who has it open goes on with what was restored";
  EXPECT_EQ(store->channels()->at(0).id, "main");
  ASSERT_TRUE(store->seed({seed("later")}, kNow));
}

TEST_P(BackupTest, OfAnEmptyDatabaseIsRefusedAndLeavesNothing) {
  const auto refused = back_up_to(file_);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("empty"));
  EXPECT_FALSE(back_up_to(directory_ + "/absent/one.backup"));
  for (const auto& entry : std::filesystem::directory_iterator(directory_))
    EXPECT_THAT(entry.path().filename().string(), HasSubstr("longmen.db"));
}

// SQLite keeps whatever bytes it is given; PostgreSQL would refuse them.
TEST_P(BackupTest, OfTextThatIsNotUtf8NamesTheTable) {
  if (!is_sqlite()) GTEST_SKIP() << "PostgreSQL has none";
  ASSERT_TRUE(open()->seed({seed("main")}, kNow));
  raw() << "UPDATE video_rungs SET name = CAST(x'ff' AS TEXT)";
  const auto refused = back_up_to(file_);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message, "table video_rungs: a text that is not UTF-8");
  EXPECT_FALSE(std::filesystem::exists(file_));
}

// The next Longmen's, with a table more.
TEST_P(BackupTest, OfAnOlderSchemaIsBroughtForwardAndOfANewerRefused) {
  ASSERT_TRUE(open()->seed({seed("main")}, kNow));
  ASSERT_TRUE(back_up_to(file_));
  std::vector<Migration> next = all_migrations();
  next.push_back({next.back().version + 1,
                  {"CREATE TABLE added (id AUTO_ID, note TEXT)",
                   "INSERT INTO added (note) SELECT name FROM channels"}});
  const std::string other = new_database(GetParam());
  const auto restored = restore(*database(other), next, file_, RestoreInto::kEmpty, kNow);
  ASSERT_TRUE(restored) << restored.error().message;
  EXPECT_EQ(restored->schema, next.back().version);
  const std::string newer = directory_ + "/newer.backup";
  const auto kept = back_up(*database(other), next, newer, kNow);
  ASSERT_TRUE(kept) << kept.error().message;
  EXPECT_THAT(rows_of(newer), HasSubstr("[1,\"频道 main\"]"));
  const auto refused = restore_to(new_database(GetParam()), newer);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("a newer Longmen has made it"));
  // A key that counts goes on behind those that came with the backup; NULL stays NULL.
  const std::string third = new_database(is_sqlite() ? "PostgreSQL" : "SQLite");
  ASSERT_TRUE(restore(*database(third), next, newer, RestoreInto::kEmpty, kNow));
  const auto id = database(third)->write("add", [](soci::session& sql) -> Result<int64_t> {
    int64_t added = 0;
    sql << "INSERT INTO added (note) VALUES (NULL) RETURNING id", soci::into(added);
    return added;
  });
  EXPECT_EQ(id, 2);
  ASSERT_TRUE(back_up(*database(third), next, newer, kNow));
  EXPECT_THAT(rows_of(newer), HasSubstr("[2,null]"));
}

TEST_P(BackupTest, WhoseRowsDoNotFitLeavesNothingBehind) {
  open();
  auto writer = BackupWriter::create(file_, {all_migrations().back().version, kNow});
  ASSERT_TRUE(writer);
  using Kind = BackupValue::Kind;
  ASSERT_TRUE((*writer)->table({"stream_keys", {"hash", "channel_id", "position", "created_ms"}}));
  ASSERT_TRUE((*writer)->row(
      {{Kind::kText, "h"}, {Kind::kText, "absent"}, {Kind::kNumber, "1"}, {Kind::kNumber, "0"}}));
  EXPECT_FALSE((*writer)->row({{Kind::kText, "\xff"}, {}, {}, {}}));
  EXPECT_FALSE((*writer)->row({{Kind::kNumber, "1.5"}, {}, {}, {}}));
  EXPECT_FALSE(std::filesystem::exists(file_)) << "half a backup has no name";
  ASSERT_TRUE((*writer)->finish());
  const auto restored = restore_to(settings_.database, file_);
  ASSERT_FALSE(restored) << "a key of no channel";
  EXPECT_TRUE(channels_in(settings_.database).empty());
}

}  // namespace
}  // namespace longmen
