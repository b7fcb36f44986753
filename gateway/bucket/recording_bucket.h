// The bucket of this node's recordings, as the gateway has it: what waits on its way there, whose
// media leave this disk, what is read from there. Without [recording.s3] it does nothing.
// One thread: the io_context's; the work is the uploader's and the cache's.
#pragma once

#include <functional>

#include "config/node_config.h"
#include "core/node/recording_order.h"
#include "gateway/bucket/block_cache.h"
#include "gateway/bucket/bucket_uploader.h"
#include "gateway/recordings.h"

namespace longmen {

class RecordingBucket {
 public:
  // All outlive it. `wall_ms`: since 1970.
  RecordingBucket(boost::asio::io_context& io, DiskPool& disk, Recordings& recordings,
                  std::function<int64_t()> wall_ms);

  // `root`: of the recordings.
  void configure(const NodeConfig& config, const std::string& root);
  void stop();

  bool is_on() const { return bucket_.is_on(); }
  // Of what recordings may take on this disk; UINT64_MAX: as much as there is.
  uint64_t spool_room() const;
  // Whose media leave this disk now. `reserve_bytes` of the file system are to stay free.
  void drop_copies(uint64_t reserve_bytes);
  void forget(const std::string& recording);
  // One that this disk did not have, and that is listed now.
  void on_found(std::function<void()> found) { on_found_ = std::move(found); }

  BucketReport report() const;
  const UploaderFigures& uploads() const { return uploader_->figures(); }
  const BlockCacheFigures& reads() const { return cache_.figures(); }

 private:
  UploaderEvents events();
  void on_looked(std::vector<recording::LocalCopy> copies);
  void on_dropped(const std::string& recording, bool dropped);
  void on_lost_found(recording::RecordingInfo info);

  boost::asio::io_context& io_;
  Recordings& recordings_;
  std::function<int64_t()> wall_ms_;
  std::function<void()> on_found_;
  BucketConfig bucket_;
  std::string uploading_from_;
  S3Place uploading_to_;
  BucketState state_;
  BlockCache cache_;
  std::vector<recording::LocalCopy> copies_;  // as they were seen last
  bool measured_ = false;                     // since something was to make room
  std::set<std::string> dropping_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
  std::unique_ptr<BucketUploader> uploader_;  // last: its thread calls the others
};

}  // namespace longmen
