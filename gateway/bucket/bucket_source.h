// A recording's media file as the bucket has it, for whoever reads all of it: in large pieces, one
// after the other. Blocking; a thread made for waiting. Bound: one piece in memory.
#pragma once

#include <memory>

#include "gateway/bucket/s3_client.h"
#include "gateway/recording_files.h"

namespace longmen {

class BucketSource : public recording::ByteSource {
 public:
  static constexpr uint64_t kPieceBytes = 4 << 20;

  // Outlived by the client.
  BucketSource(S3Client& client, std::string key, uint64_t bytes)
      : client_(client), key_(std::move(key)), bytes_(bytes) {}
  uint64_t size() const override { return bytes_; }
  bool read(uint64_t offset, std::span<uint8_t> into) override;

 private:
  S3Client& client_;
  const std::string key_;
  const uint64_t bytes_;
  uint64_t piece_ = UINT64_MAX;  // its number
  std::string content_;
};

// Of a recording, by its id. What cannot be read is told in the log.
FarSource bucket_sources(std::shared_ptr<S3Client> client, const std::string& recording);

}  // namespace longmen
