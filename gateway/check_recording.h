// Whether a recording's folder has what its index and its manifest say, by reading every byte of
// it; and, when that is wanted, index and manifest written anew from the media alone. For the
// command line; written anew only while no gateway writes to it. Blocking.
#pragma once

#include <string>
#include <vector>

#include "core/base/result.h"
#include "gateway/recording_files.h"

namespace longmen {

struct RecordingVerdict {
  struct Track {
    std::string name;
    size_t segments = 0;  // whole
    size_t partial = 0;
  };
  std::string recording;
  std::vector<Track> tracks;
  std::vector<std::string> wrong;  // at most kMaxFindings
  bool has_manifest = false;
  bool goes_on = false;  // it has no end yet
};
inline constexpr size_t kMaxFindings = 100;

enum class Repair { kNo, kYes };
// `far`: how to read what is in the bucket alone; without it, that is an error.
Result<RecordingVerdict> check_recording(const std::string& folder, Repair repair,
                                         const FarSource& far = nullptr);

}  // namespace longmen
