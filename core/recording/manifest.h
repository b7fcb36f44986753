// The list of what a recording consists of: of each rendition its init segments and every segment
// with size and SHA-256, and which numbers are holes. With it anybody can show that a recording is
// whole and unaltered, with sha256sum and the addresses of replay alone. Written when a recording
// ends, and by `longmen check-recording`. Pure.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "core/recording/recorded_track.h"
#include "core/recording/recording_info.h"

namespace longmen::recording {

// Of its JSON: eight renditions of two days. One that is larger is read by nobody.
inline constexpr size_t kMaxManifestBytes = 256 << 20;

// By init segment's name.
using InitDigests = std::map<std::string, Sha256Digest>;

// As it is read; renditions by their names, in its order.
struct ManifestSegment {
  int64_t media_sequence = 0;
  std::string name;  // of the segment in HLS
  std::string init;  // of its init segment, 16 hexadecimal digits
  uint64_t bytes = 0;
  std::string sha256;  // hexadecimal
};
struct Manifest {
  std::string recording;
  std::vector<std::pair<std::string, std::vector<ManifestSegment>>> renditions;
};
Result<Manifest> read_manifest(std::string_view json);

// JSON. `tracks` as in `info`.
std::string write_manifest(const RecordingInfo& info, const std::vector<RecordedTrack>& tracks,
                           const InitDigests& inits);

// What is not as `manifest` says, in words, at most `limit` of them; none: all is.
Result<std::vector<std::string>> compare_with_manifest(std::string_view manifest,
                                                       const RecordingInfo& info,
                                                       const std::vector<RecordedTrack>& tracks,
                                                       size_t limit);

}  // namespace longmen::recording
