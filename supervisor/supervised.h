// A process that the node is to have: its place in the node, its present child if any, and what is
// known of it. Plain data of the supervisor's thread.
#pragma once

#include <boost/asio/steady_timer.hpp>
#include <optional>
#include <string>
#include <vector>

#include "core/node/restart_backoff.h"
#include "core/node/silence.h"
#include "supervisor/child.h"

namespace longmen {

enum class ProcessState { kStarting, kReady, kWaiting, kStopping, kStopped };

constexpr std::string_view process_state_name(ProcessState state) {
  switch (state) {
    case ProcessState::kStarting:
      return "starting";
    case ProcessState::kReady:
      return "ready";
    case ProcessState::kWaiting:
      return "waiting to start again";
    case ProcessState::kStopping:
      return "stopping";
    case ProcessState::kStopped:
      return "stopped";
  }
  return "unknown";
}

struct Supervised {
  explicit Supervised(boost::asio::io_context& io) : start_timer(io), idle_timer(io) {}

  std::string key;      // its place in the node: "relay", "streamer/main"
  std::string role;     // "relay", or the name of a helper
  std::string channel;  // of a streamer
  std::vector<std::string> arguments;
  bool linked = true;  // a role; helpers have no link
  std::optional<Child> child;
  ProcessState state = ProcessState::kStopped;
  RestartBackoff backoff;
  boost::asio::steady_timer start_timer;  // to the next start
  boost::asio::steady_timer idle_timer;   // a streamer's, from the loss of its feed to its end
  uint64_t restarts = 0;
  std::string last_end;       // why the last child ended
  std::string kill_reason;    // why we killed it, told with its end
  std::string status = "{}";  // JSON, its own words
  Silence silence;            // since its last sign of life, or the order to stop
  bool was_alive = false;     // since this child's start
};

}  // namespace longmen
