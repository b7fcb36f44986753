#include "core/recording/manifest.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>

#include "core/base/sha256.h"
#include "core/hls/media_name.h"
#include "core/node/json_fields.h"

namespace longmen::recording {
namespace json = boost::json;
namespace {

int64_t shown_end(const RecordingInfo& info, const RecordedTrack& track) {
  if (info.end_ms != 0) return info.end_segment();
  if (track.segments().empty()) return info.first_segment();
  return std::min(info.end_segment(), track.segments().rbegin()->first + 1);
}

json::object track_to_json(const RecordingInfo& info, const TrackInfo& about,
                           const RecordedTrack& track) {
  json::array segments, holes;
  int64_t hole_from = -1;
  const int64_t end = shown_end(info, track);
  const auto close_hole = [&](int64_t at) {
    if (hole_from >= 0) holes.push_back(json::array{hole_from, at - 1});
    hole_from = -1;
  };
  for (int64_t number = info.first_segment(); number < end; ++number) {
    const RecordedSegment* segment = track.find(number);
    if (!segment || !segment->is_whole()) {
      if (hole_from < 0) hole_from = number;
      continue;
    }
    close_hole(number);
    segments.push_back(
        json::object{{"number", number},
                     {"name", hls::segment_name(segment->generation, info.grid(), number)},
                     {"init", init_name_of(segment->init)},
                     {"bytes", segment->bytes()},
                     {"sha256", lower_hex(segment->sha256)}});
  }
  close_hole(end);
  return {{"name", about.name}, {"segments", segments}, {"holes", holes}};
}

}  // namespace

std::string write_manifest(const RecordingInfo& info, const std::vector<RecordedTrack>& tracks,
                           const InitDigests& inits) {
  json::array list, of_inits;
  for (size_t i = 0; i < tracks.size() && i < info.tracks.size(); ++i)
    list.push_back(track_to_json(info, info.tracks[i], tracks[i]));
  for (const auto& [name, sha256] : inits)
    of_inits.push_back(json::object{{"name", name}, {"sha256", lower_hex(sha256)}});
  return json::serialize(json::object{{"format", kFormatVersion},
                                      {"recording", info.id},
                                      {"channel", info.channel},
                                      {"start_ms", info.start_ms},
                                      {"end_ms", info.end_ms},
                                      {"inits", of_inits},
                                      {"renditions", list}});
}

Result<Manifest> read_manifest(std::string_view json) {
  const auto fields = JsonFields::parse(json);
  if (!fields) return tl::unexpected(fields.error());
  Manifest manifest;
  fields->read("recording", manifest.recording);
  fields->each("renditions", [&](const JsonFields& rendition) {
    auto& [name, of_it] = manifest.renditions.emplace_back();
    rendition.read("name", name);
    auto& segments = of_it;  // clang 14 hands no part of a pair to a lambda
    rendition.each("segments", [&](const JsonFields& item) {
      ManifestSegment& segment = segments.emplace_back();
      segment.media_sequence = -1;
      item.read("number", segment.media_sequence);
      item.read("name", segment.name);
      item.read("init", segment.init);
      item.read("bytes", segment.bytes);
      item.read("sha256", segment.sha256);
    });
  });
  return manifest;
}

Result<std::vector<std::string>> compare_with_manifest(std::string_view text,
                                                       const RecordingInfo& info,
                                                       const std::vector<RecordedTrack>& tracks,
                                                       size_t limit) {
  const auto manifest = read_manifest(text);
  if (!manifest) return tl::unexpected(manifest.error());
  std::vector<std::string> wrong;
  const auto tell = [&](std::string words) {
    if (wrong.size() < limit) wrong.push_back(std::move(words));
  };
  if (manifest->recording != info.id)
    tell(fmt::format("the manifest is of recording {}", manifest->recording));
  for (const auto& [name, segments] : manifest->renditions) {
    const TrackInfo* about = info.find_track(name);
    if (!about) {
      tell(fmt::format("{}: the recording has no such rendition", name));
      continue;
    }
    const auto& track = tracks[static_cast<size_t>(about - info.tracks.data())];
    for (const ManifestSegment& item : segments) {
      const RecordedSegment* segment = track.find(item.media_sequence);
      if (!segment || !segment->is_whole())
        tell(fmt::format("{} {}: is not whole, and was", name, item.media_sequence));
      else if (lower_hex(segment->sha256) != item.sha256)
        tell(fmt::format("{} {}: has other bytes than the manifest says", name,
                         item.media_sequence));
    }
  }
  return wrong;
}

}  // namespace longmen::recording
