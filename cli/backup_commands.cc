// backup, restore: the database of a node, whether it runs or not.
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <chrono>
#include <ctime>
#include <filesystem>

#include "cli/commands.h"
#include "config/node_config.h"
#include "control/backup.h"
#include "control/database.h"
#include "control/restore.h"

namespace longmen {
namespace {

using namespace std::chrono_literals;
constexpr auto kWithin = 1h;  // all of it; a node that runs waits for a restore, not for a backup

int64_t wall_clock_ms() {
  return std::chrono::system_clock::now().time_since_epoch() / 1ms;
}

Result<StoreSettings> settings_of(const std::string& config_file) {
  NodeConfig config;
  if (!config_file.empty()) {
    auto loaded = load_node_config(config_file);
    if (!loaded) return tl::unexpected(loaded.error());
    config = std::move(*loaded);
  }
  StoreSettings settings;
  settings.database = database_of(config);
  settings.answer_within = kWithin;
  return settings;
}

std::string file_in(const std::string& to) {
  if (!std::filesystem::is_directory(to)) return to;
  const std::tm utc = fmt::gmtime(std::time(nullptr));
  return (std::filesystem::path(to) / fmt::format("longmen-{:%Y%m%dT%H%M%SZ}.backup", utc))
      .string();
}

int complain(const Error& error) {
  fmt::print(stderr, "{}\n", error.message);
  return 1;
}

}  // namespace

int backup_database(const std::string& config_file, const std::string& to) {
  auto settings = settings_of(config_file);
  if (!settings) return complain(settings.error());
  settings->make_file = false;
  const auto database = Database::open(*settings);
  if (!database) return complain(database.error());
  const std::string file = file_in(to);
  const auto figures = back_up(**database, all_migrations(), file, wall_clock_ms());
  if (!figures) return complain(figures.error());
  fmt::print("{}: {} rows of {} tables, schema {}, from {}\n", file, figures->rows, figures->tables,
             figures->schema, (*database)->shown());
  return 0;
}

int restore_database(const std::string& config_file, const std::string& from, bool replace) {
  auto settings = settings_of(config_file);
  if (!settings) return complain(settings.error());
  if (!names_postgresql(settings->database)) {
    const auto folder = std::filesystem::path(settings->database).parent_path();
    std::error_code error;
    if (std::filesystem::create_directories(folder, error)) ::chmod(folder.c_str(), 0700);
    if (error) return complain({fmt::format("{}: {}", folder.string(), error.message())});
  }
  const auto database = Database::open(*settings);
  if (!database) return complain(database.error());
  const auto figures =
      restore(**database, all_migrations(), from,
              replace ? RestoreInto::kReplacing : RestoreInto::kEmpty, wall_clock_ms());
  if (!figures) return complain(figures.error());
  fmt::print("{}: {} rows of {} tables are in {} now, schema {}\n", from, figures->rows,
             figures->tables, (*database)->shown(), figures->schema);
  return 0;
}

}  // namespace longmen
