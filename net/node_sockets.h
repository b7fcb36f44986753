// Names of a node's Unix sockets. They live in the abstract namespace (unix(7)), so that no file is
// left behind whatever happens; the data directory tells nodes on one machine apart. Whoever
// connects checks the peer's user (SO_PEERCRED).
#pragma once

#include <string>

#include "core/base/sha256.h"

namespace longmen {

// Control's HTTP API, for the gateway's reverse proxy.
inline std::string control_socket_name(const std::string& data_dir) {
  return "longmen-" + sha256_hex(data_dir).substr(0, 16) + "-api";
}

// The supervisor's: a connection is sent the node's state as one JSON object and closed.
inline std::string node_socket_name(const std::string& data_dir) {
  return "longmen-" + sha256_hex(data_dir).substr(0, 16) + "-node";
}

}  // namespace longmen
