#include "control/store.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <soci/soci.h>
#include <soci/sqlite3/soci-sqlite3.h>

#include <cerrno>
#include <cstring>
#include <map>

#include "control/migrations.h"
#include "control/store_error.h"
#include "core/base/sha256.h"
#include "net/unique_fd.h"

namespace longmen {
namespace {

constexpr std::string_view kRefuse = "refuse";
constexpr std::string_view kTakeOver = "take_over";
constexpr int kBusySeconds = 5;  // another process (a backup) holds the file

Result<std::unique_ptr<soci::session>> open_sqlite(const std::string& file) {
  UniqueFd made(::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!made) return fail(fmt::format("{}: {}", file, std::strerror(errno)));
  made.reset();
  return caught(file, [&]() -> Result<std::unique_ptr<soci::session>> {
    const std::string options = fmt::format("db=\"{}\" timeout={}", file, kBusySeconds);
    auto sql = std::make_unique<soci::session>(*soci::factory_sqlite3(), options);
    std::string mode;
    *sql << "PRAGMA journal_mode = WAL", soci::into(mode);
    if (mode != "wal") return fail(file + ": no write-ahead log is possible here");
    *sql << "PRAGMA synchronous = FULL";
    *sql << "PRAGMA foreign_keys = ON";
    return sql;
  });
}

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

}  // namespace

Store::Store(std::unique_ptr<soci::session> sql) : sql_(std::move(sql)) {}
Store::~Store() = default;

Result<std::unique_ptr<Store>> Store::open(const StoreSettings& settings, int64_t now_ms) {
  if (settings.backend != "sqlite3")
    return fail("database: backend \"" + settings.backend + "\" is not known; sqlite3 is");
  auto sql = open_sqlite(settings.database);
  if (!sql) return tl::unexpected(sql.error());
  if (auto migrated = migrate(**sql, all_migrations(), now_ms); !migrated)
    return tl::unexpected(migrated.error());
  return std::unique_ptr<Store>(new Store(std::move(*sql)));
}

Result<std::vector<Channel>> Store::channels() {
  return caught("channels", [&]() -> Result<std::vector<Channel>> {
    const soci::transaction snapshot(*sql_);
    return read_channels(*sql_);
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
  return caught("channels from the configuration", [&]() -> Result<Seeded> {
    Seeded seeded;
    soci::transaction transaction(*sql_);
    for (const ChannelSeed& seed : seeds) {
      int known = 0;
      int all = 0;
      *sql_ << "SELECT COUNT(*) FROM channels WHERE id = :id", soci::into(known),
          soci::use(seed.channel.id);
      if (known > 0) {
        seeded.keys += insert_keys(seed, now_ms, seeded);
        continue;
      }
      *sql_ << "SELECT COUNT(*) FROM channels", soci::into(all);
      if (static_cast<size_t>(all) >= kMaxChannels) {
        seeded.left_out.push_back(
            fmt::format("channel {} was not made: the database has {} already, and no more are "
                        "possible",
                        seed.channel.id, all));
        continue;
      }
      insert(seed, now_ms, seeded);
    }
    transaction.commit();
    return seeded;
  });
}

void Store::insert(const ChannelSeed& seed, int64_t now_ms, Seeded& seeded) {
  const Channel& channel = seed.channel;
  const std::string second(channel.second_publisher == SecondPublisher::kTakeOver ? kTakeOver
                                                                                  : kRefuse);
  *sql_ << "INSERT INTO channels (id, position, name, frames_per_second, gop_seconds, opus_kbps,"
           " aac_kbps, second_publisher, created_ms) SELECT :id, COALESCE(MAX(position), 0) + 1,"
           " :name, :fps, :gop, :opus, :aac, :second, :created FROM channels",
      soci::use(channel.id), soci::use(channel.name), soci::use(channel.frames_per_second),
      soci::use(channel.gop_seconds), soci::use(channel.opus_kbps), soci::use(channel.aac_kbps),
      soci::use(second), soci::use(now_ms);
  int position = 0;
  for (const VideoRung& rung : channel.video) {
    ++position;
    *sql_ << "INSERT INTO video_rungs (channel_id, position, name, width, height, bitrate_kbps)"
             " VALUES (:channel, :position, :name, :width, :height, :kbps)",
        soci::use(channel.id), soci::use(position), soci::use(rung.name), soci::use(rung.width),
        soci::use(rung.height), soci::use(rung.bitrate_kbps);
  }
  insert_keys(seed, now_ms, seeded);
  ++seeded.channels;
}

int Store::insert_keys(const ChannelSeed& seed, int64_t now_ms, Seeded& seeded) {
  const Channel& channel = seed.channel;
  std::vector<std::string> hashes = channel.key_hashes;
  for (const std::string& key : seed.stream_keys)
    hashes.push_back(sha256_hex(key));
  int added = 0;
  for (const std::string& hash : hashes) {
    std::string owner;
    *sql_ << "SELECT channel_id FROM stream_keys WHERE hash = :hash", soci::into(owner),
        soci::use(hash);
    if (sql_->got_data()) {
      if (owner != channel.id) {
        seeded.left_out.push_back(
            fmt::format("channel {}: a stream key of it is channel {}'s already and was left out",
                        channel.id, owner));
      }
      continue;
    }
    int position = 0;
    *sql_ << "SELECT COALESCE(MAX(position), 0) + 1 FROM stream_keys WHERE channel_id = :id",
        soci::into(position), soci::use(channel.id);
    *sql_ << "INSERT INTO stream_keys (hash, channel_id, position, created_ms)"
             " VALUES (:hash, :channel, :position, :created)",
        soci::use(hash), soci::use(channel.id), soci::use(position), soci::use(now_ms);
    ++added;
  }
  return added;
}

}  // namespace longmen
