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
    std::vector<std::string> left_out;  // words about keys that another channel has already
  };
  // Makes the channels that do not exist; leaves those that do as they are.
  Result<Seeded> seed(const std::vector<ChannelSeed>& seeds, int64_t now_ms);

 private:
  explicit Store(std::unique_ptr<soci::session> sql);
  void insert(const ChannelSeed& seed, int64_t now_ms, Seeded& seeded);

  std::unique_ptr<soci::session> sql_;
};

}  // namespace longmen
