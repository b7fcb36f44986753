// The streamer role: one process a channel that has a feed. It decodes the feed once, puts it on
// the channel's grid of frames and samples, shows the slate where there is none, encodes every
// rendition and hands it to the relay. The only process that runs GStreamer on what strangers send.
#pragma once

#include <string>

#include "net/unique_fd.h"

namespace longmen {

// Runs until the supervisor stops it; returns the exit code of the process.
int run_streamer(std::string channel, UniqueFd supervisor);

}  // namespace longmen
