// A body of server-sent events (WHATWG HTML, "Server-sent events"): what its feed has to say, again
// whenever it is woken and at least once a second, so that who listens knows by a second's silence
// that the line is dead. Each event tells all that there is to know, so nothing waits for a slow
// listener but the one that is under way. Ends when the feed does. One thread: the io_context's.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <optional>
#include <string>

#include "net/http_message.h"

namespace longmen {

class EventFeed {
 public:
  virtual ~EventFeed() = default;
  // JSON, in one line; nothing: it is over.
  virtual std::optional<std::string> next() = 0;
  // Now and then: whether whom it goes to may still have it.
  virtual boost::asio::awaitable<bool> may_go_on() = 0;
};

class EventStream : public HttpBody {
 public:
  static constexpr std::chrono::milliseconds kPeriod{1'000};
  static constexpr std::chrono::milliseconds kSpacing{100};  // between two events, at least
  static constexpr std::chrono::seconds kCheckEvery{30};     // may_go_on()

  EventStream(boost::asio::io_context& io, std::unique_ptr<EventFeed> feed);

  boost::asio::awaitable<HttpBodyPiece> read() override;
  // Something is new. And: no more.
  void wake();
  void end();

  // 200, with this body.
  static HttpResponse respond(std::shared_ptr<EventStream> stream);

 private:
  boost::asio::awaitable<void> wait_until(std::chrono::steady_clock::time_point at);

  std::unique_ptr<EventFeed> feed_;
  boost::asio::steady_timer timer_;
  std::chrono::steady_clock::time_point last_{};
  std::chrono::steady_clock::time_point checked_;
  std::string rest_;  // of the event under way
  bool woken_ = true;
  bool ended_ = false;
};

}  // namespace longmen
