// The tables of channels, their ladders and stream keys, as they stand in the database. Keys are
// there as SHA-256 hashes alone. One that was revoked stays, so that a configuration that still has
// it does not bring it back. Every function throws as SOCI does; transactions are the caller's.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "control/row_version.h"
#include "core/node/channel.h"
#include "core/session/wall_replay_rule.h"

namespace longmen {

inline constexpr int kMaxStreamKeys = 32;  // of a channel, that are valid

struct StreamKey {
  std::string hash;
  std::string channel;
  ChannelInput input = ChannelInput::kPrimary;  // that it feeds
  std::string label;                            // for people
  bool configured = false;                      // came from a configuration file
  int64_t created_ms = 0;
  std::string created_by;
  int64_t revoked_ms = 0;  // 0: valid

  // By which it is named without giving it away; no secret, and of no use to a sender.
  std::string id() const { return hash.substr(0, 16); }
};

class ChannelTable {
 public:
  explicit ChannelTable(soci::session& sql) : sql_(sql) {}

  // In the order in which they were made, with their valid keys.
  std::vector<Channel> all();
  std::optional<Channel> by_id(const std::string& id);
  std::optional<RowVersion> version_of(const std::string& id);
  int count();
  void insert(const Channel& channel, const RowVersion& row);  // without keys
  void update(const Channel& channel, const RowVersion& row);
  // No process but control needs it, so it is no part of a Channel.
  WallReplayRule wall_replay_of(const std::string& id);
  void set_wall_replay(const std::string& id, const WallReplayRule& rule);
  // What keeps it from being removed.
  struct Attached {
    int screens = 0;
    int coming = 0;                  // sessions that are live or scheduled
    int past = 0;                    // sessions that go with it
    std::vector<std::string> nodes;  // in whose configurations keys of it stand
  };
  Attached attached_to(const std::string& id);
  // With its keys, its past sessions and everything else that is its alone.
  void remove(const std::string& id);

  std::vector<StreamKey> keys_of(const std::string& channel);  // revoked ones, too
  std::optional<StreamKey> key(const std::string& hash);
  void insert_key(const StreamKey& key);
  void set_input_of_key(const std::string& hash, ChannelInput input);
  void revoke_key(const std::string& hash, int64_t now_ms);
  void remove_key(const std::string& hash);

  // In which nodes' configurations keys stand.
  void forget_configured_keys(const std::string& node);
  void note_configured_key(const std::string& hash, const std::string& node);
  // Keys of configurations that stand in none any more.
  std::vector<StreamKey> orphaned_keys();

 private:
  void put_slates(const Channel& channel);
  void insert_rungs(const Channel& channel);
  std::vector<StreamKey> select_keys(const std::string& condition, const std::string& value);
  soci::session& sql_;
};

}  // namespace longmen
