// Reads the answer to a WHEP offer of ours, as a player or a relay below a parent does: where the
// server is, its credentials and certificate, and how each stream travels. It trusts nothing: what
// an answer may say is bounded by core/sdp/sdp.h and the constants here, and what cannot be played
// from is an error with words. It does not know the offer: whether payload types and extension ids
// were offered is the caller's to check. Candidates are kept as written: names (mDNS) are not
// resolved here.
// Source: RFC 8829 §5.3, RFC 8839 §5.1 (candidates), RFC 8842 (setup), RFC 5576, RFC 4588.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/ice/ice_credentials.h"
#include "core/node/join.h"

namespace longmen::sdp {

inline constexpr size_t kMaxCandidates = 32;

struct AnswerCandidate {
  std::string address;  // a literal, or a name
  uint16_t port = 0;
  bool udp = true;  // else TCP
  uint32_t priority = 0;
};

struct AnsweredMedia {
  JoinMedia media;  // payload type: the first one that is no RTX
  std::optional<uint32_t> ssrc;
  std::optional<uint32_t> rtx_ssrc;
};

struct WhepAnswer {
  IceCredentials remote;
  bool ice_lite = false;
  std::string fingerprint;                  // "sha-256 AA:BB:..."
  std::vector<AnswerCandidate> candidates;  // of component 1, in the order of the answer
  std::optional<AnsweredMedia> video;       // none: rejected or absent
  std::optional<AnsweredMedia> audio;
};

Result<WhepAnswer> read_whep_answer(std::string_view text);

}  // namespace longmen::sdp
