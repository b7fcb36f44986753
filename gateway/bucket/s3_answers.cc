#include "gateway/bucket/s3_answers.h"

#include <expat.h>

#include <algorithm>
#include <charconv>
#include <functional>
#include <memory>

namespace longmen {
namespace {

using Path = std::vector<std::string>;
// Of each element, when it ends, with the text in it.
using OnElement = std::function<void(const Path&, const std::string&)>;

std::string_view local_name(std::string_view name) {
  const size_t colon = name.rfind(':');
  return colon == std::string_view::npos ? name : name.substr(colon + 1);
}

class Walk {
 public:
  explicit Walk(OnElement on_element)
      : parser_(XML_ParserCreate(nullptr), &XML_ParserFree), on_element_(std::move(on_element)) {
    XML_SetUserData(parser_.get(), this);
    XML_SetElementHandler(parser_.get(), begin, end);
    XML_SetCharacterDataHandler(parser_.get(), text);
    XML_SetStartDoctypeDeclHandler(parser_.get(), doctype);
  }

  Result<void> read(std::string_view xml) {
    const auto parsed =
        XML_Parse(parser_.get(), xml.data(), static_cast<int>(xml.size()), XML_TRUE);
    if (parsed != XML_STATUS_OK || !good_) return fail("the server's XML cannot be read");
    return {};
  }

 private:
  void refuse() {
    good_ = false;
    XML_StopParser(parser_.get(), XML_FALSE);
  }
  static void begin(void* user, const XML_Char* name, const XML_Char**) {
    Walk& walk = *static_cast<Walk*>(user);
    if (walk.path_.size() >= kMaxS3Depth) return walk.refuse();
    walk.path_.emplace_back(local_name(name));
    walk.text_.clear();
  }
  static void end(void* user, const XML_Char*) {
    Walk& walk = *static_cast<Walk*>(user);
    if (!walk.good_) return;
    walk.on_element_(walk.path_, walk.text_);
    walk.path_.pop_back();
    walk.text_.clear();
  }
  static void text(void* user, const XML_Char* text, int bytes) {
    Walk& walk = *static_cast<Walk*>(user);
    if (walk.text_.size() + static_cast<size_t>(bytes) > kMaxS3Text) return walk.refuse();
    walk.text_.append(text, static_cast<size_t>(bytes));
  }
  static void doctype(void* user, const XML_Char*, const XML_Char*, const XML_Char*, int) {
    static_cast<Walk*>(user)->refuse();
  }

  std::unique_ptr<XML_ParserStruct, decltype(&XML_ParserFree)> parser_;
  OnElement on_element_;
  Path path_;
  std::string text_;
  bool good_ = true;
};

bool is(const Path& path, std::initializer_list<std::string_view> names) {
  return std::ranges::equal(path, names);
}

std::string unquoted(std::string text) {
  std::erase(text, '"');
  return text;
}

}  // namespace

Result<S3ObjectList> read_s3_objects(std::string_view xml) {
  S3ObjectList list;
  S3Object object;
  bool root = false, too_many = false, malformed = false;
  Walk walk([&](const Path& path, const std::string& text) {
    if (is(path, {"ListBucketResult", "Contents", "Key"})) object.key = text;
    if (is(path, {"ListBucketResult", "Contents", "ETag"})) object.etag = unquoted(text);
    if (is(path, {"ListBucketResult", "Contents", "Size"})) {
      const auto [end, wrong] =
          std::from_chars(text.data(), text.data() + text.size(), object.bytes);
      malformed |= wrong != std::errc() || end != text.data() + text.size();
    }
    if (is(path, {"ListBucketResult", "Contents"})) list.objects.push_back(std::move(object));
    if (is(path, {"ListBucketResult", "Contents"})) object = {};
    if (is(path, {"ListBucketResult", "CommonPrefixes", "Prefix"})) list.folders.push_back(text);
    if (is(path, {"ListBucketResult", "NextContinuationToken"})) list.next = text;
    root |= is(path, {"ListBucketResult"});
    too_many |= list.objects.size() > kMaxS3Items || list.folders.size() > kMaxS3Items;
  });
  if (auto read = walk.read(xml); !read) return tl::unexpected(read.error());
  if (!root || too_many || malformed) return fail("the server's list of objects is none");
  return list;
}

Result<S3UploadList> read_s3_uploads(std::string_view xml) {
  S3UploadList list;
  S3PartedUpload upload;
  bool root = false;
  Walk walk([&](const Path& path, const std::string& text) {
    if (is(path, {"ListMultipartUploadsResult", "Upload", "Key"})) upload.key = text;
    if (is(path, {"ListMultipartUploadsResult", "Upload", "UploadId"})) upload.id = text;
    if (is(path, {"ListMultipartUploadsResult", "Upload"})) {
      if (list.uploads.size() < kMaxS3Items) list.uploads.push_back(std::move(upload));
      upload = {};
    }
    if (is(path, {"ListMultipartUploadsResult", "IsTruncated"})) list.more = text == "true";
    root |= is(path, {"ListMultipartUploadsResult"});
  });
  if (auto read = walk.read(xml); !read) return tl::unexpected(read.error());
  if (!root) return fail("the server's list of uploads is none");
  return list;
}

Result<std::string> read_s3_upload_id(std::string_view xml) {
  std::string id;
  Walk walk([&](const Path& path, const std::string& text) {
    if (is(path, {"InitiateMultipartUploadResult", "UploadId"})) id = text;
  });
  if (auto read = walk.read(xml); !read) return tl::unexpected(read.error());
  if (id.empty()) return fail("the server names no upload");
  return id;
}

std::string read_s3_error_code(std::string_view xml) {
  std::string code;
  Walk walk([&](const Path& path, const std::string& text) {
    if (is(path, {"Error", "Code"})) code = text;
  });
  if (!walk.read(xml)) return {};
  const bool plain = std::ranges::all_of(code, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  });
  return plain && code.size() <= 64 ? code : "";
}

}  // namespace longmen
