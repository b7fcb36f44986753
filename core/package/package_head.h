// A recording's package: one file with which schools exchange recordings. A tar
// (core/package/tar.h) of, in this order,
//   package.json          format and version, the recording (as recording.json), what is said of it
//                         (talk), its captions and courseware, and SHA-256 of segments that are
//                         not whole
//   manifest.json         SHA-256 of every whole segment (core/recording/manifest.h)
//   init-HASH.mp4         init segments, by their names in HLS
//   TRACK.index           records of a rendition's segments (core/recording/recorded_segment.h);
//                         offsets are those in the segment
//   TRACK/NUMBER.m4s      each segment's bytes, as they were sent live: sha256sum says what the
//                         manifest says, and init segment and segments behind each other play
//   captions/LANGUAGE.vtt captions (core/recording/caption_track.h), of what is shown
//   courseware/ID         what is attached
// What is not shown, trimmed off or withdrawn, is in none of them, nor are chapters of it.
// One with captions is of version 2, which who knows version 1 alone refuses by its number.
// This file: what is in package.json, and which of a recording leaves. Pure. Bounds:
// kMaxHeadBytes, kMaxPackageTextBytes.
#pragma once

#include <boost/json/object.hpp>
#include <map>
#include <utility>

#include "core/recording/caption_track.h"
#include "core/recording/courseware.h"
#include "core/recording/recorded_track.h"
#include "core/recording/recording_info.h"

namespace longmen::package {

inline constexpr std::string_view kPackageFormat = "longmen-package";
inline constexpr int kPackageVersion = 2;  // the newest that is known
inline constexpr size_t kMaxHeadBytes = 1 << 20;
inline constexpr size_t kMaxPackageTextBytes = 64 << 20;  // a manifest, an index
inline constexpr uint64_t kMaxSegmentBytes = 64 << 20;

// By track's index and number: of segments of which a part is missing.
using PartialDigests = std::map<std::pair<size_t, int64_t>, Sha256Digest>;

struct PackageHead {
  recording::RecordingInfo info;
  boost::json::object talk;
  std::vector<recording::CaptionTrack> captions;
  std::vector<recording::Courseware> courseware;
  PartialDigests partial;
};
std::string write_head(const PackageHead& head);
Result<PackageHead> read_head(std::string_view json);

// The recording as a package has it: what is shown, and nothing that was ordered of it.
recording::RecordingInfo exported_info(const recording::RecordingInfo& info);
// The segments of it that leave; offsets are those in the segment.
recording::RecordedTrack exported_track(const recording::RecordingInfo& info,
                                        const recording::RecordedTrack& track);

std::string segment_path(std::string_view track, int64_t number);
std::string captions_path(std::string_view language);
std::string courseware_path(std::string_view id);

}  // namespace longmen::package
