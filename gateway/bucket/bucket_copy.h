// What of a recording's folder is in the bucket: bucket.json beside its files, written anew after
// each that has arrived. A file is there when it has the size and the time of last change that it
// had when it was uploaded; so whatever is written to later counts as not uploaded.
// When the local copies of its media were dropped, it says what the bucket has of them.
// {"format":1,"place":"ENDPOINT/BUCKET/PREFIX","dropped":false,
//  "files":{"v0-12.m4s":{"bytes":1,"changed_ns":2,"etag":"…","sha256":"…"}}}
// Blocking; any thread, but one writer a recording.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"

namespace longmen {

inline constexpr const char* kBucketCopyName = "bucket.json";
inline constexpr size_t kMaxBucketFiles = 50'000;

struct BucketFile {
  uint64_t bytes = 0;
  int64_t changed_ns = 0;  // since 1970; 0: nobody knows any more
  std::string etag;
  std::string sha256;  // hexadecimal; empty: nobody knows any more
  bool operator==(const BucketFile&) const = default;
};

struct BucketCopy {
  std::string place;                                     // where it is
  bool dropped = false;                                  // its media are there alone
  std::map<std::string, BucketFile, std::less<>> files;  // by their names in the folder
  bool operator==(const BucketCopy&) const = default;
};

std::string to_json(const BucketCopy& copy);
Result<BucketCopy> bucket_copy_from_json(std::string_view json);

// Of a folder that has none: an empty one.
Result<BucketCopy> load_bucket_copy(const std::string& folder);
Result<void> save_bucket_copy(const std::string& folder, const BucketCopy& copy);

// A file of a folder, by its name relative to it; folders in it, too.
struct LocalFile {
  std::string name;
  uint64_t bytes = 0;
  int64_t changed_ns = 0;
  uint64_t links = 1;  // more: another recording has the same file
};
// All but bucket.json and what is being written beside its place, at most kMaxBucketFiles.
Result<std::vector<LocalFile>> local_files(const std::string& folder);
// Nothing: it is not there.
Result<LocalFile> local_file(const std::string& folder, const std::string& name);

bool is_media_file(std::string_view name);

}  // namespace longmen
