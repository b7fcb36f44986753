// Calls back once when nothing has come for `limit`: begin() starts it, broken() puts it off
// without a timer operation each time. One thread.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <memory>

#include "core/time/media_time.h"

namespace longmen {

class SilenceTimer {
 public:
  SilenceTimer(boost::asio::io_context& io, std::function<void()> silent,
               std::chrono::milliseconds limit = std::chrono::seconds(10))
      : timer_(io), silent_(std::move(silent)), limit_(limit) {}
  ~SilenceTimer() { *alive_ = false; }
  SilenceTimer(const SilenceTimer&) = delete;
  SilenceTimer& operator=(const SilenceTimer&) = delete;

  void begin() {
    broken();
    watch();
  }
  void broken() { last_ = std::chrono::steady_clock::now(); }

 private:
  void watch() {
    timer_.expires_at(last_ + limit_);
    timer_.async_wait([this, alive = alive_](boost::system::error_code cancelled) {
      if (cancelled || !*alive) return;
      if (std::chrono::steady_clock::now() < last_ + limit_) return watch();
      silent_();
    });
  }

  boost::asio::steady_timer timer_;
  std::function<void()> silent_;
  std::chrono::milliseconds limit_;
  Monotonic last_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace longmen
