// The control role: owns the database, tells the supervisor which channels exist, and serves the
// API on the node's Unix socket. Never in the media's path: while it is away, everything on air
// goes on. One thread for the io_context, one for the database.
#pragma once

#include "net/unique_fd.h"

namespace longmen {

// Until stopped; the exit code of the process. 1 with words in log and status when the database
// cannot be used.
int run_control(UniqueFd supervisor);

}  // namespace longmen
