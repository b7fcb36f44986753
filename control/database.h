// The connection to the database, SQLite in a file or a PostgreSQL server, and transactions on it.
// A server that goes away is told with words in each call, and connected again by a later one, at
// most once a second; what read() and write() answered as done is done. A server's statement takes
// at most `answer_within`, and a transaction a second more, also with one that hangs. Knows no
// table. One thread at a time.
#pragma once

#include <chrono>
#include <exception>
#include <memory>
#include <string>
#include <utility>

#include "config/database_url.h"
#include "control/answer_deadline.h"
#include "control/sql_dialect.h"
#include "control/store_error.h"
#include "core/base/result.h"

namespace soci {
class session;
}

namespace longmen {

struct StoreSettings {
  std::string database;  // a URL of PostgreSQL, or SQLite's file
  // SQLite: a file that is absent is made, for the owner of its folder alone.
  bool make_file = true;
  // PostgreSQL; also the server's statement_timeout.
  std::chrono::milliseconds answer_within = std::chrono::seconds(10);
};

class Database {
 public:
  static Result<std::unique_ptr<Database>> open(const StoreSettings& settings);
  ~Database();

  const SqlDialect& dialect() const { return *dialect_; }
  const std::string& shown() const { return shown_; }  // for people, without secrets

  // Each runs `work(soci::session&)`, which returns a Result, within a transaction: nothing of it
  // is done when that fails or throws. Errors begin with `what`. A reader sees one state of
  // everything and changes nothing; writers come one after the other, also those of other
  // processes.
  template <class Work>
  auto read(const std::string& what, Work work) {
    return within(&Database::begin_read, what, std::move(work));
  }
  template <class Work>
  auto write(const std::string& what, Work work) {
    return within(&Database::begin_write, what, std::move(work));
  }

  // For transactions from now on; what a migration or a restore needs is more than a request has.
  Result<void> set_answer_within(std::chrono::milliseconds answer_within);

 private:
  // Begun; rolled back at its end unless it was committed.
  class Transaction {
   public:
    Transaction(Database& database, void (Database::*begin)());
    ~Transaction();
    void commit();

   private:
    Database& database_;
    bool open_ = true;
  };

  explicit Database(const StoreSettings& settings);
  template <class Work>
  auto within(void (Database::*begin)(), const std::string& what, Work work)
      -> decltype(work(std::declval<soci::session&>())) {
    try {
      Transaction transaction(*this, begin);
      auto outcome = work(*sql_);
      if (outcome) transaction.commit();
      return outcome;
    } catch (const std::exception& error) {
      return fail(what + ": " + words_for(error));
    }
  }
  // These throw.
  void begin_read();
  void begin_write();
  void begin_connected(void (Database::*begin)());
  void watch();  // from here on until the deadline
  void connect();
  void connect_sqlite();
  void connect_postgresql();
  void set_server_timeout();

  void roll_back() noexcept;
  bool lost() const;  // the connection is of no more use
  std::string words_for(const std::exception& error);

  const SqlDialect* dialect_;
  StoreSettings settings_;
  DatabaseUrl url_;  // of PostgreSQL
  std::string shown_;
  std::unique_ptr<soci::session> sql_;
  std::unique_ptr<AnswerDeadline> deadline_;  // of PostgreSQL; of the connection that is open
  bool committing_ = false;
  std::chrono::steady_clock::time_point next_connect_{};
  std::string why_not_connected_;
};

}  // namespace longmen
