// Recordings over HTTP: /replay/RECORDING/index.m3u8 with the playlists and the media of its
// renditions, download.mp4, manifest.json, and its chapters as chapters.vtt and chapters.json; and
// for other nodes (gateway/peer_replay.h) state.json. A
// recording that goes on is an EVENT playlist, one that has ended a VOD one, of the same files. The
// download is a progressive MP4 that exists nowhere: its header is laid out once, and any range of
// it is sent from the media files (core/recording/progressive_mp4.h). Who may watch a channel may
// watch its recordings (gateway/watch_gate.h); those of a channel that is gone are nobody's. Texts
// and headers are made once for all who ask, by the pool; texts of a recording that goes on here,
// at most once in kLiveTextLife: what is behind live is listed, written and compressed once, a few
// segments at a time. What is withdrawn while it is being downloaded ends the download. Bounds:
// kMaxDownloads headers and kMaxTextBytes of texts are kept, and of each rendition that is being
// written what its text begins with. One thread: the io_context's.
// Source: RFC 9110 §13, §14; draft-pantos-hls-rfc8216bis §4.4.
#pragma once

#include <chrono>
#include <functional>
#include <list>
#include <map>
#include <set>

#include "core/recording/chapter_track.h"
#include "core/recording/replay_outline.h"
#include "gateway/bell.h"
#include "gateway/file_body.h"
#include "gateway/hls_channel.h"
#include "gateway/playlist_text.h"
#include "gateway/recordings.h"
#include "gateway/watch_gate.h"
#include "net/http_router.h"

namespace longmen {

class Replay {
 public:
  using RecordingPtr = std::shared_ptr<Recording>;
  static constexpr size_t kMaxDownloads = 8;
  static constexpr size_t kMaxTextBytes = 64 << 20;
  static constexpr std::chrono::seconds kLiveTextLife{1};

  // All outlive it.
  Replay(boost::asio::io_context& io, Recordings& recordings, DiskPool& disk)
      : io_(io), recordings_(recordings), disk_(disk) {}
  void set_channels(const std::vector<Channel>& channels);
  // Its handlers refer to this object.
  void add_routes(HttpRouter& router, WatchGate& gate);

  // --- For others who serve something of recordings.
  // What is in a recording at one moment, for the pool: nobody changes any of it.
  using OutlinePtr = std::shared_ptr<const recording::ReplayOutline>;
  struct Snapshot {
    recording::RecordingInfo info;
    std::shared_ptr<const RecordingMedia> media;
    bool writing = false;
    OutlinePtr known = nullptr;  // of what goes on
    OutlinePtr outline() const;
  };
  // What is written to is copied.
  static Snapshot snapshot(const Recording& recording);
  using WriteText = std::function<Result<std::string>(const Snapshot&)>;
  // One of which something may be shown; nothing with `problem` set.
  RecordingPtr find_shown(std::string_view id, HttpResponse& problem) const;
  // That of the route's first parameter, with its media.
  boost::asio::awaitable<RecordingPtr> find(const HttpRequest& request, HttpResponse& problem);
  // `what`: under which name it is kept. Empty: it cannot be made just now.
  boost::asio::awaitable<PlaylistText> text_of(RecordingPtr recording, std::string what,
                                               WriteText write);
  static HttpResponse answer_of(const HttpRequest& request, const PlaylistText& text,
                                std::string_view type);
  bool has_channel(std::string_view channel) const { return channels_.contains(channel); }
  // Of a recording's route, for WatchGate::guard.
  std::string channel_of(const HttpRequest& request) const;

 private:
  using Answer = boost::asio::awaitable<HttpResponse>;
  struct Download {
    std::string recording;
    std::vector<size_t> tracks;  // as in the recording's info
    uint64_t version = 0;
    std::string etag;
    std::shared_ptr<const Bytes> header;
    std::vector<recording::Mp4Piece> pieces;
    uint64_t bytes = 0;
  };
  using DownloadPtr = std::shared_ptr<const Download>;
  // A playlist, or a manifest.
  struct Text {
    std::string recording, what;
    uint64_t version = 0;
    uint64_t withdrawals = 0;
    std::chrono::steady_clock::time_point made_at{};
    PlaylistText text;
  };
  // What is listed and written of a recording that is being written, as far as it stays so.
  struct Growing {
    struct Playlist {
      recording::WrittenReplay written;
      GrowingText text;
    };
    std::weak_ptr<const RecordingMedia> of;
    uint64_t past_version = 0;
    recording::ReplayOutline outline;
    std::vector<Playlist> playlists;  // as the tracks
  };
  using GrowingPtr = std::shared_ptr<Growing>;
  using Deadline = std::chrono::steady_clock::time_point;
  using MakeText = std::function<boost::asio::awaitable<Result<PlaylistText>>(RecordingPtr)>;
  static std::vector<recording::PlacedChapter> placed_chapters(const Snapshot& of);

  Answer multivariant_playlist(HttpRequest request);
  Answer media_playlist(HttpRequest request);
  Answer media(HttpRequest request);
  // Of what is on this disk, and known.
  std::optional<HttpResponse> media_at_once(const HttpRequest& request);
  // A segment, part or init segment of one that is loaded; nothing: there is none.
  std::optional<HttpResponse> find_media(const Recording& recording,
                                         const HttpRequest& request) const;
  Answer manifest(HttpRequest request);
  Answer chapter_track(HttpRequest request);
  Answer chapter_json(HttpRequest request);
  Answer state(HttpRequest request);
  Answer download(HttpRequest request);

  // Of `tracks`; those of a recording that is being written are copied.
  static Snapshot snapshot(const Recording& recording, const std::vector<size_t>& tracks);
  const Text* find_text(const Recording& recording, std::string_view what) const;
  PlaylistText keep_text(Text text);
  boost::asio::awaitable<PlaylistText> kept_text(RecordingPtr recording, std::string what,
                                                 MakeText make);
  boost::asio::awaitable<Result<PlaylistText>> written(RecordingPtr recording, WriteText write);
  // Null: what is written to changes all the time, or nothing is written to it any more.
  boost::asio::awaitable<OutlinePtr> outline_of(RecordingPtr recording);
  // Of one that is being written: as far as it goes by now. Null as above.
  boost::asio::awaitable<GrowingPtr> grown(RecordingPtr recording, Deadline deadline);
  boost::asio::awaitable<Result<PlaylistText>> grown_playlist(RecordingPtr recording, size_t track);
  // While another request makes the same thing; false: nobody does.
  boost::asio::awaitable<bool> wait_for_other(std::string key);
  boost::asio::awaitable<DownloadPtr> lay_out(RecordingPtr recording, std::vector<size_t> tracks);
  // Of the tracks in `made`, whose version is set to that of which it is.
  boost::asio::awaitable<Result<recording::ProgressiveMp4>> laid_out(RecordingPtr recording,
                                                                     Download& made);
  // Of what is in a bucket: a problem instead, when its beginning cannot be had.
  static Answer begun(const HttpRequest& request, HttpResponse response);
  DownloadPtr find_download(const Recording& recording, const std::vector<size_t>& tracks);
  HttpResponse send(const HttpRequest& request, const RecordingPtr& recording,
                    const Download& download) const;

  boost::asio::io_context& io_;
  Recordings& recordings_;
  DiskPool& disk_;
  std::set<std::string, std::less<>> channels_;
  std::list<DownloadPtr> downloads_;  // used last first
  std::list<Text> texts_;             // made last first
  std::map<std::string, std::shared_ptr<Bell>> making_;
  std::map<std::string, GrowingPtr> growing_;  // by recording
};

}  // namespace longmen
