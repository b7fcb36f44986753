// What an S3 server says in XML, read by expat: lists of objects and of uploads in parts, the name
// of an upload, and what is wrong. Whatever the server is, nothing of its answer is believed beyond
// the bounds: no DTD (and so no entities), kMaxS3Depth, kMaxS3Text, kMaxS3Items. Pure.
// Source: Amazon S3 API Reference, ListObjectsV2, ListMultipartUploads, CreateMultipartUpload,
// CompleteMultipartUpload, Error Responses.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"

namespace longmen {

inline constexpr int kMaxS3Depth = 8;
inline constexpr size_t kMaxS3Text = 2048;   // of one element
inline constexpr size_t kMaxS3Items = 5000;  // of one answer

struct S3Object {
  std::string key;
  uint64_t bytes = 0;
  std::string etag;  // without quotes
  bool operator==(const S3Object&) const = default;
};
struct S3ObjectList {
  std::vector<S3Object> objects;
  std::vector<std::string> folders;  // common prefixes
  std::string next;                  // token of the next page; empty: that was all
};
Result<S3ObjectList> read_s3_objects(std::string_view xml);

struct S3PartedUpload {
  std::string key, id;
  bool operator==(const S3PartedUpload&) const = default;
};
struct S3UploadList {
  std::vector<S3PartedUpload> uploads;
  bool more = false;
};
Result<S3UploadList> read_s3_uploads(std::string_view xml);

// Of what begins an upload in parts.
Result<std::string> read_s3_upload_id(std::string_view xml);

// "NoSuchKey"; empty: it is no error, or none that can be read. Letters only.
std::string read_s3_error_code(std::string_view xml);

}  // namespace longmen
