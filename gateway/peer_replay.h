// Recordings that another node has and this one has not, served from here under the same addresses
// and with the same bytes: the other one (gateway/peer_recordings.h) is asked for them by the
// addresses that players use. Media, downloads and courseware go through a bounded cache on this
// disk (gateway/bucket/block_cache.h); playlists, chapters, captions and pictures stay in memory
// for kFreshFor, or kLiveFreshFor of what goes on. Whoever asks for what is being asked for waits
// with the others. What may be seen is the other node's to say: what is kept stands under what it
// said lately, so that nothing is given after it was withdrawn there or removed. Who may watch is
// held against this node's channels. What comes from a node is never passed on, so no question goes
// round. Bounds: kMaxSmallBytes of what is in memory, kMaxMediaBytes a segment, the configuration's
// of the cache. One thread: the io_context's.
#pragma once

#include <list>
#include <map>
#include <unordered_map>

#include "config/node_config.h"
#include "gateway/peer_recordings.h"
#include "gateway/replay.h"

namespace longmen {

class PeerReplay {
 public:
  static constexpr std::chrono::seconds kFreshFor{5}, kLiveFreshFor{1};
  static constexpr size_t kMaxSmallBytes = 64 << 20;
  static constexpr size_t kMaxMediaBytes = 32 << 20;

  struct Figures {
    uint64_t hits = 0, fetched = 0, joined = 0, failed = 0;  // of what is kept in memory
  };

  // All outlive it. `now`: for how long something is kept.
  PeerReplay(boost::asio::io_context& io, Recordings& recordings, Replay& replay, WatchGate& gate,
             DiskPool& disk,
             std::function<PeerRecordings::Instant()> now = std::chrono::steady_clock::now);

  void configure(const NodeConfig& config);
  void stop();

  // Whether it is for a recording that this node does not have and another one may.
  bool takes(const HttpRequest& request) const;
  // Of what it takes.
  boost::asio::awaitable<HttpResponse> answer(HttpRequest request);

  const Figures& figures() const { return figures_; }
  const BlockCacheFigures& reads() const { return cache_.figures(); }
  const PeerRecordings& remotes() const { return remotes_; }

 private:
  using Answer = boost::asio::awaitable<HttpResponse>;
  using Instant = PeerRecordings::Instant;
  using RemotePtr = PeerRecordings::RecordingPtr;
  // What is kept in memory: an answer of a peer.
  struct Small {
    int status = 0;
    HttpFields fields;
    PlaylistText text;  // of a text both, else `plain`
    uint64_t bytes = 0;
  };
  using SmallPtr = std::shared_ptr<const Small>;
  using SmallResult = tl::expected<SmallPtr, HttpProblem>;
  struct KeptSmall {
    std::string key;
    Instant until{};
    SmallPtr told;
    size_t bytes = 0;  // that it takes
  };
  using SmallList = std::list<KeptSmall>;
  struct Asking {
    explicit Asking(boost::asio::io_context& io) : done(io) {}
    Bell done;
    std::optional<SmallResult> result;
  };
  class Body;

  // Of one who may watch. 504: the peer does not answer.
  Answer serve(HttpRequest request);
  Answer give(const HttpRequest& request, RemotePtr remote);
  Answer give_small(const HttpRequest& request, RemotePtr remote, std::string path);
  Answer give_media(RemotePtr remote, std::string path, std::string name);
  Answer give_download(const HttpRequest& request, RemotePtr remote);
  // `path`: with its query, behind the recording's.
  boost::asio::awaitable<SmallResult> small(RemotePtr remote, std::string path, bool head);
  const KeptSmall* find_small(const std::string& key) const;
  void keep_small(const RemotePtr& remote, std::string key, SmallPtr told);
  void forget_small(SmallList::iterator kept);

  boost::asio::io_context& io_;
  Recordings& recordings_;
  Replay& replay_;
  DiskPool& disk_;
  HttpHandlerOfRoute guarded_;
  bool on_ = false;
  SmallList small_;  // made last first
  std::unordered_map<std::string_view, SmallList::iterator> small_by_key_;
  size_t small_bytes_ = 0;
  std::map<std::string, std::shared_ptr<Asking>> asking_;
  Figures figures_;
  BlockCache cache_;
  PeerRecordings remotes_;  // last: what it runs is waited for
};

}  // namespace longmen
