#include "ingest/farewells.h"

#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>

namespace longmen {
namespace {

struct Underway {
  std::mutex mutex;
  std::condition_variable fewer;
  size_t count = 0;
};

// Never destroyed: a thread that hangs may outlive all else.
Underway& underway() {
  static auto* const all = new Underway;
  return *all;
}

}  // namespace

void Farewells::say(std::function<void()> ends) {
  Underway& all = underway();
  bool room = false;
  {
    const std::lock_guard lock(all.mutex);
    room = all.count < kMaxAtOnce;
    all.count += room;
  }
  if (!room) return ends();
  std::thread([&all, ends = std::move(ends)]() mutable {
    ends();
    ends = nullptr;
    const std::lock_guard lock(all.mutex);
    --all.count;
    all.fewer.notify_all();
  }).detach();
}

void Farewells::wait(std::chrono::milliseconds limit) {
  Underway& all = underway();
  std::unique_lock lock(all.mutex);
  all.fewer.wait_for(lock, limit, [&all] { return all.count == 0; });
}

}  // namespace longmen
