#include "core/package/package_head.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "core/base/hex.h"
#include "core/hls/media_name.h"
#include "core/node/json_fields.h"
#include "core/package/tar.h"
#include "core/recording/chapter_track.h"

namespace longmen::package {
namespace json = boost::json;
using recording::Courseware;
using recording::RecordedSegment;
using recording::RecordedTrack;
using recording::RecordingInfo;
namespace {

constexpr int kCaptionsSince = 2;

std::optional<Sha256Digest> digest_in(std::string_view text) {
  Sha256Digest digest{};
  if (text.size() != 2 * digest.size()) return {};
  for (size_t i = 0; i < text.size(); ++i) {
    const int value = hex_digit(text[i]);
    if (value < 0) return {};
    digest[i / 2] = static_cast<uint8_t>(digest[i / 2] << 4 | value);
  }
  if (lower_hex(digest) != text) return {};  // as it is written, and not otherwise
  return digest;
}

// Names of a gateway's own making alone: they are those of files.
bool has_known_tracks(const RecordingInfo& info) {
  for (size_t i = 0; i < info.tracks.size(); ++i) {
    const recording::TrackInfo& track = info.tracks[i];
    if (track.name != hls::rendition_name(track.id)) return false;
    for (size_t other = 0; other < i; ++other)
      if (info.tracks[other].id == track.id) return false;
  }
  return true;
}

// What people of another place wanted of it is nothing here.
bool has_no_orders(const RecordingInfo& info) {
  return !info.keep && info.keep_days == 0 && info.kept_from_ms == 0 &&
         info.shown == recording::TimeRange{} && info.source.empty() && info.withdrawn.empty() &&
         info.cuts.empty();
}

}  // namespace

std::string write_head(const PackageHead& head) {
  json::array captions, courseware, partial;
  for (const recording::CaptionTrack& track : head.captions)
    captions.push_back(recording::to_json(track));
  for (const Courseware& file : head.courseware)
    courseware.push_back(recording::to_json(file));
  for (const auto& [which, digest] : head.partial)
    partial.push_back(json::object{{"rendition", head.info.tracks[which.first].name},
                                   {"number", which.second},
                                   {"sha256", lower_hex(digest)}});
  json::object object{{"format", std::string(kPackageFormat)},
                      {"version", captions.empty() ? 1 : kCaptionsSince},
                      {"recording", json::parse(recording::to_json(head.info))},
                      {"talk", head.talk},
                      {"courseware", std::move(courseware)},
                      {"partial", std::move(partial)}};
  if (!captions.empty()) object["captions"] = std::move(captions);
  return json::serialize(object);
}

Result<PackageHead> read_head(std::string_view text) {
  const auto fields = JsonFields::parse(text);
  if (!fields) return fail("package.json: " + fields.error().message);
  std::string format;
  int version = 0;
  fields->read("format", format);
  fields->read("version", version);
  if (format != kPackageFormat) return fail("package.json: it is no package of a recording");
  if (version < 1 || version > kPackageVersion)
    return fail(
        fmt::format("package.json: the package is of version {}, and {} is known; a newer "
                    "Longmen reads it",
                    version, kPackageVersion));
  PackageHead head;
  const json::value* info = fields->object().if_contains("recording");
  auto read = recording::recording_info_from_json(info ? json::serialize(*info) : "");
  if (!read) return fail("package.json: recording: " + read.error().message);
  head.info = std::move(*read);
  if (head.info.end_ms <= head.info.start_ms) return fail("package.json: recording: it has no end");
  if (head.info.end_segment() - head.info.first_segment() >= recording::kMaxSegments)
    return fail("package.json: recording: it is longer than any");
  if (!has_no_orders(head.info))
    return fail("package.json: recording: it has orders, which are every node's own");
  if (!has_known_tracks(head.info)) return fail("package.json: recording: its renditions are none");
  if (const json::value* talk = fields->object().if_contains("talk"); talk && talk->is_object())
    head.talk = talk->as_object();
  auto captions = recording::read_caption_list(version < kCaptionsSince ? "{}" : text);
  if (!captions) return fail("package.json: captions: " + captions.error().message);
  head.captions = std::move(*captions);
  auto courseware = recording::read_courseware(text);
  if (!courseware) return fail("package.json: courseware: " + courseware.error().message);
  head.courseware = std::move(*courseware);
  for (const Courseware& file : head.courseware)
    if (file.bytes > kMaxTarFileBytes)
      return fail(fmt::format("package.json: courseware: {} is larger than any", file.id));
  bool whole = true;
  fields->each("partial", [&](const JsonFields& item) {
    std::string name, sha256;
    int64_t number = -1;
    item.read("rendition", name);
    item.read("number", number);
    item.read("sha256", sha256);
    const recording::TrackInfo* track = head.info.find_track(name);
    const auto digest = digest_in(sha256);
    whole = whole && track && digest && number >= 0;
    if (!whole) return;
    const auto index = static_cast<size_t>(track - head.info.tracks.data());
    whole = head.partial.emplace(std::pair{index, number}, *digest).second;
  });
  if (!whole) return fail("package.json: partial: a segment is none, or there twice");
  return head;
}

RecordingInfo exported_info(const RecordingInfo& info) {
  RecordingInfo out = info;
  out.chapters = recording::shown_chapters(info);
  if (info.is_trimmed()) {
    out.start_ms = std::max(info.start_ms, info.shown.from_ms);
    out.end_ms = std::min(info.end_ms, info.shown.to_ms);
  }
  out.keep = false;
  out.keep_days = 0;
  out.shown = {};
  out.kept_from_ms = 0;
  out.source.clear();
  out.withdrawn.clear();
  out.cuts.clear();
  out.bytes = 0;
  return out;
}

RecordedTrack exported_track(const RecordingInfo& info, const RecordedTrack& track) {
  RecordedTrack out(track.rendition(), track.parts_per_segment());
  for (const auto& [number, segment] : track.segments()) {
    if (!info.shows(number) || segment.bytes() == 0) continue;
    RecordedSegment copy = segment;
    uint64_t offset = 0;
    for (recording::RecordedPart& part : copy.parts) {
      part.offset = part.bytes > 0 ? offset : 0;
      offset += part.bytes;
    }
    out.put(std::move(copy));
  }
  return out;
}

std::string segment_path(std::string_view track, int64_t number) {
  return fmt::format("{}/{}.m4s", track, number);
}

std::string captions_path(std::string_view language) {
  return fmt::format("captions/{}.vtt", language);
}

std::string courseware_path(std::string_view id) {
  return fmt::format("courseware/{}", id);
}

}  // namespace longmen::package
