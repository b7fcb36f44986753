// Runs what takes long on a thread of its own, or several, and gives its result to a coroutine on
// the io thread, whose object it is: so neither that thread nor the store's waits for it. One piece
// of work a thread, and kMaxWaiting in all; past that one is refused at once.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <memory>
#include <type_traits>

#include "control/decided.h"
#include "control/outcome_of_thread.h"

namespace longmen {

class WorkThread {
 public:
  static constexpr int kMaxWaiting = 4;

  explicit WorkThread(boost::asio::io_context& io, int threads = 1, int max_waiting = kMaxWaiting)
      : io_(io), max_waiting_(max_waiting), thread_(static_cast<size_t>(threads)) {}
  ~WorkThread() { join(); }
  // Waits for the work under way; what waits behind it is dropped.
  void join() {
    thread_.stop();
    thread_.join();
  }
  WorkThread(const WorkThread&) = delete;
  WorkThread& operator=(const WorkThread&) = delete;

  // What `work` returns; 503 when too much waits.
  template <class Work>
  boost::asio::awaitable<Decided<std::invoke_result_t<Work>>> run(Work work) {
    // No coroutine itself; see control/outcome_of_thread.h.
    using Outcome = OutcomeOfThread<Decided<std::invoke_result_t<Work>>>;
    auto waiting = std::make_shared<Outcome>(io_);
    if (waiting_ >= max_waiting_) {
      waiting->put(refuse(503, "others' work is under way; try again"));
      waiting->resume();
      return Outcome::take(waiting);
    }
    ++waiting_;
    boost::asio::post(thread_, [this, waiting, work = std::move(work)]() mutable {
      waiting->put(work());
      boost::asio::post(io_, [this, waiting] {
        --waiting_;
        waiting->resume();
      });
    });
    return Outcome::take(waiting);
  }

 private:
  boost::asio::io_context& io_;
  const int max_waiting_;
  int waiting_ = 0;  // the io thread's
  boost::asio::thread_pool thread_;
};

}  // namespace longmen
