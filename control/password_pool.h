// The threads on which passwords are hashed: kThreads at a time, so that their memory is bounded
// however many sign in, and kMaxWaiting behind them; past that an attempt is refused at once, and
// so is one of whoever has kMaxOfOne already. The threads yield to all else on the machine, media
// first. Gives results to coroutines on the io thread, whose object it is.
#pragma once

#include <sys/resource.h>

#include <algorithm>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <memory>
#include <string>
#include <vector>

#include "control/decided.h"
#include "control/outcome_of_thread.h"
#include "control/password_hash.h"

namespace longmen {

class PasswordPool {
 public:
  static constexpr int kThreads = 2;
  static constexpr int kMaxWaiting = 16;
  static constexpr int kMaxOfOne = 6;
  static constexpr int kNice = 10;

  PasswordPool(boost::asio::io_context& io, PasswordCost cost, RandomBytes random)
      : io_(io), cost_(cost), random_(std::move(random)) {}
  ~PasswordPool() { join(); }
  void join() {
    threads_.stop();
    threads_.join();
  }

  const PasswordCost& cost() const { return cost_; }
  int busy() const { return static_cast<int>(owners_.size()); }
  uint64_t started() const { return started_; }

  // 503 when too many wait. `owner`: on whose behalf, a network or a person.
  boost::asio::awaitable<Decided<std::string>> hash(std::string password, std::string owner) {
    return start<std::string>(std::move(owner),
                              [this, password = std::move(password)]() -> Decided<std::string> {
                                auto made = hash_password(password, cost_, random_);
                                if (!made) return refuse(503, made.error().message);
                                return *made;
                              });
  }
  boost::asio::awaitable<Decided<bool>> check(std::string password, std::string hash,
                                              std::string owner) {
    return start<bool>(std::move(owner),
                       [password = std::move(password), hash = std::move(hash)]() -> Decided<bool> {
                         return is_password(password, hash);
                       });
  }

 private:
  // No coroutine itself; see control/outcome_of_thread.h.
  template <class T, class Work>
  boost::asio::awaitable<Decided<T>> start(std::string owner, Work work) {
    using Outcome = OutcomeOfThread<Decided<T>>;
    auto waiting = std::make_shared<Outcome>(io_);
    const auto of_owner = std::count(owners_.begin(), owners_.end(), owner);
    if (busy() >= kThreads + kMaxWaiting || of_owner >= kMaxOfOne) {
      waiting->put(refuse(503, "too many sign in at this moment; try again in a few seconds"));
      waiting->resume();
      return Outcome::take(waiting);
    }
    ++started_;
    owners_.push_back(owner);
    boost::asio::post(threads_, [this, waiting, owner = std::move(owner), work = std::move(work)] {
      yield_to_others();
      waiting->put(work());
      boost::asio::post(io_, [this, waiting, owner] {
        owners_.erase(std::find(owners_.begin(), owners_.end(), owner));
        waiting->resume();
      });
    });
    return Outcome::take(waiting);
  }

  // Linux: of the calling thread alone.
  static void yield_to_others() {
    static thread_local const bool done = ::setpriority(PRIO_PROCESS, 0, kNice) == 0;
    (void)done;
  }

  boost::asio::io_context& io_;
  const PasswordCost cost_;
  const RandomBytes random_;         // called on any of the threads
  std::vector<std::string> owners_;  // of what is running or waiting
  uint64_t started_ = 0;
  boost::asio::thread_pool threads_{kThreads};
};

}  // namespace longmen
