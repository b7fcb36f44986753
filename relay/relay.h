// The relay role (`longmen relay`): knows UDP, SRTP and what the node tells it, and nothing that
// parses HTTP or media. Its main thread decides what each channel shows (relay/channel_source.h)
// and answers the gateway's joins; its shards serve viewers (relay/shard.h).
#pragma once

#include "net/unique_fd.h"

namespace longmen {

// `supervisor` is the inherited end of the link. Returns the exit code of the process.
int run_relay(UniqueFd supervisor);

}  // namespace longmen
