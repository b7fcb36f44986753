// Which recordings other nodes have: [[recording.peer]] is asked for one by its id, and what it
// says of it (state.json, core/recording/recording_state.h) is believed for kFreshFor; then it is
// asked again, so that what is withdrawn there or removed is not given here any more. Whoever asks
// for one that is being asked for waits with the others. A peer that does not answer is let be for
// kAwayFor, and the next one is asked. Bounds: kMaxRecordings; of those that are not known
// kMaxLookups at once and kMaxLookupsASecond, and kMaxProblems that nobody has are remembered, for
// kUnknownFor. Its own threads wait for other nodes. One thread: the io_context's.
#pragma once

#include <map>

#include "core/recording/recording_state.h"
#include "gateway/bell.h"
#include "gateway/disk_pool.h"
#include "gateway/peer_client.h"
#include "net/http_message.h"

namespace longmen {

struct PeerRecording {
  std::string id;
  RecordingPeer peer;
  recording::RecordingState state;
  std::chrono::steady_clock::time_point fresh_until{};
  uint64_t used = 0;
  // Of what is kept of it here: another one when something else of it is shown.
  std::string folder() const { return id + '.' + state.shown; }
};

class PeerRecordings {
 public:
  using Instant = std::chrono::steady_clock::time_point;
  // Never changed but for `fresh_until` and `used`.
  using RecordingPtr = std::shared_ptr<PeerRecording>;
  static constexpr std::chrono::seconds kFreshFor{5}, kUnknownFor{5}, kProblemFor{1}, kAwayFor{5};
  static constexpr size_t kMaxRecordings = 256;
  static constexpr size_t kMaxProblems = 4096;
  static constexpr size_t kMaxLookups = 256;
  static constexpr int kMaxLookupsASecond = 200;
  static constexpr size_t kThreads = 6;

  struct Figures {
    uint64_t found = 0, unknown = 0, failed = 0;  // questions, by what was said
  };

  // Outlived by `io`. `now`: for how long something is kept. `gone` is called with the folder of
  // what is not shown any more.
  PeerRecordings(boost::asio::io_context& io, std::function<Instant()> now,
                 std::function<void(const std::string& folder)> gone)
      : io_(io), now_(std::move(now)), gone_(std::move(gone)), others_(io, kThreads) {}
  ~PeerRecordings() { clients_->stop(); }

  // True: what was known is of no use.
  bool configure(const std::vector<RecordingPeer>& peers);
  void stop() { clients_->stop(); }

  // One whose state was heard of lately; nothing with `problem` set.
  boost::asio::awaitable<RecordingPtr> find(std::string id, HttpResponse& problem);
  // However long ago; null: it is not known.
  RecordingPtr known(std::string_view id) const;
  boost::asio::awaitable<bool> still_shown(RecordingPtr recording);
  // Its node gave no answer.
  void set_away(const RecordingPtr& recording);

  Instant now() const { return now_(); }
  size_t peers() const { return peers_.size(); }
  size_t size() const { return known_.size(); }
  const Figures& figures() const { return figures_; }
  // For whoever asks more of a peer.
  const std::shared_ptr<PeerClients>& clients() const { return clients_; }
  DiskPool& threads() { return others_; }

 private:
  struct Lookup;
  struct Problem {
    HttpResponse response;
    Instant until{};
  };

  boost::asio::awaitable<RecordingPtr> look_up(std::string id, HttpResponse& problem);
  static Lookup ask(PeerClients& clients, const std::vector<RecordingPeer>& peers,
                    const std::string& id);
  HttpResponse remember(const std::string& id, const Lookup& lookup);
  RecordingPtr keep(PeerRecording recording);
  // Those that are not away; that of `first` before all others.
  std::vector<RecordingPeer> present_peers(const RecordingPtr& first) const;

  boost::asio::io_context& io_;
  std::function<Instant()> now_;
  std::function<void(const std::string&)> gone_;
  std::vector<RecordingPeer> peers_;
  std::shared_ptr<PeerClients> clients_ = std::make_shared<PeerClients>();
  std::map<std::string, RecordingPtr, std::less<>> known_;
  std::map<std::string, Problem> problems_;
  std::map<std::string, std::shared_ptr<Bell>> looking_;
  std::map<std::string, Instant> away_;  // until when; by address
  uint64_t uses_ = 0;
  Instant second_{};  // of these lookups:
  int lookups_ = 0;
  Figures figures_;
  DiskPool others_;  // last: what it runs is waited for
};

}  // namespace longmen
