#include "gateway/package_export.h"

#include <fmt/format.h>

#include <boost/json/array.hpp>

#include "core/package/tar.h"
#include "core/recording/chapter_track.h"
#include "core/recording/manifest.h"
#include "gateway/caption_files.h"

namespace longmen {
namespace asio = boost::asio;
namespace json = boost::json;
using recording::RecordedSegment;
using recording::RecordedTrack;
namespace {

constexpr size_t kSegmentsToOpen = 32;

void add_file(Bytes& out, std::string_view path, ByteSpan bytes) {
  const Bytes header = package::tar_header(path, bytes.size());
  out.insert(out.end(), header.begin(), header.end());
  out.insert(out.end(), bytes.begin(), bytes.end());
  out.resize(out.size() + package::tar_padding(bytes.size()));
}

FilePiece memory_piece(Bytes bytes) {
  return whole_piece(std::make_shared<const Bytes>(std::move(bytes)));
}

std::string media_path(const PackageLayout& layout, size_t track, const RecordedSegment& segment) {
  return layout.folder + "/" + media_file_name(layout.info.tracks[track].name, segment.file());
}

Result<Sha256Digest> digest_of(const PackageLayout& layout, size_t track,
                               const RecordedSegment& segment) {
  FileSource source(media_path(layout, track, segment));
  Sha256Stream stream;
  Bytes bytes;
  for (const recording::RecordedPart& part : segment.parts) {
    bytes.resize(part.bytes);
    if (part.bytes > 0 && !source.read(part.offset, bytes))
      return fail(media_path(layout, track, segment) + ": cannot be read");
    stream.update(bytes);
  }
  return stream.finish();
}

// Only of what leaves: the studio knows more.
void set_chapters(json::object& talk, const recording::RecordingInfo& info) {
  json::array list;
  for (const recording::RecordedChapter& chapter : info.chapters)
    list.push_back(json::object{{"at_ms", chapter.at_ms}, {"title", chapter.title}});
  talk["chapters"] = std::move(list);
}

}  // namespace

Result<std::shared_ptr<const PackageLayout>> lay_out_package(const recording::RecordingInfo& info,
                                                             const std::string& folder,
                                                             const RecordingMedia& media,
                                                             json::object talk) {
  auto layout = std::make_shared<PackageLayout>();
  layout->info = package::exported_info(info);
  layout->folder = folder;
  auto captions = shown_captions(folder, info);
  if (!captions) return tl::unexpected(captions.error());
  layout->captions = std::move(*captions);
  auto courseware = load_courseware(folder);
  if (!courseware) return tl::unexpected(courseware.error());
  layout->courseware = std::move(*courseware);
  package::PackageHead head;
  std::vector<RecordedTrack> exported;
  recording::InitDigests inits;
  std::map<std::string, std::shared_ptr<const Bytes>> init_bytes;
  uint64_t media_bytes = 0;
  size_t segments = 0;
  for (size_t i = 0; i < media.tracks.size(); ++i) {
    exported.push_back(package::exported_track(info, media.tracks[i]));
    std::map<int64_t, Sha256Digest> unhashed;  // that a writer has not got to
    RecordedTrack& leaving =
        layout->tracks.emplace_back(exported[i].rendition(), exported[i].parts_per_segment());
    for (const auto& [number, segment] : exported[i].segments()) {
      const RecordedSegment& recorded = *media.tracks[i].find(number);
      leaving.put(recorded);
      ++segments;
      media_bytes += package::tar_entry_bytes(segment.bytes());
      const auto init = media.inits.find(segment.init);
      if (init == media.inits.end())
        return fail(fmt::format("{}: an init segment is missing", folder));
      init_bytes[recording::init_name_of(segment.init)] = init->second;
      if (segment.is_whole() && segment.sha256 != Sha256Digest{}) continue;
      const auto digest = digest_of(*layout, i, recorded);
      if (!digest) return tl::unexpected(digest.error());
      (segment.is_whole() ? unhashed[number] : head.partial[{i, number}]) = *digest;
    }
    for (const auto& [number, digest] : unhashed)
      exported[i].set_sha256(number, digest);
  }
  if (segments == 0) return fail("nothing of it is shown");
  for (const auto& [name, bytes] : init_bytes)
    inits[name] = sha256_digest(*bytes);
  set_chapters(talk, layout->info);
  head.info = layout->info;
  head.info.bytes = media_bytes;
  head.talk = std::move(talk);
  for (const recording::WrittenCaptions& each : layout->captions)
    head.captions.push_back(each.track);
  head.courseware = layout->courseware;
  Bytes out;
  add_file(out, "package.json", as_bytes(package::write_head(head)));
  const std::string manifest = recording::write_manifest(head.info, exported, inits);
  if (manifest.size() > package::kMaxPackageTextBytes)
    return fail("it is too long for a package: trim it, or export clips of it");
  add_file(out, "manifest.json", as_bytes(manifest));
  for (const auto& [name, bytes] : init_bytes)
    add_file(out, fmt::format("init-{}.mp4", name), *bytes);
  for (size_t i = 0; i < exported.size(); ++i) {
    Bytes index;
    for (const auto& [number, segment] : exported[i].segments())
      recording::write_segment_record(segment, index);
    if (index.size() > package::kMaxPackageTextBytes)
      return fail("it is too long for a package: trim it, or export clips of it");
    add_file(out, index_file_name(head.info.tracks[i].name), index);
  }
  layout->bytes = out.size() + media_bytes + package::kTarEndBytes;
  for (const recording::WrittenCaptions& each : layout->captions)
    layout->bytes += package::tar_entry_bytes(each.file.size());
  for (const recording::Courseware& file : layout->courseware)
    layout->bytes += package::tar_entry_bytes(file.bytes);
  layout->head = std::make_shared<const Bytes>(std::move(out));
  return std::shared_ptr<const PackageLayout>(std::move(layout));
}

asio::awaitable<HttpBodyPiece> PackageBody::read() {
  for (;;) {
    if (part_) {
      HttpBodyPiece piece = co_await part_->read();
      if (!piece || !piece->empty()) co_return piece;
    }
    auto pieces = next_pieces();
    if (pieces.empty()) co_return std::string();
    part_ = std::make_unique<FileBody>(disk_, std::move(pieces), still_shown_);
  }
}

std::vector<FilePiece> PackageBody::next_pieces() {
  std::vector<FilePiece> pieces;
  switch (step_) {
    case Step::kHead:
      pieces.push_back(whole_piece(layout_->head));
      step_ = Step::kSegments;
      return pieces;
    case Step::kSegments:
      add_segments(pieces);
      if (!pieces.empty()) return pieces;
      step_ = Step::kCaptions;
      [[fallthrough]];
    case Step::kCaptions:
      for (const recording::WrittenCaptions& each : layout_->captions) {
        Bytes file;
        add_file(file, package::captions_path(each.track.language), as_bytes(each.file));
        pieces.push_back(memory_piece(std::move(file)));
      }
      step_ = Step::kCourseware;
      if (!pieces.empty()) return pieces;
      [[fallthrough]];
    case Step::kCourseware:
      for (const recording::Courseware& file : layout_->courseware) {
        pieces.push_back(
            memory_piece(package::tar_header(package::courseware_path(file.id), file.bytes)));
        pieces.push_back({nullptr,
                          served_file(layout_->folder + "/" + courseware_file_name(file.id)), 0,
                          file.bytes});
        if (const size_t padding = package::tar_padding(file.bytes); padding > 0)
          pieces.push_back(memory_piece(Bytes(padding)));
      }
      step_ = Step::kEnd;
      if (!pieces.empty()) return pieces;
      [[fallthrough]];
    case Step::kEnd:
      pieces.push_back(memory_piece(Bytes(package::kTarEndBytes)));
      step_ = Step::kDone;
      return pieces;
    case Step::kDone:
      return pieces;
  }
  return pieces;
}

void PackageBody::add_segments(std::vector<FilePiece>& pieces) {
  size_t added = 0;
  while (track_ < layout_->tracks.size() && added < kSegmentsToOpen) {
    const auto& segments = layout_->tracks[track_].segments();
    const auto next = segments.upper_bound(after_);
    if (next == segments.end()) {
      ++track_;
      after_ = -1;
      continue;
    }
    const RecordedSegment& segment = next->second;
    const std::string& name = layout_->info.tracks[track_].name;
    pieces.push_back(memory_piece(
        package::tar_header(package::segment_path(name, next->first), segment.bytes())));
    const auto file = served_file(media_path(*layout_, track_, segment));
    for (const recording::RecordedPart& part : segment.parts)
      if (part.bytes > 0) pieces.push_back({nullptr, file, part.offset, part.bytes});
    if (const size_t padding = package::tar_padding(segment.bytes()); padding > 0)
      pieces.push_back(memory_piece(Bytes(padding)));
    after_ = next->first;
    ++added;
  }
}

}  // namespace longmen
