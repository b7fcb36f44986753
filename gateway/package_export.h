// A recording as one package (core/package/package_head.h), of which every byte is sent from where
// it lies: the head is laid out once, then segment by segment follows from the media files,
// captions and courseware. So neither memory nor disk holds any of it twice, and its length is
// known beforehand. What is withdrawn meanwhile ends it in the middle. Laying out may wait for a
// disk; the rest is the pool's.
#pragma once

#include "core/package/package_head.h"
#include "gateway/file_body.h"
#include "gateway/recordings.h"

namespace longmen {

struct PackageLayout {
  recording::RecordingInfo info;  // as exported
  std::string folder;
  std::vector<recording::RecordedTrack> tracks;  // as recorded, those segments alone
  std::vector<recording::WrittenCaptions> captions;
  std::vector<recording::Courseware> courseware;
  std::shared_ptr<const Bytes> head;  // all in front of the first segment
  uint64_t bytes = 0;                 // of the whole package
};

// Blocking. `media` as it was read of that recording, which has ended.
Result<std::shared_ptr<const PackageLayout>> lay_out_package(const recording::RecordingInfo& info,
                                                             const std::string& folder,
                                                             const RecordingMedia& media,
                                                             boost::json::object talk);

class PackageBody : public HttpBody {
 public:
  // Outlived by the pool.
  PackageBody(DiskPool& disk, std::shared_ptr<const PackageLayout> layout,
              FileBody::StillShown still_shown)
      : disk_(disk), layout_(std::move(layout)), still_shown_(std::move(still_shown)) {}
  boost::asio::awaitable<HttpBodyPiece> read() override;

 private:
  // The next few files; nothing: that was all.
  std::vector<FilePiece> next_pieces();
  void add_segments(std::vector<FilePiece>& pieces);

  DiskPool& disk_;
  std::shared_ptr<const PackageLayout> layout_;
  FileBody::StillShown still_shown_;
  std::unique_ptr<FileBody> part_;
  enum class Step { kHead, kSegments, kCaptions, kCourseware, kEnd, kDone } step_ = Step::kHead;
  size_t track_ = 0;
  int64_t after_ = -1;  // that segment
};

}  // namespace longmen
