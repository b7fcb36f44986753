// Reads a recording's package as it comes and believes nothing of it: order and names, sizes, the
// SHA-256 of every segment and file, that captions are such (they are handed on as cleaned anew),
// that courseware begins as its kind does, that an index is of chunks that can be played, and that
// the manifest is exactly that of what is in it. What was checked is handed on; the recording is
// whole when finish() says so, and not before. Knows no file and no other recording. Pure but for
// its store. Bounds: one segment and the head's texts in memory (core/package/package_head.h).
#pragma once

#include <memory>
#include <optional>
#include <set>

#include "core/package/package_head.h"
#include "core/package/tar.h"
#include "core/recording/manifest.h"
#include "core/recording/progressive_mp4.h"

namespace longmen::package {

class PackageReader : private TarReader::Sink {
 public:
  // Where what was checked goes. Each may refuse.
  class Store {
   public:
    virtual ~Store() = default;
    // Once it is known what will come, and how much: in all `media_bytes` and courseware.
    virtual Result<void> describe(const PackageHead& head,
                                  const std::vector<recording::RecordedTrack>& tracks,
                                  uint64_t media_bytes) = 0;
    virtual Result<void> keep_init(const std::string& name, ByteSpan bytes) = 0;
    virtual Result<void> keep_segment(size_t track, const recording::RecordedSegment& segment,
                                      ByteSpan bytes) = 0;
    virtual Result<void> keep_captions(const recording::WrittenCaptions& captions) = 0;
    virtual Result<void> begin_courseware(const recording::Courseware& file) = 0;
    virtual Result<void> courseware_data(ByteSpan bytes) = 0;
    // Its SHA-256 is what the head says.
    virtual Result<void> end_courseware() = 0;
  };

  // Outlived by the store.
  explicit PackageReader(Store& store) : store_(store) {}

  Result<void> feed(ByteSpan bytes) { return tar_.feed(bytes, *this); }
  // When no more comes: whether all was there.
  Result<void> finish() const;

  // --- Once it was described.
  bool is_described() const { return described_; }
  const PackageHead& head() const { return head_; }
  const std::vector<recording::RecordedTrack>& tracks() const { return tracks_; }

 private:
  enum class Kind { kHead, kManifest, kInit, kIndex, kSegment, kCaptions, kCourseware };

  Result<void> begin_file(const std::string& path, uint64_t bytes) override;
  Result<void> file_data(ByteSpan bytes) override;
  Result<void> end_file() override;

  Result<void> begin_segment(const std::string& path, uint64_t bytes);
  Result<void> begin_captions(const std::string& path, uint64_t bytes);
  Result<void> begin_courseware(const std::string& path, uint64_t bytes);
  Result<void> take_init();
  Result<void> take_index();
  Result<void> take_segment();
  Result<void> take_captions();
  Result<void> take_courseware();
  Result<void> check_segment(const recording::RecordedSegment& segment) const;
  // All indexes are there: what they say is held against the manifest.
  Result<void> describe();

  Store& store_;
  TarReader tar_;
  std::set<std::string> seen_;  // of the head's files
  std::string path_;
  Kind kind_ = Kind::kHead;
  Bytes text_;  // of the file that comes, when it is one that is read whole; of courseware the head
  std::unique_ptr<Sha256Stream> hash_;

  PackageHead head_;
  Bytes manifest_;
  recording::InitDigests inits_;
  std::set<uint64_t> init_numbers_;
  std::vector<recording::RecordedTrack> tracks_;
  std::vector<std::set<int64_t>> wanted_;  // segments that are still to come, by track
  std::set<std::string> wanted_captions_, wanted_courseware_;
  size_t track_ = 0;
  int64_t number_ = 0;
  const recording::CaptionTrack* captions_ = nullptr;
  const recording::Courseware* courseware_ = nullptr;
  bool described_ = false;
};

}  // namespace longmen::package
