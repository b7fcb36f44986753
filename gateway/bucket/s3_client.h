// Requests to an S3 server, by libcurl: signed (AWS Signature Version 4), TLS verified, no
// redirects, nothing believed past its bounds. Says what failed and whether it is worth to try
// again; waiting() tries again itself. Blocks; one thread at a time, made for waiting.
// Bounds: kMaxS3AnswerBytes of an answer; patience in each step.
// Source: Amazon S3 API Reference; RFC 9110 §14.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <random>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "config/bucket_config.h"
#include "core/base/bytes.h"
#include "gateway/bucket/s3_answers.h"
#include "gateway/curl_request.h"

namespace longmen {

inline constexpr size_t kMaxS3AnswerBytes = 8 << 20;

struct S3Place {
  std::string endpoint, region, bucket;
  std::string prefix;  // in front of every key
  std::string credentials_file, ca_file;
  bool path_style = true;
  uint64_t part_bytes = 16 << 20;
  bool operator==(const S3Place&) const = default;
};
// ENDPOINT/BUCKET/PREFIX.
std::string name_of_place(const S3Place& place);
S3Place place_of(const BucketConfig& bucket, const std::string& node_name);

struct S3Patience {
  std::chrono::milliseconds connect{5'000};
  std::chrono::seconds stall{15};  // with less than a kilobyte a second
  int tries = 4;
  std::chrono::milliseconds first_wait{250};  // doubled each time, and a random part of it
};

struct S3Problem {
  bool passes = false;  // worth to be tried again
  bool local = false;   // it is this disk's, or the file's
  int status = 0;       // 0: no answer came
  std::string words;    // without keys
};
template <class T>
using S3Result = tl::expected<T, S3Problem>;

struct S3ObjectFacts {
  uint64_t bytes = 0;
  std::string etag;        // without quotes
  bool encrypted = false;  // by the server: the ETag is no digest
};
struct S3Range {
  std::string content;
  uint64_t object_bytes = 0;
};

class S3Client {
 public:
  // `stop` ends what is under way.
  S3Client(S3Place place, S3Patience patience, std::stop_token stop);
  ~S3Client();

  const S3Place& place() const { return place_; }

  // --- Keys are without the prefix. Each fails as it is said above, after all tries.
  S3Result<S3ObjectFacts> put(const std::string& key, ByteSpan content);
  S3Result<S3ObjectFacts> head(const std::string& key);
  // At most `bytes` from `offset` on; less only at the object's end.
  S3Result<S3Range> get(const std::string& key, uint64_t offset, size_t bytes);
  // Also when it was not there.
  S3Result<void> remove(const std::string& key);
  // Of keys that begin with `begin`; `by_folder`: up to the next '/'. The whole list: `visit` is
  // called for each page.
  S3Result<void> list(const std::string& begin, bool by_folder,
                      const std::function<void(const S3ObjectList&)>& visit);
  S3Result<std::string> begin_parts(const std::string& key);
  // The part's ETag; parts count from 1.
  S3Result<std::string> put_part(const std::string& key, const std::string& upload, int part,
                                 ByteSpan content);
  S3Result<void> finish_parts(const std::string& key, const std::string& upload,
                              const std::vector<std::string>& etags);
  S3Result<void> give_up_parts(const std::string& key, const std::string& upload);
  // Under the prefix; how many there were.
  S3Result<int> give_up_all_parts();

 private:
  struct Request;
  struct Answer;
  S3Result<Answer> ask(const Request& request);
  S3Result<Answer> ask_once(const Request& request);
  std::string url_of(const Request& request) const;
  std::string name_of(const Request& request) const;
  // False: it is to stop.
  bool wait(int after_tries);

  const S3Place place_;
  const S3Patience patience_;
  const std::stop_token stop_;
  std::mt19937 random_;
  CurlPtr curl_;
};

// MD5 in hexadecimal, as the ETag of an object that was put at once has it.
std::string s3_etag_of(ByteSpan content);
// Of an object in parts: of the parts' digests, and their number.
std::string s3_etag_of_parts(const std::vector<std::string>& etags);

}  // namespace longmen
