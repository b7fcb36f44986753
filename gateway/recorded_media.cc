#include "gateway/recorded_media.h"

#include "core/cmaf/init_segment.h"

namespace longmen {
namespace {

using recording::RecordedSegment;

// A range may be withdrawn: what is kept elsewhere goes with it before long.
constexpr std::string_view kForAWhile = "public, max-age=300";

HttpResponse recorded_response(const Recording& recording, size_t track) {
  HttpResponse response;
  const bool video = is_video(recording.info.tracks[track].id);
  response.fields.set("Content-Type", video ? "video/mp4" : "audio/mp4");
  response.fields.set("Cache-Control", kForAWhile);
  return response;
}

// Null: not there, or another one's name.
const RecordedSegment* find_segment(const Recording& recording, size_t track, Generation generation,
                                    int version, int parts, int64_t media_sequence) {
  if (version != cmaf::kWriterVersion || parts != recording.info.parts_per_segment ||
      !recording.info.shows(media_sequence))
    return nullptr;
  const RecordedSegment* segment = recording.media->tracks[track].find(media_sequence);
  return segment && segment->generation == generation ? segment : nullptr;
}

}  // namespace

std::optional<HttpResponse> recorded_media(const Recording& recording, size_t track,
                                           const hls::MediaName& name, DiskPool& disk) {
  if (!recording.media || track >= recording.media->tracks.size()) return {};
  HttpResponse response = recorded_response(recording, track);
  if (const auto* init = std::get_if<hls::InitName>(&name)) {
    const auto number = recording::init_number(init->name);
    const auto found = recording.media->inits.find(number.value_or(0));
    if (!number || found == recording.media->inits.end()) return {};
    response.shared = {found->second};
    return response;
  }
  const auto* of_part = std::get_if<hls::PartName>(&name);
  const auto* of_segment = std::get_if<hls::SegmentName>(&name);
  const RecordedSegment* segment =
      of_part ? find_segment(recording, track, of_part->generation, of_part->version,
                             of_part->parts, of_part->number.media_sequence)
              : find_segment(recording, track, of_segment->generation, of_segment->version,
                             of_segment->parts, of_segment->media_sequence);
  if (!segment || (of_segment && !segment->is_whole())) return {};
  std::vector<FilePiece> pieces;
  const auto file = recorded_file(recording, track, segment->file());
  for (size_t i = 0; i < segment->parts.size(); ++i) {
    const recording::RecordedPart& part = segment->parts[i];
    if (of_part && static_cast<size_t>(of_part->number.part) != i) continue;
    if (part.bytes > 0) pieces.push_back({nullptr, file, part.offset, part.bytes});
  }
  if (pieces.empty()) return {};
  set_file_body(response, disk, std::move(pieces));
  return response;
}

std::shared_ptr<const ServedFile> recorded_file(const Recording& recording, size_t track,
                                                int64_t file) {
  auto served = served_file(recording.folder + "/" +
                            media_file_name(recording.info.tracks[track].name, file));
  served->far = recording.far;
  if (!recording.writing) served->open = recording.open;
  return served;
}

}  // namespace longmen
