#include "gateway/bucket/s3_client.h"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <algorithm>
#include <charconv>
#include <condition_variable>
#include <cstring>
#include <mutex>

#include "core/base/base64.h"
#include "core/base/hex.h"
#include "core/base/sha256.h"
#include "core/guide/xmltv.h"
#include "core/http/fields.h"
#include "core/http/target.h"
#include "gateway/bucket/s3_credentials.h"
#include "gateway/curl_request.h"

namespace longmen {
namespace {

using Digest = std::vector<uint8_t>;

Digest md5_of(ByteSpan content) {
  Digest digest(16);
  unsigned bytes = 0;
  EVP_Digest(content.data(), content.size(), digest.data(), &bytes, EVP_md5(), nullptr);
  return digest;
}

std::string encoded_path(std::string_view path) {
  std::string out;
  for (size_t slash = path.find('/'); slash != std::string_view::npos; slash = path.find('/')) {
    out += percent_encode(path.substr(0, slash)) + "/";
    path.remove_prefix(slash + 1);
  }
  return out + percent_encode(path);
}

struct Reading {
  ByteSpan left;
};
size_t give(char* into, size_t size, size_t count, void* user) {
  Reading& reading = *static_cast<Reading*>(user);
  const size_t bytes = std::min(size * count, reading.left.size());
  std::memcpy(into, reading.left.data(), bytes);
  reading.left = reading.left.subspan(bytes);
  return bytes;
}
// A connection that was kept and is closed by now: once more from the beginning.
struct Rewound {
  Reading* reading;
  ByteSpan all;
};
int rewind_to(void* user, curl_off_t offset, int origin) {
  Rewound& of = *static_cast<Rewound*>(user);
  if (origin != SEEK_SET || offset < 0 || static_cast<size_t>(offset) > of.all.size())
    return CURL_SEEKFUNC_FAIL;
  of.reading->left = of.all.subspan(static_cast<size_t>(offset));
  return CURL_SEEKFUNC_OK;
}

struct Headers {
  std::string etag, content_range;
  bool encrypted = false;
};
size_t take_header(char* bytes, size_t size, size_t count, void* user) {
  Headers& headers = *static_cast<Headers*>(user);
  const std::string_view line(bytes, size * count);
  const size_t colon = line.find(':');
  if (line.starts_with("HTTP/")) headers = {};
  if (colon == std::string_view::npos) return size * count;
  const std::string_view name = line.substr(0, colon);
  std::string value(line.substr(colon + 1, 512));
  std::erase_if(value, [](char c) { return c == '\r' || c == '\n' || c == '"'; });
  value.erase(0, value.find_first_not_of(' '));
  if (equal_ignoring_case(name, "ETag")) headers.etag = value;
  if (equal_ignoring_case(name, "Content-Range")) headers.content_range = value;
  // Of AES256 the ETag is the digest all the same.
  if (equal_ignoring_case(name, "x-amz-server-side-encryption"))
    headers.encrypted = value != "AES256";
  return size * count;
}

// "bytes 0-9/100": RFC 9110 §14.4.
struct ContentRange {
  uint64_t first = 0, last = 0, all = 0;
};
std::optional<ContentRange> read_content_range(std::string_view text) {
  if (!text.starts_with("bytes ")) return {};
  text.remove_prefix(6);
  ContentRange range;
  for (const auto& [number, behind] :
       {std::pair(&range.first, '-'), std::pair(&range.last, '/'), std::pair(&range.all, '\0')}) {
    const auto [end, wrong] = std::from_chars(text.data(), text.data() + text.size(), *number);
    if (wrong != std::errc()) return {};
    text.remove_prefix(static_cast<size_t>(end - text.data()));
    if (behind == '\0') return text.empty() ? std::optional(range) : std::nullopt;
    if (text.empty() || text.front() != behind) return {};
    text.remove_prefix(1);
  }
  return {};
}

constexpr int kMaxPages = 100;         // of uploads
constexpr int kMaxListPages = 10'000;  // a server that goes in circles is left

bool passes(int status, std::string_view code) {
  return status >= 500 || status == 429 || status == 408 || code == "SlowDown" ||
         code == "RequestTimeout" || code == "OperationAborted" || code == "BadDigest";
}

}  // namespace

struct S3Client::Request {
  std::string method;
  std::string key;  // empty: the bucket
  std::vector<std::pair<std::string, std::string>> query;
  ByteSpan content;
  std::string range;  // "0-99"
  bool with_digest = false;
};
struct S3Client::Answer {
  int status = 0;
  std::string content;
  Headers headers;
  uint64_t bytes = 0;  // as the answer says
};

std::string name_of_place(const S3Place& place) {
  return place.endpoint + "/" + place.bucket + "/" + place.prefix;
}

S3Place place_of(const BucketConfig& bucket, const std::string& node_name) {
  S3Place place;
  place.endpoint = bucket.endpoint;
  place.region = bucket.region;
  place.bucket = bucket.bucket;
  place.prefix = bucket.prefix.empty() ? node_name + "/" : bucket.prefix;
  place.credentials_file = bucket.credentials_file;
  place.ca_file = bucket.ca_file;
  place.path_style = bucket.path_style;
  place.part_bytes = static_cast<uint64_t>(bucket.part_mb) << 20;
  return place;
}

S3Client::S3Client(S3Place place, S3Patience patience, std::stop_token stop)
    : place_(std::move(place)),
      patience_(patience),
      stop_(std::move(stop)),
      random_(std::random_device()()),
      curl_(make_curl()) {}

S3Client::~S3Client() = default;

std::string S3Client::url_of(const Request& request) const {
  std::string url = place_.endpoint;
  const std::string path = request.key.empty() ? "" : encoded_path(place_.prefix + request.key);
  if (place_.path_style) {
    url += "/" + place_.bucket + "/" + path;
  } else {
    url.insert(url.find("://") + 3, place_.bucket + ".");
    url += "/" + path;
  }
  // SigV4 wants them in the order of their names, and libcurl signs what stands there.
  auto query = request.query;
  std::ranges::sort(query);
  char mark = '?';
  for (const auto& [name, value] : query) {
    url += fmt::format("{}{}={}", mark, name, percent_encode(value));
    mark = '&';
  }
  return url;
}

// For people.
std::string S3Client::name_of(const Request& request) const {
  return fmt::format("{} {}/{}/{}", request.method, place_.endpoint, place_.bucket,
                     request.key.empty() ? "" : place_.prefix + request.key);
}

bool S3Client::wait(int after_tries) {
  const auto longest = patience_.first_wait * (1 << std::min(after_tries - 1, 8));
  std::uniform_int_distribution<int64_t> part(longest.count() / 2, longest.count());
  std::mutex mutex;
  std::condition_variable_any never;
  std::unique_lock lock(mutex);
  never.wait_for(lock, stop_, std::chrono::milliseconds(part(random_)), [] { return false; });
  return !stop_.stop_requested();
}

S3Result<S3Client::Answer> S3Client::ask(const Request& request) {
  for (int tries = 1;; ++tries) {
    auto answer = ask_once(request);
    if (answer || !answer.error().passes || tries >= patience_.tries || !wait(tries)) return answer;
  }
}

S3Result<S3Client::Answer> S3Client::ask_once(const Request& request) {
  const auto problem = [&](bool may_pass, int status, std::string_view words) {
    return tl::unexpected(
        S3Problem{may_pass, false, status, name_of(request) + ": " + std::string(words)});
  };
  CURL* const curl = static_cast<CURL*>(curl_.get());
  if (!curl) return problem(true, 0, "libcurl does not start");
  if (stop_.stop_requested()) return problem(true, 0, "it is to stop");
  const auto keys = read_s3_credentials(place_.credentials_file);
  if (!keys) return problem(true, 0, keys.error().message);
  const std::string url = url_of(request);
  const std::string signing = "aws:amz:" + place_.region + ":s3";
  CurlFields fields;
  fields.add("x-amz-content-sha256: " + sha256_hex(request.content));
  if (!keys->session_token.empty()) fields.add("x-amz-security-token: " + keys->session_token);
  if (request.with_digest) fields.add("Content-MD5: " + to_base64(md5_of(request.content)));
  Reading reading{request.content};
  Rewound rewound{&reading, request.content};
  CurlAnswer taken;
  taken.most = kMaxS3AnswerBytes;
  Headers headers;
  prepare_request(curl, url, {patience_.connect, patience_.stall}, place_.ca_file, stop_, taken);
  curl_easy_setopt(curl, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  curl_easy_setopt(curl, CURLOPT_PATH_AS_IS, 1L);
  curl_easy_setopt(curl, CURLOPT_AWS_SIGV4, signing.c_str());
  curl_easy_setopt(curl, CURLOPT_USERNAME, keys->key_id.c_str());
  curl_easy_setopt(curl, CURLOPT_PASSWORD, keys->secret.c_str());
  curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, take_header);
  curl_easy_setopt(curl, CURLOPT_HEADERDATA, &headers);
  if (!request.range.empty()) curl_easy_setopt(curl, CURLOPT_RANGE, request.range.c_str());
  if (request.method == "HEAD") {
    curl_easy_setopt(curl, CURLOPT_NOBODY, 1L);
  } else if (request.method == "PUT") {
    curl_easy_setopt(curl, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(curl, CURLOPT_INFILESIZE_LARGE,
                     static_cast<curl_off_t>(request.content.size()));
    curl_easy_setopt(curl, CURLOPT_READFUNCTION, give);
    curl_easy_setopt(curl, CURLOPT_READDATA, &reading);
    curl_easy_setopt(curl, CURLOPT_SEEKFUNCTION, rewind_to);
    curl_easy_setopt(curl, CURLOPT_SEEKDATA, &rewound);
  } else if (request.method == "POST") {
    fields.add("Content-Type: application/xml");
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE,
                     static_cast<curl_off_t>(request.content.size()));
    curl_easy_setopt(
        curl, CURLOPT_POSTFIELDS,
        request.content.empty() ? "" : reinterpret_cast<const char*>(request.content.data()));
  } else if (request.method != "GET") {
    curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, request.method.c_str());
  }
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, fields.get());
  if (const CURLcode code = curl_easy_perform(curl); code != CURLE_OK) {
    // Whoever the other side is, it is not the one that was meant: waiting does not change that.
    const bool stranger =
        code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_SSL_CACERT_BADFILE;
    return problem(!stranger, 0, curl_easy_strerror(code));
  }
  Answer answer;
  long status = 0;
  curl_off_t bytes = -1;
  curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
  curl_easy_getinfo(curl, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &bytes);
  answer.status = static_cast<int>(status);
  answer.content = std::move(taken.content);
  answer.headers = std::move(headers);
  answer.bytes = bytes > 0 ? static_cast<uint64_t>(bytes) : 0;
  // A 200 may have an error in it: CompleteMultipartUpload begins to answer before it is done.
  const std::string code = answer.status >= 300 || request.method == "POST"
                               ? read_s3_error_code(answer.content)
                               : std::string();
  if (answer.status / 100 != 2 || !code.empty()) {
    const bool may_pass = passes(answer.status, code) || (answer.status == 200 && !code.empty());
    return problem(may_pass, answer.status,
                   code.empty() ? fmt::format("{}", status) : fmt::format("{} {}", status, code));
  }
  return answer;
}

