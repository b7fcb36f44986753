#include "core/recording/courseware.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <set>

#include "core/base/ascii_case.h"
#include "core/base/plain_text.h"
#include "core/node/json_fields.h"
#include "core/recording/recording_info.h"

namespace longmen::recording {
namespace json = boost::json;
namespace {

using namespace std::string_view_literals;

constexpr std::string_view kZip = "PK\x03\x04"sv;
constexpr std::string_view kCompound = "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"sv;

struct Kind {
  std::string_view ending, type;
  std::string_view start;  // empty: text
};
// Office's and WPS's formats, old and new; OFD is China's for documents that do not change.
constexpr std::array kKinds = std::to_array<Kind>({
    {"pdf", "application/pdf", "%PDF-"sv},
    {"ofd", "application/ofd", kZip},
    {"pptx", "application/vnd.openxmlformats-officedocument.presentationml.presentation", kZip},
    {"docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", kZip},
    {"xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", kZip},
    {"odp", "application/vnd.oasis.opendocument.presentation", kZip},
    {"odt", "application/vnd.oasis.opendocument.text", kZip},
    {"ods", "application/vnd.oasis.opendocument.spreadsheet", kZip},
    {"ppt", "application/vnd.ms-powerpoint", kCompound},
    {"doc", "application/msword", kCompound},
    {"xls", "application/vnd.ms-excel", kCompound},
    {"dps", "application/vnd.ms-powerpoint", kCompound},
    {"wps", "application/msword", kCompound},
    {"et", "application/vnd.ms-excel", kCompound},
    {"png", "image/png", "\x89PNG\r\n\x1A\n"sv},
    {"jpg", "image/jpeg", "\xFF\xD8\xFF"sv},
    {"jpeg", "image/jpeg", "\xFF\xD8\xFF"sv},
    {"gif", "image/gif", "GIF8"sv},
    {"webp", "image/webp", "RIFF"sv},
    {"txt", "text/plain; charset=utf-8", {}},
    {"csv", "text/csv; charset=utf-8", {}},
});

Result<void> check_name(std::string_view name) {
  if (name.empty() || name.size() > kMaxCoursewareNameBytes)
    return fail(fmt::format("the file's name: 1 to {} bytes are allowed", kMaxCoursewareNameBytes));
  if (!is_plain_text(name) || name.find_first_of("/\\\"") != std::string_view::npos ||
      name.front() == '.')
    return fail("the file's name: no slash, quotation mark or control character, nor a dot first");
  return {};
}

std::string ending_of(std::string_view name) {
  const size_t dot = name.rfind('.');
  return dot == std::string_view::npos ? "" : ascii_lowered(name.substr(dot + 1));
}

bool is_digest(std::string_view text) {
  return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

}  // namespace

Result<void> check_courseware_limits(const std::vector<Courseware>& files,
                                     const CoursewareLimits& limits) {
  uint64_t left = limits.recording_bytes;
  for (const Courseware& file : files) {
    if (file.bytes > limits.file_bytes)
      return fail(
          fmt::format("\"{}\" is larger than {} MB, which are taken of a file (courseware_mb)",
                      file.name, limits.file_bytes >> 20));
    if (file.bytes > left)
      return fail(
          fmt::format("with \"{}\" its courseware is more than {} MB, which are taken of a "
                      "recording (courseware_total_mb)",
                      file.name, limits.recording_bytes >> 20));
    left -= file.bytes;
  }
  return {};
}

Result<std::string> courseware_type(std::string_view name, ByteSpan head) {
  if (auto checked = check_name(name); !checked) return tl::unexpected(checked.error());
  const std::string ending = ending_of(name);
  const auto kind = std::ranges::find(kKinds, ending, &Kind::ending);
  if (kind == kKinds.end()) {
    std::vector<std::string_view> endings;
    for (const Kind& each : kKinds)
      endings.push_back(each.ending);
    return fail(
        fmt::format("\"{}\": files that end in {} are taken", name, fmt::join(endings, ", ")));
  }
  const std::string_view text = as_text(head.first(std::min(head.size(), kCoursewareHeadBytes)));
  const bool fits = kind->start.empty() ? text.find('\0') == std::string_view::npos
                                        : text.starts_with(kind->start);
  const bool is_webp =
      kind->ending != "webp"sv || text.substr(std::min<size_t>(8, text.size())).starts_with("WEBP");
  if (!fits || !is_webp)
    return fail(fmt::format("\"{}\" does not begin as a file that ends in {} does", name, ending));
  return std::string(kind->type);
}

json::object to_json(const Courseware& file) {
  return {{"id", file.id},       {"name", file.name},     {"type", file.type},
          {"bytes", file.bytes}, {"sha256", file.sha256}, {"added_ms", file.added_ms}};
}

std::string write_courseware(const std::vector<Courseware>& files) {
  json::array list;
  for (const Courseware& file : files)
    list.push_back(to_json(file));
  return json::serialize(json::object{{"courseware", std::move(list)}});
}

Result<std::vector<Courseware>> read_courseware(std::string_view text) {
  const auto fields = JsonFields::parse(text);
  if (!fields) return tl::unexpected(fields.error());
  std::vector<Courseware> files;
  std::set<std::string> ids;
  std::string wrong;
  fields->each("courseware", [&](const JsonFields& item) {
    if (!wrong.empty()) return;
    Courseware file;
    item.read("id", file.id);
    item.read("name", file.name);
    item.read("type", file.type);
    item.read("bytes", file.bytes);
    item.read("sha256", file.sha256);
    item.read("added_ms", file.added_ms);
    const auto kind = std::ranges::find(kKinds, ending_of(file.name), &Kind::ending);
    if (!is_recording_id(file.id) || !check_name(file.name) || !is_digest(file.sha256))
      wrong = fmt::format("\"{}\" is no courseware", file.name);
    else if (kind == kKinds.end() || kind->type != file.type)
      wrong = fmt::format("\"{}\" is of a kind that is not taken", file.name);
    else if (!ids.insert(file.id).second)
      wrong = fmt::format("\"{}\" is there twice", file.id);
    else if (files.size() >= kMaxCourseware)
      wrong = fmt::format("there are more than {} files", kMaxCourseware);
    else
      files.push_back(std::move(file));
  });
  if (!wrong.empty()) return fail(wrong);
  return files;
}

}  // namespace longmen::recording
