// Starts GStreamer in this process, once and when it is first needed, on a thread of its own: where
// its registry is not known yet it looks into every plug-in, which takes seconds. What its
// libraries say goes to our log. Any thread.
#pragma once

#include <functional>

namespace longmen {

// Calls `then` when it has started: at once, or on that thread.
void when_gstreamer_has_started(std::function<void()> then);

}  // namespace longmen
