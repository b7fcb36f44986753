// The files of a recording, ROOT/ID/:
//   recording.json     what it is (core/recording/recording_info.h), written anew at each change
//   init-HASH.mp4      init segments, by their names in HLS
//   v0-NUMBER.m4s      parts of a rendition, each with its trailer, in the order of their arrival;
//                      of the segments from NUMBER times kSegmentsInFile on
//   v0.index           records of that rendition's segments (core/recording/recorded_segment.h)
//   manifest.json      when it has ended (core/recording/manifest.h)
//   bucket.json        what of it is in a bucket, too, or there alone
//                      (gateway/bucket/bucket_copy.h)
//   courseware.json    what is attached (core/recording/courseware.h): courseware-ID, as it was
//   given
// Loading trusts the index as far as its records are whole, then finds what stands behind in the
// media files by itself; without an index it finds everything. Of media that are in a bucket alone
// the index is believed, unless the caller gives a way to read them. Blocking; any thread, but one
// writer a recording. Bound: kMaxIndexBytes.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/recording/courseware.h"
#include "core/recording/media_scan.h"
#include "core/recording/progressive_mp4.h"
#include "net/unique_fd.h"

namespace longmen {

inline constexpr size_t kMaxIndexBytes = 512 << 20;
inline constexpr std::string_view kRemovedSuffix = ".removed";

std::string media_file_name(std::string_view track, int64_t file);
// "v0-12.m4s" is {"v0", 12}; nothing when it is no such name. Refers to it.
struct MediaFileName {
  std::string_view track;
  int64_t file = 0;
};
std::optional<MediaFileName> read_media_file_name(std::string_view name);
std::string index_file_name(std::string_view track);

struct LoadedTrack {
  recording::RecordedTrack recorded;
  uint64_t index_end = 0;                 // behind its last whole record
  std::map<int64_t, uint64_t> media_end;  // by file: behind the last whole part
  std::vector<int64_t> unindexed;         // segments that were found in the media files
};

struct LoadedRecording {
  recording::RecordingInfo info;
  std::vector<LoadedTrack> tracks;  // as in the info
  recording::InitBytes inits;
  uint64_t found = 0;    // parts that no index had
  uint64_t damaged = 0;  // parts that are not what their trailer says
  bool has_manifest = false;

  std::vector<recording::RecordedTrack> recorded() const;
};

// A media file that is in the bucket alone, of so many bytes.
using FarSource =
    std::function<std::unique_ptr<recording::ByteSource>(const std::string& name, uint64_t bytes)>;

enum class IndexUse { kTrusted, kIgnored };
Result<recording::RecordingInfo> load_recording_info(const std::string& folder);
Result<LoadedRecording> load_recording(const std::string& folder, IndexUse use = IndexUse::kTrusted,
                                       const FarSource& far = nullptr);

// None when the folder is not there.
Result<std::vector<std::string>> names_in(const std::string& folder);
// Folders of recordings below `root`; what is none is left out.
Result<std::vector<std::string>> list_recordings(const std::string& root);
// What is attached to it; a recording without courseware.json has none.
Result<std::vector<recording::Courseware>> load_courseware(const std::string& folder);
std::string courseware_file_name(std::string_view id);
// What its files take.
uint64_t recording_file_bytes(const std::string& folder);
// First its name, so that half of it is never taken for a recording. What says that a bucket has
// something of it stays, under that name, for whoever removes it there.
Result<void> remove_recording(const std::string& root, const std::string& id);
// What an earlier process had only given another name.
void finish_removing(const std::string& root);

// A media file, to be scanned or read.
class FileSource : public recording::ByteSource {
 public:
  // Of size 0 when it is not there.
  explicit FileSource(const std::string& path);
  bool is_open() const { return static_cast<bool>(file_); }
  uint64_t size() const override { return size_; }
  bool read(uint64_t offset, std::span<uint8_t> into) override;

 private:
  UniqueFd file_;
  uint64_t size_ = 0;
};

}  // namespace longmen
