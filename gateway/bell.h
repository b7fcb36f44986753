// Wakes those who wait for something that becomes true for many at once: a playlist's next part.
// Whoever can be answered at once is, all of them, before the first one is woken; whoever is woken
// looks again. Bounds: the waiters are HTTP requests, which the server bounds. One thread: the
// io_context's.
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
    for (const Waiting& each : state_->waiting)
      if (each.asker) each.asker->answer_now();
    for (Waiting& each : state_->waiting)
      each.timer.cancel();
  }
  size_t waiting() const { return state_->waiting.size(); }

  // Until it rings, `deadline` has come, or the asker is gone (null: nobody could tell). The bell
  // may be gone by then, too.
  boost::asio::awaitable<void> wait(std::chrono::steady_clock::time_point deadline,
                                    std::shared_ptr<HttpAsker> asker = nullptr) {
    return wait(state_, deadline, std::move(asker));
  }

 private:
  struct Waiting {
    boost::asio::steady_timer timer;
    std::shared_ptr<HttpAsker> asker;
  };
  struct State {
    explicit State(boost::asio::io_context& context) : io(context) {}
    boost::asio::io_context& io;
    std::list<Waiting> waiting;
  };

  static boost::asio::awaitable<void> wait(std::shared_ptr<State> state,
                                           std::chrono::steady_clock::time_point deadline,
                                           std::shared_ptr<HttpAsker> asker) {
    boost::asio::steady_timer timer(state->io, deadline);
    const auto place =
        state->waiting.insert(state->waiting.end(), Waiting{std::move(timer), asker});
    if (asker) asker->when_gone([place] { place->timer.cancel(); });
    boost::system::error_code woken;
    co_await place->timer.async_wait(
        boost::asio::redirect_error(boost::asio::use_awaitable, woken));
    if (asker) asker->when_gone(nullptr);
    state->waiting.erase(place);
  }

  std::shared_ptr<State> state_;
};

}  // namespace longmen
