// Runs the store's blocking calls on a thread of their own and gives their results to coroutines on
// the io thread. The store is opened, used and closed there and nowhere else. Calls wait in order;
// at most kMaxWaitingCalls, then a call fails at once; for those of whom it is not known who they
// are at most kMaxForAnyone, and for enrolled screens at most kMaxForScreens, so that neither
// strangers nor a town's televisions keep out who is signed in.
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
  template <class Work>
  struct Waiting {
    Waiting(boost::asio::io_context& io, Work todo)
        : work(std::move(todo)), timer(io, boost::asio::steady_timer::time_point::max()) {}
    Work work;
    std::optional<std::invoke_result_t<Work>> outcome;  // the other thread's until `done`
    boost::asio::steady_timer timer;
    bool done = false;
  };

  template <class Call>
  auto on_store(Call call) {
    return [this, call = std::move(call)]() -> std::invoke_result_t<Call, Store&> {
      if (!store_) return fail("database: not open yet");
      return call(*store_);
    };
  }

  // No coroutine itself, so that only a pointer passes into one: GCC 12 destroys closures that are
  // arguments of a coroutine twice.
  template <class Work>
  boost::asio::awaitable<std::invoke_result_t<Work>> start(Work work, int* of_kind = nullptr,
                                                           int limit_of_kind = 0) {
    auto waiting = std::make_shared<Waiting<Work>>(io_, std::move(work));
    if (waiting_ >= kMaxWaitingCalls || (of_kind && *of_kind >= limit_of_kind)) {
      waiting->outcome.emplace(fail("database: too many calls wait"));
      waiting->done = true;
      return finish(waiting);
    }
    ++waiting_;
    ++started_;
    if (of_kind) ++*of_kind;
    boost::asio::post(thread_, [this, waiting, of_kind] {
      waiting->outcome.emplace(waiting->work());
      boost::asio::post(io_, [this, waiting, of_kind] {
        --waiting_;
        if (of_kind) --*of_kind;
        waiting->done = true;
        waiting->timer.cancel();
      });
    });
    return finish(waiting);
  }

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
  std::unique_ptr<Store> store_;  // the other thread's
  int waiting_ = 0;               // the io thread's
  int for_anyone_ = 0;            // of those
  int for_screens_ = 0;           // likewise
  uint64_t started_ = 0;
  boost::asio::thread_pool thread_{1};
};

}  // namespace longmen
