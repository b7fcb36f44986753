// What people look at of feeds: how much came in the last second or so, of each that is up, how far
// away its sender is, and what became of its packets and of its transport stream, where the way in
// knows that. Keeps what there was at the last look. Bounds: an entry an input of a channel. One
// thread.
#pragma once

#include <map>
#include <string>
#include <utility>

#include "ingest/feeds.h"

namespace longmen {

class FeedFigures {
 public:
  // Body of kFigures, {"ingest":[...]}: since the last call.
  std::string look(const Feeds& feeds, Monotonic now);

 private:
  struct Before {
    uint64_t publication = 0;
    uint64_t bytes = 0, video_frames = 0;
    Monotonic at;
    PathHealth path;
    uint64_t stream_errors = 0;
  };
  std::map<std::pair<std::string, ChannelInput>, Before> before_;
};

}  // namespace longmen
