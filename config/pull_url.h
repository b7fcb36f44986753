// An address that a node pulls a feed from: which protocol, where, and how it is shown to people,
// without what may be a password. It resolves no name and opens nothing.
// Schemes: srt://HOST:PORT, which is called, or srt://ADDRESS:PORT?mode=listener, which the other
// side calls · udp://[SOURCE@]ADDRESS:PORT and rtp://… (an address of this machine,
// or a multicast group, from one SOURCE alone when it is named) · rtsp://, rtsps:// · http://,
// https:// (HLS). IPv6 addresses stand in brackets. RFC 3986 §3; RFC 4607 (source-specific
// multicast).
#pragma once

#include <string>
#include <string_view>

#include "core/base/result.h"

namespace longmen {

struct PullUrl {
  enum class Scheme { kSrt, kUdp, kRtp, kRtsp, kHls };
  Scheme scheme = Scheme::kSrt;
  std::string user;      // what stands before '@': USER:PASSWORD, or the one source of a group
  std::string host;      // without brackets
  int port = 0;          // the scheme's own when it is not said
  bool listens = false;  // SRT: the other side calls
  std::string text;      // all of it, with its secrets

  // Whether both would bind one UDP port: of a multicast group several may.
  bool same_socket(const PullUrl& other) const;
  // Without user and query: "rtsp://camera.example:554/hall".
  std::string shown() const;
  // What somebody else says of it, a library perhaps, without what shown() leaves out.
  std::string redacted(std::string words) const;
};

// The words say what is allowed.
Result<PullUrl> parse_pull_url(std::string_view text);

}  // namespace longmen
