#include "control/migrations.h"

#include <gmock/gmock.h>

#include <thread>

#include "tests/control/database_fixture.h"

namespace longmen {
namespace {

using test::DatabaseTest;
using test::kNow;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class MigrationsTest : public DatabaseTest {
 protected:
  std::vector<std::string> tables(Database& of) {
    return *of.read("tables", [&](soci::session& sql) -> Result<std::vector<std::string>> {
      const soci::rowset<std::string> rows = (sql.prepare << std::string(of.dialect().table_names));
      return std::vector<std::string>(rows.begin(), rows.end());
    });
  }
  int number(const std::string& query) {
    int found = -1;
    raw() << query, soci::into(found);
    return found;
  }
};
LONGMEN_FOR_BOTH_DATABASES(MigrationsTest);

TEST_P(MigrationsTest, GoForwardOnceEachAndWholeOrNotAtAll) {
  const auto at = database(settings_.database);
  const std::vector<Migration> first{{1, {"CREATE TABLE t (a INTEGER)"}}};
  ASSERT_TRUE(migrate(*at, first, kNow));
  ASSERT_TRUE(migrate(*at, first, kNow));
  const std::vector<Migration> broken{first[0],
                                      {2,
                                       {"CREATE TABLE u (a INTEGER)", "INSERT INTO t VALUES (1)",
                                        "INSERT INTO absent VALUES (1)"}}};
  const auto failed = migrate(*at, broken, kNow);
  ASSERT_FALSE(failed);
  EXPECT_THAT(failed.error().message, HasSubstr("absent"));
  EXPECT_EQ(number("SELECT COUNT(*) FROM t"), 0);
  EXPECT_EQ(number("SELECT MAX(version) FROM migrations"), 1);
  EXPECT_THAT(tables(*at), ElementsAre("migrations", "t"));
  const std::vector<Migration> mended{first[0], {2, {"INSERT INTO t VALUES (1)"}}};
  ASSERT_TRUE(migrate(*at, mended, kNow));
  EXPECT_EQ(number("SELECT COUNT(*) FROM t"), 1);
}

TEST_P(MigrationsTest, NodesThatStartAtOnceDoEachStepOnce) {
  const std::vector<Migration> steps{
      {1, {"CREATE TABLE t (a INTEGER)", "INSERT INTO t VALUES (1)"}},
      {2, {"INSERT INTO t VALUES (2)"}},
      {3, {"INSERT INTO t VALUES (3)"}}};
  std::vector<std::unique_ptr<Database>> nodes;
  for (int i = 0; i < 6; ++i)
    nodes.push_back(database(settings_.database));
  std::vector<std::thread> threads;
  for (const auto& node : nodes) {
    threads.emplace_back([&] {
      const auto migrated = migrate(*node, steps, kNow);
      EXPECT_TRUE(migrated) << migrated.error().message;
    });
  }
  for (std::thread& thread : threads)
    thread.join();
  EXPECT_EQ(number("SELECT COUNT(*) FROM t"), 3);
}

TEST_P(MigrationsTest, ANewerSchemaIsRefusedWithWords) {
  open();
  const int newer = all_migrations().back().version + 1;
  raw() << "INSERT INTO migrations VALUES (:version, 0)", soci::use(newer);
  const auto store = Store::open(settings_, kNow);
  ASSERT_FALSE(store);
  EXPECT_THAT(store.error().message, HasSubstr("newer Longmen"));
  EXPECT_THAT(store.error().message, HasSubstr("schema " + std::to_string(newer)));
}

TEST_P(MigrationsTest, ADatabaseOfSomebodyElseIsRefusedAndLeftAsItIs) {
  raw() << "CREATE TABLE invoices (id INTEGER)";
  auto store = Store::open(settings_, kNow);
  ASSERT_FALSE(store);
  EXPECT_THAT(store.error().message, HasSubstr("not Longmen's (invoices)"));
  // Also one whose list of migrations happens to have that name.
  raw() << "CREATE TABLE migrations (id INTEGER, migration TEXT, batch INTEGER)";
  store = Store::open(settings_, kNow);
  ASSERT_FALSE(store);
  EXPECT_THAT(store.error().message, HasSubstr("not Longmen's"));
  EXPECT_THAT(tables(*database(settings_.database)), ElementsAre("invoices", "migrations"));
}

TEST_P(MigrationsTest, ATableThatIsMissingIsSaid) {
  open();
  raw() << "DROP TABLE video_rungs";
  const auto store = Store::open(settings_, kNow);
  ASSERT_FALSE(store);
  EXPECT_THAT(store.error().message, HasSubstr("table video_rungs is missing"));
}

TEST_P(MigrationsTest, AStepThatIsMissingIsSaid) {
  open();
  raw() << "DELETE FROM migrations WHERE version = 1";
  const auto store = Store::open(settings_, kNow);
  ASSERT_FALSE(store);
  const int steps = all_migrations().back().version - 1;
  EXPECT_THAT(store.error().message, HasSubstr("that " + std::to_string(steps) + " steps"));
}

// What backups rely on.
TEST_P(MigrationsTest, TheTablesAreThoseThatTheMigrationsName) {
  open();
  std::vector<std::string> named = tables_of(all_migrations(), all_migrations().back().version);
  named.push_back("migrations");
  std::sort(named.begin(), named.end());
  EXPECT_EQ(tables(*database(settings_.database)), named);
}

TEST_P(MigrationsTest, AutoIdCounts) {
  const auto at = database(settings_.database);
  ASSERT_TRUE(migrate(*at, {{1, {"CREATE TABLE t (id AUTO_ID, a TEXT NOT NULL)"}}}, kNow));
  const auto added = at->write("add", [](soci::session& sql) -> Result<int64_t> {
    int64_t first = 0, second = 0;
    sql << "INSERT INTO t (a) VALUES ('x') RETURNING id", soci::into(first);
    sql << "INSERT INTO t (a) VALUES ('y') RETURNING id", soci::into(second);
    return second - first;
  });
  ASSERT_TRUE(added) << added.error().message;
  EXPECT_EQ(*added, 1);
}

TEST(Migrations, TheirVersionsHaveNoGap) {
  int expected = 0;
  for (const Migration& migration : all_migrations())
    EXPECT_EQ(migration.version, ++expected);
}

TEST(Migrations, TablesAreInTheOrderInWhichTheyCame) {
  const std::vector<Migration> steps{
      {1, {"CREATE TABLE z (a INTEGER)", "CREATE TABLE y (a INTEGER)", "CREATE INDEX i ON z (a)"}},
      {2, {"DROP TABLE z", "CREATE TABLE x (a INTEGER)"}}};
  EXPECT_THAT(tables_of(steps, 1), ElementsAre("z", "y"));
  EXPECT_THAT(tables_of(steps, 2), ElementsAre("y", "x"));
}

}  // namespace
}  // namespace longmen
