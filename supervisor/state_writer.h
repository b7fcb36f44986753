// Writes one small file again and again without its owner waiting for the disk: the latest text
// replaces one that waits for a write under way. Failures are logged. Bounds: one write under way
// and one waiting. Owned by the thread of `io`; a thread of its own writes.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/thread_pool.hpp>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace longmen {

class StateWriter {
 public:
  StateWriter(boost::asio::io_context& io, std::string path) : io_(io), path_(std::move(path)) {}
  ~StateWriter() { thread_.join(); }  // after the write under way
  StateWriter(const StateWriter&) = delete;
  StateWriter& operator=(const StateWriter&) = delete;

  // `written` is called on the thread of `io` when this text or a later one is on the disk, or
  // could not be brought there; never from within.
  void write(std::string text, std::function<void()> written = nullptr);

 private:
  void begin();

  boost::asio::io_context& io_;
  std::string path_;
  std::optional<std::string> waiting_;
  std::vector<std::function<void()>> to_tell_;  // of what waits
  bool writing_ = false;
  boost::asio::thread_pool thread_{1};
};

}  // namespace longmen