// ---- objects

S3Result<S3ObjectFacts> S3Client::put(const std::string& key, ByteSpan content) {
  Request request{"PUT", key, {}, content, "", true};
  const auto answer = ask(request);
  if (!answer) return tl::unexpected(answer.error());
  return S3ObjectFacts{content.size(), answer->headers.etag, answer->headers.encrypted};
}

S3Result<S3ObjectFacts> S3Client::head(const std::string& key) {
  const auto answer = ask({"HEAD", key, {}, {}, "", false});
  if (!answer) return tl::unexpected(answer.error());
  return S3ObjectFacts{answer->bytes, answer->headers.etag, answer->headers.encrypted};
}

S3Result<S3Range> S3Client::get(const std::string& key, uint64_t offset, size_t bytes) {
  const Request request{"GET", key, {}, {}, fmt::format("{}-{}", offset, offset + bytes - 1),
                        false};
  auto answer = ask(request);
  if (!answer) return tl::unexpected(answer.error());
  const auto range = read_content_range(answer->headers.content_range);
  const bool right = answer->status == 206 && range && range->first == offset &&
                     range->last >= range->first && range->last < offset + bytes &&
                     answer->content.size() == range->last - range->first + 1 &&
                     (range->last + 1 == offset + bytes || range->last + 1 == range->all);
  if (!right)
    return tl::unexpected(S3Problem{false, false, answer->status,
                                    name_of(request) + ": another range came than was asked"});
  return S3Range{std::move(answer->content), range->all};
}

