// Questions to another node's gateway, by libcurl: GET or HEAD, TLS verified, no redirects, nothing
// beyond a bound. Each says that it comes from a node, so that nobody passes it on. Blocks; made
// for threads that wait. Source: RFC 9110.
#pragma once

#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <vector>

#include "config/recording_peer.h"
#include "core/base/result.h"
#include "core/http/fields.h"
#include "gateway/curl_request.h"

namespace longmen {

// A field of every question: who has not got what it asks for does not ask others.
inline constexpr const char* kFromPeerField = "Longmen-Peer";

// What a viewer is told then.
inline constexpr const char* kRefusedByPeer =
    "a node that has the recording does not give it to this one: is its token right?";

struct PeerQuestion {
  std::string path;  // begins with '/' and needs no escaping
  size_t most = 0;   // bytes of the answer
  bool head = false;
  std::string range = {}, if_range = {};  // "0-99"; an entity tag
  std::chrono::milliseconds within{0};    // in all; 0: for as long as something comes
};
struct PeerAnswer {
  int status = 0;
  HttpFields fields;  // those of which anything is made here
  std::string content;
  uint64_t bytes = 0;      // by Content-Length
  bool too_large = false;  // more than the question's `most` came
};

// One thread at a time.
class PeerClient {
 public:
  // `stop` ends what is under way.
  PeerClient(RecordingPeer peer, std::stop_token stop, const CurlPatience& patience = {});

  const RecordingPeer& peer() const { return peer_; }
  const std::string& url() const { return peer_.url; }
  // Any answer. The words name the address, and what is wrong: there is none.
  Result<PeerAnswer> ask(const PeerQuestion& question);
  // One that is not 200, or is larger than `most`, is wrong, too.
  Result<std::string> get(const std::string& path, size_t most);

 private:
  const RecordingPeer peer_;
  const std::stop_token stop_;
  const CurlPatience patience_;
  CurlPtr curl_;
};

// Keeps connections for the next question. Any thread. Bound: as many as ask at once.
class PeerClients {
 public:
  Result<PeerAnswer> ask(const RecordingPeer& peer, const PeerQuestion& question);
  // Ends what is under way.
  void stop() { stop_.request_stop(); }

 private:
  std::stop_source stop_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<PeerClient>> idle_;
};

}  // namespace longmen
