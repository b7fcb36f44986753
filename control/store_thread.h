// Runs the store's blocking calls on a thread of their own and gives their results to coroutines on
// the io thread. The store is opened, used and closed there and nowhere else. Calls wait in order;
// at most kMaxWaitingCalls, then a call fails at once; for those of whom it is not known who they
// are at most kMaxForAnyone, and for enrolled screens at most kMaxForScreens, so that neither
// strangers nor a town's televisions keep out who is signed in.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <memory>
#include <type_traits>

#include "control/outcome_of_thread.h"
#include "control/store.h"

namespace longmen {

class StoreThread {
 public:
  static constexpr int kMaxWaitingCalls = 256;
  static constexpr int kMaxForAnyone = 128;
  static constexpr int kMaxForScreens = 64;

  explicit StoreThread(boost::asio::io_context& io) : io_(io) {}
  ~StoreThread() { join(); }
  // Waits for the call under way; what waits behind it is dropped. The store is closed.
  void join() {
    thread_.stop();
    thread_.join();
  }

  uint64_t calls() const { return started_; }

  boost::asio::awaitable<Result<void>> open(StoreSettings settings, int64_t now_ms) {
    return start([this, settings = std::move(settings), now_ms]() -> Result<void> {
      auto opened = Store::open(settings, now_ms);
      if (!opened) return tl::unexpected(opened.error());
      store_ = std::move(*opened);
      return {};
    });
  }

  // `call` takes a Store& and returns a Result.
  template <class Call>
  boost::asio::awaitable<std::invoke_result_t<Call, Store&>> run(Call call) {
    return start(on_store(std::move(call)));
  }
  // For whoever asks.
  template <class Call>
  boost::asio::awaitable<std::invoke_result_t<Call, Store&>> run_for_anyone(Call call) {
    return start(on_store(std::move(call)), &for_anyone_, kMaxForAnyone);
  }
  // For an enrolled screen.
  template <class Call>
  boost::asio::awaitable<std::invoke_result_t<Call, Store&>> run_for_screen(Call call) {
    return start(on_store(std::move(call)), &for_screens_, kMaxForScreens);
  }

 private:
  template <class Call>
  auto on_store(Call call) {
    return [this, call = std::move(call)]() -> std::invoke_result_t<Call, Store&> {
      if (!store_) return fail("database: not open yet");
      return call(*store_);
    };
  }

  // No coroutine itself; see control/outcome_of_thread.h.
  template <class Work>
  boost::asio::awaitable<std::invoke_result_t<Work>> start(Work work, int* of_kind = nullptr,
                                                           int limit_of_kind = 0) {
    using Outcome = OutcomeOfThread<std::invoke_result_t<Work>>;
    auto waiting = std::make_shared<Outcome>(io_);
    if (waiting_ >= kMaxWaitingCalls || (of_kind && *of_kind >= limit_of_kind)) {
      waiting->put(fail("database: too many calls wait"));
      waiting->resume();
      return Outcome::take(waiting);
    }
    ++waiting_;
    ++started_;
    if (of_kind) ++*of_kind;
    boost::asio::post(thread_, [this, waiting, of_kind, work = std::move(work)]() mutable {
      waiting->put(work());
      // What was done may hold what is the io thread's.
      boost::asio::post(io_, [this, waiting, of_kind, done = std::move(work)] {
        --waiting_;
        if (of_kind) --*of_kind;
        waiting->resume();
      });
    });
    return Outcome::take(waiting);
  }

  boost::asio::io_context& io_;
  std::unique_ptr<Store> store_;  // the other thread's
  int waiting_ = 0;               // the io thread's
  int for_anyone_ = 0;            // of those
  int for_screens_ = 0;           // likewise
  uint64_t started_ = 0;
  boost::asio::thread_pool thread_{1};
};

}  // namespace longmen
