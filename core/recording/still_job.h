// What the gateway has made by one run of `longmen make-stills`: which keyframes, where their bytes
// lie in the recording's files, and into which pack they go. A plain value and its JSON form. Pure.
// Bound: kMaxStillsInJob.
#pragma once

#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/recording/still_pack.h"

namespace longmen::recording {

inline constexpr size_t kMaxStillsInJob = 24;

struct WantedStill {
  StillKind kind = StillKind::kStill;
  int64_t media_sequence = 0;
  std::string init;  // names of files in the folder
  std::string file;
  uint64_t offset = 0;  // of the keyframe, its NAL units with their lengths
  uint32_t bytes = 0;
  bool give_up = false;  // it has ended processes: it is noted that none can be made of it
  bool operator==(const WantedStill&) const = default;
};

struct StillJob {
  std::string folder;
  std::vector<WantedStill> stills;
  bool operator==(const StillJob&) const = default;
};

std::string to_json(const StillJob& job);
Result<StillJob> still_job_from_json(std::string_view json);

}  // namespace longmen::recording
