#include "control/store.h"

#include <fmt/format.h>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "control/air_table.h"
#include "control/audit.h"
#include "control/channel_table.h"
#include "control/migrations.h"
#include "core/base/sha256.h"

namespace longmen {
namespace json = boost::json;
namespace {

constexpr auto kMigrationsWithin = std::chrono::minutes(10);

Actor configuration(int64_t now_ms) {
  return {"", "configuration", "local", now_ms};
}

std::string shown_key(const StreamKey& key) {
  return json::serialize(
      json::object{{"key", key.id()}, {"channel", key.channel}, {"configured", key.configured}});
}

struct SeededKey {
  std::string hash;
  ChannelInput input;
};
std::vector<SeededKey> seeded_keys(const ChannelSeed& seed) {
  std::vector<SeededKey> keys;
  for (const ChannelInput input : kChannelInputs) {
    for (const std::string& hash : keys_of(seed.channel, input))
      keys.push_back({hash, input});
  }
  for (const std::string& key : seed.stream_keys)
    keys.push_back({sha256_hex(key), ChannelInput::kPrimary});
  for (const std::string& key : seed.backup_stream_keys)
    keys.push_back({sha256_hex(key), ChannelInput::kBackup});
  return keys;
}

// Adds those that are new, and notes that they stand in the node's configuration.
void seed_keys(soci::session& sql, const ChannelSeed& seed, const std::string& node, int64_t now_ms,
               bool channel_is_new, Store::Seeded& seeded) {
  const Channel& channel = seed.channel;
  ChannelTable table(sql);
  for (const auto& [hash, input] : seeded_keys(seed)) {
    if (const auto known = table.key(hash)) {
      table.note_configured_key(hash, node);
      if (known->channel != channel.id) {
        seeded.left_out.push_back(
            fmt::format("channel {}: a stream key of it is channel {}'s already and was left out",
                        channel.id, known->channel));
      } else if (known->revoked_ms != 0) {
        seeded.left_out.push_back(fmt::format(
            "channel {}: the stream key {} was revoked and stays so; take it out of the file",
            channel.id, known->id()));
      } else if (known->input != input) {
        table.set_input_of_key(hash, input);
      }
      continue;
    }
    StreamKey key{hash, channel.id, input, "", true, now_ms, "configuration", 0};
    table.insert_key(key);
    table.note_configured_key(hash, node);
    if (channel_is_new) continue;
    append_audit(sql, configuration(now_ms), "key.create", channel.id, "", shown_key(key));
    ++seeded.keys;
  }
}

}  // namespace

Result<std::unique_ptr<Store>> Store::open(const StoreSettings& settings, int64_t now_ms) {
  auto database = Database::open(settings);
  if (!database) return tl::unexpected(database.error());
  if (auto set = (*database)->set_answer_within(kMigrationsWithin); !set)
    return tl::unexpected(set.error());
  if (auto migrated = migrate(**database, all_migrations(), now_ms); !migrated)
    return tl::unexpected(migrated.error());
  if (auto set = (*database)->set_answer_within(settings.answer_within); !set)
    return tl::unexpected(set.error());
  return std::unique_ptr<Store>(new Store(std::move(*database)));
}

Result<std::vector<Channel>> Store::channels() {
  return database_->read("channels", [&](soci::session& sql) -> Result<std::vector<Channel>> {
    return channels_in_force(sql);
  });
}

Result<std::optional<Channel>> Store::channel(const std::string& id) {
  return database_->read("channels", [&](soci::session& sql) -> Result<std::optional<Channel>> {
    return ChannelTable(sql).by_id(id);
  });
}

Result<Store::Seeded> Store::seed(const std::vector<ChannelSeed>& seeds, int64_t now_ms,
                                  const std::string& node) {
  const auto seed_all = [&](soci::session& sql) -> Result<Seeded> {
    Seeded seeded;
    ChannelTable table(sql);
    table.forget_configured_keys(node);
    for (const ChannelSeed& seed : seeds) {
      const bool known = table.version_of(seed.channel.id).has_value();
      if (!known && static_cast<size_t>(table.count()) >= kMaxChannels) {
        seeded.left_out.push_back(
            fmt::format("channel {} was not made: the database has {} already, and no more are "
                        "possible",
                        seed.channel.id, table.count()));
        continue;
      }
      if (!known) {
        table.insert(seed.channel, RowVersion::first(configuration(now_ms)));
        ++seeded.channels;
      }
      seed_keys(sql, seed, node, now_ms, !known, seeded);
    }
    for (const StreamKey& key : table.orphaned_keys()) {
      table.remove_key(key.hash);
      if (key.revoked_ms != 0) continue;
      append_audit(sql, configuration(now_ms), "key.revoke", key.channel, shown_key(key), "");
      ++seeded.removed_keys;
    }
    return seeded;
  };
  return database_->write("channels from the configuration", seed_all);
}

}  // namespace longmen
