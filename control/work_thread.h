// Runs what computes for long on a thread of its own and gives its result to a coroutine on the io
// thread, whose object it is: so neither that thread nor the store's waits for it. One piece of
// work at a time, and kMaxWaiting in all; past that one is refused at once.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <memory>
#include <optional>
#include <type_traits>

#include "control/decided.h"

namespace longmen {

class WorkThread {
 public:
  static constexpr int kMaxWaiting = 4;

  explicit WorkThread(boost::asio::io_context& io) : io_(io) {}
  ~WorkThread() {
    thread_.stop();
    thread_.join();
  }
  WorkThread(const WorkThread&) = delete;
  WorkThread& operator=(const WorkThread&) = delete;

  // What `work` returns; 503 when too much waits.
  template <class Work>
  boost::asio::awaitable<Decided<std::invoke_result_t<Work>>> run(Work work) {
    using Got = std::invoke_result_t<Work>;
    // No coroutine itself; see control/store_thread.h.
    auto waiting = std::make_shared<Waiting<Got>>(io_);
    if (waiting_ >= kMaxWaiting) {
      waiting->outcome.emplace(refuse(503, "others' work is under way; try again"));
      waiting->done = true;
      return finish<Got>(waiting);
    }
    ++waiting_;
    boost::asio::post(thread_, [this, waiting, work = std::move(work)]() mutable {
      waiting->outcome.emplace(work());
      boost::asio::post(io_, [this, waiting] {
        --waiting_;
        waiting->done = true;
        waiting->timer.cancel();
      });
    });
    return finish<Got>(waiting);
  }

 private:
  template <class Got>
  struct Waiting {
    explicit Waiting(boost::asio::io_context& io)
        : timer(io, boost::asio::steady_timer::time_point::max()) {}
    std::optional<Decided<Got>> outcome;  // the other thread's until `done`
    boost::asio::steady_timer timer;
    bool done = false;
  };

  template <class Got>
  static boost::asio::awaitable<Decided<Got>> finish(std::shared_ptr<Waiting<Got>> waiting) {
    if (!waiting->done) {
      boost::system::error_code woken;
      co_await waiting->timer.async_wait(
          boost::asio::redirect_error(boost::asio::use_awaitable, woken));
    }
    co_return std::move(*waiting->outcome);
  }

  boost::asio::io_context& io_;
  int waiting_ = 0;  // the io thread's
  boost::asio::thread_pool thread_{1};
};

}  // namespace longmen
