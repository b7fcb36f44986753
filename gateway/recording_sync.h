// Tells control what recordings there are, and takes what it orders of them: once a second, over
// control's Unix socket. While control is away recordings go on as they were ordered last, which
// their folders remember. Bounds: kMaxReportsAtOnce a request; one request at a time.
// One thread: the io_context's.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <string>

#include "gateway/recorder.h"
#include "net/http_client.h"

namespace longmen {

class RecordingSync {
 public:
  // Outlives it.
  RecordingSync(boost::asio::io_context& io, Recorder& recorder)
      : io_(io), recorder_(recorder), timer_(io) {}

  void configure(const std::string& node, const std::string& control_socket);
  void stop();

 private:
  boost::asio::awaitable<void> run();
  boost::asio::awaitable<Result<RecordingSyncResponse>> ask(RecordingSyncRequest request);

  boost::asio::io_context& io_;
  Recorder& recorder_;
  boost::asio::steady_timer timer_;
  std::string node_, socket_;
  int64_t known_ = 0;  // the newest order that was carried out
  bool away_ = false;  // and the log knows
  bool running_ = false;
  bool stopped_ = false;
};

}  // namespace longmen
