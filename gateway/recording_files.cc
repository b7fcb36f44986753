#include "gateway/recording_files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <filesystem>
#include <set>

#include "core/base/sha256.h"
#include "core/hls/media_name.h"
#include "gateway/bucket/bucket_copy.h"
#include "net/state_file.h"

namespace longmen {
namespace fs = std::filesystem;
using namespace recording;
namespace {

constexpr std::string_view kMediaSuffix = ".m4s";
constexpr std::string_view kInitPrefix = "init-";
constexpr std::string_view kInitSuffix = ".mp4";
constexpr int kMaxRemoved = 100;  // of one name, whose objects a bucket has still
constexpr size_t kMaxInits = 256;

// The numbers of a rendition's media files.
std::vector<int64_t> media_files(const std::vector<std::string>& names, std::string_view track) {
  std::vector<int64_t> files;
  for (const std::string& text : names) {
    const auto name = read_media_file_name(text);
    if (name && name->track == track) files.push_back(name->file);
  }
  std::ranges::sort(files);
  return files;
}

void read_index(const std::string& path, LoadedTrack& track) {
  FileSource source(path);
  if (source.size() == 0 || source.size() > kMaxIndexBytes) return;
  Bytes bytes(source.size());
  if (!source.read(0, bytes)) return;
  ByteSpan rest(bytes);
  while (!rest.empty()) {
    auto record = read_segment_record(rest);
    if (!record) return;
    track.index_end += record->bytes;
    rest = rest.subspan(record->bytes);
    track.recorded.put(std::move(record->segment));
  }
}

// What the index says and no file holds is a hole.
void forget_missing(LoadedTrack& track, const std::map<int64_t, uint64_t>& sizes) {
  std::vector<RecordedSegment> changed;
  for (const auto& [number, segment] : track.recorded.segments()) {
    const auto size = sizes.find(segment.file());
    const uint64_t end = size == sizes.end() ? 0 : size->second;
    const auto is_missing = [end](const RecordedPart& part) {
      return part.bytes > 0 && part.offset + part.bytes + kPartTrailerBytes > end;
    };
    if (std::ranges::none_of(segment.parts, is_missing)) continue;
    RecordedSegment& copy = changed.emplace_back(segment);
    copy.sha256 = {};
    for (RecordedPart& part : copy.parts)
      if (is_missing(part)) part = {};
  }
  for (RecordedSegment& segment : changed) {
    const bool nothing = segment.bytes() == 0;
    const int64_t number = segment.media_sequence;
    track.recorded.put(std::move(segment));
    if (nothing) track.recorded.remove(number);
  }
}

// What a folder has, and what of it is in a bucket alone.
struct FolderFiles {
  std::string folder;
  std::vector<std::string> names;  // of both
  std::map<std::string, uint64_t, std::less<>> far;
  const FarSource& far_source;

