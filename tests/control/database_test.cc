// What only a server can do to its clients: go away, come back, hang, be somebody else's.
#include "control/database.h"

#include <gmock/gmock.h>

#include <atomic>
#include <csignal>
#include <thread>

#include "control/migrations.h"
#include "tests/control/database_fixture.h"

namespace longmen {
namespace {

using test::DatabaseTest;
using test::kNow;
using test::PostgresqlServer;
using ::testing::HasSubstr;
using ::testing::Not;

class Transactions : public DatabaseTest {
 protected:
  void SetUp() override {
    DatabaseTest::SetUp();
    at_ = database(settings_.database);
    ASSERT_TRUE(migrate(*at_, {{1, {"CREATE TABLE t (a INTEGER PRIMARY KEY)"}}}, kNow));
  }
  static Result<int> count(Database& of) {
    return of.read("count", [](soci::session& sql) -> Result<int> {
      int rows = 0;
      sql << "SELECT COUNT(*) FROM t", soci::into(rows);
      return rows;
    });
  }
  static Result<int> add(Database& to, int value) {
    return to.write("add", [&](soci::session& sql) -> Result<int> {
      sql << "INSERT INTO t VALUES (:v)", soci::use(value);
      return value;
    });
  }
  std::unique_ptr<Database> at_;
};
LONGMEN_FOR_BOTH_DATABASES(Transactions);

TEST_P(Transactions, AreDoneWholeOrNotAtAll) {
  EXPECT_TRUE(add(*at_, 1));
  const auto refused = at_->write("two", [](soci::session& sql) -> Result<void> {
    sql << "INSERT INTO t VALUES (2)";
    return fail("no");
  });
  EXPECT_EQ(refused.error().message, "no");
  const auto thrown = at_->write("three", [](soci::session& sql) -> Result<void> {
    sql << "INSERT INTO t VALUES (3)";
    sql << "INSERT INTO t VALUES (1)";
    return {};
  });
  EXPECT_THAT(thrown.error().message, HasSubstr("three: "));
  EXPECT_EQ(count(*at_), 1);
}

TEST_P(Transactions, OfWritersComeOneAfterTheOther) {
  constexpr int kWriters = 4, kEach = 25;
  std::vector<std::thread> threads;
  for (int i = 0; i < kWriters; ++i) {
    threads.emplace_back([&] {
      const auto writer = database(settings_.database);
      for (int n = 0; n < kEach; ++n) {
        const auto added = writer->write("add", [](soci::session& sql) -> Result<void> {
          int next = 0;
          sql << "SELECT COALESCE(MAX(a), 0) + 1 FROM t", soci::into(next);
          sql << "INSERT INTO t VALUES (:v)", soci::use(next);
          return {};
        });
        EXPECT_TRUE(added) << added.error().message;
      }
    });
  }
  for (std::thread& thread : threads)
    thread.join();
  EXPECT_EQ(count(*at_), kWriters * kEach);
}

TEST_P(Transactions, OfReadersSeeOneStateAndCannotWait) {
  const auto other = database(settings_.database);
  const auto seen = at_->read("look", [&](soci::session& sql) -> Result<int> {
    int before = 0, after = 0;
    sql << "SELECT COUNT(*) FROM t", soci::into(before);
    EXPECT_TRUE(add(*other, 1));
    sql << "SELECT COUNT(*) FROM t", soci::into(after);
    EXPECT_EQ(before, after);
    return after;
  });
  EXPECT_EQ(seen, 0);
  EXPECT_EQ(count(*at_), 1);
}

TEST_P(Transactions, OfWhichOneFailsDoNotTellTheirValues) {
  const auto failed = at_->write("add", [](soci::session& sql) -> Result<void> {
    const std::string secret = "a-secret-value";
    sql << "INSERT INTO absent VALUES (:v)", soci::use(secret);
    return {};
  });
  ASSERT_FALSE(failed);
  EXPECT_THAT(failed.error().message, HasSubstr("absent"));
  EXPECT_THAT(failed.error().message, Not(HasSubstr("a-secret-value")));
}

class PostgreSQLServer : public Transactions {};
INSTANTIATE_TEST_SUITE_P(PostgreSQL, PostgreSQLServer, ::testing::Values("PostgreSQL"));

TEST_P(PostgreSQLServer, ThatWasStartedAgainIsNotNoticed) {
  PostgresqlServer& server = PostgresqlServer::shared();
  ASSERT_TRUE(add(*at_, 1));
  server.stop();
  server.start();
  EXPECT_EQ(count(*at_), 1);
  EXPECT_TRUE(add(*at_, 2));
}

TEST_P(PostgreSQLServer, ThatIsAwayIsSaidAndConnectedAgainWhenItIsBack) {
  PostgresqlServer& server = PostgresqlServer::shared();
  ASSERT_TRUE(add(*at_, 1));
  const auto cut = at_->write("add", [&](soci::session& sql) -> Result<void> {
    sql << "INSERT INTO t VALUES (2)";
    server.crash();
    sql << "INSERT INTO t VALUES (3)";
    return {};
  });
  ASSERT_FALSE(cut);
  EXPECT_THAT(cut.error().message, HasSubstr("is away"));
  for (int i = 0; i < 3; ++i) {
    const auto away = count(*at_);
    ASSERT_FALSE(away);
    EXPECT_THAT(away.error().message, HasSubstr("PostgreSQL database \"test_"));
    EXPECT_THAT(away.error().message, Not(HasSubstr("\n")));
  }
  server.start();
  auto again = count(*at_);
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (!again && std::chrono::steady_clock::now() < deadline)
    again = count(*at_);
  EXPECT_EQ(again, 1) << "of the transaction that was cut nothing is left";
}

TEST_P(PostgreSQLServer, ThatCrashesLosesNothingThatWasAnswered) {
  PostgresqlServer& server = PostgresqlServer::shared();
  std::atomic<int> answered = 0;
  std::atomic<bool> stop = false;
  std::thread writer([&] {
    for (int value = 1; !stop; ++value) {
      if (add(*at_, value))
        answered = value;
      else
        break;
    }
  });
  while (answered < 20)
    std::this_thread::yield();
  server.crash();
  stop = true;
  writer.join();
  server.start();
  const auto after = database(settings_.database);
  const auto kept = count(*after);
  ASSERT_TRUE(kept) << kept.error().message;
  EXPECT_GE(*kept, answered);
  EXPECT_LE(*kept, answered + 1) << "the one that was under way may have been done";
}

TEST_P(PostgreSQLServer, ThatHangsIsNotWaitedForForEver) {
  ASSERT_TRUE(at_->set_answer_within(std::chrono::milliseconds(100)));
  ASSERT_TRUE(add(*at_, 1));
  const std::vector<int> backends = PostgresqlServer::shared().backends_of(settings_.database);
  ASSERT_EQ(backends.size(), 1u);
  ASSERT_EQ(::kill(backends[0], SIGSTOP), 0);
  const auto hung = count(*at_);
  ::kill(backends[0], SIGCONT);
  ASSERT_FALSE(hung);
  EXPECT_THAT(hung.error().message, HasSubstr("did not answer within 100 ms"));
  EXPECT_EQ(count(*at_), 1);
}

TEST_P(PostgreSQLServer, EndsAStatementThatTakesTooLong) {
  ASSERT_TRUE(at_->set_answer_within(std::chrono::milliseconds(100)));
  const auto slow = at_->read("sleep", [](soci::session& sql) -> Result<void> {
    sql << "SELECT pg_sleep(60)";
    return {};
  });
  ASSERT_FALSE(slow);
  EXPECT_THAT(slow.error().message, HasSubstr("statement timeout"));
  EXPECT_EQ(count(*at_), 0);
}

TEST_P(PostgreSQLServer, OfAnotherEncodingIsRefused) {
  settings_.database =
      new_of_postgresql("ENCODING 'SQL_ASCII' TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'");
  const auto store = Store::open(settings_, kNow);
  ASSERT_FALSE(store);
  EXPECT_THAT(store.error().message, HasSubstr("its encoding is SQL_ASCII; UTF8 is needed"));
}

TEST_P(PostgreSQLServer, RefusesTextThatIsNotUtf8) {
  settings_.database = new_database(GetParam());
  const auto store = open();
  ChannelSeed main = seed("main");
  main.channel.name = "\xff\xfe";
  EXPECT_FALSE(store->seed({main}, kNow));
  EXPECT_TRUE(store->channels()->empty());
}

TEST_P(PostgreSQLServer, ThatCannotBeReachedIsSaidWithoutThePassword) {
  for (const std::string where : {"@/x?host=/nonexistent", "@localhost:1/x", "@%2Fnonexistent/x"}) {
    settings_.database = "postgresql://somebody:a-pass%27word" + where;
    const auto store = Store::open(settings_, kNow);
    ASSERT_FALSE(store);
    EXPECT_THAT(store.error().message, HasSubstr("PostgreSQL database \"x\""));
    EXPECT_THAT(store.error().message, Not(HasSubstr("a-pass")));
  }
}

}  // namespace
}  // namespace longmen
