#include "net/log_queue.h"

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

namespace longmen {
namespace {

constexpr std::chrono::seconds kLastWords{1};

// Waits as long as it takes. False: the descriptor refuses, or is no longer ours.
bool write_all(int descriptor, std::string_view text, const std::atomic<bool>& given_up) {
  while (!text.empty()) {
    if (given_up) return false;
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

// The thread keeps this alive, since it may be stuck in a write when the process ends.
struct LogQueue::Shared {
  const int descriptor;
  const size_t capacity;
  std::mutex mutex;
  std::condition_variable more, idle;
  std::string waiting, under_way;
  bool over = false;
  std::atomic<bool> given_up{false};  // the descriptor may be somebody else's now
  bool ended = false;
  std::atomic<uint64_t> lost{0};

  Shared(int fd, size_t bytes) : descriptor(fd), capacity(bytes) {}

  void run() {
    std::unique_lock lock(mutex);
    for (;;) {
      more.wait(lock, [this] { return over || !waiting.empty(); });
      if (waiting.empty()) break;
      std::swap(waiting, under_way);
      lock.unlock();
      const bool written = write_all(descriptor, under_way, given_up);
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
  if (!shared_->idle.wait_for(lock, kLastWords, [this] { return shared_->ended; }))
    shared_->given_up = true;
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
