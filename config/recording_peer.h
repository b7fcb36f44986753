// Another node that has recordings, as [[recording.peer]] names it: what this node's recordings
// have holes of is asked of it, and recordings that this node does not have. The token for channels
// that are not open stands in a file of its own, read for each request.
#pragma once

#include <string>

namespace longmen {

inline constexpr size_t kMaxRecordingPeers = 16;

struct RecordingPeer {
  std::string url;         // http://HOST:PORT or https://HOST:PORT, without a path
  std::string token_file;  // empty: none
  std::string ca_file;     // PEM, of whoever signed its certificate; empty: this machine's own
  bool operator==(const RecordingPeer&) const = default;
};

}  // namespace longmen
