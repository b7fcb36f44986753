// A database of each kind for tests that hold for both: an SQLite file in a folder of its own, or
// an empty database of the tests' PostgreSQL.
#pragma once

#include <gtest/gtest.h>
#include <soci/soci.h>
#include <soci/sqlite3/soci-sqlite3.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "control/database.h"
#include "control/store.h"
#include "tests/control/postgresql_server.h"
#include "tests/support/temporary_folder.h"

namespace longmen::test {

inline constexpr int64_t kNow = 1'700'000'000'000;

class DatabaseTest : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override { settings_.database = first_database(); }
  void TearDown() override {
    for (const std::string& url : of_postgresql_)
      PostgresqlServer::shared().remove_database(url);
  }

  // What a test begins with.
  virtual std::string first_database() { return new_database(GetParam()); }
  // As Store::open() leaves an empty one: a copy, which is made in a fraction of the time.
  std::string new_database_with_schema(const std::string& kind) {
    if (kind != "PostgreSQL") {
      static const TemporaryFolder kFolder;
      static const std::string kOriginal = with_schema(kFolder.path() / "original.db");
      const std::string copy = new_database(kind);
      std::filesystem::copy_file(kOriginal, copy);
      return copy;
    }
    static const std::string kOriginal =
        parse_database_url(with_schema(PostgresqlServer::shared().make_database()))->database;
    return new_of_postgresql("TEMPLATE " + kOriginal);
  }
  // Another one, empty.
  std::string new_database(const std::string& kind) {
    if (kind == "PostgreSQL") return new_of_postgresql("");
    return directory_ + "/longmen" + (++files_ > 1 ? std::to_string(files_) : "") + ".db";
  }
  std::string new_of_postgresql(const std::string& options) {
    return of_postgresql_.emplace_back(PostgresqlServer::shared().make_database(options));
  }
  static std::unique_ptr<Database> database(const std::string& name) {
    StoreSettings settings;
    settings.database = name;
    auto opened = Database::open(settings);
    EXPECT_TRUE(opened) << opened.error().message;
    return opened ? std::move(*opened) : nullptr;
  }
  std::unique_ptr<Store> open() const {
    auto store = Store::open(settings_, kNow);
    EXPECT_TRUE(store) << store.error().message;
    return store ? std::move(*store) : nullptr;
  }
  bool is_sqlite() const { return GetParam() == "SQLite"; }
  // As another program sees it.
  soci::session raw() const {
    if (!is_sqlite()) {
      return soci::session(*soci::factory_postgresql(),
                           parse_database_url(settings_.database)->conninfo());
    }
    return soci::session(*soci::factory_sqlite3(), "db=" + settings_.database);
  }

  static ChannelSeed seed(const std::string& id, std::vector<std::string> keys = {}) {
    ChannelSeed made;
    made.channel.id = id;
    made.channel.name = "频道 " + id;
    made.channel.video = default_ladder();
    made.channel.second_publisher = SecondPublisher::kTakeOver;
    made.stream_keys = std::move(keys);
    return made;
  }

  const TemporaryFolder folder_{place_of_databases()};
  const std::string directory_ = folder_.path();
  StoreSettings settings_;

 private:
  static std::string with_schema(const std::string& name) {
    StoreSettings settings;
    settings.database = name;
    EXPECT_TRUE(Store::open(settings, kNow));
    return name;
  }

  std::vector<std::string> of_postgresql_;
  int files_ = 0;
};

// The tests of a suite, for both; those of PostgreSQL are one entry of CTest, with one server.
#define LONGMEN_FOR_BOTH_DATABASES(Suite)                               \
  INSTANTIATE_TEST_SUITE_P(SQLite, Suite, ::testing::Values("SQLite")); \
  INSTANTIATE_TEST_SUITE_P(PostgreSQL, Suite, ::testing::Values("PostgreSQL"))

}  // namespace longmen::test
