// What passes between gateway and relay when a viewer joins. The gateway understands HTTP and SDP,
// the relay ICE, DTLS and RTP; this is all that either tells the other.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/access/watch_rule.h"
#include "core/base/result.h"
#include "core/node/join_media.h"

namespace longmen {

struct JoinRequest {
  uint64_t request = 0;
  std::string channel;
  std::string client_address;  // of the HTTP request, without port; "" where there is none
  std::string rendition;       // wanted rung's name, "" for what the link carries, "audio" for none
  std::string language;        // wanted sound's, a tag of BCP 47; "" for the first
  std::string remote_ufrag;
  std::string remote_pwd;
  std::string fingerprint;          // "sha-256 AA:BB:..." of the viewer's DTLS certificate
  std::optional<WatchLeave> leave;  // to watch; none: it came without a token
  std::optional<JoinMedia> video;
  std::optional<JoinMedia> audio;
};

struct JoinAnswer {
  uint64_t request = 0;
  // HTTP: 201, 401 or 403 may not watch, 404 unknown channel, 429 too many from that address,
  // 503 full, busy or not ready.
  int status = 201;
  std::string problem;  // words for a status other than 201
  std::string viewer;   // opaque, unguessable; the last part of the resource's address
  std::string etag;     // changes with each ICE restart
  std::string address;  // public address to put into the candidate
  uint16_t port = 0;
  std::string ufrag;
  std::string pwd;
  std::string fingerprint;  // "sha-256 AA:BB:..."
  uint32_t video_ssrc = 0;
  uint32_t video_rtx_ssrc = 0;
  uint32_t audio_ssrc = 0;
  std::string cname;
};

std::string to_json(const JoinRequest& request);
std::string to_json(const JoinAnswer& answer);
Result<JoinRequest> join_request_from_json(std::string_view json);
Result<JoinAnswer> join_answer_from_json(std::string_view json);

}  // namespace longmen
