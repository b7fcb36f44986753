#include "core/recording/recording_info.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/base/plain_text.h"
#include "core/hls/media_name.h"
#include "core/hls/rendition_window.h"
#include "core/node/json_fields.h"

namespace longmen::recording {
namespace json = boost::json;
namespace {

using std::chrono::milliseconds;

MediaTime at_ms(int64_t ms) {
  return MediaTime(milliseconds(ms));
}

// Also as flicks it fits 64 bits.
bool is_time(int64_t ms) {
  return ms >= 0 && ms < int64_t{1} << 43;
}

Result<void> check(const RecordingInfo& info) {
  if (!is_recording_id(info.id)) return fail("its id is no recording's");
  if (!FrameGrid::supports(info.frames_per_second) ||
      (info.gop_seconds != 1 && info.gop_seconds != 2) || info.parts_per_segment < 1 ||
      info.parts_per_segment > 10)
    return fail("its pictures or segments have no length that there is");
  if (info.tracks.empty() || info.tracks.size() > kMaxVideoRenditions + kMaxSounds)
    return fail("it has too many renditions, or none");
  for (const TrackInfo& track : info.tracks) {
    if (!is_video(track.id) && !is_aac(track.id))
      return fail(fmt::format("its rendition {} is none that is recorded", track.name));
    if (!track.language.empty() &&
        (!is_language_tag(track.language) || !is_language_name(track.label)))
      return fail(fmt::format("the language of its rendition {} is none", track.name));
    if (track.name.empty() || track.name.find('/') != std::string::npos || track.name[0] == '.')
      return fail("a rendition's name is none");
  }
  if (info.withdrawn.size() > kMaxWithdrawn + kMaxCuts || info.cuts.size() > kMaxCuts)
    return fail("too many ranges of it are withdrawn");
  if (!is_time(info.start_ms) || !is_time(info.end_ms)) return fail("its times are none");
  return {};
}

}  // namespace

bool is_range(const TimeRange& range) {
  return is_time(range.from_ms) && is_time(range.to_ms) && range.from_ms < range.to_ms;
}

json::array ranges_to_json(const std::vector<TimeRange>& ranges) {
  json::array list;
  for (const TimeRange& range : ranges)
    list.push_back(json::object{{"from_ms", range.from_ms}, {"to_ms", range.to_ms}});
  return list;
}

std::vector<TimeRange> ranges_from_json(const JsonFields& fields, std::string_view name) {
  std::vector<TimeRange> ranges;
  fields.each(name, [&](const JsonFields& item) {
    TimeRange& range = ranges.emplace_back();
    item.read("from_ms", range.from_ms);
    item.read("to_ms", range.to_ms);
    if (!is_range(range)) ranges.pop_back();
  });
  return ranges;
}

json::value range_to_json(const TimeRange& range) {
  if (!is_range(range)) return nullptr;
  return json::object{{"from_ms", range.from_ms}, {"to_ms", range.to_ms}};
}

TimeRange range_from_json(const JsonFields& fields, std::string_view name) {
  TimeRange range;
  fields.inside(name, [&](const JsonFields& item) {
    item.read("from_ms", range.from_ms);
    item.read("to_ms", range.to_ms);
  });
  return is_range(range) ? range : TimeRange{};
}

json::array chapters_to_json(const std::vector<RecordedChapter>& chapters) {
  json::array list;
  for (const RecordedChapter& chapter : chapters)
    list.push_back(json::object{{"id", chapter.id},
                                {"at_ms", chapter.at_ms},
                                {"title", chapter.title},
                                {"version", chapter.version}});
  return list;
}

std::vector<RecordedChapter> chapters_from_json(const JsonFields& fields, std::string_view name) {
  std::vector<RecordedChapter> chapters;
  fields.each(name, [&](const JsonFields& item) {
    RecordedChapter chapter;
    item.read("id", chapter.id);
    item.read("at_ms", chapter.at_ms);
    item.read("title", chapter.title);
    item.read("version", chapter.version);
    const bool good = is_recording_id(chapter.id) && is_time(chapter.at_ms) &&
                      is_plain_text(chapter.title) && chapter.version > 0;
    if (good && chapters.size() < kMaxChapters) chapters.push_back(std::move(chapter));
  });
  std::ranges::stable_sort(chapters, {}, &RecordedChapter::at_ms);
  return chapters;
}

bool is_recording_id(std::string_view id) {
  return !id.empty() && id.size() <= kMaxIdBytes && id.front() != '-' &&
         std::ranges::all_of(id, [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
         });
}

HlsGrid RecordingInfo::grid() const {
  return HlsGrid(std::chrono::seconds(gop_seconds), parts_per_segment);
}

cmaf::TrackGrid RecordingInfo::track_grid(size_t track) const {
  return is_video(tracks[track].id)
             ? cmaf::TrackGrid::of_video(grid(), FrameGrid(frames_per_second))
             : cmaf::TrackGrid::of_audio(grid());
}

int64_t RecordingInfo::first_segment() const {
  return grid().number_at(at_ms(start_ms)).media_sequence;
}

int64_t RecordingInfo::end_segment() const {
  const int64_t longest = first_segment() + kMaxSegments;
  if (end_ms == 0) return longest;
  const MediaTime last = at_ms(std::max(end_ms, start_ms + 1) - 1);
  return std::min(longest, grid().number_at(last).media_sequence + 1);
}

int64_t RecordingInfo::first_shown() const {
  if (!is_trimmed()) return first_segment();
  return std::max(first_segment(), grid().number_at(at_ms(shown.from_ms)).media_sequence);
}

int64_t RecordingInfo::end_shown() const {
  if (!is_trimmed()) return end_segment();
  return std::min(end_segment(), grid().number_at(at_ms(shown.to_ms - 1)).media_sequence + 1);
}

bool RecordingInfo::shows(int64_t media_sequence) const {
  return media_sequence >= first_shown() && media_sequence < end_shown() &&
         !is_withdrawn(media_sequence);
}

bool RecordingInfo::is_withdrawn(int64_t media_sequence) const {
  if (withdrawn.empty()) return false;
  const HlsGrid of = grid();
  const MediaTime from = of.segment_start(media_sequence);
  const MediaTime to = of.segment_start(media_sequence + 1);
  return std::ranges::any_of(withdrawn, [&](const TimeRange& range) {
    return at_ms(range.from_ms) < to && at_ms(range.to_ms) > from;
  });
}

bool RecordingInfo::took_back(const TimeRange& cut) const {
  return std::ranges::any_of(cuts, [&cut](const TimeRange& each) {
    return each.from_ms <= cut.from_ms && each.to_ms >= cut.to_ms;
  });
}

void RecordingInfo::take_back(const TimeRange& cut) {
  TimeRange taken = cut;
  // Rather too much than what must not be seen.
  if (cuts.size() >= kMaxCuts) {
    const TimeRange last = cuts.back();
    cuts.pop_back();
    std::erase(withdrawn, last);
    taken = {std::min(last.from_ms, cut.from_ms), std::max(last.to_ms, cut.to_ms)};
  }
  cuts.push_back(taken);
  withdrawn.push_back(taken);
}

void RecordingInfo::set_withdrawn(const std::vector<TimeRange>& ordered,
                                  const std::vector<TimeRange>& given_back) {
  withdrawn = ordered;
  withdrawn.resize(std::min(withdrawn.size(), kMaxWithdrawn));
  for (const TimeRange& cut : cuts) {
    const bool is_back = std::ranges::find(given_back, cut) != given_back.end();
    if (!is_back && std::ranges::find(withdrawn, cut) == withdrawn.end()) withdrawn.push_back(cut);
  }
}

const TrackInfo* RecordingInfo::find_track(std::string_view name) const {
  const auto found = std::ranges::find(tracks, name, &TrackInfo::name);
  return found == tracks.end() ? nullptr : &*found;
}

bool RecordingInfo::same_media(const RecordingInfo& other) const {
  return frames_per_second == other.frames_per_second && gop_seconds == other.gop_seconds &&
         parts_per_segment == other.parts_per_segment && tracks == other.tracks;
}

TimeRange range_of_cut(MediaTime cut_at) {
  const auto at = std::chrono::ceil<milliseconds>(cut_at.time_since_epoch());
  const auto window = std::chrono::ceil<milliseconds>(hls::RenditionWindow::kLength);
  return {std::max<int64_t>(0, (at - window).count()), at.count()};
}

RecordingInfo info_of_channel(const Channel& channel, int parts_per_segment) {
  RecordingInfo info;
  info.channel = channel.id;
  info.frames_per_second = channel.frames_per_second;
  info.gop_seconds = channel.gop_seconds;
  info.parts_per_segment = parts_per_segment;
  for (size_t rung = 0; rung < channel.video.size(); ++rung) {
    const VideoRung& of = channel.video[rung];
    const RenditionId id{static_cast<uint8_t>(rung)};
    info.tracks.push_back(
        {hls::rendition_name(id), id, of.width, of.height, of.bitrate_kbps, of.name, {}});
  }
  std::vector<SoundLanguage> languages = languages_on_air(channel.sound);
  if (languages.empty()) languages.push_back({"", "audio"});
  for (size_t sound = 0; sound < languages.size(); ++sound) {
    const RenditionId id = aac_rendition(sound);
    info.tracks.push_back({hls::rendition_name(id), id, 0, 0, channel.aac_kbps,
                           languages[sound].name, languages[sound].tag});
  }
  return info;
}

std::string to_json(const RecordingInfo& info) {
  json::array tracks;
  for (const TrackInfo& track : info.tracks) {
    json::object of{{"name", track.name},     {"id", track.id.value}, {"width", track.width},
                    {"height", track.height}, {"kbps", track.kbps},   {"label", track.label}};
    if (!track.language.empty()) of["language"] = track.language;
    tracks.push_back(std::move(of));
  }
  return json::serialize(json::object{{"format", kFormatVersion},
                                      {"id", info.id},
                                      {"channel", info.channel},
                                      {"session", info.session},
                                      {"title", info.title},
                                      {"series", info.series},
                                      {"start_ms", info.start_ms},
                                      {"end_ms", info.end_ms},
                                      {"frames_per_second", info.frames_per_second},
                                      {"gop_seconds", info.gop_seconds},
                                      {"parts_per_segment", info.parts_per_segment},
                                      {"renditions", tracks},
                                      {"keep", info.keep},
                                      {"withdrawn", ranges_to_json(info.withdrawn)},
                                      {"cuts", ranges_to_json(info.cuts)},
                                      {"chapters", chapters_to_json(info.chapters)},
                                      {"shown", range_to_json(info.shown)},
                                      {"keep_days", info.keep_days},
                                      {"kept_from_ms", info.kept_from_ms},
                                      {"closed_captions", info.closed_captions},
                                      {"source", info.source},
                                      {"bytes", info.bytes},
                                      {"hole_ms", info.hole_ms}});
}

Result<RecordingInfo> recording_info_from_json(std::string_view text) {
  const auto fields = JsonFields::parse(text);
  if (!fields) return tl::unexpected(fields.error());
  int format = 0;
  fields->read("format", format);
  if (format != kFormatVersion)
    return fail(fmt::format("its format is {}, and {} is known", format, kFormatVersion));
  RecordingInfo info;
  fields->read("id", info.id);
  fields->read("channel", info.channel);
  fields->read("session", info.session);
  fields->read("title", info.title);
  fields->read("series", info.series);
  fields->read("start_ms", info.start_ms);
  fields->read("end_ms", info.end_ms);
  fields->read("frames_per_second", info.frames_per_second);
  fields->read("gop_seconds", info.gop_seconds);
  fields->read("parts_per_segment", info.parts_per_segment);
  fields->each("renditions", [&](const JsonFields& item) {
    TrackInfo& track = info.tracks.emplace_back();
    item.read("name", track.name);
    item.read("id", track.id.value);
    item.read("width", track.width);
    item.read("height", track.height);
    item.read("kbps", track.kbps);
    item.read("label", track.label);
    item.read("language", track.language);
  });
  fields->read("keep", info.keep);
  info.withdrawn = ranges_from_json(*fields, "withdrawn");
  info.cuts = ranges_from_json(*fields, "cuts");
  info.chapters = chapters_from_json(*fields, "chapters");
  info.shown = range_from_json(*fields, "shown");
  fields->read("keep_days", info.keep_days);
  fields->read("kept_from_ms", info.kept_from_ms);
  fields->read("closed_captions", info.closed_captions);
  fields->read("source", info.source);
  fields->read("bytes", info.bytes);
  fields->read("hole_ms", info.hole_ms);
  if (auto checked = check(info); !checked) return tl::unexpected(checked.error());
  return info;
}

}  // namespace longmen::recording
