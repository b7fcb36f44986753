#include "core/hls/multivariant_playlist.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "core/hls/media_playlist.h"
#include "core/time/audio_grid.h"

namespace longmen::hls {
namespace {

constexpr int64_t kChunkBytes = 128;  // core/cmaf/chunk.h, without its samples
constexpr int64_t kSampleBytes = 12;  // of trun
constexpr int64_t kLengthBytes = 8;   // AVCC lengths of a picture's slices
constexpr int64_t kVbvMs = 300;       // streamer/video_ladder.cc
constexpr int64_t kSoundPeakPercent =
    140;  // of its rate within a second: a reservoir, and rounding

constexpr std::string_view kSoundGroup = "sound";
constexpr std::string_view kSubtitleGroup = "captions";

int64_t overhead(int64_t frames_per_second, int64_t bytes_a_frame, const HlsGrid& grid) {
  const int64_t parts = Flicks(std::chrono::seconds(1)) / grid.part_duration();
  return 8 * (parts * kChunkBytes + frames_per_second * bytes_a_frame);
}

// What was counted counts, an average no more than the peak.
Bandwidth bandwidth_of(Bandwidth promised, Bandwidth counted) {
  const int64_t peak = counted.peak > 0 ? counted.peak : promised.peak;
  const int64_t average = counted.average > 0 ? counted.average : promised.average;
  return {peak, std::min(average, peak)};
}

}  // namespace

Bandwidth video_bandwidth(int bitrate_kbps, int frames_per_second, const HlsGrid& grid) {
  const int64_t rate = int64_t{bitrate_kbps} * 1000;
  const int64_t boxes = overhead(frames_per_second, kSampleBytes + kLengthBytes, grid);
  const int64_t segment_ms = grid.segment_duration() / Flicks(std::chrono::milliseconds(1));
  return {rate + rate * kVbvMs / segment_ms + boxes, rate + boxes};
}

Bandwidth sound_bandwidth(int bitrate_kbps, const HlsGrid& grid) {
  const int64_t rate = int64_t{bitrate_kbps} * 1000;
  const int64_t frames = 48'000 / kAacGrid.samples_per_frame() + 1;
  const int64_t boxes = overhead(frames, kSampleBytes, grid);
  return {rate * kSoundPeakPercent / 100 + boxes, rate + boxes};
}

std::string write_multivariant_playlist(const std::vector<VideoVariant>& variants,
                                        const std::vector<SoundRendition>& sounds,
                                        const HlsGrid& grid, const MultivariantOptions& options) {
  const SoundRendition& sound = sounds.front();
  std::string text =
      fmt::format("#EXTM3U\n#EXT-X-VERSION:{}\n#EXT-X-INDEPENDENT-SEGMENTS\n", kPlaylistVersion);
  for (const SoundRendition& each : sounds) {
    text += fmt::format(
        "#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"{}\",{}NAME=\"{}\",DEFAULT={},AUTOSELECT=YES,"
        "CHANNELS=\"2\",URI=\"{}\"\n",
        kSoundGroup,
        each.language.empty() ? std::string() : fmt::format("LANGUAGE=\"{}\",", each.language),
        each.name.empty() ? kSoundGroup : std::string_view(each.name),
        &each == &sound ? "YES" : "NO", each.uri);
  }
  if (options.start_s)
    text += fmt::format("#EXT-X-START:TIME-OFFSET={:.3f},PRECISE=YES\n", *options.start_s);
  if (!options.chapters_uri.empty())
    text += fmt::format("#EXT-X-SESSION-DATA:DATA-ID=\"com.apple.hls.chapters\",URI=\"{}\"\n",
                        options.chapters_uri);
  for (const SubtitleRendition& each : options.subtitles)
    text += fmt::format(
        "#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID=\"{}\",NAME=\"{}\",LANGUAGE=\"{}\",DEFAULT=NO,"
        "AUTOSELECT=YES,FORCED=NO,URI=\"{}\"\n",
        kSubtitleGroup, each.name, each.language, each.uri);
  if (options.closed_captions)
    text +=
        "#EXT-X-MEDIA:TYPE=CLOSED-CAPTIONS,GROUP-ID=\"cc\",NAME=\"CC1\",DEFAULT=NO,"
        "AUTOSELECT=YES,INSTREAM-ID=\"CC1\"\n";
  // NONE is of every variant or of none, sound alone not excepted (§4.4.6.2).
  const std::string_view none = options.closed_captions ? "" : ",CLOSED-CAPTIONS=NONE";
  const std::string_view with_closed_captions =
      options.closed_captions ? ",CLOSED-CAPTIONS=\"cc\"" : none;
  const std::string with_subtitles =
      options.subtitles.empty() ? "" : fmt::format(",SUBTITLES=\"{}\"", kSubtitleGroup);
  const Bandwidth of_sound = bandwidth_of(sound_bandwidth(sound.bitrate_kbps, grid), sound.counted);
  auto out = std::back_inserter(text);
  for (const VideoVariant& variant : variants) {
    const Bandwidth of_video = bandwidth_of(
        video_bandwidth(variant.bitrate_kbps, variant.frames_per_second, grid), variant.counted);
    fmt::format_to(out,
                   "#EXT-X-STREAM-INF:BANDWIDTH={},AVERAGE-BANDWIDTH={},CODECS=\"{},{}\","
                   "RESOLUTION={}x{},FRAME-RATE={}.000,VIDEO-RANGE=SDR,AUDIO=\"{}\"{}{}\n{}\n",
                   of_video.peak + of_sound.peak, of_video.average + of_sound.average,
                   variant.codec, sound.codec, variant.width, variant.height,
                   variant.frames_per_second, kSoundGroup, with_closed_captions, with_subtitles,
                   variant.uri);
  }
  if (options.sound_alone)
    fmt::format_to(
        out,
        "#EXT-X-STREAM-INF:BANDWIDTH={},AVERAGE-BANDWIDTH={},CODECS=\"{}\",AUDIO=\"{}\"{}{}\n{}\n",
        of_sound.peak, of_sound.average, sound.codec, kSoundGroup, none, with_subtitles, sound.uri);
  return text;
}

}  // namespace longmen::hls
