// Runs the store's blocking calls on a thread of their own and gives their results to coroutines on
// the io thread. The store is opened, used and closed there and nowhere else. Calls wait in order;
// at most kMaxWaitingCalls, then a call fails at once.
#pragma once

#include <atomic>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <memory>
#include <type_traits>

#include "control/store.h"

namespace longmen {

class StoreThread {
 public:
  static constexpr int kMaxWaitingCalls = 256;

  ~StoreThread() { pool_.join(); }

  boost::asio::awaitable<Result<void>> open(StoreSettings settings, int64_t now_ms) {
    auto opening = [this, settings = std::move(settings),
                    now_ms]() -> boost::asio::awaitable<Result<void>> {
      auto opened = Store::open(settings, now_ms);
      if (!opened) co_return tl::unexpected(opened.error());
      store_ = std::move(*opened);
      co_return Result<void>();
    };
    co_return co_await boost::asio::co_spawn(pool_, std::move(opening), boost::asio::use_awaitable);
  }

  // `call` takes a Store& and returns a Result.
  template <class Call>
  boost::asio::awaitable<std::invoke_result_t<Call, Store&>> run(Call call) {
    using Outcome = std::invoke_result_t<Call, Store&>;
    if (waiting_ >= kMaxWaitingCalls) co_return fail("database: too many calls wait");
    ++waiting_;
    auto calling = [this, call = std::move(call)]() mutable -> boost::asio::awaitable<Outcome> {
      if (!store_) co_return fail("database: not open yet");
      co_return call(*store_);
    };
    Outcome outcome =
        co_await boost::asio::co_spawn(pool_, std::move(calling), boost::asio::use_awaitable);
    --waiting_;
    co_return outcome;
  }

 private:
  std::unique_ptr<Store> store_;  // the pool's one thread
  int waiting_ = 0;               // the io thread
  boost::asio::thread_pool pool_{1};
};

}  // namespace longmen
