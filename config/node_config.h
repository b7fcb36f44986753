// The typed configuration of a node: what config/longmen.toml (the reference) says, with every
// default filled in and every bound checked. It holds the node's settings and seeds channels; the
// database owns channels afterwards.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "config/bucket_config.h"
#include "config/ingest_config.h"
#include "config/oidc_config.h"
#include "config/recording_peer.h"
#include "core/base/result.h"
#include "core/node/channel.h"

namespace longmen {

// Where in the file the keys of a table stand, for words about them. No part of what is configured.
struct KeyLines {
  std::map<std::string, int, std::less<>> line;
  bool operator==(const KeyLines&) const { return true; }
};

struct ChannelSeed {
  Channel channel;
  // In clear in the file, hashed in the database; by the input that they feed.
  std::vector<std::string> stream_keys, backup_stream_keys;
  KeyLines lines;
  bool operator==(const ChannelSeed&) const = default;
};

struct NodeConfig {
  std::string data_dir = "/var/lib/longmen";
  std::string node_name = "longmen";  // [a-z0-9-]{1,63}
  std::vector<std::string> roles = {"control", "ingest", "relay", "gateway"};
  std::string log_level = "info";   // trace debug info warn error
  std::string log_format = "text";  // text json

  struct Http {
    std::string address = "0.0.0.0";
    int port = 8080;               // 0: chosen by the kernel
    int https_port = 8443;         // -1: no HTTPS
    std::string certificate_file;  // PEM; empty: made by the installation's own CA
    std::string key_file;
    int max_connections = 10000;
    int max_connections_per_address = 1000;
    bool operator==(const Http&) const = default;
  } http;

  struct Rtmp {
    std::string address = "0.0.0.0";
    int port = 1935;      // -1: off
    int tls_port = 1936;  // RTMPS, with the certificate of [http]; -1: off
    int max_connections = 100;
    int max_connections_per_address = 20;
    int wrong_keys_per_minute = 10;  // per address; then refused at once
    bool operator==(const Rtmp&) const = default;
  } rtmp;

  SrtConfig srt;
  WhipConfig whip;
  RtspConfig rtsp;

  struct Relay {
    std::string address = "0.0.0.0";
    int first_port = 8189;       // shard n has first_port + n; 0: chosen by the kernel
    int shards = 1;              // 1..64
    std::string public_address;  // empty: found by itself (first non-loopback IPv4, else 127.0.0.1)
    int max_viewers = 10000;
    int max_viewers_per_address = 5000;
    int max_pending_handshakes = 1000;  // joins that were answered and are not connected yet
    int max_pending_handshakes_per_address = 500;
    int pacing_ms = 5;          // a keyframe leaves over so long at most
    int max_busy_percent = 90;  // of a shard's time, for those who watch; past it nobody joins
    bool operator==(const Relay&) const = default;
  } relay;

  struct Hls {
    int part_ms = 200;  // 200, 250 or 500
    bool operator==(const Hls&) const = default;
  } hls;

  struct Recording {
    bool enabled = true;
    std::string directory;           // empty: DATA_DIR/recordings
    std::string fsync = "part";      // part segment off
    int reserve_mb = 2048;           // stay free
    int keep_days = 0;               // 0: for ever
    int max_gb = 0;                  // 0: as long as there is room
    int courseware_mb = 200;         // a file that is attached; 0: none is taken
    int courseware_total_mb = 1000;  // all of a recording's
    int stills_every_s = 10;         // of the seek bar; 0: none are made
    BucketConfig s3;
    std::vector<RecordingPeer> peers;  // kMaxRecordingPeers
    int peer_cache_gb = 20;            // of what only they have; 0: it is not served
    bool operator==(const Recording&) const = default;
  } recording;

  struct Control {
    std::string database;  // a URL of PostgreSQL (config/database_url.h); empty: SQLite in data_dir
    bool operator==(const Control&) const = default;
  } control;

  struct Accounts {
    int sign_in_idle_minutes = 720;  // without a request, then sign in again
    int sign_in_hours = 168;         // in all
    int audit_days = 180;            // at least; older rows are pruned
    bool operator==(const Accounts&) const = default;
  } accounts;

  struct Schedule {
    std::string time_zone;    // of the IANA database; empty: this machine's
    int reopen_minutes = 10;  // for so long an ended session can be reopened
    bool operator==(const Schedule&) const = default;
  } schedule;

  struct Console {
    int second_person_seconds = 0;  // that an emergency cut waits for one; 0: one is enough
    bool operator==(const Console&) const = default;
  } console;

  // Of what people give as slates.
  struct Slates {
    int max_megabytes = 32;  // a file
    int max_seconds = 60;    // a clip
    bool operator==(const Slates&) const = default;
  } slates;

  OidcConfig oidc;

  std::vector<PullConfig> pulls;

  std::vector<ChannelSeed> channels;
  bool operator==(const NodeConfig&) const = default;
};

// Errors are "FILE:LINE: KEY = VALUE: what is allowed"; all of them, one a line. Loading also looks
// whether the files that are named can be read.
Result<NodeConfig> load_node_config(const std::string& file);
enum class NamedFiles { kMustBeReadable, kNotLookedAt };
Result<NodeConfig> parse_node_config(std::string_view toml, const std::string& file,
                                     NamedFiles files = NamedFiles::kNotLookedAt);

// control.database, or SQLite's file in data_dir.
std::string database_of(const NodeConfig& config);

// What a seed says and the database, which owns the channel, says otherwise: it counts for nothing,
// and each word names file, line, key, value and what the database has. Stream keys are none of it:
// those of a seed are added. `file` may be empty.
std::vector<std::string> ignored_of_seed(const ChannelSeed& seed, const Channel& owned,
                                         const std::string& file);

// As it travels to the roles: without channels, [control], pulls and passphrases. For control alone
// the supervisor adds a field "channels", in which stream keys stand as hashes
// (Channel::key_hashes), "database", which may hold a password, and "oidc"
// (config/oidc_config_reader.h); for ingest alone what
// add_ingest_secrets() writes (config/ingest_config_reader.h). Reading takes them when they are
// there.
std::string node_config_to_json(const NodeConfig& config);
// The same with what ingest alone may know.
std::string node_config_to_json_for_ingest(const NodeConfig& config);
Result<NodeConfig> node_config_from_json(std::string_view json);

}  // namespace longmen
