// What control knows for good: channels and the hashes of their stream keys. The one owner of the
// database; every call blocks, so it lives on a thread of its own (control/store_thread.h), and
// failures come back as words. SQLite in one file, with a write-ahead log and full syncing: what
// was answered survives a power cut. SQL is kept to what PostgreSQL understands too.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "config/node_config.h"
#include "core/base/result.h"
#include "core/node/channel.h"

namespace soci {
class session;
}

namespace longmen {

struct StoreSettings {
  std::string backend = "sqlite3";
  std::string database;  // SQLite: the file; made when it is absent, for its owner alone
};

class Store {
 public:
  static Result<std::unique_ptr<Store>> open(const StoreSettings& settings, int64_t now_ms);
  ~Store();

  // Every channel, in the order in which they were made.
  Result<std::vector<Channel>> channels();
  // Nothing when there is none of that id.
  Result<std::optional<Channel>> channel(const std::string& id);

  struct Seeded {
    int channels = 0;                   // that were made
    int keys = 0;                       // that were added to channels that exist
    std::vector<std::string> left_out;  // words about what could not be taken
  };
  // Makes the channels that do not exist, as far as there is room. To those that do it adds the
  // seed's stream keys; all else of them stays as it is.
  Result<Seeded> seed(const std::vector<ChannelSeed>& seeds, int64_t now_ms);

 private:
  explicit Store(std::unique_ptr<soci::session> sql);
  void insert(const ChannelSeed& seed, int64_t now_ms, Seeded& seeded);
  // How many were new.
  int insert_keys(const ChannelSeed& seed, int64_t now_ms, Seeded& seeded);

  std::unique_ptr<soci::session> sql_;
};

}  // namespace longmen
