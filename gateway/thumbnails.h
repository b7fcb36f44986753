// The small pictures of recordings over HTTP. Of a replay: /replay/RECORDING/thumbnails.vtt, the
// WebVTT track that names the places of its stills in sheets, the sheets beside it,
// thumbnails/NAME.jpg, and poster.jpg, 204 until there is one. Of a session on air that can be
// rewound: /hls/CHANNEL/thumbnails.vtt and its sheets, on the timeline of rewind.m3u8. A sheet is
// put together of its stills when somebody asks, so that what was withdrawn in the meantime is in
// none. Who may watch may see them. Bounds: those of Stills and of the pool. One thread: the
// io_context's.
#pragma once

#include "gateway/recorder.h"
#include "gateway/replay.h"
#include "gateway/stills.h"

namespace longmen {

class Thumbnails {
 public:
  // All outlive it.
  Thumbnails(Stills& stills, Replay& replay, Recorder& recorder, Recordings& recordings,
             DiskPool& disk)
      : stills_(stills),
        replay_(replay),
        recorder_(recorder),
        recordings_(recordings),
        disk_(disk) {}

  // Before those of Replay and Hls, whose patterns are wider. Its handlers refer to this object.
  void add_routes(HttpRouter& router, WatchGate& gate);

 private:
  using Answer = boost::asio::awaitable<HttpResponse>;
  using RecordingPtr = std::shared_ptr<Recording>;

  Answer replay_track(HttpRequest request);
  Answer replay_sheet(HttpRequest request);
  Answer poster(HttpRequest request);
  Answer rewind_track(HttpRequest request);
  Answer rewind_sheet(HttpRequest request);

  // Of the channel that the request names; null: none can be rewound.
  RecordingPtr rewound(const HttpRequest& request) const;
  Answer sheet(RecordingPtr recording, std::string name);
  // What is made of one whose media is read then; null: neither can be had now.
  boost::asio::awaitable<StillIndexPtr> made_of(RecordingPtr recording);
  // Its stills' JPEGs, where there are any.
  using Wanted = std::vector<std::optional<int64_t>>;
  boost::asio::awaitable<std::vector<Bytes>> read(RecordingPtr recording, StillIndexPtr made,
                                                  recording::StillKind kind, Wanted wanted);

  Stills& stills_;
  Replay& replay_;
  Recorder& recorder_;
  Recordings& recordings_;
  DiskPool& disk_;
};

}  // namespace longmen
