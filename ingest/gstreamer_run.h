// One pipeline of GStreamer, from when it begins until it is stopped: of an address, or of one file
// or a part of it. It ends in access units and frames of sound on the feed's line of time; nothing
// is decoded. RTSP comes at its own pace, out of the jitter buffer of its source; HLS and files
// come as fast as they can be read, and are held back to the pace of their own timestamps
// (ingest/media_pace.h). In the middle of a file it begins with the keyframe before: pictures
// ahead of the place go out at once, with times just before it: too late to be seen, and the first
// wanted one finds what it refers to. Bounds: kMaxWaitingBytes between GStreamer's threads and ours
// (more: left out up to a keyframe). Threads: GStreamer's own, which only hand over; it ends on one
// of Farewells; all else, the handlers too, on the io_context's.
#pragma once

#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "config/ingest_config.h"
#include "core/feed/feed_unit.h"
#include "ingest/ingest_metrics.h"

namespace longmen {

class GstreamerRun {
 public:
  struct Given {
    std::optional<FeedTrack> track;
    std::optional<FeedUnit> unit;
    std::string unsupported;  // a codec
    bool video = false;
  };
  // None of them is called once it is stopped; each may stop it.
  struct Handlers {
    std::function<void(const Given&)> take;
    // Last of all. `at_end`: of what is wanted; else `why`.
    std::function<void(bool at_end, const std::string& why)> ended;
    // The place is not to be had. `length`: the file is no longer than that; without, one cannot
    // begin in its middle.
    std::function<void(std::optional<std::chrono::milliseconds> length)> missed = nullptr;
  };
  // Where it is to begin in a file.
  struct Place {
    std::string file;
    std::chrono::milliseconds position{0};
    std::optional<std::chrono::milliseconds> to;  // the first that is not wanted
  };

  // What is at its place, or its beginning, lies at `offset` on the feed's line of time. `place` is
  // empty of an address.
  GstreamerRun(boost::asio::io_context& io, const PullConfig& pull, bool rtsp,
               std::optional<Place> place, Flicks offset, Handlers handlers);
  ~GstreamerRun();  // stopped

  // Behind the latest unit.
  Flicks end() const;
  // Of RTSP, what its jitter buffers know; counts are since it began.
  PathHealth path() const;

 private:
  struct Pipeline;
  std::shared_ptr<Pipeline> pipeline_;
};

}  // namespace longmen
