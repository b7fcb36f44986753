// One file to the bucket: at once, or in parts when it is larger than one. Each part goes with its
// digests, which the server has to find again (SHA-256 in the signature, Content-MD5); then the
// whole is looked at: its size, and its ETag against what was sent. A file that was written to
// meanwhile is none. Blocking. Bound: one part in memory.
#pragma once

#include "gateway/bucket/bucket_copy.h"
#include "gateway/bucket/s3_client.h"

namespace longmen {

// `key` in the bucket; `name` in the folder. What passes is worth to be tried again.
S3Result<BucketFile> upload_file(S3Client& client, const std::string& folder,
                                 const std::string& name, const std::string& key);

}  // namespace longmen
