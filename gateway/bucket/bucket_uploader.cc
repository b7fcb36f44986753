#include "gateway/bucket/bucket_uploader.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <exception>
#include <filesystem>
#include <fstream>
#include <map>

#include "gateway/bucket/object_upload.h"
#include "gateway/recording_files.h"

namespace longmen {
namespace fs = std::filesystem;
using recording::LocalCopy;
using recording::RecordingInfo;
namespace {

constexpr const char* kInfoName = "recording.json";
constexpr const char* kManifestName = "manifest.json";
constexpr std::string_view kFoundSuffix = ".found";

tl::unexpected<S3Problem> local_problem(std::string words) {
  return tl::unexpected(S3Problem{true, true, 0, std::move(words)});
}

// No object's fault, but the bucket's or the line's.
bool is_away(const S3Problem& problem) {
  return !problem.local && (problem.status == 0 || problem.status >= 500 || problem.status == 429);
}

bool is_there(const BucketCopy& copy, const LocalFile& file) {
  const auto known = copy.files.find(file.name);
  return known != copy.files.end() && known->second.bytes == file.bytes &&
         known->second.changed_ns == file.changed_ns;
}

// What of a recording that goes on nobody writes to any more, or is small.
bool is_finished(const LocalFile& file, const std::map<std::string_view, int64_t>& newest) {
  if (!is_media_file(file.name)) return file.name == kInfoName || file.name.starts_with("init-");
  const auto media = read_media_file_name(file.name);
  const auto last = media ? newest.find(media->track) : newest.end();
  return last != newest.end() && media->file < last->second;
}

Result<void> append_to(const std::string& path, std::string_view content) {
  std::error_code error;
  fs::create_directories(fs::path(path).parent_path(), error);
  std::ofstream file(path, std::ios::binary | std::ios::app);
  file.write(content.data(), static_cast<std::streamsize>(content.size()));
  file.flush();
  if (!file) return fail(path + ": cannot be written");
  return {};
}

void sync_path(const std::string& path) {
  if (const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC)); file)
    (void)::fsync(file.get());
}

// The server chose it: nothing of it leads out of the folder.
bool is_file_name(std::string_view name) {
  return !name.empty() && name.size() <= 200 && name.front() != '/' && name.front() != '.' &&
         name.find("/.") == std::string_view::npos && name.find("//") == std::string_view::npos &&
         name.back() != '/' && name.find('\0') == std::string_view::npos;
}

}  // namespace

BucketUploader::BucketUploader(UploaderEvents events)
    : events_(std::move(events)),
      random_(std::random_device()()),
      thread_([this](const std::stop_token& stop) { run(stop); }) {}

BucketUploader::~BucketUploader() {
  thread_.request_stop();
  thread_.join();
}

// ---- any thread

void BucketUploader::set(const UploaderSettings& settings) {
  {
    const std::lock_guard lock(mutex_);
    given_ = settings;
    poked_ = true;
  }
  wake_.notify_one();
}

void BucketUploader::drop(const std::string& recording) {
  {
    const std::lock_guard lock(mutex_);
    to_drop_.push_back(recording);
    poked_ = true;
  }
  wake_.notify_one();
}

void BucketUploader::poke() {
  {
    const std::lock_guard lock(mutex_);
    poked_ = true;
  }
  wake_.notify_one();
}

// ---- the uploader's thread

void BucketUploader::run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    std::chrono::milliseconds pause = settings_.look_every;
    if (failed_rounds_ > 0) {
      // Doubled each time, and a random part of it, so that nodes do not come all at once.
      const auto longest = std::min(settings_.look_every * (1 << std::min(failed_rounds_, 10)),
                                    std::max(settings_.longest_wait, settings_.look_every));
      pause = std::chrono::milliseconds(
          std::uniform_int_distribution<int64_t>(longest.count() / 2, longest.count())(random_));
    }
    {
      std::unique_lock lock(mutex_);
      wake_.wait_for(lock, stop, pause,
                     [this] { return given_ || (poked_ && failed_rounds_ == 0); });
      poked_ = false;
      if (given_) {
        settings_ = std::move(*given_);
        given_.reset();
        place_ = name_of_place(settings_.place);
        client_ = std::make_unique<S3Client>(settings_.place, settings_.patience, stop);
        begun_ = false;
        failed_rounds_ = 0;
        refused_.clear();
        own_.clear();
        settled_.clear();
      }
    }
    if (stop.stop_requested() || settings_.root.empty()) continue;
    try {
      round();
    } catch (const std::exception& error) {  // of memory, or a library's
      ++failed_rounds_;
      set_state({BucketState::Kind::kAway, error.what()});
    }
  }
}

