#include "gateway/bucket/object_upload.h"

#include "core/base/hex.h"
#include "core/base/sha256_stream.h"
#include "gateway/recording_files.h"

namespace longmen {
namespace {

tl::unexpected<S3Problem> file_problem(std::string words) {
  return tl::unexpected(S3Problem{true, true, 0, std::move(words)});
}
// It answered, and has something else: trying again at once would change nothing.
tl::unexpected<S3Problem> object_problem(std::string words) {
  return tl::unexpected(S3Problem{false, false, 200, std::move(words)});
}

class Upload {
 public:
  Upload(S3Client& client, const std::string& path, const std::string& key, uint64_t bytes)
      : client_(client), path_(path), key_(key), bytes_(bytes), source_(path) {}

  // What the whole has to have as its ETag.
  S3Result<std::string> send() {
    if (!source_.is_open()) return file_problem(path_ + ": cannot be opened");
    if (source_.size() != bytes_) return file_problem(path_ + ": is being written to");
    if (source_.size() <= client_.place().part_bytes) return send_at_once();
    const auto upload = client_.begin_parts(key_);
    if (!upload) return tl::unexpected(upload.error());
    auto etag = send_parts(*upload);
    if (!etag) (void)client_.give_up_parts(key_, *upload);  // else the next start does it
    return etag;
  }

  std::string sha256() { return lower_hex(stream_.finish()); }

 private:
  S3Result<std::string> send_at_once() {
    Bytes content(source_.size());
    if (!source_.read(0, content)) return file_problem(path_ + ": cannot be read");
    stream_.update(content);
    const auto put = client_.put(key_, content);
    if (!put) return tl::unexpected(put.error());
    return s3_etag_of(content);
  }

  S3Result<std::string> send_parts(const std::string& upload) {
    std::vector<std::string> told, made;
    Bytes content;
    for (uint64_t at = 0; at < source_.size(); at += content.size()) {
      content.resize(std::min(client_.place().part_bytes, source_.size() - at));
      if (!source_.read(at, content)) return file_problem(path_ + ": cannot be read");
      stream_.update(content);
      const auto part = client_.put_part(key_, upload, static_cast<int>(told.size()) + 1, content);
      if (!part) return tl::unexpected(part.error());
      told.push_back(*part);
      made.push_back(s3_etag_of(content));
    }
    const auto finished = client_.finish_parts(key_, upload, told);
    if (!finished) return tl::unexpected(finished.error());
    return s3_etag_of_parts(made);
  }

  S3Client& client_;
  std::string path_, key_;
  uint64_t bytes_;
  FileSource source_;
  Sha256Stream stream_;
};

}  // namespace

S3Result<BucketFile> upload_file(S3Client& client, const std::string& folder,
                                 const std::string& name, const std::string& key) {
  const std::string path = folder + "/" + name;
  const auto before = local_file(folder, name);
  if (!before) return file_problem(before.error().message);
  Upload upload(client, path, key, before->bytes);
  const auto etag = upload.send();
  if (!etag) return tl::unexpected(etag.error());
  const auto there = client.head(key);
  if (!there) return tl::unexpected(there.error());
  if (there->bytes != before->bytes)
    return object_problem(key + ": the bucket has another size than was sent");
  if (!there->encrypted && there->etag != *etag)
    return object_problem(key + ": the bucket has another ETag than was sent");
  const auto after = local_file(folder, name);
  if (!after || after->bytes != before->bytes || after->changed_ns != before->changed_ns)
    return file_problem(path + ": was written to while it was sent");
  return BucketFile{before->bytes, before->changed_ns, there->etag, upload.sha256()};
}

}  // namespace longmen