S3Result<void> S3Client::remove(const std::string& key) {
  const auto answer = ask({"DELETE", key, {}, {}, "", false});
  if (!answer && answer.error().status != 404) return tl::unexpected(answer.error());
  return {};
}

S3Result<void> S3Client::list(const std::string& begin, bool by_folder,
                              const std::function<void(const S3ObjectList&)>& visit) {
  std::string next;
  int pages = 0;
  do {
    Request request{"GET", "", {{"list-type", "2"}, {"prefix", place_.prefix + begin}},
                    {},    "", false};
    if (by_folder) request.query.emplace_back("delimiter", "/");
    if (!next.empty()) request.query.emplace_back("continuation-token", next);
    const auto answer = ask(request);
    if (!answer) return tl::unexpected(answer.error());
    auto page = read_s3_objects(answer->content);
    if (!page)
      return tl::unexpected(
          S3Problem{false, false, answer->status, name_of(request) + ": " + page.error().message});
    next = page->next;
    // What is not ours is left out, and keys are told as they are asked for.
    std::erase_if(page->objects, [&](const S3Object& object) {
      return !object.key.starts_with(place_.prefix + begin);
    });
    for (S3Object& object : page->objects)
      object.key.erase(0, place_.prefix.size());
    std::erase_if(page->folders, [&](const std::string& folder) {
      return !folder.starts_with(place_.prefix + begin);
    });
    for (std::string& folder : page->folders)
      folder.erase(0, place_.prefix.size());
    visit(*page);
  } while (!next.empty() && ++pages < kMaxListPages);
  return {};
}

