#include "control/audit.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <thread>

#include "control/account_actions.h"
#include "control/audit_command.h"
#include "control/decided.h"
#include "control/migrations.h"
#include "core/base/sha256.h"
#include "tests/control/store_fixture.h"

namespace longmen {
namespace {

using ::testing::HasSubstr;

class AuditTest : public test::StoreFixture {
 protected:
  void append(int rows, int64_t at_ms = kNow) {
    const auto done = in_transaction(database(), "test", [&](soci::session& sql) -> Decided<bool> {
      for (int i = 0; i < rows; ++i) {
        append_audit(sql, {"00aa", "李", "192.0.2.7", at_ms + i}, "test.act", "subject",
                     R"({"a":1})", fmt::format(R"({{"a":{}}})", i));
      }
      return true;
    });
    ASSERT_TRUE(done);
  }
  AuditVerdict verify() {
    const auto verdict = verify_audit(database());
    EXPECT_TRUE(verdict) << verdict.error().message;
    return verdict.value_or(AuditVerdict{});
  }
  // What `statement` does to ten rows is found at that row.
  void expect_found(const std::string& statement, int64_t row, const std::string& words) {
    append(10);
    ASSERT_FALSE(verify().broken);
    {
      soci::session other = raw();
      other << statement;
    }
    const AuditVerdict verdict = verify();
    ASSERT_TRUE(verdict.broken) << statement;
    EXPECT_EQ(*verdict.broken, row) << statement;
    EXPECT_THAT(verdict.words, HasSubstr(words));
    EXPECT_EQ(verdict.rows, row - 1);
  }
};

TEST_P(AuditTest, TheHashIsThatOfTheFormThatIsWrittenDown) {
  const AuditRow row{2, 1'700'000'000'000, "00aa", "李", "192.0.2.7", "test.act", "s", "", "{}",
                     ""};
  EXPECT_EQ(audit_hash("beef", row),
            sha256_hex("longmen-audit-1\n4:beef\n1:2\n13:1700000000000\n4:00aa\n3:李\n"
                       "9:192.0.2.7\n8:test.act\n1:s\n0:\n2:{}\n"));
}

TEST_P(AuditTest, RowsAreNumberedAndChained) {
  append(3);
  const auto rows = audit_rows_after(sql(), 0, 10);
  ASSERT_EQ(rows.size(), 3u);
  EXPECT_EQ(rows[0].number, 1);
  EXPECT_EQ(rows[2].number, 3);
  EXPECT_EQ(rows[0].actor, "李");
  EXPECT_EQ(rows[1].hash, audit_hash(rows[0].hash, rows[1]));
  const AuditVerdict verdict = verify();
  EXPECT_FALSE(verdict.broken);
  EXPECT_EQ(verdict.rows, 3);
  EXPECT_EQ(verdict.head, rows[2].hash);
}

TEST_P(AuditTest, AnEmptyOneIsSound) {
  EXPECT_FALSE(verify().broken);
  EXPECT_EQ(verify().rows, 0);
}

TEST_P(AuditTest, WhatWasNotDoneIsNotWritten) {
  const auto refused = in_transaction(database(), "test", [&](soci::session& sql) -> Decided<bool> {
    append_audit(sql, {"", "x", "local", kNow}, "test.act", "", "", "");
    return refuse(409, "no");
  });
  ASSERT_TRUE(refused);
  EXPECT_FALSE(*refused);
  EXPECT_TRUE(audit_rows_after(sql(), 0, 10).empty());
  append(1);
  EXPECT_FALSE(verify().broken);
}

TEST_P(AuditTest, AChangedValueIsFound) {
  expect_found("UPDATE audit SET after_json = '{\"a\":9}' WHERE number = 4", 4, "hash");
}
TEST_P(AuditTest, AChangedActorIsFound) {
  expect_found("UPDATE audit SET actor = 'somebody' WHERE number = 1", 1, "hash");
}
TEST_P(AuditTest, AValueMovedToTheNextColumnIsFound) {
  expect_found("UPDATE audit SET action = 'test.actsub', subject = 'ject' WHERE number = 6", 6,
               "hash");
}
TEST_P(AuditTest, ADeletedRowIsFound) {
  expect_found("DELETE FROM audit WHERE number = 5", 5, "missing");
}
TEST_P(AuditTest, ADeletedBeginningIsFound) {
  expect_found("DELETE FROM audit WHERE number <= 2", 1, "missing");
}
TEST_P(AuditTest, ADeletedEndIsFound) {
  expect_found("DELETE FROM audit WHERE number >= 9", 9, "missing, at the end");
}
TEST_P(AuditTest, AnInsertedRowIsFound) {
  expect_found(
      "INSERT INTO audit SELECT 11, at_ms, actor_id, actor, address, action, subject, before_json,"
      " after_json, hash FROM audit WHERE number = 10",
      11, "hash");
}

TEST_P(AuditTest, SwappedRowsAreFound) {
  append(10);
  {
    soci::session other = raw();
    other << "UPDATE audit SET number = 100 WHERE number = 3";
    other << "UPDATE audit SET number = 3 WHERE number = 4";
    other << "UPDATE audit SET number = 4 WHERE number = 100";
  }
  EXPECT_EQ(verify().broken, 3);
}

TEST_P(AuditTest, ARowWithItsHashMadeAnewIsFoundAtTheNextOne) {
  append(3);
  auto row = audit_rows_after(sql(), 1, 1).front();
  row.actor = "nobody";
  row.hash = audit_hash(audit_rows_after(sql(), 0, 1).front().hash, row);
  {
    soci::session other = raw();
    other << "UPDATE audit SET actor = :a, hash = :h WHERE number = 2", soci::use(row.actor),
        soci::use(row.hash);
  }
  EXPECT_EQ(verify().broken, 3);
}

TEST_P(AuditTest, TheLastRowWithItsHashMadeAnewIsFoundByTheHead) {
  append(3);
  auto row = audit_rows_after(sql(), 2, 1).front();
  row.actor = "nobody";
  row.hash = audit_hash(audit_rows_after(sql(), 1, 1).front().hash, row);
  {
    soci::session other = raw();
    other << "UPDATE audit SET actor = :a, hash = :h WHERE number = 3", soci::use(row.actor),
        soci::use(row.hash);
  }
  const AuditVerdict verdict = verify();
  EXPECT_EQ(verdict.broken, 3);
  EXPECT_THAT(verdict.words, HasSubstr("written last"));
}

TEST_P(AuditTest, WhatWasPrunedLeavesAChainThatVerifies) {
  append(10, kNow);
  append(5, kNow + 1'000'000);
  const auto pruned = prune_audit(database(), kNow + 500'000, kNow + 1'100'000);
  ASSERT_TRUE(pruned) << pruned.error().message;
  EXPECT_EQ(pruned->rows, 10);
  AuditVerdict verdict = verify();
  EXPECT_FALSE(verdict.broken) << verdict.words;
  EXPECT_EQ(verdict.first, 11);
  EXPECT_EQ(verdict.rows, 6);  // and the row about it
  EXPECT_EQ(verdict.head, pruned->head);
  EXPECT_EQ(audit_page(sql(), 0, 1).front().action, "audit.prune");
  append(1, kNow + 3'000'000);
  EXPECT_FALSE(verify().broken);
  EXPECT_EQ(prune_audit(database(), kNow + 500'000, kNow + 3'100'000)->rows, 0);
  {
    soci::session other = raw();
    other << "DELETE FROM audit WHERE number = 11";
  }
  EXPECT_EQ(verify().broken, 11);
}

TEST_P(AuditTest, AClockThatJumpedAheadPrunesNothing) {
  append(3, kNow);
  const int64_t life = 1'000'000;
  const int64_t ahead = kNow + 100 * life;
  const auto kept = prune_audit(database(), ahead - life, ahead);
  ASSERT_TRUE(kept);
  EXPECT_TRUE(kept->too_quiet);
  EXPECT_EQ(verify().rows, 3);
  EXPECT_EQ(kept->head, verify().head);
  append(1, ahead);  // so it was no jump
  EXPECT_EQ(prune_audit(database(), ahead - life, ahead)->rows, 3);
}

TEST_P(AuditTest, ABeginningThatWasCutOffIsFoundAlsoWhenTheChainSaysSo) {
  append(10);
  const std::string fifth = audit_rows_after(sql(), 4, 1).front().hash;
  sql() << "DELETE FROM audit WHERE number <= 5";
  sql() << "UPDATE audit_chain SET base_number = 5, base_hash = :h", soci::use(fifth);
  const AuditVerdict verdict = verify();
  EXPECT_EQ(verdict.broken, 1);
  EXPECT_THAT(verdict.words, HasSubstr("rows 1 to 5 are missing"));
}

TEST_P(AuditTest, MoreCutOffThanWasPrunedIsFound) {
  append(10, kNow);
  append(5, kNow + 1'000'000);
  ASSERT_EQ(prune_audit(database(), kNow + 500'000, kNow + 1'100'000)->rows, 10);
  const std::string hash = audit_rows_after(sql(), 11, 1).front().hash;
  sql() << "DELETE FROM audit WHERE number <= 12";
  sql() << "UPDATE audit_chain SET base_number = 12, base_hash = :h", soci::use(hash);
  EXPECT_EQ(verify().broken, 1);
}

TEST_P(AuditTest, AnAuditThatIsGoneIsFoundWhileThereAreAccounts) {
  ASSERT_TRUE(make_first_administrator(database(), "root", "link", kNow));
  ASSERT_FALSE(verify().broken);
  sql() << "DELETE FROM audit";
  sql() << "DELETE FROM audit_chain";
  EXPECT_EQ(verify().broken, 1);
  sql() << "INSERT INTO audit_chain VALUES (1, 0, '', 0, '')";
  EXPECT_EQ(verify().broken, 1);
  sql() << "UPDATE audit_chain SET head_number = 1, head_hash = 'x', base_number = 1,"
           " base_hash = 'x'";
  EXPECT_EQ(verify().broken, 1);
}

TEST_P(AuditTest, AChainMadeAnewIsFoundByWhatWasNoted) {
  append(5);
  const AuditRow third = audit_rows_after(sql(), 2, 1).front();
  const AuditNote noted{third.number, third.hash};
  EXPECT_FALSE(verify_audit(database(), noted)->broken);
  EXPECT_FALSE(verify_audit(database(), AuditNote{5, verify().head})->broken);
  sql() << "DELETE FROM audit";
  sql() << "DELETE FROM audit_chain";
  append(5, kNow + 1);
  ASSERT_FALSE(verify().broken) << "alone it does not show";
  EXPECT_EQ(verify_audit(database(), noted)->broken, 3);
  const AuditVerdict shorter = *verify_audit(database(), AuditNote{9, noted.hash});
  EXPECT_EQ(shorter.broken, 6);
}

TEST_P(AuditTest, ANoteOfARowThatWasPrunedSaysSo) {
  append(10, kNow);
  const AuditRow fifth = audit_rows_after(sql(), 4, 1).front();
  const AuditRow tenth = audit_rows_after(sql(), 9, 1).front();
  append(5, kNow + 1'000'000);
  ASSERT_EQ(prune_audit(database(), kNow + 500'000, kNow + 1'100'000)->rows, 10);
  EXPECT_FALSE(verify_audit(database(), AuditNote{10, tenth.hash})->broken) << "its hash is kept";
  EXPECT_EQ(verify_audit(database(), AuditNote{10, fifth.hash})->broken, 10);
  const AuditVerdict verdict = *verify_audit(database(), AuditNote{5, fifth.hash});
  EXPECT_EQ(verdict.broken, 5);
  EXPECT_THAT(verdict.words, HasSubstr("pruned"));
}

TEST_P(AuditTest, TwoWritersMakeOneChain) {
  constexpr int kEach = 50;
  std::vector<std::thread> writers;
  for (int w = 0; w < 2; ++w) {
    writers.emplace_back([this, w] {
      const auto own = database(settings_.database);
      for (int i = 0; i < kEach; ++i) {
        const auto done = in_transaction(*own, "test", [&](soci::session& sql) -> Decided<bool> {
          append_audit(sql, {"", fmt::format("writer {}", w), "local", kNow}, "test.act", "", "",
                       fmt::to_string(i));
          return true;
        });
        EXPECT_TRUE(done) << done.error().message;
      }
    });
  }
  for (std::thread& writer : writers)
    writer.join();
  const AuditVerdict verdict = verify();
  EXPECT_FALSE(verdict.broken) << verdict.words;
  EXPECT_EQ(verdict.rows, 2 * kEach);
}

TEST(AuditNoteTest, IsANumberAndAHash) {
  const std::string hash(64, 'a');
  const auto note = parse_audit_note("17:" + hash);
  ASSERT_TRUE(note);
  EXPECT_EQ(note->number, 17);
  EXPECT_EQ(note->hash, hash);
  const std::vector<std::string> wrong{"",
                                       "17",
                                       "17:",
                                       "17:" + hash + "a",
                                       ":" + hash,
                                       "0:" + hash,
                                       "-1:" + hash,
                                       "x:" + hash,
                                       "17:" + std::string(64, 'A'),
                                       "17 :" + hash,
                                       "99999999999999999999:" + hash};
  for (const std::string& text : wrong)
    EXPECT_FALSE(parse_audit_note(text)) << text;
}

TEST_P(AuditTest, PagesGoBackwards) {
  append(5);
  const auto latest = audit_page(sql(), 0, 2);
  ASSERT_EQ(latest.size(), 2u);
  EXPECT_EQ(latest[0].number, 5);
  const auto before = audit_page(sql(), latest.back().number, 2);
  EXPECT_EQ(before[0].number, 3);
  EXPECT_TRUE(audit_page(sql(), 1, 2).empty());
}

TEST_P(AuditTest, TheCommandOpensADatabaseAndMakesNone) {
  append(2);
  const auto verdict = verify_audit_of(settings_);
  ASSERT_TRUE(verdict);
  EXPECT_EQ(verdict->rows, 2);
  StoreSettings absent;
  absent.database = directory_ + "/absent.db";
  EXPECT_THAT(verify_audit_of(absent).error().message, HasSubstr("No such file"));
  EXPECT_FALSE(std::filesystem::exists(absent.database));
}

TEST_P(AuditTest, TheCommandBringsNoDatabaseUpToDate) {
  StoreSettings old;
  old.database = new_database(GetParam());
  const std::vector<Migration> first(all_migrations().begin(), all_migrations().begin() + 1);
  ASSERT_TRUE(migrate(*database(old.database), first, kNow));
  EXPECT_THAT(verify_audit_of(old).error().message, HasSubstr("it is of schema 1"));
  const auto still = database(old.database)->read("schema", [&](soci::session& sql) -> Result<int> {
    int version = 0;
    sql << "SELECT MAX(version) FROM migrations", soci::into(version);
    return version;
  });
  EXPECT_EQ(still.value_or(0), 1);
  sql()
      << "INSERT INTO migrations (version, applied_ms) SELECT MAX(version) + 1, 0 FROM migrations";
  EXPECT_THAT(verify_audit_of(settings_).error().message, HasSubstr("a newer Longmen"));
}

LONGMEN_FOR_BOTH_DATABASES(AuditTest);

}  // namespace
}  // namespace longmen
