// The threads on which passwords are hashed: kThreads at a time, so that their memory is bounded
// however many sign in, and kMaxWaiting behind them; past that an attempt is refused at once. Gives
// results to coroutines on the io thread, whose object it is.
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

#include "control/decided.h"
#include "control/password_hash.h"

namespace longmen {

class PasswordPool {
 public:
  static constexpr int kThreads = 2;
  static constexpr int kMaxWaiting = 16;

  PasswordPool(boost::asio::io_context& io, PasswordCost cost, RandomBytes random)
      : io_(io), cost_(cost), random_(std::move(random)) {}
  ~PasswordPool() { join(); }
  void join() {
    threads_.stop();
    threads_.join();
  }

  const PasswordCost& cost() const { return cost_; }
  int busy() const { return busy_; }

  // 503 when too many wait.
  boost::asio::awaitable<Decided<std::string>> hash(std::string password) {
    return start<std::string>([this, password = std::move(password)]() -> Decided<std::string> {
      auto made = hash_password(password, cost_, random_);
      if (!made) return refuse(503, made.error().message);
      return *made;
    });
  }
  boost::asio::awaitable<Decided<bool>> check(std::string password, std::string hash) {
    return start<bool>([password = std::move(password), hash = std::move(hash)]() -> Decided<bool> {
      return is_password(password, hash);
    });
  }

 private:
  template <class T>
  struct Waiting {
    explicit Waiting(boost::asio::io_context& io)
        : timer(io, boost::asio::steady_timer::time_point::max()) {}
    std::optional<Decided<T>> outcome;  // the other thread's until `done`
    boost::asio::steady_timer timer;
    bool done = false;
  };

  // No coroutine itself; see control/store_thread.h.
  template <class T, class Work>
  boost::asio::awaitable<Decided<T>> start(Work work) {
    auto waiting = std::make_shared<Waiting<T>>(io_);
    if (busy_ >= kThreads + kMaxWaiting) {
      waiting->outcome.emplace(
          refuse(503, "too many sign in at this moment; try again in a few seconds"));
      waiting->done = true;
      return finish<T>(waiting);
    }
    ++busy_;
    boost::asio::post(threads_, [this, waiting, work = std::move(work)] {
      waiting->outcome.emplace(work());
      boost::asio::post(io_, [this, waiting] {
        --busy_;
        waiting->done = true;
        waiting->timer.cancel();
      });
    });
    return finish<T>(waiting);
  }

  template <class T>
  static boost::asio::awaitable<Decided<T>> finish(std::shared_ptr<Waiting<T>> waiting) {
    if (!waiting->done) {
      boost::system::error_code woken;
      co_await waiting->timer.async_wait(
          boost::asio::redirect_error(boost::asio::use_awaitable, woken));
    }
    co_return std::move(*waiting->outcome);
  }

  boost::asio::io_context& io_;
  const PasswordCost cost_;
  const RandomBytes random_;  // called on any of the threads
  int busy_ = 0;              // running or waiting
  boost::asio::thread_pool threads_{kThreads};
};

}  // namespace longmen
