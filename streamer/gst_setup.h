// Starts GStreamer with exactly the plug-ins that the product uses, loaded from their files: no
// registry is read, written or scanned, no other plug-in of the machine is run, and a start takes
// the same ~0.1 s on a fresh machine as on an old one. Where a file is not found (another layout of
// the distribution), GStreamer's own search follows. Once a process, before any other use.
#pragma once

#include <span>

#include "core/base/result.h"

namespace longmen {

struct NeededElement {
  const char* plugin;   // the file is libgst PLUGIN .so
  const char* element;  // one of the plug-in's
  const char* package;  // Debian's
};
std::span<const NeededElement> needed_elements();

// The words name the missing element and the package that has it.
Result<void> set_up_gstreamer();

// What reads files that people give (streamer/given_slate.h), on top of that: of no use to a
// streamer, which is to start fast. Once a process. What is missing of the less usual kinds is told
// when a file needs it.
Result<void> set_up_given_formats();

}  // namespace longmen