void BucketUploader::round() {
  Round done = begun_ ? Round() : begin();
  // What one step may not do keeps no other from its own, but for a bucket that is away.
  if (done || !is_away(done.error())) {
    const Round removed = remove_removed();
    if (done) done = removed;
  }
  if (done || !is_away(done.error())) {
    const Round dropped = drop_copies();
    if (done) done = dropped;
  }
  // In any case: what waits is to be known.
  const Round looked = look();
  if (done) done = looked;
  if (done) {
    failed_rounds_ = 0;
    return set_state({});
  }
  failed_rounds_ = is_away(done.error()) ? failed_rounds_ + 1 : 0;
  const S3Problem& problem = done.error();
  set_state(
      {problem.passes ? BucketState::Kind::kAway : BucketState::Kind::kRefused, problem.words});
}

BucketUploader::Round BucketUploader::begin() {
  const auto given_up = client_->give_up_all_parts();
  if (!given_up) return tl::unexpected(given_up.error());
  figures_.given_up += static_cast<uint64_t>(*given_up);
  if (auto found = find_lost(); !found) return found;
  begun_ = true;
  return {};
}

// ---- what this disk does not have

BucketUploader::Round BucketUploader::find_lost() {
  std::vector<std::string> ids;
  const auto listed = client_->list("", true, [&](const S3ObjectList& page) {
    for (std::string folder_name : page.folders) {
      folder_name.pop_back();
      if (recording::is_recording_id(folder_name) && ids.size() < kMaxFound)
        ids.push_back(std::move(folder_name));
    }
  });
  if (!listed) return listed;
  const auto names = names_in(settings_.root);
  if (!names) return local_problem(names.error().message);
  for (const std::string& id : ids) {
    const bool known = std::ranges::any_of(*names, [&id](const std::string& name) {
      return name == id || (name.starts_with(id + ".") && name.ends_with(kRemovedSuffix));
    });
    if (known) continue;
    if (auto fetched = fetch(id); !fetched) {
      if (is_away(fetched.error())) return fetched;
      spdlog::warn("recording={} is in the bucket and not taken from there: {}", id,
                   fetched.error().words);
    }
  }
  return {};
}

BucketUploader::Round BucketUploader::fetch(const std::string& id) {
  BucketCopy copy{place_, true, {}};
  const auto listed = client_->list(id + "/", false, [&](const S3ObjectList& page) {
    for (const S3Object& object : page.objects) {
      const std::string name = object.key.substr(id.size() + 1);
      if (is_file_name(name) && copy.files.size() < kMaxBucketFiles)
        copy.files[name] = {object.bytes, 0, object.etag, ""};
    }
  });
  if (!listed) return listed;
  if (!copy.files.contains(kInfoName) || !copy.files.contains(kManifestName))
    return local_problem("it has no recording.json or no manifest.json");
  const std::string found = folder(id) + std::string(kFoundSuffix);
  std::error_code error;
  fs::remove_all(found, error);
  fs::create_directories(found, error);
  for (auto& [name, file] : copy.files) {
    if (is_media_file(name)) continue;
    const std::string path = found + "/" + name;
    if (auto written = append_to(path, ""); !written) return local_problem(written.error().message);
    for (uint64_t at = 0; at < file.bytes;) {
      const auto bytes = std::min<uint64_t>(kMaxS3AnswerBytes / 2, file.bytes - at);
      const auto range = client_->get(id + "/" + name, at, bytes);
      if (!range) return tl::unexpected(range.error());
      if (auto written = append_to(path, range->content); !written)
        return local_problem(written.error().message);
      at += range->content.size();
    }
    sync_path(path);
    if (const auto made = local_file(found, name)) file.changed_ns = made->changed_ns;
  }
  auto info = load_recording_info(found);
  if (!info) return local_problem(info.error().message);
  if (info->id != id) return local_problem("its recording.json is of " + info->id);
  if (info->end_ms == 0) return local_problem("it had not ended");
  if (auto saved = save_bucket_copy(found, copy); !saved)
    return local_problem(saved.error().message);
  sync_path(found);
  fs::rename(found, folder(id), error);
  if (error) return local_problem(fmt::format("{}: {}", found, error.message()));
  spdlog::info("recording={} is in the bucket, and known here again", id);
  events_.found(std::move(*info));
  return {};
}

