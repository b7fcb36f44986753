#include "gateway/bucket/bucket_source.h"

#include <spdlog/spdlog.h>

#include <algorithm>

namespace longmen {
namespace {

// Keeps its client.
class OwnBucketSource : public BucketSource {
 public:
  OwnBucketSource(std::shared_ptr<S3Client> client, std::string key, uint64_t bytes)
      : BucketSource(*client, std::move(key), bytes), client_(std::move(client)) {}

 private:
  std::shared_ptr<S3Client> client_;
};

}  // namespace

bool BucketSource::read(uint64_t offset, std::span<uint8_t> into) {
  while (!into.empty()) {
    if (offset >= bytes_) return false;
    const uint64_t piece = offset / kPieceBytes;
    if (piece != piece_) {
      const uint64_t from = piece * kPieceBytes;
      auto range = client_.get(key_, from, std::min(kPieceBytes, bytes_ - from));
      if (!range) {
        spdlog::error("{}", range.error().words);
        return false;
      }
      piece_ = piece;
      content_ = std::move(range->content);
    }
    const uint64_t at = offset - piece * kPieceBytes;
    if (at >= content_.size()) return false;
    const size_t count = std::min<uint64_t>(into.size(), content_.size() - at);
    std::copy_n(content_.begin() + static_cast<std::ptrdiff_t>(at), count, into.begin());
    into = into.subspan(count);
    offset += count;
  }
  return true;
}

FarSource bucket_sources(std::shared_ptr<S3Client> client, const std::string& recording) {
  return [client = std::move(client), recording](const std::string& name, uint64_t bytes) {
    return std::make_unique<OwnBucketSource>(client, recording + "/" + name, bytes);
  };
}

}  // namespace longmen
