// What the main thread asks of a shard about viewers. Everything random or looked up is in it
// already, so that a shard only carries out.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "core/ice/ice_credentials.h"
#include "core/node/ice_restart.h"
#include "core/node/join.h"
#include "core/node/selection.h"
#include "core/viewer/viewer.h"
#include "net/dtls.h"
#include "relay/admission.h"

namespace longmen {

struct ViewerOrder {
  std::string id;
  JoinRequest request;
  ViewerIdentity identity;
  RenditionId rendition;
  RenditionId sound = kOpusRendition;
  IceCredentials local;
  IceCredentials remote;
  Fingerprint fingerprint;
  std::chrono::nanoseconds pacing{0};  // of a picture at most
  Monotonic asked;                     // when the join came
  Admission::Place place;
  Monotonic leave_ends = Monotonic::max();  // that of the request, if it has one
};

// `done` is called on the shard's thread.
struct LeaveOrder {
  std::string viewer;
  std::function<void(bool found)> done;
};

struct SelectOrder {
  SelectRequest request;
  std::optional<RenditionId> rendition;  // none: what the link carries
  std::optional<RenditionId> sound;      // none: as it is
  std::function<void(SelectAnswer)> done;
};

struct RestartOrder {
  IceRestartRequest request;
  IceCredentials fresh;  // ours after the restart
  std::function<void(JoinAnswer)> done;
};

}  // namespace longmen
