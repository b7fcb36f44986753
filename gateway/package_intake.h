// A package on its way into the folder of recordings: what its reader has checked
// (core/package/package_reader.h) is written below ROOT/.import-NAME, where nobody looks for
// recordings, as the recorder would have written it. It gets its name when all of it is there, on
// the disk, and filed by the studio; what a process left behind when it died goes when the next one
// begins, or is finished, when it had its name. Without a folder all is checked and nothing is
// kept. Blocking; one call at a time.
#pragma once

#include <map>

#include "core/package/package_reader.h"
#include "gateway/given_file.h"
#include "gateway/recording_files.h"

namespace longmen {

class PackageIntake : private package::PackageReader::Store {
 public:
  struct Target {
    std::string root;            // empty: check only
    std::string name;            // of its own folder
    uint64_t reserve_bytes = 0;  // that stay free on the file system
    recording::CoursewareLimits courseware{UINT64_MAX, UINT64_MAX};
  };
  explicit PackageIntake(Target target);
  ~PackageIntake() override;  // what has not got its name goes
  PackageIntake(const PackageIntake&) = delete;
  PackageIntake& operator=(const PackageIntake&) = delete;

  Result<void> feed(std::string_view piece);
  // All was there and is on the disk.
  Result<void> finish();
  // Its name, from which moment on it is a recording. What it is filed as.
  struct Filing {
    std::string id, channel, session, title, series;
    int keep_days = 0;  // of the series
    int64_t now_ms = 0;
  };
  Result<recording::RecordingInfo> settle(const Filing& filing);

  const package::PackageReader& reader() const { return reader_; }
  // As they were kept.
  const std::vector<recording::CaptionTrack>& captions() const { return captions_; }
  // Its words are the disk's, and not the package's.
  bool disk_failed() const { return disk_failed_; }
  bool no_room() const { return no_room_; }
  // Its words name the file of courseware that is more than is taken.
  bool too_large() const { return too_large_; }

 private:
  struct MediaFile {
    UniqueFd file;
    int64_t number = -1;
  };

  Result<void> describe(const package::PackageHead& head,
                        const std::vector<recording::RecordedTrack>& tracks,
                        uint64_t media_bytes) override;
  Result<void> keep_init(const std::string& name, ByteSpan bytes) override;
  Result<void> keep_segment(size_t track, const recording::RecordedSegment& segment,
                            ByteSpan bytes) override;
  Result<void> keep_captions(const recording::WrittenCaptions& captions) override;
  Result<void> begin_courseware(const recording::Courseware& file) override;
  Result<void> courseware_data(ByteSpan bytes) override;
  Result<void> end_courseware() override;

  Result<void> open_media(size_t track, int64_t number);
  Result<void> disk(Result<void> done);
  std::string path(const std::string& name) const { return folder_ + "/" + name; }
  bool keeps() const { return !folder_.empty(); }

  const Target target_;
  std::string folder_;
  package::PackageReader reader_;
  std::vector<MediaFile> media_;                         // by track
  std::map<std::pair<size_t, int64_t>, uint64_t> ends_;  // of files, by track and number
  std::vector<recording::RecordedTrack> written_;
  recording::InitDigests inits_;
  std::vector<recording::CaptionTrack> captions_;
  std::unique_ptr<GivenFile> courseware_;
  bool disk_failed_ = false, no_room_ = false, too_large_ = false, settled_ = false;
};

// Where what is to become recording `name` is put together; and its name, when it has its
// recording.json.
std::string import_folder(const std::string& root, const std::string& name);
Result<void> name_import(const std::string& folder, const std::string& root, const std::string& id);

// Finishes those that have their name, and takes away the others.
void finish_imports(const std::string& root);

}  // namespace longmen
