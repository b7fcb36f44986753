// A real PostgreSQL of the tests' own: made in a temporary folder with its Unix socket there and no
// port, run as user postgres when the tests are root's (PostgreSQL refuses to be). The folder is in
// memory where there is room, and a database goes with its test: hundreds of them on a disk take
// minutes to be written and to be removed. A shell script of its own session holds the server; it
// stops it and removes the folder as soon as its standard input ends, which it does however the
// test ends.
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <pwd.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <soci/postgresql/soci-postgresql.h>
#include <soci/soci.h>

#include "config/database_url.h"
#include "net/unique_fd.h"

namespace longmen::test {

// Where databases of tests are: what is written to them is thrown away.
inline std::filesystem::path place_of_databases() {
  constexpr uintmax_t kRoomBytes = 1u << 30;
  std::error_code absent;
  const std::filesystem::path memory = "/dev/shm";
  const auto room = std::filesystem::space(memory, absent);
  const bool fits = !absent && room.available > kRoomBytes;
  return fits ? memory : std::filesystem::temp_directory_path();
}

class PostgresqlServer {
 public:
  // Of this process; started by the first test that needs it.
  static PostgresqlServer& shared() {
    static PostgresqlServer server;
    return server;
  }

  PostgresqlServer() {
    std::string pattern = place_of_databases() / "longmen-postgresql-XXXXXX";
    if (!::mkdtemp(pattern.data())) throw std::runtime_error("no temporary folder");
    folder_ = pattern;
    run_script();
    start();
  }
  ~PostgresqlServer() {
    orders_.reset();
    int status = 0;
    ::waitpid(script_, &status, 0);
  }
  PostgresqlServer(const PostgresqlServer&) = delete;
  PostgresqlServer& operator=(const PostgresqlServer&) = delete;

  void start() { order("start"); }
  void stop() { order("stop"); }    // in order: connections are ended
  void crash() { order("crash"); }  // as if killed; what was not committed is lost

  const std::string& folder() const { return folder_; }
  std::string url(const std::string& database) const {
    return "postgresql://longmen@/" + database + "?host=" + folder_;
  }
  // An empty one.
  std::string make_database(const std::string& options = "") {
    const std::string name = "test_" + std::to_string(++databases_);
    session() << "CREATE DATABASE " + name + " " + options;
    return url(name);
  }
  void remove_database(const std::string& url_of_database) {
    session() << "DROP DATABASE " + parse_database_url(url_of_database)->database + " WITH (FORCE)";
  }
  soci::session session(const std::string& database = "postgres") const {
    return soci::session(*soci::factory_postgresql(),
                         parse_database_url(url(database))->conninfo());
  }
  // Processes that serve connections of the store to this database.
  std::vector<int> backends_of(const std::string& url_of_database) const {
    const std::string name = parse_database_url(url_of_database)->database;
    soci::session sql = session();
    const soci::rowset<int> rows =
        (sql.prepare << "SELECT pid FROM pg_stat_activity WHERE datname = :name"
                        " AND application_name = 'longmen'",
         soci::use(name));
    return {rows.begin(), rows.end()};
  }

 private:
  static constexpr int kPatienceMs = 90'000;
  static constexpr const char* kScript = R"(
    bin=$1 dir=$2 server=$2/data
    run() { "$bin/pg_ctl" -D "$server" -s -w -t 60 "$@" >>"$dir/log" 2>&1; }
    "$bin/initdb" -D "$server" -N -A trust -U longmen -E UTF8 --locale=C >>"$dir/log" 2>&1
    options="-c listen_addresses= -c unix_socket_directories=$dir -c fsync=off"
    options="$options -c full_page_writes=off -c max_wal_size=64MB"
    options="$options -c shared_buffers=16MB -c max_connections=40"
    while read -r order; do
      case $order in
        start) run start -l "$dir/log" -o "$options" ;;
        stop) run stop -m fast ;;
        crash) run stop -m immediate ;;
      esac
      if [ $? = 0 ]; then echo done; else tail -n 20 "$dir/log" | tr '\n' ' '; echo; fi
    done
    run stop -m immediate
    rm -rf "$dir"
  )";

  static std::string newest_programs() {
    std::string newest;
    std::error_code absent;
    for (const auto& version : std::filesystem::directory_iterator("/usr/lib/postgresql", absent)) {
      if (std::filesystem::exists(version.path() / "bin/initdb"))
        newest = std::max(newest, (version.path() / "bin").string());
    }
    if (newest.empty()) throw std::runtime_error("PostgreSQL is not here: apt install postgresql");
    return newest;
  }

  void run_script() {
    std::vector<std::string> words{"/bin/sh",         "-c",   kScript, "postgresql",
                                   newest_programs(), folder_};
    if (::geteuid() == 0) {
      const passwd* user = ::getpwnam("postgres");
      if (!user) user = ::getpwnam("nobody");
      if (::chown(folder_.c_str(), user->pw_uid, user->pw_gid) != 0)
        throw std::runtime_error("the folder cannot be given away");
      const std::vector<std::string> as_user{
          "/usr/bin/setpriv", "--reuid=" + std::to_string(user->pw_uid),
          "--regid=" + std::to_string(user->pw_gid), "--clear-groups"};
      words.insert(words.begin(), as_user.begin(), as_user.end());
    }
    std::vector<char*> arguments;
    for (std::string& word : words)
      arguments.push_back(word.data());
    arguments.push_back(nullptr);
    int orders[2], answers[2];
    if (::pipe2(orders, O_CLOEXEC) != 0 || ::pipe2(answers, O_CLOEXEC) != 0)
      throw std::runtime_error("no pipes");
    const UniqueFd script_in(orders[0]), script_out(answers[1]);
    orders_ = UniqueFd(orders[1]);
    answers_ = UniqueFd(answers[0]);
    posix_spawn_file_actions_t files;
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_adddup2(&files, script_in.get(), STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&files, script_out.get(), STDOUT_FILENO);
    posix_spawn_file_actions_addchdir_np(&files, "/");
    posix_spawnattr_t attributes;
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID);
    const int failed =
        ::posix_spawn(&script_, arguments[0], &files, &attributes, arguments.data(), environ);
    posix_spawn_file_actions_destroy(&files);
    posix_spawnattr_destroy(&attributes);
    if (failed != 0) throw std::runtime_error("the script of PostgreSQL cannot be run");
  }

  void order(const std::string& text) {
    const std::string line = text + "\n";
    if (::write(orders_.get(), line.data(), line.size()) < 0)
      throw std::runtime_error("PostgreSQL's script has ended");
    std::string answer;
    char c = 0;
    while (c != '\n') {
      pollfd ready{answers_.get(), POLLIN, 0};
      if (::poll(&ready, 1, kPatienceMs) != 1 || ::read(answers_.get(), &c, 1) != 1)
        throw std::runtime_error("PostgreSQL: no answer to " + text);
      answer += c;
    }
    if (answer != "done\n") throw std::runtime_error("PostgreSQL: " + text + ": " + answer);
  }

  std::string folder_;
  UniqueFd orders_, answers_;
  pid_t script_ = -1;
  int databases_ = 0;
};

}  // namespace longmen::test
