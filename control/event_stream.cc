#include "control/event_stream.h"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace longmen {
namespace asio = boost::asio;
using SteadyClock = std::chrono::steady_clock;

EventStream::EventStream(asio::io_context& io, std::unique_ptr<EventFeed> feed)
    : feed_(std::move(feed)), timer_(io), checked_(SteadyClock::now()) {}

void EventStream::wake() {
  woken_ = true;
  timer_.cancel();
}

void EventStream::end() {
  ended_ = true;
  timer_.cancel();
}

asio::awaitable<void> EventStream::wait_until(SteadyClock::time_point at) {
  timer_.expires_at(at);
  boost::system::error_code woken;
  co_await timer_.async_wait(asio::redirect_error(asio::use_awaitable, woken));
}

asio::awaitable<HttpBodyPiece> EventStream::read() {
  if (rest_.empty()) {
    if (!woken_ && !ended_) co_await wait_until(last_ + kPeriod);
    if (!ended_ && SteadyClock::now() < last_ + kSpacing) co_await wait_until(last_ + kSpacing);
    if (!ended_ && SteadyClock::now() >= checked_ + kCheckEvery) {
      checked_ = SteadyClock::now();
      const bool may = co_await feed_->may_go_on();
      ended_ = ended_ || !may;
    }
    woken_ = false;
    last_ = SteadyClock::now();
    const auto data = ended_ ? std::nullopt : feed_->next();
    if (!data) {
      ended_ = true;
      co_return std::string();
    }
    rest_ = "data: " + *data + "\n\n";
  }
  std::string piece = rest_.substr(0, kMaxBodyPieceBytes);
  rest_.erase(0, piece.size());
  co_return piece;
}

HttpResponse EventStream::respond(std::shared_ptr<EventStream> stream) {
  HttpResponse response;
  response.fields.set("Content-Type", "text/event-stream");
  response.fields.set("Cache-Control", "no-store");
  response.fields.set("X-Accel-Buffering", "no");
  response.stream = std::move(stream);
  return response;
}

}  // namespace longmen
