// Where recordings are kept besides this node's disk, as [recording.s3] of the configuration says
// it: a bucket of a server that speaks S3. The keys to it stand in a file of their own, or in the
// environment, and are read for each request, so that they can be changed without a restart and
// are in no message between processes.
#pragma once

#include <string>

namespace longmen {

struct BucketConfig {
  std::string endpoint;  // http://HOST:PORT or https://HOST, without a path; empty: no bucket
  std::string region = "us-east-1";
  std::string bucket;
  std::string prefix;            // in front of all names; empty: NODE_NAME/
  std::string credentials_file;  // as AWS's tools write it; empty: AWS_ACCESS_KEY_ID and so on
  std::string ca_file;           // PEM, of whoever signed the server's certificate
  bool path_style = true;        // HOST/BUCKET/KEY, not BUCKET.HOST/KEY
  int part_mb = 16;              // of what is uploaded in parts
  int keep_local_hours = 24;     // for so long what is in the bucket is on this disk, too
  int spool_gb = 0;              // that recordings take on this disk; 0: as much as there is
  int cache_gb = 20;             // of what is read from the bucket
  std::string cache_directory;   // empty: DATA_DIR/replay-cache

  bool is_on() const { return !endpoint.empty(); }
  bool operator==(const BucketConfig&) const = default;
};

}  // namespace longmen
