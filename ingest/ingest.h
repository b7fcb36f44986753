// The ingest role: the process in which feeds come in. It takes listening sockets, configuration
// and links to streamers from the supervisor, tells it which feeds are up, and owns nothing that
// outlives it: senders reconnect when it is started again.
#pragma once

#include "net/unique_fd.h"

namespace longmen {

// Runs `longmen ingest`; returns the exit code. `supervisor` is the inherited end of its link.
int run_ingest(UniqueFd supervisor);

}  // namespace longmen
