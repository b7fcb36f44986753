// What a gateway and control of one node tell each other of recordings: the gateway, which has the
// files, what there is; control, which has the people, what is to be done with it. Plain values and
// their JSON forms. Times are milliseconds since 1970. Pure.
// Request:  {"node":"...","known":N,"recorder":{…},"recordings":[report, …]}
// Response: {"newest":N,"orders":[order, …]}: those that are newer than `known`, and that number;
// when they are too many for once, that of the last one, so that the rest follows.
#pragma once

#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/recording/recording_info.h"

namespace longmen {

inline constexpr size_t kMaxReportsAtOnce = 50;
inline constexpr size_t kMaxOrdersAtOnce = 500;
inline constexpr size_t kMaxOrderedChapters = 5000;  // with which no more orders follow

struct RecordingReport {
  std::string id, channel, session, title, series;
  int64_t start_ms = 0;
  int64_t end_ms = 0;  // 0: it goes on
  uint64_t bytes = 0;
  int64_t hole_ms = 0;
  std::string state;                       // "recording", "ended", "gone"
  std::vector<recording::TimeRange> cuts;  // what emergency cuts took back of it
  std::string source;                      // of which it is a clip; or empty
  int64_t segment_ms = 1000;               // what a trim is rounded to
  int courseware = 0;                      // files
  int64_t sound_bytes = -1;  // of the download of its sound; -1: it is not said, 0: there is none
  bool operator==(const RecordingReport&) const = default;
};

// Of the bucket that recordings go to, too.
struct BucketReport {
  std::string state = "off";  // "off", "ready", "away": it is tried again, "refused": by the server
  std::string words;          // about what is wrong
  uint64_t waiting_bytes = 0;   // that are not in it yet
  int64_t waiting_seconds = 0;  // for so long, the oldest of them
  bool operator==(const BucketReport&) const = default;
};

struct RecorderReport {
  std::string state;  // "off", "ready", "full", "failed"
  std::string words;
  uint64_t free_bytes = 0;
  int64_t seconds_left = 0;  // at the rate of what is being recorded, or of all channels
  BucketReport bucket;
  bool operator==(const RecorderReport&) const = default;
};

struct RecordingSyncRequest {
  std::string node;
  int64_t known = 0;
  RecorderReport recorder;
  std::vector<RecordingReport> recordings;
};

struct RecordingOrder {
  std::string id;
  bool keep = false;
  bool remove = false;
  std::vector<recording::TimeRange> withdrawn;
  std::vector<recording::TimeRange> given_back;  // of the cuts
  std::vector<recording::RecordedChapter> chapters;
  recording::TimeRange shown;  // {0, 0}: all of it
  int keep_days = 0;           // of its series; 0: as the node, -1: for ever
  bool operator==(const RecordingOrder&) const = default;
};

struct RecordingSyncResponse {
  int64_t newest = 0;
  std::vector<RecordingOrder> orders;
};

std::string to_json(const RecordingSyncRequest& request);
Result<RecordingSyncRequest> recording_sync_request_from_json(std::string_view json);
std::string to_json(const RecordingSyncResponse& response);
Result<RecordingSyncResponse> recording_sync_response_from_json(std::string_view json);

}  // namespace longmen
