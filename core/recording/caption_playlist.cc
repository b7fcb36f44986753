#include "core/recording/caption_playlist.h"

#include <fmt/format.h>

#include <charconv>
#include <iterator>

#include "core/hls/media_playlist.h"
#include "core/recording/cue_time.h"

namespace longmen::recording {
namespace {

constexpr uint64_t kMpegTimestamps = uint64_t{1} << 33;

// Entries of the outline: first, ... end - 1.
struct CaptionSegment {
  size_t first = 0, end = 0;
};

std::vector<CaptionSegment> caption_segments(const RecordingInfo& info,
                                             const ReplayOutline& outline) {
  const auto most = static_cast<size_t>(kCaptionSegmentSeconds / info.gop_seconds);
  std::vector<CaptionSegment> segments;
  for (size_t i = 0; i < outline.entries().size(); ++i) {
    const bool begins = segments.empty() || outline.entries()[i].discontinuity ||
                        segments.back().end - segments.back().first == most;
    if (begins) segments.push_back({i, i});
    segments.back().end = i + 1;
  }
  return segments;
}

}  // namespace

std::string write_caption_playlist(const RecordingInfo& info, const ReplayOutline& outline) {
  const HlsGrid grid = info.grid();
  std::string text = fmt::format(
      "#EXTM3U\n#EXT-X-VERSION:{}\n#EXT-X-TARGETDURATION:{}\n#EXT-X-PLAYLIST-TYPE:VOD\n"
      "#EXT-X-MEDIA-SEQUENCE:0\n",
      hls::kPlaylistVersion, kCaptionSegmentSeconds);
  auto out = std::back_inserter(text);
  size_t number = 0;
  for (const CaptionSegment& segment : caption_segments(info, outline)) {
    const OutlineEntry& entry = outline.entries()[segment.first];
    if (entry.discontinuity) text += "#EXT-X-DISCONTINUITY\n";
    const auto count = static_cast<int64_t>(segment.end - segment.first);
    fmt::format_to(out, "#EXT-X-PROGRAM-DATE-TIME:{}\n#EXTINF:{},\n{}.vtt\n",
                   hls::program_date_time(grid.segment_start(entry.media_sequence)),
                   hls::decimal_seconds(count * grid.segment_duration()), number++);
  }
  text += "#EXT-X-ENDLIST\n";
  return text;
}

std::optional<size_t> caption_segment_number(std::string_view name) {
  size_t number = 0;
  const auto [end, wrong] = std::from_chars(name.data(), name.data() + name.size(), number);
  if (wrong != std::errc() || name != fmt::format("{}.vtt", number)) return {};
  return number;
}

std::optional<std::string> write_caption_segment(const RecordingInfo& info,
                                                 const ReplayOutline& outline, size_t number,
                                                 const std::vector<captions::Cue>& cues) {
  const auto segments = caption_segments(info, outline);
  if (number >= segments.size()) return {};
  const HlsGrid grid = info.grid();
  const auto position = [&grid](size_t entry) {
    return static_cast<int64_t>(entry) * grid.segment_duration();
  };
  const Flicks from = position(segments[number].first), to = position(segments[number].end);
  const int64_t sequence = outline.entries()[segments[number].first].media_sequence;
  const auto ticks =
      static_cast<uint64_t>(sequence * info.gop_seconds) * uint64_t{cmaf::kVideoTimescale};
  std::string text = fmt::format("WEBVTT\nX-TIMESTAMP-MAP=LOCAL:{},MPEGTS:{}\n", cue_time(from),
                                 ticks % kMpegTimestamps);
  for (const captions::Cue& cue : cues)
    if (cue.start < to && cue.end > from) captions::append_cue(text, cue);
  return text;
}

}  // namespace longmen::recording