// ---- what was removed here

BucketUploader::Round BucketUploader::remove_removed() {
  const auto names = names_in(settings_.root);
  if (!names) return local_problem(names.error().message);
  removing_.clear();
  std::vector<std::pair<std::string, std::string>> removed;  // id, folder's name
  for (const std::string& name : *names) {
    if (!name.ends_with(kRemovedSuffix)) continue;
    removed.emplace_back(name.substr(0, name.find('.')), name);
    removing_.insert(removed.back().first);
  }
  for (const auto& [id, name] : removed) {
    const std::string gone = settings_.root + "/" + name;
    const auto copy = load_bucket_copy(gone);
    if (copy && !copy->place.empty() && copy->place != place_) {
      removing_.erase(id);
      if (told_.insert(name).second)
        spdlog::warn("recording={} was removed here; {} has it still, and is not configured", id,
                     copy->place);
      continue;
    }
    std::vector<std::string> keys;
    const auto listed = client_->list(id + "/", false, [&](const S3ObjectList& page) {
      for (const S3Object& object : page.objects)
        keys.push_back(object.key);
    });
    if (!listed) return listed;
    for (const std::string& key : keys) {
      if (auto done = client_->remove(key); !done) return done;
      ++figures_.removed;
    }
    std::error_code error;
    fs::remove_all(gone, error);
    removing_.erase(id);
    own_.erase(id);
    settled_.erase(id);
    spdlog::info("recording={} is gone from the bucket, {} objects", id, keys.size());
  }
  return {};
}

// ---- local copies

BucketUploader::Round BucketUploader::drop_copies() {
  std::vector<std::string> ids;
  {
    const std::lock_guard lock(mutex_);
    ids = std::exchange(to_drop_, {});
  }
  Round all;
  for (const std::string& id : ids) {
    Round done = all;
    try {
      if (done) done = drop_copy(id);
    } catch (const std::exception& error) {  // whoever waits for it is told in any case
      done = local_problem(error.what());
    }
    if (!done && all && !done.error().local) all = done;
    if (!done) spdlog::warn("recording={} stays on this disk: {}", id, done.error().words);
    events_.dropped(id, done.has_value());
  }
  return all;
}

BucketUploader::Round BucketUploader::drop_copy(const std::string& id) {
  auto copy = copy_of(id);
  if (!copy) return tl::unexpected(copy.error());
  const auto files = local_files(folder(id));
  if (!files) return local_problem(files.error().message);
  for (const LocalFile& file : *files) {
    if (!is_there(*copy, file)) return local_problem(file.name + " is not in the bucket yet");
    if (!is_media_file(file.name)) continue;
    if (file.links > 1) return local_problem("it shares its media with a clip");
    const auto there = client_->head(id + "/" + file.name);
    if (!there && there.error().status != 404) return tl::unexpected(there.error());
    if (there && there->bytes == file.bytes && there->etag == copy->files[file.name].etag) continue;
    copy->files.erase(file.name);  // so it is uploaded again
    (void)save_bucket_copy(folder(id), *copy);
    return local_problem(file.name + " is in the bucket no more, or is another one");
  }
  copy->dropped = true;
  if (auto saved = save_bucket_copy(folder(id), *copy); !saved)
    return local_problem(saved.error().message);
  for (const LocalFile& file : *files) {
    std::error_code error;
    if (is_media_file(file.name)) fs::remove(folder(id) + "/" + file.name, error);
  }
  ++figures_.dropped;
  spdlog::info("recording={} has its media in the bucket alone", id);
  return {};
}

// ---- what is to be uploaded

// As it is for this place.
S3Result<BucketCopy> BucketUploader::copy_of(const std::string& id) {
  auto copy = load_bucket_copy(folder(id));
  if (!copy) return local_problem(copy.error().message);
  if (copy->place == place_) return std::move(*copy);
  if (copy->dropped)
    return local_problem(fmt::format("its media are in {}, which is not configured", copy->place));
  // Before the first upload, so that a removal knows that the bucket may have something.
  BucketCopy fresh{place_, false, {}};
  if (auto saved = save_bucket_copy(folder(id), fresh); !saved)
    return local_problem(saved.error().message);
  return fresh;
}

