#include "control/channel_table.h"

#include <soci/soci.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <map>

#include "control/library_index.h"

namespace longmen {
namespace {

constexpr std::string_view kRefuse = "refuse";
constexpr std::string_view kTakeOver = "take_over";

ChannelInput input_in(const std::string& column) {
  return channel_input_named(column).value_or(ChannelInput::kPrimary);
}

// Rules of a later version that are not understood: the channel's defaults hold.
template <class Rules>
Rules rules_in(const std::string& column,
               Result<Rules> (*read)(const boost::json::object&, Rules)) {
  if (column.empty()) return {};
  boost::system::error_code error;
  const auto value = boost::json::parse(column, error);
  if (error || !value.is_object()) return {};
  return read(value.as_object(), {}).value_or(Rules());
}

std::string column_of(const auto& rules) {
  return boost::json::serialize(to_json(rules));
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
      (sql.prepare << "SELECT channel_id, hash, input FROM stream_keys WHERE revoked_ms = 0"
                      " ORDER BY channel_id, position");
  for (const soci::row& row : rows) {
    const auto found = by_id.find(row.get<std::string>(0));
    if (found == by_id.end()) continue;
    const bool backup = input_in(row.get<std::string>(2)) == ChannelInput::kBackup;
    auto& hashes = backup ? found->second->backup_key_hashes : found->second->key_hashes;
    hashes.push_back(row.get<std::string>(1));
  }
}

std::string rule_of(const Channel& channel) {
  return std::string(channel.second_publisher == SecondPublisher::kTakeOver ? kTakeOver : kRefuse);
}

}  // namespace

std::vector<Channel> ChannelTable::all() {
  std::vector<Channel> channels;
  const soci::rowset<soci::row> rows =
      (sql_.prepare << "SELECT id, name, frames_per_second, gop_seconds, opus_kbps, aac_kbps,"
                       " second_publisher, access, record, failover, slates, sound FROM channels"
                       " ORDER BY position");
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
    channel.access = access_named(row.get<std::string>(7)).value_or(Access::kToken);
    channel.record = record_rule_named(row.get<std::string>(8)).value_or(RecordRule::kSessions);
    channel.failover = rules_in(row.get<std::string>(9), &read_failover_rules);
    channel.slate_choice = rules_in(row.get<std::string>(10), &read_slate_choice);
    channel.sound = rules_in(row.get<std::string>(11), &read_sound_rules);
  }
  std::map<std::string, Channel*> by_id;
  for (Channel& channel : channels)
    by_id[channel.id] = &channel;
  read_rungs(sql_, by_id);
  read_keys(sql_, by_id);
  return channels;
}

std::optional<Channel> ChannelTable::by_id(const std::string& id) {
  for (Channel& channel : all()) {  // at most kMaxChannels
    if (channel.id == id) return std::move(channel);
  }
  return std::nullopt;
}

std::optional<RowVersion> ChannelTable::version_of(const std::string& id) {
  RowVersion row;
  sql_ << "SELECT version, changed_ms, changed_by FROM channels WHERE id = :id",
      soci::into(row.version), soci::into(row.changed_ms), soci::into(row.changed_by),
      soci::use(id);
  if (!sql_.got_data()) return std::nullopt;
  return row;
}

// A rule of a later version that is not understood: nothing is replayed.
WallReplayRule ChannelTable::wall_replay_of(const std::string& id) {
  std::string column;
  sql_ << "SELECT wall_replay FROM channels WHERE id = :id", soci::into(column), soci::use(id);
  boost::system::error_code error;
  const auto value = boost::json::parse(column, error);
  if (error || !value.is_object()) return {};
  return read_wall_replay_rule(value.as_object(), {}).value_or(WallReplayRule());
}

void ChannelTable::set_wall_replay(const std::string& id, const WallReplayRule& rule) {
  const std::string column = boost::json::serialize(to_json(rule));
  sql_ << "UPDATE channels SET wall_replay = :rule WHERE id = :id", soci::use(column),
      soci::use(id);
}

int ChannelTable::count() {
  int count = 0;
  sql_ << "SELECT COUNT(*) FROM channels", soci::into(count);
  return count;
}

