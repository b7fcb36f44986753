// A store of its own for each test, on either database, and a second session as somebody with the
// database has it.
#pragma once

#include "tests/control/database_fixture.h"

namespace longmen::test {

class StoreFixture : public DatabaseTest {
 protected:
  static constexpr int64_t kNow = test::kNow;

  void SetUp() override {
    DatabaseTest::SetUp();
    store_ = open();
    ASSERT_TRUE(store_);
    raw_.reset(new soci::session(raw()));  // it can be neither copied nor moved
  }
  std::string first_database() override { return new_database_with_schema(GetParam()); }
  void TearDown() override {
    raw_.reset();
    store_.reset();
    DatabaseTest::TearDown();
  }
  using DatabaseTest::database;
  Database& database() { return store_->database(); }
  soci::session& sql() { return *raw_; }  // each statement a transaction of its own

  std::unique_ptr<Store> store_;

 private:
  std::unique_ptr<soci::session> raw_;
};

}  // namespace longmen::test
