// Ends what may take a while to end (a pipeline that says farewell to a camera, a library's thread)
// on threads of its own, so that the role's thread, which all feeds share, goes on. Bounds:
// kMaxAtOnce; one more is ended by who asks. Any thread.
#pragma once

#include <chrono>
#include <functional>

namespace longmen {

class Farewells {
 public:
  static constexpr size_t kMaxAtOnce = 64;

  // Calls `ends` on another thread and destroys it there.
  static void say(std::function<void()> ends);
  // Until none is under way, but no longer than `limit`.
  static void wait(std::chrono::milliseconds limit);
};

}  // namespace longmen