BucketUploader::Round BucketUploader::look() {
  const auto ids = list_recordings(settings_.root);
  if (!ids) return local_problem(ids.error().message);
  std::vector<Waiting> waiting;
  std::vector<LocalCopy> seen;
  uint64_t local_bytes = 0;
  for (const std::string& id : *ids) {
    if (!removing_.contains(id)) local_bytes += look_at(id, waiting, seen);
  }
  figures_.local_bytes = local_bytes;
  std::error_code unknown;
  const auto space = fs::space(settings_.root, unknown);
  if (!unknown) figures_.free_bytes = space.available;
  std::ranges::sort(waiting, {}, [](const Waiting& each) { return each.file.changed_ns; });
  set_waiting(waiting);
  events_.looked(std::move(seen));
  if (!begun_) return {};
  return upload(std::move(waiting));
}

// What it takes on this disk.
uint64_t BucketUploader::look_at(const std::string& id, std::vector<Waiting>& waiting,
                                 std::vector<LocalCopy>& seen) {
  const auto itself = local_file(settings_.root, id);
  const int64_t folder_ns = itself ? itself->changed_ns : 0;
  if (const auto known = settled_.find(id);
      known != settled_.end() && known->second.changed_ns == folder_ns)
    return known->second.bytes;
  settled_.erase(id);
  auto copy = copy_of(id);
  const auto info = load_recording_info(folder(id));
  const auto files = local_files(folder(id));
  if (!copy || !info || !files) {
    const std::string words = !copy   ? copy.error().words
                              : !info ? info.error().message
                                      : files.error().message;
    if (told_.insert(id + words).second) spdlog::warn("recording={} {}", id, words);
    return 0;
  }
  uint64_t bytes = 0;
  std::map<std::string_view, int64_t> newest;
  bool ended = false;
  LocalCopy here_is{id, info->end_ms, 0, false, false};
  for (const LocalFile& file : *files) {
    ended |= file.name == kManifestName;
    if (const auto media = read_media_file_name(file.name))
      newest[media->track] = std::max(newest[media->track], media->file);
    bytes += file.bytes;
  }
  ended = ended && info->end_ms != 0;
  (void)remove_gone(id, *info, ended, *copy);
  bool whole = ended;
  for (const LocalFile& file : *files) {
    if (is_media_file(file.name)) here_is.bytes += file.bytes;
    if (is_media_file(file.name) && file.links > 1) whole = false;  // the other has it still
    if (is_media_file(file.name) && copy->dropped) {                // a death was faster
      std::error_code error;
      if (is_there(*copy, file)) fs::remove(folder(id) + "/" + file.name, error);
      continue;
    }
    if (is_there(*copy, file)) continue;
    whole = false;
    if (ended || is_finished(file, newest)) waiting.push_back({id, file});
  }
  here_is.in_bucket = whole && !copy->dropped;
  if (whole && copy->dropped && begun_ && here_is.bytes == 0) settled_[id] = {folder_ns, bytes};
  if (ended) seen.push_back(std::move(here_is));
  return bytes;
}

// What was uploaded while it went on and cut off at its end; what was attached and taken away; the
// manifest of what goes on again. What makes a recording is never removed for being missed here.
BucketUploader::Round BucketUploader::remove_gone(const std::string& id, const RecordingInfo& info,
                                                  bool ended, BucketCopy& copy) {
  if (!begun_) return {};
  std::vector<std::string> gone;
  for (const auto& [name, file] : copy.files) {
    if (local_file(folder(id), name)) continue;
    const auto media = read_media_file_name(name);
    const int64_t first = media ? media->file * recording::kSegmentsInFile : 0;
    const bool is_outside =
        first >= info.end_segment() || first + recording::kSegmentsInFile <= info.first_segment();
    const bool needed = is_media_file(name) ? copy.dropped || !ended || !media || !is_outside
                                            : name == kInfoName || name.ends_with(".index") ||
                                                  name.starts_with("init-") ||
                                                  (name == kManifestName && copy.dropped);
    if (!needed) gone.push_back(name);
  }
  for (const std::string& name : gone) {
    if (auto done = client_->remove(id + "/" + name); !done) return done;
    ++figures_.removed;
    copy.files.erase(name);
  }
  if (!gone.empty()) (void)save_bucket_copy(folder(id), copy);
  return {};
}

