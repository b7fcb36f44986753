// Wakes those who wait for something that becomes true for many at once: a playlist's next part.
// Whoever is woken looks again. Bounds: the waiters are HTTP requests, which the server bounds. One
// thread: the io_context's.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <list>
#include <memory>

#include "net/http_message.h"

namespace longmen {

class Bell {
 public:
  explicit Bell(boost::asio::io_context& io) : state_(std::make_shared<State>(io)) {}

  void ring() {
    for (boost::asio::steady_timer& timer : state_->waiting)
      timer.cancel();
  }
  size_t waiting() const { return state_->waiting.size(); }

  // Until it rings, `deadline` has come, or the asker is gone (null: nobody could tell). The bell
  // may be gone by then, too.
  boost::asio::awaitable<void> wait(std::chrono::steady_clock::time_point deadline,
                                    std::shared_ptr<HttpAsker> asker = nullptr) {
    return wait(state_, deadline, std::move(asker));
  }

 private:
  struct State {
    explicit State(boost::asio::io_context& context) : io(context) {}
    boost::asio::io_context& io;
    std::list<boost::asio::steady_timer> waiting;
  };

  static boost::asio::awaitable<void> wait(std::shared_ptr<State> state,
                                           std::chrono::steady_clock::time_point deadline,
                                           std::shared_ptr<HttpAsker> asker) {
    const auto place = state->waiting.emplace(state->waiting.end(), state->io, deadline);
    if (asker) asker->when_gone([place] { place->cancel(); });
    boost::system::error_code woken;
    co_await place->async_wait(boost::asio::redirect_error(boost::asio::use_awaitable, woken));
    if (asker) asker->when_gone(nullptr);
    state->waiting.erase(place);
  }

  std::shared_ptr<State> state_;
};

}  // namespace longmen
