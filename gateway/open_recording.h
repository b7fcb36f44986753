// One recording that is being written: its open files, what of them is synced and indexed. Every
// call may wait for the disk; the writer's thread. After a call that failed it is to be made anew,
// from what the disk has.
#pragma once

#include <functional>
#include <set>

#include "gateway/recording_writer.h"

namespace longmen {

class RecordingWriter::Open {
 public:
  enum class Taken { kWritten, kHad, kMalformed };
  struct Written {
    Taken taken = Taken::kHad;
    std::shared_ptr<const Bytes> new_init;
  };

  // Goes on with what is in `folder`, or makes it.
  static Result<std::unique_ptr<Open>> make(const std::string& folder,
                                            const recording::RecordingInfo& info);

  LoadedRecording loaded() const { return loaded_; }
  const recording::RecordingInfo& info() const { return loaded_.info; }
  Result<void> set_info(const recording::RecordingInfo& info);

  Result<Written> write(const WriterPart& part);
  // Whether a segment is whole and has no record yet.
  bool has_finished() const;
  // Media first, then records of the segments that are finished, each of which is told.
  // `all`: also of those that are not. `durable`: until they are on the disk.
  using Told = std::function<void(const recording::RecordedSegment&)>;
  Result<void> finish(bool durable, bool all, const Told& told);
  // Cuts off what is not shown, writes the index anew and the manifest.
  Result<recording::RecordingInfo> close(recording::RecordingInfo info);

 private:
  struct Files {
    UniqueFd index;
    UniqueFd media;
    int64_t media_file = -1;
    bool media_unsynced = false;
    bool index_unsynced = false;
    std::set<int64_t> unindexed;
    int64_t newest = 0;
  };

  Open(std::string folder, LoadedRecording loaded)
      : folder_(std::move(folder)), loaded_(std::move(loaded)), files_(loaded_.tracks.size()) {}
  Result<void> open_media(size_t track, int64_t file);
  Result<std::shared_ptr<const Bytes>> keep_init(const WriterPart& part);
  Result<Sha256Digest> hash(size_t track, const recording::RecordedSegment& segment);
  Result<void> index_finished(size_t track, bool all, const Told& told);
  Result<void> append(size_t track, ByteSpan part, ByteSpan trailer);
  std::string path(const std::string& name) const { return folder_ + "/" + name; }

  std::string folder_;
  LoadedRecording loaded_;
  std::vector<Files> files_;
};

}  // namespace longmen
