// Ends the wait for an answer that does not come: past the deadline it shuts the connection's
// socket down, so that whoever waits for bytes on it reads its end. For a server that hangs, whose
// network is fine and whose own timeouts do not run. A thread of its own; begin() and end() from
// one other.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>

#include "net/unique_fd.h"

namespace longmen {

class AnswerDeadline {
 public:
  // A duplicate of the connection's descriptor: shutting it down never meets another's socket.
  explicit AnswerDeadline(UniqueFd socket);
  ~AnswerDeadline();
  AnswerDeadline(const AnswerDeadline&) = delete;
  AnswerDeadline& operator=(const AnswerDeadline&) = delete;

  void begin(std::chrono::milliseconds within);
  void end();
  bool struck();  // once true, the connection is of no more use

 private:
  void run();

  UniqueFd socket_;
  std::mutex mutex_;  // of what follows
  std::condition_variable changed_;
  std::optional<std::chrono::steady_clock::time_point> deadline_;
  bool struck_ = false;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace longmen
