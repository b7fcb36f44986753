// What a recording is, apart from its media: whose it is, from when to when it is shown, which
// renditions it has, its chapters, and what was ordered of it. A plain value and its JSON form,
// recording.json in its folder, so that a folder says by itself what is in it. Times are
// milliseconds of the media clock since 1970. What is recorded is whole segments: those that
// overlap [start, end); of them is shown what overlaps `shown`, to which it was trimmed, if it was,
// and from which nothing is lost that is outside. A range that was withdrawn is shown nowhere,
// whether people have ordered so or an emergency cut has. Pure. Bounds: kMaxWithdrawn, kMaxCuts,
// kMaxChapters, kMaxSegments, kMaxVideoRenditions + kMaxSounds tracks.
#pragma once

#include <boost/json/fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/cmaf/track_grid.h"
#include "core/media/identity.h"
#include "core/node/channel.h"

namespace longmen {
class JsonFields;
}

namespace longmen::recording {

inline constexpr size_t kMaxWithdrawn = 64;  // that people order
inline constexpr size_t kMaxCuts = 32;
inline constexpr size_t kMaxChapters = 500;
inline constexpr size_t kMaxIdBytes = 80;
inline constexpr int kFormatVersion = 1;
// Eight days of one second each: more of one recording is not shown, whatever its file says.
inline constexpr int64_t kMaxSegments = int64_t{8} * 24 * 3600;

// Which may be a folder's name: a-z, 0-9 and '-', beginning with neither '-' nor anything else.
bool is_recording_id(std::string_view id);

struct TimeRange {
  int64_t from_ms = 0;
  int64_t to_ms = 0;  // not of it any more
  bool operator==(const TimeRange&) const = default;
};
// Whether both are instants that there are, the second one later.
bool is_range(const TimeRange& range);
boost::json::array ranges_to_json(const std::vector<TimeRange>& ranges);
// What is none is left out.
std::vector<TimeRange> ranges_from_json(const JsonFields& fields, std::string_view name);

// What is none is null, and {0, 0}.
boost::json::value range_to_json(const TimeRange& range);
TimeRange range_from_json(const JsonFields& fields, std::string_view name);

// A place in it by which people find what was said.
struct RecordedChapter {
  std::string id;
  int64_t at_ms = 0;
  std::string title;
  int64_t version = 1;  // grows with each change
  bool operator==(const RecordedChapter&) const = default;
};
boost::json::array chapters_to_json(const std::vector<RecordedChapter>& chapters);
// By their instants; what is none is left out, and what is too much.
std::vector<RecordedChapter> chapters_from_json(const JsonFields& fields, std::string_view name);

struct TrackInfo {
  std::string name;  // of its files, and of its folder in HLS (core/hls/media_name.h)
  RenditionId id;
  int width = 0, height = 0;  // of video
  int kbps = 0;
  std::string label;     // the rung's name, or the language's
  std::string language;  // of sound in one of two: a tag of BCP 47
  bool operator==(const TrackInfo&) const = default;
};

struct RecordingInfo {
  std::string id, channel, session;  // without a session: "always"
  std::string title, series;
  int64_t start_ms = 0;
  int64_t end_ms = 0;  // 0: it goes on
  int frames_per_second = 30;
  int gop_seconds = 1;
  int parts_per_segment = 5;
  std::vector<TrackInfo> tracks;  // as the channel's renditions
  bool keep = false;              // for ever
  std::vector<TimeRange> withdrawn;
  // What emergency cuts took back: withdrawn, too, until somebody has given it back.
  std::vector<TimeRange> cuts;
  std::vector<RecordedChapter> chapters;  // by their instants, also of what is not shown
  TimeRange shown;                        // {0, 0}: all of it, as is what goes on
  int keep_days = 0;                      // as its series says; 0: as the node, -1: for ever
  int64_t kept_from_ms = 0;      // since when it is here, when it came later than its end; or 0
  bool closed_captions = false;  // in its pictures
  std::string source;            // the recording of which it is a clip; or empty
  uint64_t bytes = 0;            // once it has ended
  int64_t hole_ms = 0;           // of which no rendition has anything
  bool operator==(const RecordingInfo&) const = default;

  HlsGrid grid() const;
  cmaf::TrackGrid track_grid(size_t track) const;
  // first_segment(), ... end_segment() - 1 are recorded.
  int64_t first_segment() const;
  int64_t end_segment() const;  // while it goes on, kMaxSegments behind the first
  // first_shown(), ... end_shown() - 1 are shown.
  int64_t first_shown() const;
  int64_t end_shown() const;
  bool is_trimmed() const { return end_ms != 0 && shown != TimeRange{}; }
  bool shows(int64_t media_sequence) const;
  bool is_withdrawn(int64_t media_sequence) const;
  // Null: no such track.
  const TrackInfo* find_track(std::string_view name) const;
  // Whether a cut has taken that back, and what it takes back.
  bool took_back(const TimeRange& cut) const;
  void take_back(const TimeRange& cut);
  // `ordered`: what people order; `given_back`: of the cuts, what may be seen again.
  void set_withdrawn(const std::vector<TimeRange>& ordered,
                     const std::vector<TimeRange>& given_back);
  // Whether what `other` is made of fits into the same files.
  bool same_media(const RecordingInfo& other) const;
};

// What a cut at that instant takes back: what live HLS had then (RenditionWindow::kLength).
TimeRange range_of_cut(MediaTime cut_at);

// What `channel` is made of.
RecordingInfo info_of_channel(const Channel& channel, int parts_per_segment);

std::string to_json(const RecordingInfo& info);
// The words say what is wrong.
Result<RecordingInfo> recording_info_from_json(std::string_view json);

}  // namespace longmen::recording
