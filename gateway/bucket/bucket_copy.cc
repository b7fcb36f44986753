#include "gateway/bucket/bucket_copy.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "core/node/json_fields.h"
#include "net/state_file.h"

namespace longmen {
namespace fs = std::filesystem;
namespace json = boost::json;
namespace {

constexpr int kFormat = 1;

}  // namespace

std::string to_json(const BucketCopy& copy) {
  json::object files;
  for (const auto& [name, file] : copy.files)
    files[name] = json::object{{"bytes", file.bytes},
                               {"changed_ns", file.changed_ns},
                               {"etag", file.etag},
                               {"sha256", file.sha256}};
  return json::serialize(json::object{{"format", kFormat},
                                      {"place", copy.place},
                                      {"dropped", copy.dropped},
                                      {"files", std::move(files)}});
}

Result<BucketCopy> bucket_copy_from_json(std::string_view text) {
  const auto fields = JsonFields::parse(text);
  if (!fields) return tl::unexpected(fields.error());
  int format = 0;
  fields->read("format", format);
  if (format != kFormat) return fail("it is of another version");
  BucketCopy copy;
  fields->read("place", copy.place);
  fields->read("dropped", copy.dropped);
  fields->inside("files", [&](const JsonFields& files) {
    for (const auto& each : files.object()) {
      if (!each.value().is_object() || copy.files.size() >= kMaxBucketFiles) continue;
      const JsonFields of(each.value().as_object());
      BucketFile& file = copy.files[std::string(each.key())];
      of.read("bytes", file.bytes);
      of.read("changed_ns", file.changed_ns);
      of.read("etag", file.etag);
      of.read("sha256", file.sha256);
    }
  });
  return copy;
}

Result<BucketCopy> load_bucket_copy(const std::string& folder) {
  const std::string path = folder + "/" + kBucketCopyName;
  std::error_code error;
  if (!fs::exists(path, error) && !error) return BucketCopy{};
  const auto text = read_state_file(path);
  if (!text) return tl::unexpected(text.error());
  auto copy = bucket_copy_from_json(*text);
  if (!copy) return fail(path + ": " + copy.error().message);
  return copy;
}

Result<void> save_bucket_copy(const std::string& folder, const BucketCopy& copy) {
  return write_state_file(folder + "/" + kBucketCopyName, to_json(copy));
}

Result<LocalFile> local_file(const std::string& folder, const std::string& name) {
  struct stat about {};
  const std::string path = folder + "/" + name;
  if (::stat(path.c_str(), &about) != 0)
    return fail(fmt::format("{}: {}", path, std::strerror(errno)));
  return LocalFile{name, static_cast<uint64_t>(about.st_size),
                   about.st_mtim.tv_sec * 1'000'000'000 + about.st_mtim.tv_nsec,
                   static_cast<uint64_t>(about.st_nlink)};
}

Result<std::vector<LocalFile>> local_files(const std::string& folder) {
  std::vector<LocalFile> files;
  std::error_code error;
  fs::recursive_directory_iterator entry(folder, error);
  for (; !error && entry != fs::recursive_directory_iterator(); entry.increment(error)) {
    std::error_code unknown;
    if (!entry->is_regular_file(unknown)) continue;
    const std::string name = entry->path().lexically_relative(folder);
    if (name == kBucketCopyName || name.ends_with(".new")) continue;
    auto file = local_file(folder, name);
    if (file) files.push_back(std::move(*file));
    if (files.size() > kMaxBucketFiles) return fail(folder + ": has more files than a recording");
  }
  if (error) return fail(fmt::format("{}: {}", folder, error.message()));
  return files;
}

bool is_media_file(std::string_view name) {
  return name.ends_with(".m4s");
}

}  // namespace longmen
