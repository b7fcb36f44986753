// What a bucket's server answers in XML, as far as our handlers see what Expat reads. The first
// byte chooses who reads it; the rest is the answer.
#include <cctype>
#include <cstdint>
#include <string_view>

#include "core/base/invariant.h"
#include "gateway/bucket/s3_answers.h"

namespace {

using namespace longmen;

void fuzz_objects(std::string_view xml) {
  const auto list = read_s3_objects(xml);
  if (!list) return;
  invariant(list->objects.size() <= kMaxS3Items && list->folders.size() <= kMaxS3Items,
            "a list is bounded");
  invariant(list->next.size() <= kMaxS3Text, "a token is bounded");
  for (const S3Object& object : list->objects) {
    invariant(object.key.size() <= kMaxS3Text, "a key is bounded");
    invariant(object.etag.find('"') == std::string::npos, "an ETag is without quotes");
  }
}

void fuzz_uploads(std::string_view xml) {
  const auto list = read_s3_uploads(xml);
  if (!list) return;
  invariant(list->uploads.size() <= kMaxS3Items, "a list is bounded");
  for (const S3PartedUpload& upload : list->uploads)
    invariant(upload.key.size() <= kMaxS3Text && upload.id.size() <= kMaxS3Text,
              "names are bounded");
}

void fuzz_upload_id(std::string_view xml) {
  const auto id = read_s3_upload_id(xml);
  if (id) invariant(!id->empty() && id->size() <= kMaxS3Text, "an upload has a name");
}

void fuzz_error_code(std::string_view xml) {
  const std::string code = read_s3_error_code(xml);
  invariant(code.size() <= 64, "a code is bounded");
  for (const unsigned char c : code)
    invariant(c < 0x80 && std::isalnum(c) != 0, "a code can be shown");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string_view xml(reinterpret_cast<const char*>(data + 1), size - 1);
  switch (data[0] % 4) {
    case 0:
      fuzz_objects(xml);
      break;
    case 1:
      fuzz_uploads(xml);
      break;
    case 2:
      fuzz_upload_id(xml);
      break;
    default:
      fuzz_error_code(xml);
  }
  return 0;
}
