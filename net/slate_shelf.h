// The encoded slates of a node's channels in memory, as many as may be shown at any moment: reads
// files on a thread of its own, since a clip's is tens of megabytes and what plays must not wait
// for a disk. What cannot be read is told once, and the channel's card stands in for it; what was
// read before stays until there is something else. Knows no channel's state.
// Bounds: what channels name, each file kMaxSlateBytes. One thread (the io_context's) beside its
// own.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/thread_pool.hpp>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/media/slate.h"
#include "core/node/channel.h"

namespace longmen {

class SlateShelf {
 public:
  // `changed`: slates_of() has something new to say; on the io_context's thread.
  SlateShelf(boost::asio::io_context& io, RenditionId sound, std::function<void()> changed);
  ~SlateShelf();
  SlateShelf(const SlateShelf&) = delete;
  SlateShelf& operator=(const SlateShelf&) = delete;

  // Of all channels; what none of them names is forgotten.
  void want(const std::vector<Channel>& channels);
  // What there is of that channel now; null where it is being read, or neither the slate nor the
  // card is there: what was shown on that occasion before is better.
  SlateSet slates_of(const Channel& channel) const;
  // Its name on the card: what stands in for everything.
  std::shared_ptr<const Slate> card_of(const Channel& channel) const;

 private:
  struct Place {
    bool read = false;                   // or tried
    std::shared_ptr<const Slate> slate;  // null: not yet, or it cannot be read
  };
  void put(const std::string& file, Result<std::shared_ptr<const Slate>> slate);
  std::shared_ptr<const Slate> find(const std::string& file) const;

  boost::asio::io_context& io_;
  const RenditionId sound_;
  const std::function<void()> changed_;
  std::map<std::string, Place> places_;  // by file
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
  boost::asio::thread_pool thread_{1};
};

}  // namespace longmen