  std::unique_ptr<ByteSource> open_far(const std::string& name) const {
    return far_source ? far_source(name, far.find(name)->second) : nullptr;
  }
};

// Of a clip, whose files are those of a longer recording.
bool outside(const RecordingInfo& info, int64_t number) {
  return !info.source.empty() && (number < info.first_segment() || number >= info.end_segment());
}

// A file that is there and cannot be opened is an error: as a hole, it would be written over.
Result<void> scan_files(const FolderFiles& all, const std::string& name, uint32_t frame_ticks,
                        LoadedTrack& track, LoadedRecording& loaded) {
  std::map<int64_t, uint64_t> sizes;
  const auto files = media_files(all.names, name);
  for (const int64_t file : files) {
    const std::string file_name = media_file_name(name, file);
    if (const auto far = all.far.find(file_name); far != all.far.end()) {
      sizes[file] = far->second;
      continue;
    }
    const std::string path = all.folder + "/" + file_name;
    const FileSource source(path);
    if (!source.is_open()) return fail(path + ": cannot be opened");
    sizes[file] = source.size();
  }
  forget_missing(track, sizes);
  track.media_end = track.recorded.file_ends();
  std::set<int64_t> unindexed;
  for (const int64_t file : files) {
    const std::string file_name = media_file_name(name, file);
    const std::unique_ptr<ByteSource> source =
        all.far.contains(file_name) ? all.open_far(file_name)
                                    : std::make_unique<FileSource>(all.folder + "/" + file_name);
    uint64_t& end = track.media_end[file];
    if (!source) continue;
    const MediaScan scan = scan_media(*source, end, [&](const ScannedPart& part) {
      const bool here = part.record.number.media_sequence / kSegmentsInFile == file;
      const int64_t number = part.record.number.media_sequence;
      if (outside(loaded.info, number) || !here || !track.recorded.wants(part.record)) return;
      auto described = describe_chunk(part.bytes, part.offset, frame_ticks);
      if (!described) return;
      track.recorded.add(part.record, std::move(*described));
      unindexed.insert(part.record.number.media_sequence);
      ++loaded.found;
    });
    end = scan.end;
    loaded.damaged += scan.damaged;
  }
  track.unindexed.assign(unindexed.begin(), unindexed.end());
  return {};
}

void read_inits(const std::string& folder, const std::vector<std::string>& names,
                InitBytes& inits) {
  for (const std::string& file : names) {
    std::string_view name = file;
    if (!name.starts_with(kInitPrefix) || !name.ends_with(kInitSuffix)) continue;
    name.remove_prefix(kInitPrefix.size());
    name.remove_suffix(kInitSuffix.size());
    const auto number = init_number(name);
    const auto text = read_state_file(folder + "/" + file);
    // A name is of the content: what has another one is damaged.
    if (!number || !text || inits.size() >= kMaxInits || !sha256_hex(*text).starts_with(name))
      continue;
    inits[*number] = std::make_shared<const Bytes>(text->begin(), text->end());
  }
}

// All but what says that a bucket has something of it.
void empty_removed(const fs::path& removed, std::error_code& error) {
  if (!fs::exists(removed / kBucketCopyName, error)) {
    fs::remove_all(removed, error);
    return;
  }
  fs::directory_iterator entry(removed, error);
  for (; !error && entry != fs::directory_iterator(); entry.increment(error)) {
    std::error_code failed;
    if (entry->path().filename() != kBucketCopyName) fs::remove_all(entry->path(), failed);
    if (failed) error = failed;
  }
}

}  // namespace

std::string media_file_name(std::string_view track, int64_t file) {
  return fmt::format("{}-{}{}", track, file, kMediaSuffix);
}
std::optional<MediaFileName> read_media_file_name(std::string_view name) {
  if (!name.ends_with(kMediaSuffix)) return {};
  name.remove_suffix(kMediaSuffix.size());
  const size_t dash = name.rfind('-');
  if (dash == std::string_view::npos) return {};
  MediaFileName read{name.substr(0, dash), 0};
  const auto [end, wrong] =
      std::from_chars(name.data() + dash + 1, name.data() + name.size(), read.file);
  if (wrong != std::errc() || end != name.data() + name.size()) return {};
  return read;
}
std::string index_file_name(std::string_view track) {
  return fmt::format("{}.index", track);
}

std::vector<RecordedTrack> LoadedRecording::recorded() const {
  std::vector<RecordedTrack> all;
  for (const LoadedTrack& track : tracks)
    all.push_back(track.recorded);
  return all;
}

Result<RecordingInfo> load_recording_info(const std::string& folder) {
  const auto text = read_state_file(folder + "/recording.json");
  if (!text) return tl::unexpected(text.error());
  auto info = recording_info_from_json(*text);
  if (!info) return fail(fmt::format("{}/recording.json: {}", folder, info.error().message));
  return info;
}

Result<LoadedRecording> load_recording(const std::string& folder, IndexUse use,
                                       const FarSource& far) {
  auto info = load_recording_info(folder);
  if (!info) return tl::unexpected(info.error());
  const auto names = names_in(folder);
  if (!names) return tl::unexpected(names.error());
  LoadedRecording loaded;
  loaded.info = std::move(*info);
  read_inits(folder, *names, loaded.inits);
  FolderFiles files{folder, *names, {}, far};
  if (std::ranges::find(*names, kBucketCopyName) != names->end()) {
    const auto copy = load_bucket_copy(folder);
    if (!copy) return tl::unexpected(copy.error());
    for (const auto& [name, file] : copy->files) {
      if (!copy->dropped || !is_media_file(name)) continue;
      if (std::ranges::find(*names, name) != names->end()) continue;
      files.far[name] = file.bytes;
      files.names.push_back(name);
    }
  }
  for (size_t i = 0; i < loaded.info.tracks.size(); ++i) {
    const TrackInfo& about = loaded.info.tracks[i];
    LoadedTrack& track = loaded.tracks.emplace_back(
        LoadedTrack{RecordedTrack(about.id, loaded.info.parts_per_segment), 0, {}, {}});
    if (use == IndexUse::kTrusted) read_index(folder + "/" + index_file_name(about.name), track);
    // What else is in a clip's media files is of the recording that it is of.
    if (use == IndexUse::kTrusted && !loaded.info.source.empty()) continue;
    const uint32_t frame_ticks = loaded.info.track_grid(i).frame_ticks();
    if (auto scanned = scan_files(files, about.name, frame_ticks, track, loaded); !scanned)
      return tl::unexpected(scanned.error());
  }
  loaded.has_manifest = std::ranges::find(*names, "manifest.json") != names->end();
  return loaded;
}

Result<std::vector<Courseware>> load_courseware(const std::string& folder) {
  const std::string path = folder + "/courseware.json";
  std::error_code error;
  if (!fs::exists(path, error)) return std::vector<Courseware>();
  const auto text = read_state_file(path);
  if (!text) return tl::unexpected(text.error());
  auto files = read_courseware(*text);
  if (!files) return fail(fmt::format("{}: {}", path, files.error().message));
  return files;
}

std::string courseware_file_name(std::string_view id) {
  return fmt::format("courseware-{}", id);
}

Result<std::vector<std::string>> names_in(const std::string& folder) {
  std::vector<std::string> names;
  std::error_code error;
  fs::directory_iterator entry(folder, error);
  // Not a range's loop, which throws.
  for (; !error && entry != fs::directory_iterator(); entry.increment(error))
    names.push_back(entry->path().filename());
  if (error && error != std::errc::no_such_file_or_directory)
    return fail(fmt::format("{}: {}", folder, error.message()));
  return names;
}

Result<std::vector<std::string>> list_recordings(const std::string& root) {
  auto names = names_in(root);
  if (!names) return names;
  std::erase_if(*names, [&root](const std::string& name) {
    std::error_code error;
    return !is_recording_id(name) || !fs::exists(root + "/" + name + "/recording.json", error);
  });
  return names;
}

uint64_t recording_file_bytes(const std::string& folder) {
  uint64_t bytes = 0;
  const auto names = names_in(folder);
  if (!names) return bytes;
  for (const std::string& name : *names) {
    std::error_code error;
    const uint64_t size = fs::file_size(folder + "/" + name, error);
    if (!error) bytes += size;
  }
  return bytes;
}

void finish_removing(const std::string& root) {
  const auto names = names_in(root);
  if (!names) return;
  for (const std::string& name : *names) {
    std::error_code error;
    if (name.ends_with(kRemovedSuffix)) empty_removed(fs::path(root) / name, error);
  }
}

Result<void> remove_recording(const std::string& root, const std::string& id) {
  const fs::path folder = fs::path(root) / id;
  std::error_code error;
  fs::path removed = folder.string() + std::string(kRemovedSuffix);
  if (!fs::exists(folder, error) && !error) {
    if (fs::exists(removed, error)) empty_removed(removed, error);
    if (error) return fail(fmt::format("{}: {}", removed.string(), error.message()));
    return {};
  }
  // One of the same name may have been removed before, and be in a bucket still.
  for (int more = 1; more < kMaxRemoved && fs::exists(removed, error); ++more)
    removed = fmt::format("{}.{}{}", folder.string(), more, kRemovedSuffix);
  fs::rename(folder, removed, error);
  if (!error) empty_removed(removed, error);
  if (error) return fail(fmt::format("{}: {}", folder.string(), error.message()));
  return {};
}

FileSource::FileSource(const std::string& path)
    : file_(::open(path.c_str(), O_RDONLY | O_CLOEXEC)) {
  struct stat about {};
  if (file_ && ::fstat(file_.get(), &about) == 0 && S_ISREG(about.st_mode))
    size_ = static_cast<uint64_t>(about.st_size);
}

bool FileSource::read(uint64_t offset, std::span<uint8_t> into) {
  while (!into.empty()) {
    const ssize_t got = ::pread(file_.get(), into.data(), into.size(), static_cast<off_t>(offset));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    into = into.subspan(static_cast<size_t>(got));
    offset += static_cast<uint64_t>(got);
  }
  return true;
}

}  // namespace longmen
