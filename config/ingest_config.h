// What a node's configuration says of its ways in beside RTMP: the SRT listener, WHIP, RTSP for
// who pushes, and what the
// node pulls by itself. Plain values; read by config/ingest_config_reader.h.
#pragma once

#include <string>
#include <vector>

#include "core/feed/playlist.h"

namespace longmen {

struct SrtConfig {
  // A stream key that has a passphrase of its own.
  struct Key {
    std::string key_hash;  // as in Channel::key_hashes
    std::string passphrase;
    bool operator==(const Key&) const = default;
  };
  std::string address = "0.0.0.0";
  int port = 8890;  // UDP; -1: no SRT
  int latency_ms = 120;
  int max_connections = 100;
  std::string passphrase;  // of all keys without one; empty: encryption is not demanded
  std::vector<Key> keys;
  bool operator==(const SrtConfig&) const = default;
};

struct WhipConfig {
  std::string address = "0.0.0.0";
  int port = 8188;             // UDP; -1: no WHIP
  std::string public_address;  // empty: that of [relay]
  int latency_ms = 500;
  int max_sessions = 100;
  bool operator==(const WhipConfig&) const = default;
};

struct RtspConfig {
  std::string address = "0.0.0.0";
  int port = 8554;      // -1: none
  int tls_port = 8322;  // RTSPS; -1: none
  int max_connections = 100;
  int max_connections_per_address = 20;
  int latency_ms = 200;      // of UDP
  int udp_first_port = 0;    // -1: TCP alone; 0: any free ports; else the first of the range, even
  int udp_port_pairs = 100;  // of the range
  bool operator==(const RtspConfig&) const = default;
};

inline constexpr size_t kMaxPulls = 64;

struct PullConfig {
  std::string channel;
  std::string role = "primary";     // or backup: the input of the channel that it feeds
  std::string url;                  // config/pull_url.h; empty: files
  std::vector<PlaylistItem> items;  // files, without `at` or in the order of it
  std::string repeat = "forever";   // forever, once: of files; once where one has an `at`
  std::string transport = "tcp";    // tcp, udp: of RTSP
  std::string interface_address;    // of multicast; empty: the kernel's choice
  std::string passphrase;           // of SRT
  std::string stream_id;            // of SRT
  int latency_ms = 200;             // of SRT, RTP and RTSP
  int program = 0;                  // of a transport stream; 0: its first
  bool operator==(const PullConfig&) const = default;
};

}  // namespace longmen
