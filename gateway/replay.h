// Recordings over HTTP: /replay/RECORDING/index.m3u8 with the playlists and the media of its
// renditions, download.mp4, and manifest.json. A recording that goes on is an EVENT playlist, one
// that has ended a VOD one, of the same files. The download is a progressive MP4 that exists
// nowhere: its header is laid out once, and any range of it is sent from the media files
// (core/recording/progressive_mp4.h). Who may watch a channel may watch its recordings
// (gateway/watch_gate.h); those of a channel that is gone are nobody's.
// Bounds: kMaxDownloads headers are kept. One thread: the io_context's; laying out is the pool's.
// Source: RFC 9110 §13, §14; draft-pantos-hls-rfc8216bis §4.4.
#pragma once

#include <list>
#include <set>

#include "gateway/file_body.h"
#include "gateway/recordings.h"
#include "gateway/watch_gate.h"
#include "net/http_router.h"

namespace longmen {

class Replay {
 public:
  static constexpr size_t kMaxDownloads = 8;

  // All outlive it.
  Replay(Recordings& recordings, DiskPool& disk) : recordings_(recordings), disk_(disk) {}
  void set_channels(const std::vector<Channel>& channels);
  // Its handlers refer to this object.
  void add_routes(HttpRouter& router, WatchGate& gate);

 private:
  using Answer = boost::asio::awaitable<HttpResponse>;
  using RecordingPtr = std::shared_ptr<Recording>;
  struct Download {
    std::string recording;
    std::string rendition;
    uint64_t version = 0;
    std::string etag;
    std::shared_ptr<const Bytes> header;
    std::vector<recording::Mp4Piece> pieces;
    uint64_t bytes = 0;
  };
  using DownloadPtr = std::shared_ptr<const Download>;

  Answer multivariant_playlist(HttpRequest request);
  Answer media_playlist(HttpRequest request);
  Answer media(HttpRequest request);
  Answer manifest(HttpRequest request);
  Answer download(HttpRequest request);

  // With its media; nothing with `problem` set.
  boost::asio::awaitable<RecordingPtr> find(const HttpRequest& request, HttpResponse& problem);
  boost::asio::awaitable<DownloadPtr> lay_out(RecordingPtr recording, std::string rendition);
  HttpResponse send(const HttpRequest& request, const Recording& recording,
                    const Download& download) const;

  Recordings& recordings_;
  DiskPool& disk_;
  std::set<std::string, std::less<>> channels_;
  std::list<DownloadPtr> downloads_;  // used last first
};

}  // namespace longmen
