// What passes between gateway and relay about a viewer that is there already: an ICE restart or
// trickled candidates (HTTP PATCH), and its leaving (HTTP DELETE). The gateway keeps nothing about
// viewers, so the relay tells the two kinds of PATCH apart: credentials that it has already mean
// trickled candidates (204; an ICE-lite agent needs none of them), new ones a restart (200).
// draft-ietf-wish-whep §4.9.
#pragma once

#include <cstdint>
#include <string>

#include "core/base/result.h"

namespace longmen {

struct IceRestartRequest {
  uint64_t request = 0;
  std::string channel;
  std::string viewer;
  std::string etag;  // the one that the viewer believes in, as JoinAnswer gave it; "*": any
  std::string ufrag;
  std::string pwd;
};

// kIceRestarted carries a JoinAnswer (core/node/join.h) with status 200 (restarted: its new etag,
// address, port, ufrag and pwd count), 204 (nothing to restart), 404 (no such viewer) or 412 (the
// etag is another one).

struct LeaveRequest {
  uint64_t request = 0;
  std::string channel;
  std::string viewer;
};

struct LeaveAnswer {
  uint64_t request = 0;
  bool found = false;
  bool busy = false;  // the relay could not look: to be asked again
};

std::string to_json(const IceRestartRequest& request);
std::string to_json(const LeaveRequest& request);
std::string to_json(const LeaveAnswer& answer);
Result<IceRestartRequest> ice_restart_request_from_json(std::string_view json);
Result<LeaveRequest> leave_request_from_json(std::string_view json);
Result<LeaveAnswer> leave_answer_from_json(std::string_view json);

}  // namespace longmen
