// The keys to a bucket, from a file as AWS's tools write it, or from the environment
// (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN). Words never have any of them.
#pragma once

#include <string>
#include <string_view>

#include "core/base/result.h"

namespace longmen {

struct S3Credentials {
  std::string key_id, secret;
  std::string session_token;  // mostly empty
};

// Lines of NAME = VALUE; [profile] lines are passed over, and the first of a name counts.
Result<S3Credentials> s3_credentials_in(std::string_view text);
// `file` empty: the environment. Blocking.
Result<S3Credentials> read_s3_credentials(const std::string& file);

}  // namespace longmen
