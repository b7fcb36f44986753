#include "gateway/peer_recordings.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>

namespace longmen {
namespace asio = boost::asio;
namespace {

using namespace std::chrono_literals;

constexpr size_t kMaxStateBytes = 64 << 10;
constexpr auto kStateWithin = 4s;
constexpr auto kWaitForLookup = 20s;

}  // namespace

struct PeerRecordings::Lookup {
  std::optional<RecordingPeer> peer;
  recording::RecordingState state;
  std::vector<std::string> away;  // addresses that gave no answer
  bool unsure = false;            // somebody may have it
  bool refused = false;           // somebody has it and does not give it
};

bool PeerRecordings::configure(const std::vector<RecordingPeer>& peers) {
  if (peers == peers_) return false;
  peers_ = peers;
  clients_->stop();
  clients_ = std::make_shared<PeerClients>();
  known_.clear();
  problems_.clear();
  away_.clear();
  return true;
}

asio::awaitable<PeerRecordings::RecordingPtr> PeerRecordings::find(std::string id,
                                                                   HttpResponse& problem) {
  for (;;) {
    const RecordingPtr recording = known(id);
    if (recording && now_() < recording->fresh_until) {
      recording->used = ++uses_;
      co_return recording;
    }
    if (const auto bad = problems_.find(id); bad != problems_.end()) {
      if (now_() < bad->second.until) {
        problem = bad->second.response;
        co_return nullptr;
      }
      problems_.erase(bad);
    }
    const auto other = looking_.find(id);
    if (other == looking_.end()) break;
    const std::shared_ptr<Bell> done = other->second;
    co_await done->wait(std::chrono::steady_clock::now() + kWaitForLookup);
  }
  if (now_() - second_ >= 1s) {
    second_ = now_();
    lookups_ = 0;
  }
  // Of those that are known there are only so many, and others do not hold them up.
  if (!known(id) && (looking_.size() >= kMaxLookups || ++lookups_ > kMaxLookupsASecond)) {
    problem = http_problem_for_now(503, "too many recordings are being looked for", 1);
    co_return nullptr;
  }
  co_return co_await look_up(std::move(id), problem);
}

PeerRecordings::RecordingPtr PeerRecordings::known(std::string_view id) const {
  const auto found = known_.find(id);
  return found == known_.end() ? nullptr : found->second;
}

asio::awaitable<PeerRecordings::RecordingPtr> PeerRecordings::look_up(std::string id,
                                                                      HttpResponse& problem) {
  const auto bell = std::make_shared<Bell>(io_);
  looking_[id] = bell;
  const auto clients = clients_;
  const std::vector<RecordingPeer> peers = present_peers(known(id));
  const bool some_away = peers.size() != peers_.size();
  const auto work = [clients, id, peers]() -> Result<Lookup> { return ask(*clients, peers, id); };
  auto lookup = co_await others_.run(work);
  looking_.erase(id);
  RecordingPtr found;
  if (!lookup || clients != clients_) {
    problem = http_problem_for_now(503, "recordings are being looked for", 1);
  } else {
    for (const std::string& url : lookup->away)
      away_[url] = now_() + kAwayFor;
    lookup->unsure |= some_away;
    if (lookup->peer) {
      ++figures_.found;
      found = keep({id, *lookup->peer, lookup->state, now_() + kFreshFor, ++uses_});
    } else {
      problem = remember(id, *lookup);
    }
  }
  bell->ring();
  co_return found;
}

// On a thread that waits.
PeerRecordings::Lookup PeerRecordings::ask(PeerClients& clients,
                                           const std::vector<RecordingPeer>& peers,
                                           const std::string& id) {
  Lookup lookup;
  PeerQuestion question{"/replay/" + id + "/state.json", kMaxStateBytes};
  question.within = kStateWithin;
  for (const RecordingPeer& peer : peers) {
    const auto answer = clients.ask(peer, question);
    if (!answer) {
      spdlog::warn("{}", answer.error().message);
      lookup.away.push_back(peer.url);
      lookup.unsure = true;
      continue;
    }
    const int status = answer->status;
    if (status == 401 || status == 403) {
      lookup.refused = true;
    } else if (status == 200) {
      auto state = recording::recording_state_from_json(answer->content);
      if (state) {
        lookup.peer = peer;
        lookup.state = std::move(*state);
        return lookup;
      }
      spdlog::warn("{}{}: {}", peer.url, question.path, state.error().message);
      lookup.unsure = true;
    } else if (status != 404 && status != 410) {
      lookup.unsure = true;
    }
  }
  return lookup;
}

HttpResponse PeerRecordings::remember(const std::string& id, const Lookup& lookup) {
  const bool unknown = !lookup.unsure && !lookup.refused;
  ++(unknown ? figures_.unknown : figures_.failed);
  HttpResponse response = http_problem(404, "there is no such recording");
  if (lookup.refused)
    response = http_problem(502, kRefusedByPeer);
  else if (lookup.unsure)
    response = http_problem_for_now(
        503, "the recording is not here, and a node that may have it does not answer", 2);
  if (const RecordingPtr before = known(id); before && !lookup.unsure) {
    known_.erase(id);
    gone_(before->folder());
  }
  if (problems_.size() >= kMaxProblems)
    std::erase_if(problems_, [&](const auto& each) { return each.second.until <= now_(); });
  if (problems_.size() >= kMaxProblems) problems_.clear();
  problems_[id] = {response, now_() + (unknown ? kUnknownFor : kProblemFor)};
  return response;
}

PeerRecordings::RecordingPtr PeerRecordings::keep(PeerRecording recording) {
  auto kept = std::make_shared<PeerRecording>(std::move(recording));
  RecordingPtr& place = known_[kept->id];
  // What was withdrawn does not stay on this disk.
  if (place && place->folder() != kept->folder()) gone_(place->folder());
  place = kept;
  while (known_.size() > kMaxRecordings)
    known_.erase(
        std::ranges::min_element(known_, {}, [](const auto& each) { return each.second->used; }));
  return kept;
}

asio::awaitable<bool> PeerRecordings::still_shown(RecordingPtr recording) {
  HttpResponse problem;
  const RecordingPtr now = co_await find(recording->id, problem);
  co_return now && now->folder() == recording->folder();
}

std::vector<RecordingPeer> PeerRecordings::present_peers(const RecordingPtr& first) const {
  std::vector<RecordingPeer> peers;
  for (const RecordingPeer& peer : peers_) {
    const auto away = away_.find(peer.url);
    if (away != away_.end() && now_() < away->second) continue;
    peers.insert(first && first->peer == peer ? peers.begin() : peers.end(), peer);
  }
  return peers;
}

void PeerRecordings::set_away(const RecordingPtr& recording) {
  away_[recording->peer.url] = now_() + kAwayFor;
  recording->fresh_until = {};
}

}  // namespace longmen
