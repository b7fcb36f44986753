// Runs what may wait for a disk on threads of its own, and gives the results to coroutines on the
// io thread, so that no slow disk holds up who watches live. Bound: kMaxWaiting, then a call fails
// at once. What is called must not refer to anything of the io thread's.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <exception>
#include <memory>
#include <optional>
#include <type_traits>

#include "core/base/result.h"

namespace longmen {

class DiskPool {
 public:
  static constexpr int kMaxWaiting = 512;
  static constexpr size_t kThreads = 2;

  explicit DiskPool(boost::asio::io_context& io, size_t threads = kThreads)
      : io_(io), state_(std::make_shared<State>()), threads_(threads) {}
  ~DiskPool() { join(); }
  // Waits for the calls under way; those that wait behind them are dropped.
  void join() {
    threads_.stop();
    threads_.join();
  }

  // `work` returns a Result.
  template <class Work>
  boost::asio::awaitable<std::invoke_result_t<Work>> run(Work work) {
    auto waiting = std::make_shared<Waiting<Work>>(io_, std::move(work));
    if (state_->waiting >= kMaxWaiting) {
      waiting->outcome.emplace(fail("the disk does not keep up"));
      waiting->done = true;
      return finish(waiting);
    }
    ++state_->waiting;
    boost::asio::post(threads_, [&io = io_, state = state_, waiting] {
      try {
        waiting->outcome.emplace(waiting->work());
      } catch (const std::exception& error) {  // of memory, or a library's
        waiting->outcome.emplace(fail(error.what()));
      }
      boost::asio::post(io, [state, waiting] {
        --state->waiting;
        waiting->done = true;
        waiting->timer.cancel();
      });
    });
    return finish(waiting);
  }

 private:
  struct State {
    int waiting = 0;  // the io thread's
  };
  template <class Work>
  struct Waiting {
    Waiting(boost::asio::io_context& io, Work todo)
        : work(std::move(todo)), timer(io, boost::asio::steady_timer::time_point::max()) {}
    Work work;
    std::optional<std::invoke_result_t<Work>> outcome;  // the other thread's until `done`
    boost::asio::steady_timer timer;
    bool done = false;
  };

  template <class Work>
  static boost::asio::awaitable<std::invoke_result_t<Work>> finish(
      std::shared_ptr<Waiting<Work>> waiting) {
    if (!waiting->done) {
      boost::system::error_code woken;
      co_await waiting->timer.async_wait(
          boost::asio::redirect_error(boost::asio::use_awaitable, woken));
    }
    co_return std::move(*waiting->outcome);
  }

  boost::asio::io_context& io_;
  std::shared_ptr<State> state_;
  boost::asio::thread_pool threads_;
};

}  // namespace longmen
