// Rewinding while live: /hls/CHANNEL/rewind.m3u8 and its renditions' playlists, from the start of
// the session on air on. They are the live playlists with what was recorded in front, so the same
// names, the same bytes and the same edge; blocking and delta updates as there, so that a list of
// hours costs little when it grows: what was recorded is written and compressed once, a few
// segments at a time. When the session has ended, so have they; what they told can be had for as
// long as it is remembered (Recorder::ended_of).
// Bounds: two texts a rendition, and what they begin with. One thread: the io_context's.
#pragma once

#include <array>
#include <map>

#include "gateway/playlist_text.h"
#include "gateway/recorder.h"

namespace longmen {

class Rewind {
 public:
  // All outlive it.
  Rewind(Hls& hls, Recorder& recorder, Recordings& recordings, DiskPool& disk)
      : hls_(hls), recorder_(recorder), recordings_(recordings), disk_(disk) {}

  // Before those of Hls, whose pattern for media is wider. Its handlers refer to this object.
  void add_routes(HttpRouter& router, WatchGate& gate);
  // For Hls: what left the window, and what nobody is to see. Of sessions that ended a while ago,
  // too: who rewound has their list (§6.2.2).
  boost::asio::awaitable<std::optional<HttpResponse>> media(std::string channel, size_t rendition,
                                                            hls::MediaName name) const;
  bool is_withdrawn(const HlsChannel& channel, int64_t media_sequence) const;

 private:
  using Answer = boost::asio::awaitable<HttpResponse>;
  // What every whole list begins with.
  struct Past {
    hls::WrittenPast written;
    GrowingText text;
  };
  struct Texts {
    std::shared_ptr<const Recording> recording;
    uint64_t past_version = 0;
    Past past;
    uint64_t window_version = 0;
    uint64_t recording_version = 0;
    std::array<PlaylistText, 2> text;  // whole, delta
  };

  // Null: nothing is recorded that could be rewound, or it was removed.
  std::shared_ptr<Recording> shown_recording(std::string_view channel) const;
  Answer multivariant_playlist(HttpRequest request);
  Answer media_playlist(HttpRequest request);
  // Empty: it is not rewound any more.
  boost::asio::awaitable<PlaylistText> write(std::shared_ptr<HlsChannel> channel, size_t rendition,
                                             std::shared_ptr<Recording> recording, bool skip);
  // Nothing: its past is not written yet as far as it goes.
  std::optional<PlaylistText> try_write(const HlsChannel& channel, size_t rendition,
                                        const std::shared_ptr<Recording>& recording, bool skip);

  Hls& hls_;
  Recorder& recorder_;
  Recordings& recordings_;
  DiskPool& disk_;
  std::map<std::pair<std::string, size_t>, Texts> texts_;
};

// "?t=": where players are to begin, in seconds (core/hls/time_link.h); nothing: not said.
tl::expected<std::optional<double>, HttpProblem> start_asked(const HttpRequest& request);

}  // namespace longmen
