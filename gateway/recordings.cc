#include "gateway/recordings.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <chrono>

#include "gateway/bucket/bucket_copy.h"
#include "gateway/caption_files.h"
#include "gateway/package_intake.h"

namespace longmen {
namespace asio = boost::asio;
namespace {

using namespace std::chrono_literals;

constexpr auto kReadWithin = 60s;

struct ListedRecording {
  recording::RecordingInfo info;
  bool dropped = false;
  int courseware = 0;
  std::vector<recording::CaptionTrack> captions;
};

Result<std::vector<ListedRecording>> read_all(const std::string& root) {
  finish_imports(root);
  const auto ids = list_recordings(root);
  if (!ids) return tl::unexpected(ids.error());
  std::vector<ListedRecording> all;
  for (const std::string& id : *ids) {
    const std::string folder = root + "/" + id;
    auto info = load_recording_info(folder);
    if (!info) {
      spdlog::error("{}", info.error().message);
      continue;
    }
    if (info->id != id) {
      spdlog::error("{}: its recording.json is of {}", folder, info->id);
      continue;
    }
    ListedRecording& listed = all.emplace_back();
    listed.info = std::move(*info);
    if (const auto copy = load_bucket_copy(folder)) listed.dropped = copy->dropped;
    if (const auto files = load_courseware(folder))
      listed.courseware = static_cast<int>(files->size());
    auto captions = load_captions(folder);
    if (captions)
      listed.captions = std::move(*captions);
    else
      spdlog::error("{}", captions.error().message);
  }
  return all;
}

Result<std::shared_ptr<RecordingMedia>> read_media(const std::string& folder) {
  auto loaded = load_recording(folder);
  if (!loaded) return tl::unexpected(loaded.error());
  auto media = std::make_shared<RecordingMedia>();
  media->tracks = loaded->recorded();
  media->inits = std::move(loaded->inits);
  return media;
}

size_t segments_of(const RecordingMedia& media) {
  size_t segments = 0;
  for (const recording::RecordedTrack& track : media.tracks)
    segments += track.segments().size();
  return segments;
}

}  // namespace

asio::awaitable<void> Recordings::list(std::string root) {
  root_ = root;
  listed_ = false;
  all_.clear();
  const auto work = [root] { return read_all(root); };
  auto infos = co_await disk_.run(work);
  if (root != root_) co_return;  // another one meanwhile
  if (!infos) {
    spdlog::error("{}: {}", root, infos.error().message);
    co_return;
  }
  for (const ListedRecording& each : *infos) {
    const std::shared_ptr<Recording> added = add(each.info);
    added->dropped = each.dropped;
    added->courseware = each.courseware;
    added->captions = each.captions;
  }
  listed_ = true;
}

std::shared_ptr<Recording> Recordings::find(std::string_view id) const {
  const auto found = all_.find(id);
  return found == all_.end() ? nullptr : found->second;
}

std::shared_ptr<Recording> Recordings::add(const recording::RecordingInfo& info) {
  auto& place = all_[info.id];
  if (!place) {
    place = std::make_shared<Recording>();
    place->folder = root_ + "/" + info.id;
    place->far = far_;
    place->open = open_files_;
  }
  place->info = info;
  return place;
}

void Recordings::forget(std::string_view id) {
  if (const auto found = all_.find(id); found != all_.end()) all_.erase(found);
  used_.erase(std::string(id));
}

asio::awaitable<Result<void>> Recordings::load(std::shared_ptr<Recording> recording) {
  const std::weak_ptr<bool> alive = alive_;
  const std::string id = recording->info.id;
  const auto deadline = std::chrono::steady_clock::now() + kReadWithin;
  while (!recording->media && reading_.contains(id) &&
         std::chrono::steady_clock::now() < deadline) {
    const std::shared_ptr<Reading> other = reading_[id];
    co_await other->done.wait(deadline);
    if (alive.expired()) co_return fail("the gateway ends");
  }
  if (use(*recording)) co_return Result<void>();
  if (recording->writing) co_return fail(id + " is not open yet");
  const auto mine = std::make_shared<Reading>(io_);
  reading_[id] = mine;
  const uint64_t version = recording->version;
  const auto work = [folder = recording->folder] { return read_media(folder); };
  auto media = co_await disk_.run(work);
  mine->done.ring();
  if (alive.expired()) co_return fail("the gateway ends");
  reading_.erase(id);
  if (!media) co_return tl::unexpected(media.error());
  // What began to be written meanwhile is its writer's.
  if (recording->version != version || recording->writing)
    co_return fail(id + " has changed meanwhile");
  recording->media = std::move(*media);
  used_[id] = ++uses_;
  make_room(*recording);
  co_return Result<void>();
}

bool Recordings::use(const Recording& recording) {
  if (!recording.media) return false;
  if (!recording.writing) used_[recording.info.id] = ++uses_;
  return true;
}

asio::awaitable<Result<int64_t>> Recordings::sound_bytes(std::shared_ptr<Recording> recording) {
  const Result<void> loaded = co_await load(recording);
  if (!loaded) co_return tl::unexpected(loaded.error());
  const auto work = [info = recording->info,
                     media = std::shared_ptr<const RecordingMedia>(recording->media)] {
    const recording::TrackInfo* sound = info.find_track("audio");
    if (!sound) return Result<int64_t>(0);
    const auto track = static_cast<size_t>(sound - info.tracks.data());
    const recording::ReplayOutline outline(info, media->tracks, /*writing=*/false);
    const auto mp4 = recording::ProgressiveMp4Layout(info, outline)
                         .lay_out({{track, &media->tracks[track]}}, media->inits);
    return Result<int64_t>(mp4 ? static_cast<int64_t>(mp4->bytes) : 0);
  };
  co_return co_await disk_.run(work);
}

void Recordings::make_room(const Recording& for_this) {
  std::erase_if(used_, [&](const auto& entry) {
    const auto recording = find(entry.first);
    return !recording || recording->writing || !recording->media;
  });
  size_t segments = 0;
  for (const auto& [id, use] : used_)
    segments += segments_of(*find(id)->media);
  while (used_.size() > 1 && (used_.size() > kMaxLoaded || segments > kMaxLoadedSegments)) {
    const auto oldest =
        std::ranges::min_element(used_, {}, [](const auto& entry) { return entry.second; });
    const auto recording = find(oldest->first);
    if (recording.get() == &for_this) return;  // it was used last
    segments -= segments_of(*recording->media);
    recording->media.reset();
    used_.erase(oldest);
  }
}

}  // namespace longmen
