// The outcome of work on another thread, which a coroutine on the io thread waits for. The other
// thread puts it there; whatever resumes the coroutine is posted to the io thread, which alone
// touches the rest.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <memory>
#include <optional>
#include <utility>

namespace longmen {

template <class T>
class OutcomeOfThread {
 public:
  explicit OutcomeOfThread(boost::asio::io_context& io)
      : timer_(io, boost::asio::steady_timer::time_point::max()) {}

  // The thread's that does the work, once, before resume().
  template <class... Arguments>
  void put(Arguments&&... arguments) {
    outcome_.emplace(std::forward<Arguments>(arguments)...);
  }
  void resume() {
    done_ = true;
    timer_.cancel();
  }

  // Only a pointer passes into the coroutine: GCC 12 destroys closures that are arguments of one
  // twice.
  static boost::asio::awaitable<T> take(std::shared_ptr<OutcomeOfThread> of) {
    if (!of->done_) {
      boost::system::error_code woken;
      co_await of->timer_.async_wait(
          boost::asio::redirect_error(boost::asio::use_awaitable, woken));
    }
    co_return std::move(*of->outcome_);
  }

 private:
  std::optional<T> outcome_;  // the other thread's until `done_`
  boost::asio::steady_timer timer_;
  bool done_ = false;
};

}  // namespace longmen
