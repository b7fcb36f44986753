#include "core/recording/chapter_track.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <iterator>

#include "core/recording/cue_time.h"

namespace longmen::recording {
namespace json = boost::json;
namespace {

using std::chrono::milliseconds;

double seconds_of(Flicks at) {
  return static_cast<double>(std::chrono::floor<milliseconds>(at).count()) / 1000;
}

// In cue text '&' and '<' begin something (§1.1); "-->" cannot stand in it.
std::string cue_text(const std::string& title) {
  std::string text;
  for (const char c : title) {
    if (c == '&')
      text += "&amp;";
    else if (c == '<')
      text += "&lt;";
    else if (c == '>')
      text += "&gt;";
    else
      text += c;
  }
  return text;
}

}  // namespace

std::vector<RecordedChapter> shown_chapters(const RecordingInfo& info) {
  std::vector<RecordedChapter> shown;
  const HlsGrid grid = info.grid();
  for (RecordedChapter chapter : info.chapters) {
    if (chapter.at_ms < info.start_ms - kChapterSlackMs) continue;
    chapter.at_ms = std::max(chapter.at_ms, info.start_ms);
    const MediaTime at{milliseconds(chapter.at_ms)};
    if (info.shows(grid.number_at(at).media_sequence)) shown.push_back(std::move(chapter));
  }
  return shown;
}

hls::DateRange date_range_of(const RecordedChapter& chapter) {
  return {fmt::format("{}-{}", chapter.id, chapter.version), MediaTime(milliseconds(chapter.at_ms)),
          chapter.title};
}

std::vector<PlacedChapter> place_chapters(const RecordingInfo& info, const ReplayOutline& outline) {
  std::vector<PlacedChapter> placed;
  for (RecordedChapter& chapter : shown_chapters(info)) {
    const auto start = outline.position_of(info, MediaTime(milliseconds(chapter.at_ms)));
    if (!start) continue;
    if (!placed.empty()) placed.back().end = *start;
    if (!placed.empty() && placed.back().start == *start) placed.pop_back();
    placed.push_back({*start, outline.duration(), std::move(chapter)});
  }
  return placed;
}

std::string write_chapter_track(const std::vector<PlacedChapter>& chapters) {
  std::string text = "WEBVTT\n";
  for (const PlacedChapter& each : chapters)
    fmt::format_to(std::back_inserter(text), "\n{}\n{} --> {}\n{}\n", each.chapter.id,
                   cue_time(each.start), cue_time(each.end), cue_text(each.chapter.title));
  return text;
}

std::string write_chapter_json(const std::vector<PlacedChapter>& chapters) {
  json::array list;
  for (const PlacedChapter& each : chapters) {
    list.push_back(json::object{
        {"chapter", list.size() + 1},
        {"start-time", seconds_of(each.start)},
        {"duration", seconds_of(each.end - each.start)},
        {"titles", json::array{json::object{{"language", "und"}, {"title", each.chapter.title}}}}});
  }
  return json::serialize(list);
}

}  // namespace longmen::recording
