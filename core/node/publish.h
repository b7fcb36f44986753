// What passes between gateway and ingest when a sender comes in by WHIP. As with viewers the
// gateway understands HTTP and SDP, ingest ICE, DTLS and RTP, and has the keys; this is all that
// either tells the other. The answer is a JoinAnswer (core/node/join.h) whose status says in HTTP's
// words: 201; 401 a wrong key, 403 another channel's, 404 no such channel, 409 another one sends
// already, 429 too many wrong keys, 503 full or not ready. What comes later, an ICE restart and the
// end, are the messages of core/node/ice_restart.h with the session in the viewer's place.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "core/base/result.h"
#include "core/node/join_media.h"

namespace longmen {

struct PublishRequest {
  uint64_t request = 0;
  std::string channel;
  std::string key;  // in clear; nowhere in a log
  std::string client_address;
  std::string encoder;  // as it names itself
  std::string remote_ufrag;
  std::string remote_pwd;
  std::string fingerprint;  // "sha-256 AA:BB:..." of the sender's DTLS certificate
  std::optional<JoinMedia> video;
  std::optional<JoinMedia> audio;
};

std::string to_json(const PublishRequest& request);
Result<PublishRequest> publish_request_from_json(std::string_view json);

}  // namespace longmen