// After the loss of a disk a session may go on under the same name, with files of the same names:
// what the bucket has of before is not written over.
BucketUploader::Round BucketUploader::check_own(const std::string& id) {
  if (own_.contains(id)) return {};
  const auto copy = copy_of(id);
  if (!copy) return tl::unexpected(copy.error());
  std::string other;
  if (copy->files.empty()) {
    const auto listed = client_->list(id + "/", false, [&](const S3ObjectList& page) {
      for (const S3Object& object : page.objects) {
        const std::string name = object.key.substr(id.size() + 1);
        const auto mine = local_file(folder(id), name);
        if (is_media_file(name) && (!mine || mine->bytes < object.bytes)) other = name;
      }
    });
    if (!listed) return listed;
  }
  if (!other.empty())
    return tl::unexpected(S3Problem{
        false, false, 409,
        fmt::format("recording {} stays on this disk alone: the bucket has {} of an earlier one",
                    id, other)});
  own_.insert(id);
  return {};
}

bool BucketUploader::must_look_again() {
  const std::lock_guard lock(mutex_);
  return given_ || poked_;
}

BucketUploader::Round BucketUploader::upload(std::vector<Waiting> waiting) {
  const auto key_of = [](const Waiting& each) { return each.recording + "/" + each.file.name; };
  std::set<std::string> keys;
  for (const Waiting& each : waiting)
    keys.insert(key_of(each));
  std::erase_if(refused_, [&keys](const auto& each) { return !keys.contains(each.first); });
  const auto began = std::chrono::steady_clock::now();
  uint64_t left = figures_.waiting_bytes;
  for (size_t i = 0; i < waiting.size(); ++i) {
    const Waiting& next = waiting[i];
    const std::string key = key_of(next);
    const auto now = std::chrono::steady_clock::now();
    if (i > 0 && (now - began > kLongestUploads || must_look_again())) break;
    const auto before = refused_.find(key);
    if (before != refused_.end() && now < before->second.next_try) continue;
    const Round own = check_own(next.recording);
    auto sent = own ? upload_file(*client_, folder(next.recording), next.file.name, key)
                    : tl::unexpected(own.error());
    if (!sent) {
      // One that is written to just now, or was removed, keeps no other waiting.
      if (sent.error().local) continue;
      ++figures_.failures;
      if (is_away(sent.error())) return tl::unexpected(sent.error());
      Refused& refused = refused_[key];
      refused.next_try = now + settings_.longest_wait * (1 << std::min(refused.times++, 6));
      refused.problem = sent.error();
      continue;
    }
    refused_.erase(key);
    ++figures_.files;
    figures_.bytes += sent->bytes;
    auto copy = copy_of(next.recording);
    if (!copy) continue;
    copy->files[next.file.name] = std::move(*sent);
    if (auto saved = save_bucket_copy(folder(next.recording), *copy); !saved)
      spdlog::warn("{}", saved.error().message);
    left -= std::min(left, next.file.bytes);
    figures_.waiting_bytes = left;
    figures_.waiting_files = waiting.size() - i - 1;
    figures_.waiting_since_ms =
        i + 1 < waiting.size() ? waiting[i + 1].file.changed_ns / 1'000'000 : 0;
    if (refused_.empty()) set_state({});
  }
  if (refused_.empty()) return {};
  return tl::unexpected(refused_.begin()->second.problem);
}

void BucketUploader::set_waiting(const std::vector<Waiting>& waiting) {
  uint64_t bytes = 0;
  for (const Waiting& each : waiting)
    bytes += each.file.bytes;
  figures_.waiting_files = waiting.size();
  figures_.waiting_bytes = bytes;
  figures_.waiting_since_ms = waiting.empty() ? 0 : waiting.front().file.changed_ns / 1'000'000;
}

void BucketUploader::set_state(BucketState state) {
  if (state.kind == state_.kind) {
    state_ = std::move(state);
    return;
  }
  state_ = std::move(state);
  if (state_.kind == BucketState::Kind::kReady)
    spdlog::info("the bucket takes recordings");
  else
    spdlog::error("the bucket takes no recordings, which wait on this disk: {}", state_.words);
  events_.state(state_);
}

}  // namespace longmen
