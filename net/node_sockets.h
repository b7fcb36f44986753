// Names of a node's Unix sockets. They live in the abstract namespace (unix(7)), so that no file is
// left behind whatever happens; the data directory tells nodes on one machine apart. Whoever
// connects checks the peer's user (SO_PEERCRED).
#pragma once

#include <string>

#include "core/base/sha256.h"

namespace longmen {

// The part of the names that is the data directory's, however its path is written.
inline std::string node_socket_part(std::string data_dir) {
  while (data_dir.size() > 1 && data_dir.back() == '/')
    data_dir.pop_back();
  return sha256_hex(data_dir).substr(0, 16);
}

// Control's HTTP API, for the gateway's reverse proxy.
inline std::string control_socket_name(const std::string& data_dir) {
  return "longmen-" + node_socket_part(data_dir) + "-api";
}

// The supervisor's: a connection is sent the node's state as one JSON object and closed.
inline std::string node_socket_name(const std::string& data_dir) {
  return "longmen-" + node_socket_part(data_dir) + "-node";
}

}  // namespace longmen
