#include "core/recording/caption_track.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include "core/base/language_tag.h"
#include "core/base/plain_text.h"
#include "core/base/sha256.h"
#include "core/node/json_fields.h"
#include "core/recording/cue_time.h"

namespace longmen::recording {
namespace json = boost::json;
namespace {

using captions::Cue;
using std::chrono::milliseconds;

constexpr size_t kCaptionIdDigits = 16;

struct Span {
  milliseconds from, to;
};

// Segments first ... end - 1.
Span span_of(const HlsGrid& grid, int64_t zero_ms, int64_t first, int64_t end) {
  const auto since_zero = [&](int64_t number) {
    const Flicks at = grid.segment_start(number).time_since_epoch();
    return std::chrono::floor<milliseconds>(at) - milliseconds(zero_ms);
  };
  return {since_zero(first), since_zero(end)};
}

MediaTime instant_of(const HlsGrid& grid, const ReplayOutline& outline, Flicks position) {
  const auto index = static_cast<size_t>(position / grid.segment_duration());
  return grid.segment_start(outline.entries()[index].media_sequence) +
         position % grid.segment_duration();
}

std::vector<Span> withdrawn_spans(const RecordingInfo& info, int64_t zero_ms) {
  const HlsGrid grid = info.grid();
  std::vector<Span> withdrawn;
  for (const TimeRange& range : info.withdrawn) {
    const auto number_at = [&grid](int64_t ms) {
      return grid.number_at(MediaTime(milliseconds(ms))).media_sequence;
    };
    withdrawn.push_back(
        span_of(grid, zero_ms, number_at(range.from_ms), number_at(range.to_ms - 1) + 1));
  }
  return withdrawn;
}

bool is_hex(std::string_view text, size_t digits) {
  return text.size() == digits &&
         text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

}  // namespace

Result<void> check_caption_label(std::string_view label) {
  if (label.empty() || label.size() > kMaxCaptionLabelBytes)
    return fail(fmt::format("label: 1 to {} bytes are allowed", kMaxCaptionLabelBytes));
  if (!is_plain_text(label) || label.find('"') != std::string_view::npos || label.front() == ' ' ||
      label.back() == ' ')
    return fail(
        "label: UTF-8 without control characters and quotation marks is allowed, nor a space at "
        "its ends");
  return {};
}

json::object to_json(const CaptionTrack& track) {
  return {{"language", track.language}, {"label", track.label},      {"id", track.id},
          {"zero_ms", track.zero_ms},   {"cues", track.cues},        {"bytes", track.bytes},
          {"sha256", track.sha256},     {"added_ms", track.added_ms}};
}

std::string write_caption_list(const std::vector<CaptionTrack>& tracks) {
  json::array list;
  for (const CaptionTrack& track : tracks)
    list.push_back(to_json(track));
  return json::serialize(json::object{{"captions", std::move(list)}});
}

Result<std::vector<CaptionTrack>> read_caption_list(std::string_view text) {
  const auto fields = JsonFields::parse(text);
  if (!fields) return tl::unexpected(fields.error());
  std::vector<CaptionTrack> tracks;
  std::string wrong;
  fields->each("captions", [&](const JsonFields& item) {
    if (!wrong.empty()) return;
    CaptionTrack track;
    item.read("language", track.language);
    item.read("label", track.label);
    item.read("id", track.id);
    item.read("zero_ms", track.zero_ms);
    item.read("cues", track.cues);
    item.read("bytes", track.bytes);
    item.read("sha256", track.sha256);
    item.read("added_ms", track.added_ms);
    const auto same = [&track](const CaptionTrack& each) {
      return each.language == track.language || each.label == track.label;
    };
    if (language_tag(track.language) != track.language || !check_caption_label(track.label) ||
        !is_hex(track.id, kCaptionIdDigits) || !is_hex(track.sha256, 2 * Sha256Digest{}.size()) ||
        !is_range({track.zero_ms, track.zero_ms + 1}) || track.bytes > captions::kMaxCaptionBytes)
      wrong = "captions that are none";
    else if (std::ranges::any_of(tracks, same))
      wrong = fmt::format("captions in {}, or of that label, are there twice", track.language);
    else if (tracks.size() >= kMaxCaptionTracks)
      wrong = fmt::format("there are captions in more than {} languages", kMaxCaptionTracks);
    else
      tracks.push_back(std::move(track));
  });
  if (!wrong.empty()) return fail(wrong);
  return tracks;
}

Result<WrittenCaptions> write_captions(std::string_view language, std::string_view label,
                                       int64_t zero_ms, const std::vector<Cue>& cues) {
  WrittenCaptions written;
  written.file = captions::write_webvtt(cues);
  // As it is written down; what was given may have been shorter.
  if (written.file.size() > captions::kMaxCaptionBytes)
    return fail(fmt::format("it is larger than {} KiB", captions::kMaxCaptionBytes >> 10));
  const auto again = captions::read_caption_file(as_bytes(written.file));
  if (!again || *again != cues) return fail("it cannot be written down as WebVTT");
  CaptionTrack& track = written.track;
  track.language = language;
  track.label = label;
  track.zero_ms = zero_ms;
  track.cues = static_cast<int>(cues.size());
  track.bytes = written.file.size();
  track.sha256 = sha256_hex(written.file);
  track.id = sha256_hex(fmt::format("{}\n{}\n{}\n{}", language, label, zero_ms, track.sha256))
                 .substr(0, kCaptionIdDigits);
  return written;
}

int64_t caption_zero_ms(const RecordingInfo& info) {
  const MediaTime start = info.grid().segment_start(info.first_segment());
  return std::chrono::floor<milliseconds>(start.time_since_epoch()).count();
}

Result<std::vector<Cue>> cues_of_replay(const RecordingInfo& info, const ReplayOutline& outline,
                                        int64_t zero_ms, const std::vector<Cue>& cues) {
  const HlsGrid grid = info.grid();
  const auto since_zero = [&](Flicks position) {
    const MediaTime instant = instant_of(grid, outline, position);
    return std::chrono::floor<milliseconds>(instant.time_since_epoch()) - milliseconds(zero_ms);
  };
  const auto length = std::chrono::floor<milliseconds>(outline.duration());
  const std::vector<Span> withdrawn = withdrawn_spans(info, zero_ms);
  std::vector<Cue> placed;
  placed.reserve(cues.size());
  for (Cue cue : cues) {
    if (cue.start >= length)
      return fail(
          fmt::format("a cue begins at {}, and the replay ends at {}: are these the "
                      "captions of another one?",
                      cue_time(cue.start), cue_time(length)));
    // The end is behind the last millisecond that it has, and not behind a hole that follows.
    const milliseconds last = std::min(cue.end, length) - milliseconds(1);
    cue.start = since_zero(cue.start);
    cue.end = since_zero(last) + milliseconds(1);
    // What is withdrawn already was not seen by whoever wrote it: it ends at the seam.
    for (const Span& each : withdrawn)
      if (cue.start < each.from) cue.end = std::min(cue.end, each.from);
    placed.push_back(std::move(cue));
  }
  return placed;
}

std::vector<Cue> shown_cues(const RecordingInfo& info, int64_t zero_ms,
                            const std::vector<Cue>& cues) {
  const HlsGrid grid = info.grid();
  const Span shown = span_of(grid, zero_ms, info.first_shown(), info.end_shown());
  const std::vector<Span> withdrawn = withdrawn_spans(info, zero_ms);
  std::vector<Cue> seen;
  for (Cue cue : cues) {
    const bool hidden = std::ranges::any_of(
        withdrawn, [&cue](const Span& each) { return cue.start < each.to && cue.end > each.from; });
    cue.start = std::max(cue.start, shown.from);
    cue.end = std::min(cue.end, shown.to);
    if (!hidden && cue.start < cue.end) seen.push_back(std::move(cue));
  }
  return seen;
}

std::vector<Cue> placed_cues(const RecordingInfo& info, const ReplayOutline& outline,
                             int64_t zero_ms, const std::vector<Cue>& cues) {
  std::vector<Cue> placed;
  for (Cue& cue : shown_cues(info, zero_ms, cues)) {
    const auto position = [&](milliseconds since_zero) {
      return outline.position_of(info, MediaTime(milliseconds(zero_ms) + since_zero));
    };
    const auto start = position(cue.start);
    if (!start) continue;
    const Flicks end = position(cue.end).value_or(outline.duration());
    cue.start = std::chrono::floor<milliseconds>(*start);
    cue.end = std::chrono::floor<milliseconds>(end);
    if (cue.start < cue.end) placed.push_back(std::move(cue));
  }
  return placed;
}

}  // namespace longmen::recording