void ChannelTable::insert(const Channel& channel, const RowVersion& row) {
  const std::string second = rule_of(channel);
  const std::string access(name_of(channel.access));
  const std::string record(name_of(channel.record));
  const std::string failover = column_of(channel.failover);
  const std::string sound = column_of(channel.sound);
  sql_ << "INSERT INTO channels (id, position, name, frames_per_second, gop_seconds, opus_kbps,"
          " aac_kbps, second_publisher, access, record, failover, sound, created_ms, version, "
          "changed_ms,"
          " changed_by)"
          " SELECT :id, COALESCE(MAX(position), 0) + 1, :name, CAST(:fps AS INTEGER),"
          " CAST(:gop AS INTEGER), CAST(:opus AS INTEGER), CAST(:aac AS INTEGER), :second, :access,"
          " :record, :failover, :sound,"
          " CAST(:created AS BIGINT), CAST(:version AS BIGINT), CAST(:changed AS BIGINT), :by"
          " FROM channels",
      soci::use(channel.id), soci::use(channel.name), soci::use(channel.frames_per_second),
      soci::use(channel.gop_seconds), soci::use(channel.opus_kbps), soci::use(channel.aac_kbps),
      soci::use(second), soci::use(access), soci::use(record), soci::use(failover),
      soci::use(sound), soci::use(row.changed_ms), soci::use(row.version),
      soci::use(row.changed_ms), soci::use(row.changed_by);
  put_slates(channel);
  insert_rungs(channel);
}

void ChannelTable::update(const Channel& channel, const RowVersion& row) {
  const std::string second = rule_of(channel);
  const std::string access(name_of(channel.access));
  const std::string record(name_of(channel.record));
  const std::string failover = column_of(channel.failover);
  const std::string sound = column_of(channel.sound);
  sql_ << "UPDATE channels SET name = :name, frames_per_second = :fps, gop_seconds = :gop,"
          " opus_kbps = :opus, aac_kbps = :aac, second_publisher = :second, access = :access,"
          " record = :record, failover = :failover, sound = :sound, version = :version,"
          " changed_ms = :changed, changed_by = :by WHERE id = :id",
      soci::use(channel.name), soci::use(channel.frames_per_second), soci::use(channel.gop_seconds),
      soci::use(channel.opus_kbps), soci::use(channel.aac_kbps), soci::use(second),
      soci::use(access), soci::use(record), soci::use(failover), soci::use(sound),
      soci::use(row.version), soci::use(row.changed_ms), soci::use(row.changed_by),
      soci::use(channel.id);
  put_slates(channel);
  sql_ << "DELETE FROM video_rungs WHERE channel_id = :id", soci::use(channel.id);
  insert_rungs(channel);
}

void ChannelTable::put_slates(const Channel& channel) {
  const std::string slates = column_of(channel.slate_choice);
  sql_ << "UPDATE channels SET slates = :slates WHERE id = :id", soci::use(slates),
      soci::use(channel.id);
}

void ChannelTable::insert_rungs(const Channel& channel) {
  int position = 0;
  for (const VideoRung& rung : channel.video) {
    ++position;
    sql_ << "INSERT INTO video_rungs (channel_id, position, name, width, height, bitrate_kbps)"
            " VALUES (:channel, :position, :name, :width, :height, :kbps)",
        soci::use(channel.id), soci::use(position), soci::use(rung.name), soci::use(rung.width),
        soci::use(rung.height), soci::use(rung.bitrate_kbps);
  }
}

std::vector<StreamKey> ChannelTable::select_keys(const std::string& condition,
                                                 const std::string& value) {
  std::vector<StreamKey> keys;
  StreamKey row;
  std::string input;
  int configured = 0;
  soci::statement rows =
      (sql_.prepare << "SELECT hash, channel_id, input, label, configured, created_ms, created_by,"
                       " revoked_ms FROM stream_keys "
                    << condition,
       soci::use(value), soci::into(row.hash), soci::into(row.channel), soci::into(input),
       soci::into(row.label), soci::into(configured), soci::into(row.created_ms),
       soci::into(row.created_by), soci::into(row.revoked_ms));
  rows.execute();
  while (rows.fetch()) {
    row.input = input_in(input);
    row.configured = configured != 0;
    keys.push_back(row);
  }
  return keys;
}

