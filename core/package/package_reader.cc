#include "core/package/package_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "core/base/hex.h"
#include "core/base/plain_text.h"
#include "core/base/sha256.h"

namespace longmen::package {
using recording::Courseware;
using recording::RecordedSegment;
using recording::RecordedTrack;
namespace {

constexpr std::string_view kHeadFile = "package.json";
constexpr std::string_view kManifestFile = "manifest.json";
constexpr std::string_view kInitStart = "init-";
constexpr std::string_view kInitEnd = ".mp4";
constexpr std::string_view kIndexEnd = ".index";
constexpr std::string_view kSegmentEnd = ".m4s";
constexpr std::string_view kCaptionsStart = "captions/";
constexpr std::string_view kCaptionsEnd = ".vtt";
constexpr std::string_view kCoursewareStart = "courseware/";
constexpr size_t kMaxInitBytes = 64 << 10;
constexpr size_t kMaxInitsOfPackage = 256;

std::string_view between(std::string_view text, std::string_view start, std::string_view end) {
  if (text.size() <= start.size() + end.size() || !text.starts_with(start) || !text.ends_with(end))
    return {};
  return text.substr(start.size(), text.size() - start.size() - end.size());
}

size_t limit_of(uint64_t bytes, uint64_t most) {
  return static_cast<size_t>(std::min(bytes, most));
}

}  // namespace

Result<void> PackageReader::begin_file(const std::string& path, uint64_t bytes) {
  path_ = path;
  text_.clear();
  if (!described_ && !seen_.insert(path).second)
    return fail(fmt::format("{} is there twice", path));
  if (seen_.size() == 1 && path != kHeadFile && !described_)
    return fail("package.json is not its first file: it is no package, or was packed anew");
  uint64_t most = kMaxPackageTextBytes;
  if (described_) {
    if (path.starts_with(kCaptionsStart)) return begin_captions(path, bytes);
    if (path.starts_with(kCoursewareStart)) return begin_courseware(path, bytes);
    return begin_segment(path, bytes);
  }
  if (path == kHeadFile) {
    kind_ = Kind::kHead;
    most = kMaxHeadBytes;
  } else if (path == kManifestFile) {
    kind_ = Kind::kManifest;
  } else if (!between(path, kInitStart, kInitEnd).empty()) {
    kind_ = Kind::kInit;
    most = kMaxInitBytes;
    if (inits_.size() >= kMaxInitsOfPackage) return fail("it has too many init segments");
  } else if (head_.info.find_track(between(path, "", kIndexEnd))) {
    kind_ = Kind::kIndex;
  } else {
    return fail(fmt::format("{} is no file of a package, or comes before its time", path));
  }
  if (bytes > most) return fail(fmt::format("{} is larger than {} bytes", path, most));
  text_.reserve(limit_of(bytes, kMaxHeadBytes));
  return {};
}

Result<void> PackageReader::begin_segment(const std::string& path, uint64_t bytes) {
  const std::string_view name = std::string_view(path).substr(0, path.find('/'));
  int64_t number = -1;
  const std::string rest = path.substr(std::min(path.size(), name.size() + 1));
  const std::string_view text = between(rest, "", kSegmentEnd);
  const auto [end, wrong] = std::from_chars(text.data(), text.data() + text.size(), number);
  const recording::TrackInfo* track = head_.info.find_track(name);
  if (!track || wrong != std::errc() || end != text.data() + text.size() ||
      path != segment_path(name, number))
    return fail(fmt::format("{} is no file of a package", path));
  track_ = static_cast<size_t>(track - head_.info.tracks.data());
  number_ = number;
  if (wanted_[track_].erase(number) == 0)
    return fail(fmt::format("{} is there twice, or in no index", path));
  if (bytes != tracks_[track_].find(number)->bytes())
    return fail(fmt::format("{} has another size than its index says", path));
  kind_ = Kind::kSegment;
  text_.reserve(limit_of(bytes, kMaxSegmentBytes));
  return {};
}

Result<void> PackageReader::begin_captions(const std::string& path, uint64_t bytes) {
  const std::string language(between(path, kCaptionsStart, kCaptionsEnd));
  const auto track =
      std::ranges::find(head_.captions, language, &recording::CaptionTrack::language);
  if (track == head_.captions.end() || wanted_captions_.erase(language) == 0)
    return fail(fmt::format("{} is there twice, or not named in package.json", path));
  if (bytes != track->bytes)
    return fail(fmt::format("{} has another size than package.json says", path));
  kind_ = Kind::kCaptions;
  captions_ = &*track;
  text_.reserve(limit_of(bytes, captions::kMaxCaptionBytes));
  return {};
}

Result<void> PackageReader::begin_courseware(const std::string& path, uint64_t bytes) {
  const std::string id = path.substr(kCoursewareStart.size());
  const auto file = std::ranges::find(head_.courseware, id, &Courseware::id);
  if (file == head_.courseware.end() || wanted_courseware_.erase(id) == 0)
    return fail(fmt::format("{} is there twice, or not named in package.json", path));
  if (bytes != file->bytes || bytes == 0)
    return fail(fmt::format("{} has another size than package.json says", path));
  kind_ = Kind::kCourseware;
  courseware_ = &*file;
  hash_ = std::make_unique<Sha256Stream>();
  return store_.begin_courseware(*file);
}

Result<void> PackageReader::file_data(ByteSpan bytes) {
  if (kind_ == Kind::kCourseware) {
    hash_->update(bytes);
    const ByteSpan head =
        bytes.first(std::min(bytes.size(), recording::kCoursewareHeadBytes - text_.size()));
    text_.insert(text_.end(), head.begin(), head.end());
    return store_.courseware_data(bytes);
  }
  text_.insert(text_.end(), bytes.begin(), bytes.end());
  return {};
}

Result<void> PackageReader::end_file() {
  switch (kind_) {
    case Kind::kHead: {
      auto head = read_head(as_text(text_));
      if (!head) return tl::unexpected(head.error());
      head_ = std::move(*head);
      for (const recording::TrackInfo& track : head_.info.tracks)
        tracks_.emplace_back(track.id, head_.info.parts_per_segment);
      return {};
    }
    case Kind::kManifest:
      manifest_ = std::move(text_);
      return {};
    case Kind::kInit:
      return take_init();
    case Kind::kIndex:
      return take_index();
    case Kind::kSegment:
      return take_segment();
    case Kind::kCaptions:
      return take_captions();
    case Kind::kCourseware:
      return take_courseware();
  }
  return {};
}

Result<void> PackageReader::take_init() {
  const std::string name(between(path_, kInitStart, kInitEnd));
  const auto number = recording::init_number(name);
  const Sha256Digest digest = sha256_digest(text_);
  if (!number || recording::init_name_of(*number) != name || !lower_hex(digest).starts_with(name))
    return fail(fmt::format("{} has other bytes than its name says", path_));
  inits_[name] = digest;
  init_numbers_.insert(*number);
  return store_.keep_init(name, text_);
}

Result<void> PackageReader::take_index() {
  const recording::TrackInfo* about = head_.info.find_track(between(path_, "", kIndexEnd));
  const auto index = static_cast<size_t>(about - head_.info.tracks.data());
  RecordedTrack& track = tracks_[index];
  ByteSpan rest(text_);
  while (!rest.empty()) {
    auto record = recording::read_segment_record(rest);
    if (!record) return fail(fmt::format("{} is damaged", path_));
    RecordedSegment& segment = record->segment;
    if (segment.rendition != about->id || track.find(segment.media_sequence))
      return fail(fmt::format("{}: segment {} is another rendition's, or there twice", path_,
                              segment.media_sequence));
    if (!segment.is_whole()) {
      const auto digest = head_.partial.find({index, segment.media_sequence});
      if (digest == head_.partial.end())
        return fail(
            fmt::format("{}: nobody says what segment {} is", path_, segment.media_sequence));
      segment.sha256 = digest->second;
    }
    if (auto checked = check_segment(segment); !checked) return checked;
    rest = rest.subspan(record->bytes);
    const int64_t number = segment.media_sequence;
    track.put(std::move(segment));
    if (!track.find(number))
      return fail(fmt::format("{}: segment {} has another number of parts", path_, number));
  }
  const bool all = std::ranges::all_of(head_.info.tracks, [&](const recording::TrackInfo& each) {
    return seen_.contains(each.name + std::string(kIndexEnd));
  });
  return all ? describe() : Result<void>();
}

Result<void> PackageReader::check_segment(const RecordedSegment& segment) const {
  const auto tell = [&](std::string_view words) {
    return fail(fmt::format("{}: segment {} {}", path_, segment.media_sequence, words));
  };
  if (segment.media_sequence < head_.info.first_segment() ||
      segment.media_sequence >= head_.info.end_segment())
    return tell("is of another time");
  if (!init_numbers_.contains(segment.init)) return tell("has no init segment");
  if (segment.bytes() == 0 || segment.bytes() > kMaxSegmentBytes)
    return tell("is empty, or too large");
  uint64_t offset = 0;
  for (const recording::RecordedPart& part : segment.parts) {
    if (part.bytes > 0 && part.offset != offset) return tell("has parts that are elsewhere");
    offset += part.bytes;
  }
  return {};
}

Result<void> PackageReader::describe() {
  // What is not whole has no digest in a manifest, and none in an index.
  std::vector<RecordedTrack> as_recorded;
  uint64_t media_bytes = 0;
  size_t partial = 0;
  for (const RecordedTrack& track : tracks_) {
    RecordedTrack& copy = as_recorded.emplace_back(track);
    std::set<int64_t>& numbers = wanted_.emplace_back();
    for (const auto& [number, segment] : track.segments()) {
      numbers.insert(number);
      media_bytes += segment.bytes();
      if (segment.is_whole()) continue;
      copy.set_sha256(number, {});
      ++partial;
    }
  }
  if (partial != head_.partial.size())
    return fail("package.json: partial: a segment is in no index");
  if (std::ranges::all_of(wanted_, [](const auto& numbers) { return numbers.empty(); }))
    return fail("nothing was recorded of it");
  if (as_text(manifest_) != recording::write_manifest(head_.info, as_recorded, inits_))
    return fail("manifest.json is not that of what its indexes say");
  for (const recording::CaptionTrack& track : head_.captions)
    wanted_captions_.insert(track.language);
  for (const Courseware& file : head_.courseware)
    wanted_courseware_.insert(file.id);
  described_ = true;
  seen_.clear();
  return store_.describe(head_, tracks_, media_bytes);
}

Result<void> PackageReader::take_segment() {
  const RecordedSegment& segment = *tracks_[track_].find(number_);
  if (sha256_digest(text_) != segment.sha256)
    return fail(fmt::format("{} has other bytes than its manifest says", path_));
  const uint32_t ticks = head_.info.track_grid(track_).frame_ticks();
  for (const recording::RecordedPart& part : segment.parts) {
    if (part.bytes == 0) continue;
    const auto found = recording::describe_chunk(ByteSpan(text_).subspan(part.offset, part.bytes),
                                                 part.offset, ticks);
    if (!found || *found != part)
      return fail(fmt::format("{} has samples that its index does not have", path_));
  }
  return store_.keep_segment(track_, segment, text_);
}

Result<void> PackageReader::take_captions() {
  if (sha256_hex(as_text(text_)) != captions_->sha256)
    return fail(fmt::format("{} has other bytes than package.json says", path_));
  const auto cues = captions::read_caption_file(text_);
  if (!cues) return fail(fmt::format("{}: {}", path_, cues.error().message));
  auto written =
      recording::write_captions(captions_->language, captions_->label, captions_->zero_ms, *cues);
  if (!written) return fail(fmt::format("{}: {}", path_, written.error().message));
  written->track.added_ms = captions_->added_ms;
  return store_.keep_captions(*written);
}

Result<void> PackageReader::take_courseware() {
  if (lower_hex(hash_->finish()) != courseware_->sha256)
    return fail(fmt::format("{} has other bytes than package.json says", path_));
  hash_.reset();
  const auto type = recording::courseware_type(courseware_->name, text_);
  if (!type) return fail(fmt::format("{}: {}", path_, type.error().message));
  return store_.end_courseware();
}

Result<void> PackageReader::finish() const {
  if (!described_) return fail("it ends before its index: the file is cut short");
  for (size_t i = 0; i < wanted_.size(); ++i) {
    if (wanted_[i].empty()) continue;
    return fail(fmt::format("{} and {} more are missing: the file is cut short",
                            segment_path(head_.info.tracks[i].name, *wanted_[i].begin()),
                            wanted_[i].size() - 1));
  }
  if (!wanted_captions_.empty())
    return fail(fmt::format("{} is missing", captions_path(*wanted_captions_.begin())));
  if (!wanted_courseware_.empty())
    return fail(fmt::format("{} is missing", courseware_path(*wanted_courseware_.begin())));
  if (!tar_.at_end()) return fail("its end is missing: the file is cut short");
  return {};
}

}  // namespace longmen::package
