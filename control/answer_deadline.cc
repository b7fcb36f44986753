#include "control/answer_deadline.h"

#include <sys/socket.h>

namespace longmen {

AnswerDeadline::AnswerDeadline(UniqueFd socket)
    : socket_(std::move(socket)), thread_([this] { run(); }) {}

AnswerDeadline::~AnswerDeadline() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

void AnswerDeadline::begin(std::chrono::milliseconds within) {
  {
    const std::lock_guard lock(mutex_);
    deadline_ = std::chrono::steady_clock::now() + within;
  }
  changed_.notify_one();
}

void AnswerDeadline::end() {
  const std::lock_guard lock(mutex_);
  deadline_.reset();
}

bool AnswerDeadline::struck() {
  const std::lock_guard lock(mutex_);
  return struck_;
}

void AnswerDeadline::run() {
  std::unique_lock lock(mutex_);
  while (!stopping_ && !struck_) {
    if (!deadline_) {
      changed_.wait(lock);
    } else if (std::chrono::steady_clock::now() >= *deadline_) {
      struck_ = true;
      ::shutdown(socket_.get(), SHUT_RDWR);
    } else {
      changed_.wait_until(lock, *deadline_);
    }
  }
}

}  // namespace longmen
