#include "net/log_queue.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <csignal>
#include <mutex>
#include <string>
#include <thread>

#include "net/unique_fd.h"

namespace longmen {
namespace {

constexpr std::chrono::seconds kLastWords{1};

// Waits as long as it takes. False: the descriptor refuses.
bool write_all(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(descriptor, text.data(), text.size());
    if (written >= 0) {
      text.remove_prefix(static_cast<size_t>(written));
    } else if (errno == EAGAIN) {  // somebody else made it non-blocking
      pollfd ready{descriptor, POLLOUT, 0};
      ::poll(&ready, 1, -1);
    } else if (errno != EINTR) {
      return false;
    }
  }
  return true;
}

}  // namespace

// The thread keeps this alive, its descriptor included, since it may be stuck in a write when the
// process ends.
struct LogQueue::Shared {
  const UniqueFd descriptor;
  const size_t capacity;
  std::mutex mutex;
  std::condition_variable more, idle;
  std::string waiting, under_way;
  bool over = false;
  bool ended = false;
  std::atomic<uint64_t> lost{0};

  Shared(int fd, size_t bytes) : descriptor(::fcntl(fd, F_DUPFD_CLOEXEC, 0)), capacity(bytes) {}

  void run() {
    std::unique_lock lock(mutex);
    for (;;) {
      more.wait(lock, [this] { return over || !waiting.empty(); });
      if (waiting.empty()) break;
      std::swap(waiting, under_way);
      lock.unlock();
      const bool written = write_all(descriptor.get(), under_way);
      lock.lock();
      if (!written) lost += static_cast<uint64_t>(std::ranges::count(under_way, '\n'));
      under_way.clear();
    }
    ended = true;
    idle.notify_all();
  }
};

LogQueue::LogQueue(int descriptor, size_t capacity_bytes)
    : shared_(std::make_shared<Shared>(descriptor, capacity_bytes)) {
  // The process' signals are for its other threads.
  sigset_t all, before;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  std::thread([shared = shared_] { shared->run(); }).detach();
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

LogQueue::~LogQueue() {
  std::unique_lock lock(shared_->mutex);
  shared_->over = true;
  shared_->more.notify_all();
  shared_->idle.wait_for(lock, kLastWords, [this] { return shared_->ended; });
}

bool LogQueue::push(std::string_view line) {
  {
    const std::lock_guard lock(shared_->mutex);
    if (shared_->waiting.size() + shared_->under_way.size() + line.size() > shared_->capacity) {
      ++shared_->lost;
      return false;
    }
    shared_->waiting += line;
  }
  shared_->more.notify_one();
  return true;
}

uint64_t LogQueue::lost() const {
  return shared_->lost;
}

}  // namespace longmen
