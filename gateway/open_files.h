// Files of recordings that were read a moment ago, open: who asks for the next segment need not
// wait until another thread has opened its file again. Each for a while at most, so that one that
// was deleted gives its room back; one that was deleted, or another was renamed over, is not given
// any more from kTrusted later on. Bound: kMaxFiles. One thread: the io_context's.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "net/mapped_file.h"

namespace longmen {

class OpenFiles : public std::enable_shared_from_this<OpenFiles> {
 public:
  static constexpr std::chrono::milliseconds kKept{2000};
  static constexpr std::chrono::milliseconds kTrusted{100};
  static constexpr size_t kMaxFiles = 256;

  explicit OpenFiles(boost::asio::io_context& io, std::chrono::milliseconds kept = kKept,
                     std::chrono::milliseconds trusted = kTrusted)
      : kept_(kept), trusted_(trusted), timer_(io) {}

  // Null: it is not open, or not what has this name any more.
  std::shared_ptr<MappedFile> find(std::string_view path);
  // In place of the one that was there.
  void keep(const std::string& path, std::shared_ptr<MappedFile> file);

 private:
  struct File {
    std::shared_ptr<MappedFile> file;
    std::chrono::steady_clock::time_point until;
    std::chrono::steady_clock::time_point looked_at;  // when it had its name
  };
  using Files = std::map<std::string, File, std::less<>>;  // by path
  Files::const_iterator oldest() const;
  void let_go_in_time();

  std::chrono::milliseconds kept_;
  std::chrono::milliseconds trusted_;
  Files files_;
  boost::asio::steady_timer timer_;  // runs while there are any
};

}  // namespace longmen
