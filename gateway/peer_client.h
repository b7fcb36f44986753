// Questions to another node's gateway, by libcurl: GET, TLS verified, no redirects, nothing beyond
// a bound. Blocks; one thread at a time, made for waiting. Source: RFC 9110.
#pragma once

#include <stop_token>
#include <string>

#include "config/recording_peer.h"
#include "core/base/result.h"
#include "gateway/curl_request.h"

namespace longmen {

class PeerClient {
 public:
  // `stop` ends what is under way.
  PeerClient(RecordingPeer peer, std::stop_token stop);

  const std::string& url() const { return peer_.url; }
  // `path` begins with '/' and needs no escaping. The words name the address, and what is wrong:
  // no answer, an answer that is not 200, one that is larger than `most`.
  Result<std::string> get(const std::string& path, size_t most);

 private:
  const RecordingPeer peer_;
  const std::stop_token stop_;
  CurlPtr curl_;
};

}  // namespace longmen
