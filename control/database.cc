#include "control/database.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <libpq-fe.h>
#include <soci/postgresql/soci-postgresql.h>
#include <soci/soci.h>
#include <soci/sqlite3/soci-sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <stdexcept>

namespace longmen {
namespace {

using namespace std::chrono_literals;
constexpr int kBusySeconds = 5;     // SQLite: another process writes
constexpr int kConnectSeconds = 5;  // PostgreSQL: to each host
constexpr auto kGrace = 1s;         // for the server's own timeout to be told
constexpr auto kConnectPause = 1s;  // between a connection that failed and the next try

[[noreturn]] void refuse_database(const std::string& words) {
  throw std::runtime_error(words);
}

// Made for the owner of its folder, who is the node's user also when root restores a backup.
void make_file_of_folder(const std::string& file) {
  const UniqueFd made(::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!made) refuse_database(std::strerror(errno));
  struct stat of_file {};
  struct stat of_folder {};
  const std::string folder = std::filesystem::path(file).parent_path();
  if (::geteuid() != 0 || ::fstat(made.get(), &of_file) != 0 || of_file.st_size > 0) return;
  if (::stat(folder.c_str(), &of_folder) != 0 || of_folder.st_uid == of_file.st_uid) return;
  if (::fchown(made.get(), of_folder.st_uid, of_folder.st_gid) != 0)
    refuse_database(std::strerror(errno));
}

PGconn* connection_of(soci::session& sql) {
  return static_cast<soci::postgresql_session_backend*>(sql.get_backend())->conn_;
}

}  // namespace

Database::Database(const StoreSettings& settings)
    : dialect_(names_postgresql(settings.database) ? &postgresql_dialect() : &sqlite_dialect()),
      settings_(settings) {}

Database::~Database() = default;

Result<std::unique_ptr<Database>> Database::open(const StoreSettings& settings) {
  std::unique_ptr<Database> database(new Database(settings));
  database->shown_ = settings.database;
  if (names_postgresql(settings.database)) {
    auto url = parse_database_url(settings.database);
    if (!url) return fail("database: " + url.error().message);
    database->url_ = std::move(*url);
    database->shown_ = database->url_.shown();
  }
  return caught(database->shown_, [&]() -> Result<std::unique_ptr<Database>> {
    database->connect();
    return std::move(database);
  });
}

void Database::connect() {
  deadline_.reset();
  sql_.reset();
  dialect_ == &sqlite_dialect() ? connect_sqlite() : connect_postgresql();
}

void Database::connect_sqlite() {
  const std::string& file = settings_.database;
  if (settings_.make_file) make_file_of_folder(file);
  if (::access(file.c_str(), R_OK | W_OK) != 0) refuse_database(std::strerror(errno));
  const std::string options = fmt::format("db=\"{}\" timeout={}", file, kBusySeconds);
  auto sql = std::make_unique<soci::session>(*soci::factory_sqlite3(), options);
  std::string mode;
  *sql << "PRAGMA journal_mode = WAL", soci::into(mode);
  if (mode != "wal") refuse_database("no write-ahead log is possible here");
  *sql << "PRAGMA synchronous = FULL";
  *sql << "PRAGMA foreign_keys = ON";
  sql_ = std::move(sql);
}

void Database::connect_postgresql() {
  // Keepalives notice a network that is gone while nothing is under way, the deadline all else.
  const std::string info = fmt::format(
      "{} connect_timeout={} keepalives_idle=10 keepalives_interval=5 keepalives_count=3"
      " client_encoding=UTF8 fallback_application_name=longmen",
      url_.conninfo(), kConnectSeconds);
  auto sql = std::make_unique<soci::session>(*soci::factory_postgresql(), info);
  PGconn* connection = connection_of(*sql);
  // Without the rows that a message is about: their values may be secret.
  PQsetErrorVerbosity(connection, PQERRORS_TERSE);
  UniqueFd socket(::fcntl(PQsocket(connection), F_DUPFD_CLOEXEC, 0));
  if (!socket) refuse_database(std::strerror(errno));
  auto deadline = std::make_unique<AnswerDeadline>(std::move(socket));
  deadline->begin(settings_.answer_within + kGrace);
  std::string encoding;
  *sql << "SELECT current_setting('server_encoding')", soci::into(encoding);
  if (encoding != "UTF8") {
    refuse_database(
        fmt::format("its encoding is {}; UTF8 is needed: CREATE DATABASE ... ENCODING 'UTF8' "
                    "TEMPLATE template0",
                    encoding));
  }
  *sql << "SET client_min_messages = error";
  sql_ = std::move(sql);
  deadline_ = std::move(deadline);
  set_server_timeout();
  deadline_->end();
}

void Database::set_server_timeout() {
  *sql_ << fmt::format("SET statement_timeout = {}", settings_.answer_within.count());
}

Result<void> Database::set_answer_within(std::chrono::milliseconds answer_within) {
  settings_.answer_within = answer_within;
  if (dialect_ == &sqlite_dialect()) return {};
  // A connection that is lost gets it when it is connected again.
  if (!sql_ || lost()) return {};
  return caught(shown_, [&]() -> Result<void> {
    watch();
    set_server_timeout();
    deadline_->end();
    return {};
  });
}

void Database::watch() {
  if (deadline_) deadline_->begin(settings_.answer_within + kGrace);
}

void Database::begin_read() {
  *sql_ << std::string(dialect_->begin_read);
}

void Database::begin_write() {
  for (const std::string_view statement : dialect_->begin_write)
    *sql_ << std::string(statement);
}

// A server that was started again meanwhile shows at the first statement of a transaction, before
// anything was done; then it is begun on another connection, and nobody is bothered.
void Database::begin_connected(void (Database::*begin)()) {
  if (sql_ && !lost()) {
    try {
      watch();
      return (this->*begin)();
    } catch (const std::exception&) {
      if (!lost() || (deadline_ && deadline_->struck())) throw;
    }
  }
  const auto now = std::chrono::steady_clock::now();
  if (now < next_connect_) refuse_database(why_not_connected_);
  try {
    connect();
  } catch (const std::exception& error) {
    why_not_connected_ = words_of(error);
    next_connect_ = std::chrono::steady_clock::now() + kConnectPause;
    throw;
  }
  watch();
  (this->*begin)();
}

bool Database::lost() const {
  if (!sql_) return true;
  if (dialect_ == &sqlite_dialect()) return false;
  return deadline_->struck() || PQstatus(connection_of(*sql_)) != CONNECTION_OK;
}

std::string Database::words_for(const std::exception& error) {
  const std::string_view unknown =
      std::exchange(committing_, false) && lost() ? "; whether it was done is not known" : "";
  if (deadline_ && deadline_->struck()) {
    return fmt::format("{} did not answer within {} ms{}", shown_, settings_.answer_within.count(),
                       unknown);
  }
  if (lost()) return fmt::format("{} is away: {}{}", shown_, words_of(error), unknown);
  return words_of(error);
}

void Database::roll_back() noexcept {
  try {
    if (!lost()) sql_->rollback();
  } catch (const std::exception&) {
    // Then it was not begun, or the connection is lost and the next transaction connects again.
  }
}

Database::Transaction::Transaction(Database& database, void (Database::*begin)())
    : database_(database) {
  database_.committing_ = false;
  try {
    database_.begin_connected(begin);
  } catch (const std::exception&) {
    database_.roll_back();  // BEGIN may have been done before what failed
    if (database_.deadline_) database_.deadline_->end();
    throw;
  }
}

Database::Transaction::~Transaction() {
  if (open_) database_.roll_back();
  if (database_.deadline_) database_.deadline_->end();
}

void Database::Transaction::commit() {
  database_.committing_ = true;
  database_.sql_->commit();
  database_.committing_ = false;
  open_ = false;
}

}  // namespace longmen