ChannelTable::Attached ChannelTable::attached_to(const std::string& id) {
  Attached attached;
  sql_ << "SELECT COUNT(*) FROM screens WHERE channel_id = :id", soci::into(attached.screens),
      soci::use(id);
  sql_ << "SELECT COUNT(*) FROM sessions WHERE channel_id = :id AND state IN ('scheduled', 'live')",
      soci::into(attached.coming), soci::use(id);
  sql_ << "SELECT COUNT(*) FROM sessions WHERE channel_id = :id AND state NOT IN ('scheduled',"
          " 'live')",
      soci::into(attached.past), soci::use(id);
  std::string node;
  soci::statement nodes =
      (sql_.prepare << "SELECT DISTINCT node FROM configured_keys WHERE hash IN (SELECT hash FROM"
                       " stream_keys WHERE channel_id = :id) ORDER BY node",
       soci::use(id), soci::into(node));
  nodes.execute();
  while (nodes.fetch())
    attached.nodes.push_back(node);
  return attached;
}

void ChannelTable::remove(const std::string& id) {
  LibraryIndex(sql_).mark_channel(id);
  sql_ << "DELETE FROM sessions WHERE channel_id = :id", soci::use(id);
  sql_ << "DELETE FROM channels WHERE id = :id", soci::use(id);
}

std::vector<StreamKey> ChannelTable::keys_of(const std::string& channel) {
  return select_keys("WHERE channel_id = :v ORDER BY position", channel);
}

std::optional<StreamKey> ChannelTable::key(const std::string& hash) {
  auto found = select_keys("WHERE hash = :v", hash);
  if (found.empty()) return std::nullopt;
  return std::move(found.front());
}

void ChannelTable::insert_key(const StreamKey& key) {
  int position = 0;
  sql_ << "SELECT COALESCE(MAX(position), 0) + 1 FROM stream_keys WHERE channel_id = :id",
      soci::into(position), soci::use(key.channel);
  const int configured = key.configured;
  const std::string input(name_of(key.input));
  sql_ << "INSERT INTO stream_keys (hash, channel_id, position, created_ms, input, label,"
          " configured, created_by, revoked_ms) VALUES (:hash, :channel, :position, :created,"
          " :input, :label, :configured, :by, :revoked)",
      soci::use(key.hash), soci::use(key.channel), soci::use(position), soci::use(key.created_ms),
      soci::use(input), soci::use(key.label), soci::use(configured), soci::use(key.created_by),
      soci::use(key.revoked_ms);
}

void ChannelTable::set_input_of_key(const std::string& hash, ChannelInput input) {
  const std::string name(name_of(input));
  sql_ << "UPDATE stream_keys SET input = :input WHERE hash = :hash", soci::use(name),
      soci::use(hash);
}

void ChannelTable::revoke_key(const std::string& hash, int64_t now_ms) {
  sql_ << "UPDATE stream_keys SET revoked_ms = :now WHERE hash = :hash", soci::use(now_ms),
      soci::use(hash);
}

void ChannelTable::remove_key(const std::string& hash) {
  sql_ << "DELETE FROM stream_keys WHERE hash = :hash", soci::use(hash);
}

void ChannelTable::forget_configured_keys(const std::string& node) {
  sql_ << "DELETE FROM configured_keys WHERE node = :node", soci::use(node);
}

void ChannelTable::note_configured_key(const std::string& hash, const std::string& node) {
  sql_ << "INSERT INTO configured_keys (hash, node) VALUES (:hash, :node)"
          " ON CONFLICT (hash, node) DO NOTHING",
      soci::use(hash), soci::use(node);
}

std::vector<StreamKey> ChannelTable::orphaned_keys() {
  return select_keys(
      "WHERE configured = 1 AND hash <> :v AND NOT EXISTS"
      " (SELECT 1 FROM configured_keys WHERE configured_keys.hash = stream_keys.hash)"
      " ORDER BY channel_id, position",
      "");
}

}  // namespace longmen
