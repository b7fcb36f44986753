// One try to fetch a feed from elsewhere: it begins with the object and ends with it. Whoever owns
// it gives it a place to put what comes, and is told when it is over. A source says nothing before
// media comes: place() is asked for when the first of it is there, and when it gives none (the
// channel is somebody else's) the source is to end.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include <boost/asio/io_context.hpp>

#include "config/ingest_config.h"
#include "config/pull_url.h"
#include "ingest/feeds.h"

namespace longmen {

struct PullHandlers {
  // The same one each time, as long as the source lives and does not rest.
  std::function<Publication*()> place;
  // By plan nothing comes until then: the place is anybody's, and asked for again afterwards.
  std::function<void(CueTime until)> rests = nullptr;
  // Last of all; the source may be destroyed when the handler has returned. `well`: it was at its
  // end (of files that are played once).
  std::function<void(const std::string& why, bool well)> ended;
};

class PullSource {
 public:
  virtual ~PullSource() = default;
};

// SRT, as the one who calls.
std::unique_ptr<PullSource> make_srt_pull(boost::asio::io_context& io, const PullConfig& pull,
                                          const PullUrl& url, IngestMetrics& metrics,
                                          PullHandlers handlers);
// A transport stream that comes by UDP, alone or in RTP.
std::unique_ptr<PullSource> make_datagram_pull(boost::asio::io_context& io, const PullConfig& pull,
                                               const PullUrl& url, IngestMetrics& metrics,
                                               PullHandlers handlers);
// RTSP, HLS and files, by GStreamer.
// `url` is empty of files.
std::unique_ptr<PullSource> make_gstreamer_pull(boost::asio::io_context& io, const PullConfig& pull,
                                                const PullUrl& url, IngestMetrics& metrics,
                                                PullHandlers handlers);

}  // namespace longmen
