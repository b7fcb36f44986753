#include "control/store.h"

#include <fmt/format.h>
#include <soci/soci.h>

#include <map>

#include "control/migrations.h"
#include "core/base/sha256.h"

namespace longmen {
namespace {

constexpr std::string_view kRefuse = "refuse";
constexpr std::string_view kTakeOver = "take_over";
constexpr auto kMigrationsWithin = std::chrono::minutes(10);

void read_rungs(soci::session& sql, std::map<std::string, Channel*>& by_id) {
  const soci::rowset<soci::row> rows =
      (sql.prepare << "SELECT channel_id, name, width, height, bitrate_kbps FROM video_rungs"
                      " ORDER BY channel_id, position");
  for (const soci::row& row : rows) {
    const auto found = by_id.find(row.get<std::string>(0));
    if (found == by_id.end()) continue;
    VideoRung& rung = found->second->video.emplace_back();
    rung.name = row.get<std::string>(1);
    rung.width = row.get<int>(2);
    rung.height = row.get<int>(3);
    rung.bitrate_kbps = row.get<int>(4);
  }
}

void read_keys(soci::session& sql, std::map<std::string, Channel*>& by_id) {
  const soci::rowset<soci::row> rows =
      (sql.prepare << "SELECT channel_id, hash FROM stream_keys ORDER BY channel_id, position");
  for (const soci::row& row : rows) {
    const auto found = by_id.find(row.get<std::string>(0));
    if (found != by_id.end()) found->second->key_hashes.push_back(row.get<std::string>(1));
  }
}

std::vector<Channel> read_channels(soci::session& sql) {
  std::vector<Channel> channels;
  const soci::rowset<soci::row> rows =
      (sql.prepare << "SELECT id, name, frames_per_second, gop_seconds, opus_kbps, aac_kbps,"
                      " second_publisher FROM channels ORDER BY position");
  for (const soci::row& row : rows) {
    Channel& channel = channels.emplace_back();
    channel.id = row.get<std::string>(0);
    channel.name = row.get<std::string>(1);
    channel.frames_per_second = row.get<int>(2);
    channel.gop_seconds = row.get<int>(3);
    channel.opus_kbps = row.get<int>(4);
    channel.aac_kbps = row.get<int>(5);
    channel.second_publisher = row.get<std::string>(6) == kTakeOver ? SecondPublisher::kTakeOver
                                                                    : SecondPublisher::kRefuse;
  }
  std::map<std::string, Channel*> by_id;
  for (Channel& channel : channels)
    by_id[channel.id] = &channel;
  read_rungs(sql, by_id);
  read_keys(sql, by_id);
  return channels;
}

void insert(soci::session& sql, const ChannelSeed& seed, int64_t now_ms) {
  const Channel& channel = seed.channel;
  const std::string second(channel.second_publisher == SecondPublisher::kTakeOver ? kTakeOver
                                                                                  : kRefuse);
  sql << "INSERT INTO channels (id, position, name, frames_per_second, gop_seconds, opus_kbps,"
         " aac_kbps, second_publisher, created_ms) SELECT :id, COALESCE(MAX(position), 0) + 1,"
         " :name, :fps, :gop, :opus, :aac, :second, :created FROM channels",
      soci::use(channel.id), soci::use(channel.name), soci::use(channel.frames_per_second),
      soci::use(channel.gop_seconds), soci::use(channel.opus_kbps), soci::use(channel.aac_kbps),
      soci::use(second), soci::use(now_ms);
  int position = 0;
  for (const VideoRung& rung : channel.video) {
    ++position;
    sql << "INSERT INTO video_rungs (channel_id, position, name, width, height, bitrate_kbps)"
           " VALUES (:channel, :position, :name, :width, :height, :kbps)",
        soci::use(channel.id), soci::use(position), soci::use(rung.name), soci::use(rung.width),
        soci::use(rung.height), soci::use(rung.bitrate_kbps);
  }
}

// How many were new.
int insert_keys(soci::session& sql, const ChannelSeed& seed, int64_t now_ms,
                Store::Seeded& seeded) {
  const Channel& channel = seed.channel;
  std::vector<std::string> hashes = channel.key_hashes;
  for (const std::string& key : seed.stream_keys)
    hashes.push_back(sha256_hex(key));
  int added = 0;
  for (const std::string& hash : hashes) {
    std::string owner;
    sql << "SELECT channel_id FROM stream_keys WHERE hash = :hash", soci::into(owner),
        soci::use(hash);
    if (sql.got_data()) {
      if (owner != channel.id) {
        seeded.left_out.push_back(
            fmt::format("channel {}: a stream key of it is channel {}'s already and was left out",
                        channel.id, owner));
      }
      continue;
    }
    int position = 0;
    sql << "SELECT COALESCE(MAX(position), 0) + 1 FROM stream_keys WHERE channel_id = :id",
        soci::into(position), soci::use(channel.id);
    sql << "INSERT INTO stream_keys (hash, channel_id, position, created_ms)"
           " VALUES (:hash, :channel, :position, :created)",
        soci::use(hash), soci::use(channel.id), soci::use(position), soci::use(now_ms);
    ++added;
  }
  return added;
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
    return read_channels(sql);
  });
}

Result<std::optional<Channel>> Store::channel(const std::string& id) {
  auto all = channels();  // at most kMaxChannels
  if (!all) return tl::unexpected(all.error());
  for (Channel& channel : *all) {
    if (channel.id == id) return std::optional<Channel>(std::move(channel));
  }
  return std::optional<Channel>();
}

Result<Store::Seeded> Store::seed(const std::vector<ChannelSeed>& seeds, int64_t now_ms) {
  const auto seed_all = [&](soci::session& sql) -> Result<Seeded> {
    Seeded seeded;
    for (const ChannelSeed& seed : seeds) {
      int known = 0;
      int all = 0;
      sql << "SELECT COUNT(*) FROM channels WHERE id = :id", soci::into(known),
          soci::use(seed.channel.id);
      if (known > 0) {
        seeded.keys += insert_keys(sql, seed, now_ms, seeded);
        continue;
      }
      sql << "SELECT COUNT(*) FROM channels", soci::into(all);
      if (static_cast<size_t>(all) >= kMaxChannels) {
        seeded.left_out.push_back(
            fmt::format("channel {} was not made: the database has {} already, and no more are "
                        "possible",
                        seed.channel.id, all));
        continue;
      }
      insert(sql, seed, now_ms);
      insert_keys(sql, seed, now_ms, seeded);
      ++seeded.channels;
    }
    return seeded;
  };
  return database_->write("channels from the configuration", seed_all);
}

}  // namespace longmen
