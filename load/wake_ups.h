// When which of many viewers wants to be woken: one timer for all. A number may be asked for again
// with another time; the earlier request still comes, and the caller, who knows what it asked for
// last, passes over it. Bounds: the caller's requests. One thread, that of `io`.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <queue>
#include <vector>

#include "core/time/media_time.h"

namespace longmen {

class WakeUps {
 public:
  // `wake(number, asked)`: the time has come that was asked for.
  using Wake = std::function<void(size_t number, Monotonic asked)>;
  WakeUps(boost::asio::io_context& io, Wake wake) : timer_(io), wake_(std::move(wake)) {}

  void ask(size_t number, Monotonic when) {
    const bool first = due_.empty() || when < due_.top().at;
    due_.push({when, number});
    if (first) arm();
  }

 private:
  struct Due {
    Monotonic at;
    size_t number;
    bool operator>(const Due& other) const { return at > other.at; }
  };

  void arm() {
    if (due_.empty()) return;
    timer_.expires_at(due_.top().at);
    timer_.async_wait([this](boost::system::error_code error) {
      if (!error) handle_due();
    });
  }
  void handle_due() {
    const Monotonic now = std::chrono::steady_clock::now();
    while (!due_.empty() && due_.top().at <= now) {
      const Due due = due_.top();
      due_.pop();
      wake_(due.number, due.at);
    }
    arm();
  }

  boost::asio::steady_timer timer_;
  Wake wake_;
  std::priority_queue<Due, std::vector<Due>, std::greater<>> due_;
};

}  // namespace longmen
