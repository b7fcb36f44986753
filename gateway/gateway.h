// The gateway role: the node's front for browsers and players. HTTP and HTTPS on the supervisor's
// sockets, WHEP signalling, pages, /api passed on to control, health and the node's metrics. It
// sees no media and keeps nothing that a restart would lose. One thread.
#pragma once

#include "net/unique_fd.h"

namespace longmen {

// Until stopped; the exit code of the process.
int run_gateway(UniqueFd supervisor);

}  // namespace longmen
