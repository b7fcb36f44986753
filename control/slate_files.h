// The files that people gave as slates, on this node's disk, where the supervisor has them encoded:
// written down from the database beside the channels that name them being told, so that a node has
// what another one was given. What is there under its hash is not looked at again: it has got that
// name once it was whole. On the io thread; the database is asked a piece at a time, so that nobody
// waits for a large file.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <string>
#include <vector>

#include "control/store_thread.h"
#include "core/node/channel.h"

namespace longmen {

class SlateFiles {
 public:
  explicit SlateFiles(StoreThread& store) : store_(store) {}

  void set_data_dir(const std::string& data_dir);
  // Where a file lies, or will.
  std::string path_of(const std::string& sha256) const { return folder_ + "/" + sha256; }
  // Where one that is on its way in may be written; nobody else's.
  std::string path_of_new(const std::string& id) const { return folder_ + "/" + id + ".new"; }

  // All that the channels' plans name. What cannot be had is told once in the log, and asked for
  // again with the next call.
  boost::asio::awaitable<void> fetch(const std::vector<Channel>& channels);

 private:
  boost::asio::awaitable<Result<void>> fetch_one(std::string sha256);

  StoreThread& store_;
  std::string folder_;
  std::string problem_;  // that was logged last
};

}  // namespace longmen
