#include "gateway/check_recording.h"

#include <fmt/format.h>

#include "core/recording/manifest.h"
#include "gateway/bucket/bucket_copy.h"
#include "net/state_file.h"

namespace longmen {
namespace {

using recording::RecordedSegment;

// Media files of a folder, each opened once: on this disk, or in the bucket.
class RecordedFiles {
 public:
  RecordedFiles(const std::string& folder, const FarSource& far) : folder_(folder), far_(far) {}

  Result<void> look() {
    auto copy = load_bucket_copy(folder_);
    if (!copy) return tl::unexpected(copy.error());
    copy_ = std::move(*copy);
    if (copy_.dropped && !far_)
      return fail(
          fmt::format("{}: its media are in {} alone, and --config FILE says how to reach it",
                      folder_, copy_.place));
    return {};
  }

  recording::ByteSource* open(const std::string& name) {
    if (source_ && name == name_) return source_.get();
    name_ = name;
    auto here = std::make_unique<FileSource>(folder_ + "/" + name);
    const auto there = copy_.files.find(name);
    if (here->is_open())
      source_ = std::move(here);
    else if (copy_.dropped && there != copy_.files.end())
      source_ = far_(name, there->second.bytes);
    else
      source_.reset();
    return source_.get();
  }

 private:
  const std::string& folder_;
  const FarSource& far_;
  BucketCopy copy_;
  std::string name_;
  std::unique_ptr<recording::ByteSource> source_;
};

// Of what the file has now.
std::optional<Sha256Digest> hash(RecordedFiles& media, const std::string& track,
                                 const RecordedSegment& segment) {
  recording::ByteSource* const source = media.open(media_file_name(track, segment.file()));
  if (!source) return {};
  Sha256Stream stream;
  Bytes bytes;
  for (const recording::RecordedPart& part : segment.parts) {
    bytes.resize(part.bytes);
    if (!source->read(part.offset, bytes)) return {};
    stream.update(bytes);
  }
  return stream.finish();
}

void hash_all(RecordedFiles& media, const std::string& name, recording::RecordedTrack& track) {
  std::map<int64_t, Sha256Digest> digests;
  for (const auto& [number, segment] : track.segments()) {
    if (!segment.is_whole()) continue;
    if (const auto digest = hash(media, name, segment)) digests[number] = *digest;
  }
  for (const auto& [number, digest] : digests)
    track.set_sha256(number, digest);
}

void compare(const std::string& name, const recording::RecordedTrack& indexed, bool is_closed,
             const recording::RecordedTrack& found, RecordingVerdict& verdict) {
  const auto tell = [&](int64_t number, std::string_view words) {
    if (verdict.wrong.size() < kMaxFindings)
      verdict.wrong.push_back(fmt::format("{} {}: {}", name, number, words));
  };
  for (const auto& [number, segment] : indexed.segments()) {
    if (!segment.is_whole()) continue;
    const RecordedSegment* now = found.find(number);
    if (!now || !now->is_whole())
      tell(number, "is not whole, and its index says that it was");
    else if (segment.sha256 != Sha256Digest{} && now->sha256 != segment.sha256)
      tell(number, "has other bytes than its index says");
  }
  // Of one that is being written, the newest segments are in no index yet.
  if (!is_closed) return;
  for (const auto& [number, segment] : found.segments()) {
    const RecordedSegment* known = indexed.find(number);
    if (segment.is_whole() && (!known || !known->is_whole())) tell(number, "is in no index");
  }
}

void compare_with_manifest(const std::string& folder, const LoadedRecording& found,
                           RecordingVerdict& verdict) {
  const auto manifest = read_state_file(folder + "/manifest.json", recording::kMaxManifestBytes);
  if (!manifest) return verdict.wrong.push_back(manifest.error().message);
  const auto wrong =
      recording::compare_with_manifest(*manifest, found.info, found.recorded(), kMaxFindings);
  if (!wrong) return verdict.wrong.push_back("manifest.json: " + wrong.error().message);
  verdict.wrong.insert(verdict.wrong.end(), wrong->begin(), wrong->end());
}

Result<void> write_anew(const std::string& folder, const LoadedRecording& loaded) {
  for (size_t i = 0; i < loaded.tracks.size(); ++i) {
    Bytes index;
    for (const auto& [number, segment] : loaded.tracks[i].recorded.segments())
      recording::write_segment_record(segment, index);
    const std::string path = folder + "/" + index_file_name(loaded.info.tracks[i].name);
    if (auto written = write_state_file(path, as_text(index)); !written) return written;
  }
  if (loaded.info.end_ms == 0) return {};
  recording::InitDigests inits;
  for (const auto& [number, bytes] : loaded.inits) {
    inits[recording::init_name_of(number)] = sha256_digest(*bytes);
  }
  return write_state_file(folder + "/manifest.json",
                          recording::write_manifest(loaded.info, loaded.recorded(), inits));
}

}  // namespace

Result<RecordingVerdict> check_recording(const std::string& folder, Repair repair,
                                         const FarSource& far) {
  RecordedFiles media(folder, far);
  if (auto looked = media.look(); !looked) return tl::unexpected(looked.error());
  const auto indexed = load_recording(folder, IndexUse::kTrusted, far);
  if (!indexed) return tl::unexpected(indexed.error());
  auto found = load_recording(folder, IndexUse::kIgnored, far);
  if (!found) return tl::unexpected(found.error());
  const bool is_clip = !indexed->info.source.empty();
  if (is_clip && repair == Repair::kYes)
    return fail("it is a clip, whose media files are another recording's: make it anew");
  RecordingVerdict verdict;
  verdict.recording = found->info.id;
  verdict.has_manifest = found->has_manifest;
  verdict.goes_on = found->info.end_ms == 0;
  if (found->damaged > 0)
    verdict.wrong.push_back(
        fmt::format("{} parts are not what their trailers say", found->damaged));
  for (size_t i = 0; i < found->tracks.size(); ++i) {
    const std::string& name = found->info.tracks[i].name;
    recording::RecordedTrack& track = found->tracks[i].recorded;
    hash_all(media, name, track);
    RecordingVerdict::Track& told = verdict.tracks.emplace_back();
    told.name = name;
    for (const auto& [number, segment] : track.segments())
      ++(segment.is_whole() ? told.segments : told.partial);
    compare(name, indexed->tracks[i].recorded, indexed->has_manifest && !is_clip, track, verdict);
  }
  if (found->has_manifest) compare_with_manifest(folder, *found, verdict);
  if (repair == Repair::kYes) {
    if (auto written = write_anew(folder, *found); !written) return tl::unexpected(written.error());
  }
  return verdict;
}

}  // namespace longmen