// ---- in parts

S3Result<std::string> S3Client::begin_parts(const std::string& key) {
  const Request request{"POST", key, {{"uploads", ""}}, {}, "", false};
  const auto answer = ask(request);
  if (!answer) return tl::unexpected(answer.error());
  auto id = read_s3_upload_id(answer->content);
  if (!id)
    return tl::unexpected(
        S3Problem{true, false, answer->status, name_of(request) + ": " + id.error().message});
  return std::move(*id);
}

S3Result<std::string> S3Client::put_part(const std::string& key, const std::string& upload,
                                         int part, ByteSpan content) {
  const auto answer = ask({"PUT",
                           key,
                           {{"partNumber", std::to_string(part)}, {"uploadId", upload}},
                           content,
                           "",
                           true});
  if (!answer) return tl::unexpected(answer.error());
  return answer->headers.etag;
}

S3Result<void> S3Client::finish_parts(const std::string& key, const std::string& upload,
                                      const std::vector<std::string>& etags) {
  std::string xml = "<CompleteMultipartUpload>";
  for (size_t i = 0; i < etags.size(); ++i)
    xml += fmt::format("<Part><PartNumber>{}</PartNumber><ETag>\"{}\"</ETag></Part>", i + 1,
                       xml_text(etags[i]));
  xml += "</CompleteMultipartUpload>";
  const auto answer = ask({"POST", key, {{"uploadId", upload}}, as_bytes(xml), "", false});
  if (!answer) return tl::unexpected(answer.error());
  return {};
}

S3Result<void> S3Client::give_up_parts(const std::string& key, const std::string& upload) {
  const auto answer = ask({"DELETE", key, {{"uploadId", upload}}, {}, "", false});
  if (!answer && answer.error().status != 404) return tl::unexpected(answer.error());
  return {};
}

S3Result<int> S3Client::give_up_all_parts() {
  int given_up = 0;
  bool more = true;
  for (int page_number = 0; more && page_number < kMaxPages; ++page_number) {
    const Request request{"GET", "", {{"uploads", ""}, {"prefix", place_.prefix}}, {}, "", false};
    const auto answer = ask(request);
    if (!answer) return tl::unexpected(answer.error());
    const auto page = read_s3_uploads(answer->content);
    if (!page)
      return tl::unexpected(
          S3Problem{false, false, answer->status, name_of(request) + ": " + page.error().message});
    more = page->more && !page->uploads.empty();
    for (const S3PartedUpload& upload : page->uploads) {
      if (!upload.key.starts_with(place_.prefix)) continue;
      const auto done = give_up_parts(upload.key.substr(place_.prefix.size()), upload.id);
      if (!done) return tl::unexpected(done.error());
      ++given_up;
    }
  }
  return given_up;
}

std::string s3_etag_of(ByteSpan content) {
  return lower_hex(md5_of(content));
}

std::string s3_etag_of_parts(const std::vector<std::string>& etags) {
  Digest all;
  for (const std::string& etag : etags) {
    for (size_t i = 0; i + 1 < etag.size(); i += 2)
      all.push_back(static_cast<uint8_t>((hex_digit(etag[i]) << 4) | hex_digit(etag[i + 1])));
  }
  return fmt::format("{}-{}", lower_hex(md5_of(all)), etags.size());
}

}  // namespace longmen
