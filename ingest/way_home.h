// The way from other threads to that of an io_context; nothing passes it once it is closed, which
// that thread does. It outlives what it leads to.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <memory>
#include <mutex>
#include <utility>

namespace longmen {

class WayHome : public std::enable_shared_from_this<WayHome> {
 public:
  explicit WayHome(boost::asio::io_context& io) : io_(&io) {}

  // Any thread.
  template <class What>
  void post(What what) {
    const std::lock_guard lock(mutex_);
    if (!io_) return;
    boost::asio::post(*io_, [self = shared_from_this(), what = std::move(what)]() mutable {
      if (self->io_) what();  // only this thread changes it
    });
  }
  void close() {
    const std::lock_guard lock(mutex_);
    io_ = nullptr;
  }

 private:
  std::mutex mutex_;
  boost::asio::io_context* io_;
};

}  // namespace longmen
