// The node's listening sockets. The supervisor binds them and keeps them open, so that a role that
// is started again finds the same ports and connections wait meanwhile; port zero works everywhere.
// A reload binds what is new while the old still serves, also at a port that the old ones have.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "config/node_config.h"
#include "net/unique_fd.h"

namespace longmen {

struct Listener {
  std::string role;     // who gets it
  std::string address;  // as configured, to find out what changed
  int port = 0;         // as configured
  int bound_port = 0;   // as the kernel gave it
  int type = 0;         // SOCK_STREAM, SOCK_DGRAM
  std::shared_ptr<UniqueFd> socket;
};

// By name: "http", "https", "rtmp", "rtmps", "rtsp", "rtsps", "srt", "whip", "udp0".., "api"
// (control's HTTP, an abstract Unix socket).
using Listeners = std::map<std::string, Listener>;

// What `config` asks for. A socket of `current` whose address and port are asked for again is kept,
// under whatever name. Fails, naming the address, without touching anything of `current`.
Result<Listeners> bind_listeners(const NodeConfig& config, const Listeners& current);

// A listening Unix stream socket in the abstract namespace: it leaves no file, whatever happens.
Result<UniqueFd> listen_abstract(const std::string& name);

}  // namespace longmen
