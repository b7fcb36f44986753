// What control knows for good: channels and the hashes of their stream keys. Every call blocks, so
// it lives on a thread of its own (control/store_thread.h), and failures come back as words. What
// was answered survives a power cut: SQLite is one file with a write-ahead log and full syncing,
// PostgreSQL sees to it by itself. SQL is kept to what both understand (control/sql_dialect.h).
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "config/node_config.h"
#include "control/database.h"
#include "core/base/result.h"
#include "core/node/channel.h"

namespace longmen {

class Store {
 public:
  // Brings the schema up to date.
  static Result<std::unique_ptr<Store>> open(const StoreSettings& settings, int64_t now_ms);

  // For the tables that have files of their own (control/account_table.h, control/audit.h …).
  Database& database() { return *database_; }

  // Every channel, in the order in which they were made.
  Result<std::vector<Channel>> channels();
  // Nothing when there is none of that id.
  Result<std::optional<Channel>> channel(const std::string& id);

  struct Seeded {
    int channels = 0;                   // that were made
    int keys = 0;                       // that were added to channels that existed
    int removed_keys = 0;               // that stand in no configuration any more
    std::vector<std::string> left_out;  // words about what could not be taken
  };
  // Makes the channels that do not exist, as far as there is room. Of those that do the seeds'
  // stream keys alone count: new ones are added, and those of earlier seeds of this node that are
  // gone, and that no other node's configuration has, are valid no longer.
  Result<Seeded> seed(const std::vector<ChannelSeed>& seeds, int64_t now_ms,
                      const std::string& node = "longmen");

 private:
  explicit Store(std::unique_ptr<Database> database) : database_(std::move(database)) {}

  std::unique_ptr<Database> database_;
};

}  // namespace longmen
