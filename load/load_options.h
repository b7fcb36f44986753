// What `longmen load` was asked to do. Values are checked by the command line's parser and, where
// they depend on each other, by check_load_options().
#pragma once

#include <string>
#include <vector>

#include "core/base/result.h"

namespace longmen {

struct LoadOptions {
  std::string url;        // http://HOST:PORT/whep/CHANNEL
  std::string rendition;  // empty: the server's choice
  int viewers = 100;
  double joins_per_second = 50;
  double leaves_per_second = 0;  // churn during the measurement
  double seconds = 10;           // of measurement, after the ramp
  int full = 4;                  // viewers that decrypt and check everything to the end
  int feedback_ms = 0;           // light viewers' transport-wide feedback; 0: none
  bool audio_only = false;
  bool frame_spread = false;              // how long a frame is under way to all viewers
  bool gro = true;                        // UDP_GRO on viewers' sockets
  bool classic = false;                   // the classic filter, though eBPF may be permitted
  int http_connections = 16;              // at most so many joins at once
  std::string profile;                    // SRTP: "gcm", "sha1_80", empty: both are offered
  std::vector<std::string> lab_networks;  // CIDR
  std::vector<int> pids;                  // the server's processes
  std::string json_file;                  // "-": standard output, without the table
  double max_loss_percent = -1;           // negative: no judgement
};

inline constexpr int kMaxLoadViewers = 50'000;

Result<void> check_load_options(const LoadOptions& options);

// Runs until the measurement or SIGINT ends it. 0: well; 1: a join failed or more was lost than
// allowed; 2: refused, or it could not begin.
int run_load(const LoadOptions& options);

}  // namespace longmen
