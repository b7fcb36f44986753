#include "gateway/replay.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <numeric>

#include "core/base/hex.h"
#include "core/base/sha256_stream.h"
#include "core/cmaf/chunk_reader.h"
#include "core/hls/multivariant_playlist.h"
#include "core/hls/time_link.h"
#include "core/recording/manifest.h"
#include "core/recording/recording_state.h"
#include "gateway/attachment.h"
#include "gateway/range_answer.h"
#include "gateway/recorded_media.h"
#include "gateway/rewind.h"

namespace longmen {
namespace asio = boost::asio;
namespace {

using namespace std::chrono_literals;
using recording::ProgressiveMp4;
using recording::RecordingInfo;

constexpr auto kWaitForOther = 30s;
constexpr size_t kBytesBesideText = 1024;  // of what is kept of one
constexpr const char* kManifest = "manifest.json";
constexpr const char* kChapterTrack = "chapters.vtt";
constexpr const char* kChapterJson = "chapters.json";

// The newest init segment of a rendition's shown segments.
std::optional<uint64_t> init_of(const Recording& recording, size_t track) {
  const auto& segments = recording.media->tracks[track].segments();
  for (auto entry = segments.rbegin(); entry != segments.rend(); ++entry)
    if (recording.info.shows(entry->first)) return entry->second.init;
  return {};
}

std::string codec_of(const Recording& recording, size_t track) {
  const auto init = init_of(recording, track);
  if (!init) return {};
  const auto bytes = recording.media->inits.find(*init);
  if (bytes == recording.media->inits.end()) return {};
  const auto codec = cmaf::read_codec(*bytes->second);
  return codec.value_or("");
}

// Of what is there of it; while it goes on nobody knows its peak.
hls::Bandwidth bandwidth_of(const Recording& recording, const recording::RecordedTrack& track) {
  const auto seconds = static_cast<uint64_t>(recording.info.gop_seconds);
  const auto bits_a_second = [seconds](uint64_t bytes, uint64_t segments) {
    return segments == 0 ? 0 : static_cast<int64_t>(8 * bytes / (seconds * segments));
  };
  const bool goes_on = recording.info.end_ms == 0;
  return {goes_on ? 0 : bits_a_second(track.largest_segment_bytes(), 1),
          bits_a_second(track.bytes(), track.segments().size())};
}

std::optional<std::string> write_multivariant(const Recording& recording,
                                              hls::MultivariantOptions options) {
  const RecordingInfo& info = recording.info;
  std::vector<hls::VideoVariant> variants;
  std::vector<hls::SoundRendition> sounds;
  for (size_t i = 0; i < info.tracks.size(); ++i) {
    const recording::TrackInfo& track = info.tracks[i];
    const std::string codec = codec_of(recording, i);
    const std::string uri = track.name + "/index.m3u8";
    if (codec.empty()) continue;
    const hls::Bandwidth counted = bandwidth_of(recording, recording.media->tracks[i]);
    if (is_video(track.id))
      variants.push_back(
          {uri, track.width, track.height, info.frames_per_second, track.kbps, codec, counted});
    else
      sounds.push_back({uri, track.kbps, codec, track.language,
                        track.language.empty() ? std::string() : track.label, counted});
  }
  if (variants.empty() || sounds.empty()) return {};
  if (!recording::shown_chapters(info).empty()) options.chapters_uri = kChapterJson;
  for (const recording::CaptionTrack& track : recording.captions)
    if (info.end_ms != 0)
      options.subtitles.push_back(
          {"captions/" + track.language + "/index.m3u8", track.language, track.label});
  options.closed_captions = info.closed_captions;
  return hls::write_multivariant_playlist(variants, sounds, info.grid(), options);
}

Result<ProgressiveMp4> lay_out_mp4(const Replay::Snapshot& of, const std::vector<size_t>& wanted) {
  std::vector<std::pair<size_t, const recording::RecordedTrack*>> tracks;
  tracks.reserve(wanted.size());
  for (const size_t track : wanted)
    tracks.emplace_back(track, &of.media->tracks[track]);
  const Replay::OutlinePtr outline = of.outline();
  auto mp4 = recording::ProgressiveMp4Layout(of.info, *outline).lay_out(tracks, of.media->inits);
  if (!mp4) return fail(std::string(drop_reason_name(mp4.error())));
  return std::move(*mp4);
}

std::string manifest_of(const RecordingInfo& info, const RecordingMedia& media) {
  recording::InitDigests inits;
  for (const auto& [number, bytes] : media.inits) {
    inits[recording::init_name_of(number)] = sha256_digest(*bytes);
  }
  return recording::write_manifest(info, media.tracks, inits);
}

size_t bytes_of(const PlaylistText& text) {
  return text.plain->size() + text.gzip->size();
}

std::optional<double> start_of(const RecordingInfo& info, const recording::ReplayOutline& outline,
                               MediaTime at) {
  const auto position = outline.position_of(info, at);
  if (!position) return {};
  return static_cast<double>(std::chrono::floor<std::chrono::milliseconds>(*position).count()) /
         1000;
}

// What a download is asked for.
struct WantedTracks {
  std::string_view rendition;  // by its name in addresses, or the rung's; empty: the best one
  std::string_view language;   // by its tag; empty: all that there are, of sound alone the first
};

// None: there is no such thing.
std::vector<size_t> tracks_of(const RecordingInfo& info, const WantedTracks& wanted) {
  std::vector<size_t> tracks, sounds;
  std::vector<SoundLanguage> languages;
  for (size_t i = 0; i < info.tracks.size(); ++i) {
    const recording::TrackInfo& track = info.tracks[i];
    const bool asked = wanted.rendition.empty()
                           ? i == 0
                           : track.name == wanted.rendition || track.label == wanted.rendition;
    if (asked && tracks.empty()) tracks.push_back(i);
    if (is_video(track.id)) continue;
    sounds.push_back(i);
    languages.push_back({track.language, track.label});
  }
  if (!wanted.language.empty()) {
    const auto found = find_language(languages, wanted.language);
    if (!found) return {};
    sounds = {sounds[*found]};
  }
  if (tracks.empty()) return tracks;
  const bool video = is_video(info.tracks[tracks.front()].id);
  if (!video) return wanted.language.empty() ? tracks : sounds;
  tracks.insert(tracks.end(), sounds.begin(), sounds.end());
  return tracks;
}

}  // namespace

HttpResponse Replay::answer_of(const HttpRequest& request, const PlaylistText& text,
                               std::string_view type) {
  if (!text.plain) return http_problem_for_now(503, "the disk does not keep up", 2);
  return text_response(request, text, {"no-cache", type});
}

std::string Replay::channel_of(const HttpRequest& request) const {
  const RecordingPtr recording = recordings_.find(request.parameters[0]);
  return recording ? recording->info.channel : std::string();
}

void Replay::set_channels(const std::vector<Channel>& channels) {
  channels_.clear();
  for (const Channel& channel : channels)
    channels_.insert(channel.id);
}

void Replay::add_routes(HttpRouter& router, WatchGate& gate) {
  const WatchGate::ChannelOf channel = [this](const HttpRequest& r) { return channel_of(r); };
  const auto add = [&](std::string pattern, Answer (Replay::*handler)(HttpRequest),
                       HttpAtOnce at_once = nullptr) {
    router.add(
        {std::move(pattern), "GET",
         gate.guard([this, handler](HttpRequest r) { return (this->*handler)(std::move(r)); },
                    channel),
         0, false, std::move(at_once)});
  };
  add("/replay/{recording}/index.m3u8", &Replay::multivariant_playlist);
  add("/replay/{recording}/download.mp4", &Replay::download);
  add("/replay/{recording}/manifest.json", &Replay::manifest);
  add("/replay/{recording}/chapters.vtt", &Replay::chapter_track);
  add("/replay/{recording}/chapters.json", &Replay::chapter_json);
  add("/replay/{recording}/state.json", &Replay::state);
  add("/replay/{recording}/{rendition}/index.m3u8", &Replay::media_playlist);
  add("/replay/{recording}/{rendition}/*", &Replay::media,
      gate.guard_at_once([this](HttpRequest& r) { return media_at_once(r); }, channel));
}

Replay::RecordingPtr Replay::find_shown(std::string_view id, HttpResponse& problem) const {
  RecordingPtr recording = recordings_.find(id);
  if (!recording || recording->removed) {
    problem = recordings_.is_listed()
                  ? http_problem(404, "there is no such recording")
                  : http_problem_for_now(503, "recordings are being looked for", 1);
    return nullptr;
  }
  if (!channels_.contains(recording->info.channel)) {
    problem = http_problem(403, "its channel is gone, and so is whoever may watch it");
    return nullptr;
  }
  return recording;
}

asio::awaitable<Replay::RecordingPtr> Replay::find(const HttpRequest& request,
                                                   HttpResponse& problem) {
  RecordingPtr recording = find_shown(request.parameters[0], problem);
  if (!recording) co_return nullptr;
  const Result<void> loaded = co_await recordings_.load(recording);
  if (!loaded) {
    spdlog::log(recording->writing ? spdlog::level::debug : spdlog::level::warn,
                "recording={} cannot be played: {}", recording->info.id, loaded.error().message);
    problem = http_problem_for_now(503, "the recording cannot be read just now", 2);
    co_return nullptr;
  }
  co_return recording;
}

Replay::Answer Replay::multivariant_playlist(HttpRequest request) {
  HttpResponse response;
  const RecordingPtr recording = co_await find(request, response);
  if (!recording) co_return response;
  hls::MultivariantOptions options;
  const auto start = start_asked(request);
  if (!start) co_return http_problem(start.error());
  options.start_s = *start;
  options.sound_alone = goes_down_to_sound(request);
  if (const std::string_view text = request.target.query_value("at"); !text.empty()) {
    const auto at = hls::read_instant(text);
    if (!at) co_return http_problem(400, "at is no instant in milliseconds since 1970");
    const OutlinePtr outline = co_await outline_of(recording);
    if (!outline || !recording->media)
      co_return http_problem_for_now(503, "the recording cannot be read just now", 2);
    options.start_s = start_of(recording->info, *outline, *at);
  }
  auto text = write_multivariant(*recording, options);
  if (!text) co_return http_problem(404, "nothing was recorded");
  co_return text_response(request, *text, {.cache_control = "no-cache", .by_player = true});
}

Replay::Answer Replay::media_playlist(HttpRequest request) {
  HttpResponse response;
  const RecordingPtr recording = co_await find(request, response);
  if (!recording) co_return response;
  const recording::TrackInfo* track = recording->info.find_track(request.parameters[1]);
  if (!track) co_return http_problem(404, "the recording has no such rendition");
  const auto index = static_cast<size_t>(track - recording->info.tracks.data());
  const WriteText write = [index](const Snapshot& of) {
    return recording::write_replay_playlist(of.info, *of.outline(), index, of.media->tracks[index]);
  };
  const MakeText make = [this, index, write](const RecordingPtr& of) {
    return of->writing ? grown_playlist(of, index) : written(of, write);
  };
  const std::string what = track->name;
  const PlaylistText text = co_await kept_text(recording, what, make);
  co_return answer_of(request, text, kPlaylistType);
}

Replay::Answer Replay::media(HttpRequest request) {
  HttpResponse response;
  const RecordingPtr recording = co_await find(request, response);
  if (!recording) co_return response;
  auto found = find_media(*recording, request);
  if (!found)
    co_return http_problem(
        404, "the recording has nothing of that name, a hole there, or it was withdrawn");
  if (recording->dropped) co_return co_await begun(request, std::move(*found));
  co_return std::move(*found);
}

std::optional<HttpResponse> Replay::media_at_once(const HttpRequest& request) {
  HttpResponse problem;
  const RecordingPtr recording = find_shown(request.parameters[0], problem);
  if (!recording || recording->dropped || !recordings_.use(*recording)) return {};
  return find_media(*recording, request);
}

std::optional<HttpResponse> Replay::find_media(const Recording& recording,
                                               const HttpRequest& request) const {
  const recording::TrackInfo* track = recording.info.find_track(request.parameters[1]);
  const auto name = hls::read_media_name(request.parameters[2]);
  if (!track || !name) return {};
  return recorded_media(recording, static_cast<size_t>(track - recording.info.tracks.data()), *name,
                        disk_);
}

Replay::Answer Replay::manifest(HttpRequest request) {
  HttpResponse response;
  const RecordingPtr recording = co_await find(request, response);
  if (!recording) co_return response;
  if (recording->info.end_ms == 0)
    co_return http_problem(409, "it goes on; it has a manifest when it has ended");
  const WriteText write = [](const Snapshot& of) { return manifest_of(of.info, *of.media); };
  const std::string what = kManifest;
  const PlaylistText text = co_await text_of(recording, what, write);
  co_return answer_of(request, text, "application/json");
}

Replay::Answer Replay::chapter_track(HttpRequest request) {
  HttpResponse response;
  const RecordingPtr recording = co_await find(request, response);
  if (!recording) co_return response;
  const WriteText write = [](const Snapshot& of) {
    return recording::write_chapter_track(placed_chapters(of));
  };
  const std::string what = kChapterTrack;
  const PlaylistText text = co_await text_of(recording, what, write);
  co_return answer_of(request, text, "text/vtt; charset=utf-8");
}

Replay::Answer Replay::chapter_json(HttpRequest request) {
  HttpResponse response;
  const RecordingPtr recording = co_await find(request, response);
  if (!recording) co_return response;
  const WriteText write = [](const Snapshot& of) {
    return recording::write_chapter_json(placed_chapters(of));
  };
  const std::string what = kChapterJson;
  const PlaylistText text = co_await text_of(recording, what, write);
  co_return answer_of(request, text, "application/json");
}

Replay::Answer Replay::state(HttpRequest request) {
  HttpResponse response;
  const RecordingPtr recording = find_shown(request.parameters[0], response);
  if (!recording) co_return response;
  response.fields.set("Content-Type", "application/json");
  response.fields.set("Cache-Control", "no-store");
  response.content = recording::to_json(recording::state_of(recording->info));
  co_return response;
}

std::vector<recording::PlacedChapter> Replay::placed_chapters(const Snapshot& of) {
  return recording::place_chapters(of.info, *of.outline());
}

Replay::Answer Replay::download(HttpRequest request) {
  HttpResponse response;
  const RecordingPtr recording = co_await find(request, response);
  if (!recording) co_return response;
  if (recording->info.end_ms == 0)
    co_return http_problem(409, "it goes on; it can be downloaded when it has ended");
  const std::vector<size_t> tracks =
      tracks_of(recording->info,
                {request.target.query_value("rendition"), request.target.query_value("audio")});
  if (tracks.empty())
    co_return http_problem(404, "the recording has no such rendition, or not in that language");
  const DownloadPtr found = co_await lay_out(recording, tracks);
  if (!found) co_return http_problem(404, "nothing was recorded");
  response = send(request, recording, *found);
  if (recording->dropped) co_return co_await begun(request, std::move(response));
  co_return response;
}

Replay::Answer Replay::begun(const HttpRequest& request, HttpResponse response) {
  const auto body = std::dynamic_pointer_cast<FileBody>(response.stream);
  if (!body || request.method == "HEAD") co_return response;
  const auto begun = co_await body->begin();
  if (begun) co_return response;
  if (begun.error().status == 503) co_return http_problem_for_now(503, begun.error().words, 5);
  co_return http_problem(begun.error());
}

// ---- made once for all who ask

Replay::OutlinePtr Replay::Snapshot::outline() const {
  if (known) return known;
  return std::make_shared<const recording::ReplayOutline>(info, media->tracks, writing);
}

Replay::Snapshot Replay::snapshot(const Recording& recording) {
  std::vector<size_t> all(recording.info.tracks.size());
  std::iota(all.begin(), all.end(), size_t{0});
  return snapshot(recording, all);
}

Replay::Snapshot Replay::snapshot(const Recording& recording, const std::vector<size_t>& tracks) {
  if (!recording.writing) return {recording.info, recording.media, false};
  auto copy = std::make_shared<RecordingMedia>();
  copy->inits = recording.media->inits;
  for (size_t i = 0; i < recording.media->tracks.size(); ++i) {
    const recording::RecordedTrack& track = recording.media->tracks[i];
    const bool wanted = std::ranges::find(tracks, i) != tracks.end();
    copy->tracks.push_back(
        wanted ? track : recording::RecordedTrack(track.rendition(), track.parts_per_segment()));
  }
  return {recording.info, std::move(copy), true};
}

asio::awaitable<bool> Replay::wait_for_other(std::string key) {
  const auto other = making_.find(key);
  if (other == making_.end()) co_return false;
  const std::shared_ptr<Bell> done = other->second;
  co_await done->wait(std::chrono::steady_clock::now() + kWaitForOther);
  co_return true;
}

const Replay::Text* Replay::find_text(const Recording& recording, std::string_view what) const {
  const auto now = std::chrono::steady_clock::now();
  const auto found = std::ranges::find_if(texts_, [&](const Text& text) {
    const bool young = recording.info.end_ms == 0 && now - text.made_at < kLiveTextLife;
    return text.recording == recording.info.id && text.what == what &&
           text.withdrawals == recording.withdrawals &&
           (text.version == recording.version || young);
  });
  return found == texts_.end() ? nullptr : &*found;
}

PlaylistText Replay::keep_text(Text text) {
  std::erase_if(texts_, [&](const Text& old) {
    return old.recording == text.recording && old.what == text.what;
  });
  texts_.push_front(std::move(text));
  PlaylistText kept = texts_.front().text;
  size_t bytes = 0;
  std::erase_if(texts_, [&bytes](const Text& each) {
    bytes += bytes_of(each.text) + kBytesBesideText;
    return bytes > kMaxTextBytes;
  });
  return kept;
}

asio::awaitable<PlaylistText> Replay::text_of(RecordingPtr recording, std::string what,
                                              WriteText write) {
  const MakeText make = [this, write](RecordingPtr of) { return written(std::move(of), write); };
  co_return co_await kept_text(recording, what, make);
}

asio::awaitable<PlaylistText> Replay::kept_text(RecordingPtr recording, std::string what,
                                                MakeText make) {
  const std::string key = recording->info.id + '/' + what;
  for (bool waited = true; waited;) {
    if (const Text* known = find_text(*recording, what)) co_return known->text;
    waited = co_await wait_for_other(key);
  }
  // It may have been forgotten while others were waited for.
  if (const Result<void> loaded = co_await recordings_.load(recording); !loaded)
    co_return PlaylistText{};
  Text made;
  made.recording = recording->info.id;
  made.what = what;
  made.version = recording->version;
  made.withdrawals = recording->withdrawals;
  made.made_at = std::chrono::steady_clock::now();
  const bool writing = recording->writing;
  const auto bell = std::make_shared<Bell>(io_);
  making_[key] = bell;
  auto text = co_await make(recording);
  making_.erase(key);
  bell->ring();
  // Nothing that was made before something was taken back.
  if (recording->removed) co_return PlaylistText{};
  const bool ended_meanwhile = !text && writing && !recording->writing;
  if (recording->withdrawals != made.withdrawals || ended_meanwhile)
    co_return co_await kept_text(recording, what, make);
  if (!text) {
    spdlog::warn("recording={} {}: {}", made.recording, what, text.error().message);
    co_return PlaylistText{};
  }
  made.text = std::move(*text);
  co_return keep_text(std::move(made));
}

asio::awaitable<Result<PlaylistText>> Replay::written(RecordingPtr recording, WriteText write) {
  // Of what goes on, a copy would cost more than the text.
  if (recording->writing && recording->info.end_ms == 0) {
    const OutlinePtr outline = co_await outline_of(recording);
    if (!outline) co_return fail("it changes all the time");
    const auto text = write({recording->info, recording->media, true, outline});
    if (!text) co_return tl::unexpected(text.error());
    co_return packed(*text);
  }
  const auto work = [of = snapshot(*recording), write]() -> Result<PlaylistText> {
    const auto text = write(of);
    if (!text) return tl::unexpected(text.error());
    return packed(*text);
  };
  co_return co_await disk_.run(work);
}

// ---- of what is being written

asio::awaitable<Replay::OutlinePtr> Replay::outline_of(RecordingPtr recording) {
  if (!recording->writing)
    co_return std::make_shared<const recording::ReplayOutline>(
        recording->info, recording->media->tracks, /*writing=*/false);
  const GrowingPtr growing =
      co_await grown(recording, std::chrono::steady_clock::now() + kWaitForOther);
  if (!growing) co_return nullptr;
  co_return OutlinePtr(growing, &growing->outline);
}

asio::awaitable<Replay::GrowingPtr> Replay::grown(RecordingPtr recording, Deadline deadline) {
  while (recording->writing && recording->media && std::chrono::steady_clock::now() < deadline) {
    std::erase_if(growing_, [](const auto& each) { return each.second->of.expired(); });
    GrowingPtr& growing = growing_[recording->info.id];
    if (!growing || growing->of.lock() != recording->media ||
        growing->past_version != recording->past_version()) {
      growing = std::make_shared<Growing>();
      growing->of = recording->media;
      growing->past_version = recording->past_version();
      growing->playlists.resize(recording->media->tracks.size());
    }
    if (growing->outline.grow(recording->info, recording->media->tracks, recording->live_from,
                              kSegmentsAtOnce))
      co_return growing;
    co_await asio::post(io_, asio::use_awaitable);
  }
  co_return nullptr;
}

asio::awaitable<Result<PlaylistText>> Replay::grown_playlist(RecordingPtr recording, size_t track) {
  const Deadline deadline = std::chrono::steady_clock::now() + kWaitForOther;
  for (;;) {
    const GrowingPtr growing = co_await grown(recording, deadline);
    if (!growing) co_return fail("it changes all the time");
    const RecordingInfo& info = recording->info;
    const recording::RecordedTrack& recorded = recording->media->tracks[track];
    Growing::Playlist& playlist = growing->playlists[track];
    const hls::PastText more = recording::write_replay_past(info, growing->outline, track, recorded,
                                                            playlist.written, kSegmentsAtOnce);
    if (more.anew) playlist.text = {};
    playlist.text.append(more.text);
    if (more.whole)
      co_return playlist.text.with_end(recording::write_replay_playlist(
          info, growing->outline, track, recorded, &playlist.written));
    co_await asio::post(io_, asio::use_awaitable);
  }
}

Replay::DownloadPtr Replay::find_download(const Recording& recording,
                                          const std::vector<size_t>& tracks) {
  const auto known = std::ranges::find_if(downloads_, [&](const DownloadPtr& each) {
    return each->recording == recording.info.id && each->tracks == tracks &&
           each->version == recording.version;
  });
  if (known == downloads_.end()) return nullptr;
  downloads_.splice(downloads_.begin(), downloads_, known);
  return downloads_.front();
}

asio::awaitable<Result<ProgressiveMp4>> Replay::laid_out(RecordingPtr recording, Download& made) {
  OutlinePtr outline;
  if (recording->writing) {
    const OutlinePtr growing = co_await outline_of(recording);
    if (!growing) co_return fail("it changes all the time");
    // The pool is given one of its own, as it is given the tracks.
    outline = std::make_shared<const recording::ReplayOutline>(*growing);
  }
  made.version = recording->version;
  Snapshot of = snapshot(*recording, made.tracks);
  of.known = std::move(outline);
  const auto work = [of = std::move(of), tracks = made.tracks] { return lay_out_mp4(of, tracks); };
  co_return co_await disk_.run(work);
}

asio::awaitable<Replay::DownloadPtr> Replay::lay_out(RecordingPtr recording,
                                                     std::vector<size_t> tracks) {
  const std::string key = fmt::format("{}/mp4/{}", recording->info.id, fmt::join(tracks, "+"));
  for (bool waited = true; waited;) {
    if (DownloadPtr known = find_download(*recording, tracks)) co_return known;
    waited = co_await wait_for_other(key);
  }
  if (const Result<void> loaded = co_await recordings_.load(recording); !loaded) co_return nullptr;
  auto made = std::make_shared<Download>();
  made->recording = recording->info.id;
  made->tracks = tracks;
  const auto bell = std::make_shared<Bell>(io_);
  making_[key] = bell;
  auto mp4 = co_await laid_out(recording, *made);
  making_.erase(key);
  bell->ring();
  if (!mp4) {
    spdlog::warn("recording={} cannot be downloaded: {}", made->recording, mp4.error().message);
    co_return nullptr;
  }
  // The header has the sizes and places of everything, and the id says of what.
  Sha256Stream stream;
  stream.update(as_bytes(made->recording));
  stream.update(mp4->header);
  made->etag = '"' + lower_hex(stream.finish()).substr(0, 32) + '"';
  made->header = std::make_shared<const Bytes>(std::move(mp4->header));
  made->pieces = std::move(mp4->pieces);
  made->bytes = mp4->bytes;
  downloads_.push_front(made);
  if (downloads_.size() > kMaxDownloads) downloads_.pop_back();
  co_return made;
}

HttpResponse Replay::send(const HttpRequest& request, const RecordingPtr& recording,
                          const Download& download) const {
  HttpResponse response;
  const auto asked = answer_range(request, download.etag, download.bytes, response);
  if (!asked) return response;
  const ByteRange range = *asked;
  const bool video = is_video(recording->info.tracks[download.tracks.front()].id);
  response.fields.set("Content-Type", video ? "video/mp4" : "audio/mp4");
  response.fields.set("Content-Disposition", attachment_of(recording->info, ".mp4"));
  std::vector<FilePiece> pieces;
  std::map<std::pair<size_t, int64_t>, std::shared_ptr<const ServedFile>> files;  // track, number
  const uint64_t end = range.first + range.count;
  if (range.first < download.header->size())
    pieces.push_back({download.header, nullptr, range.first,
                      std::min<uint64_t>(end, download.header->size()) - range.first});
  auto piece = std::ranges::upper_bound(download.pieces, range.first, {}, &recording::Mp4Piece::at);
  if (piece != download.pieces.begin()) --piece;
  for (; piece != download.pieces.end() && piece->at < end; ++piece) {
    const uint64_t from = std::max(range.first, piece->at);
    const uint64_t until = std::min(end, piece->at + piece->bytes);
    if (from >= until) continue;
    auto& file = files[{piece->track, piece->file}];
    if (!file) file = recorded_file(*recording, piece->track, piece->file);
    pieces.push_back({nullptr, file, piece->offset + (from - piece->at), until - from});
  }
  set_file_body(response, disk_, std::move(pieces), [recording, seen = recording->withdrawals] {
    return recording->withdrawals == seen;
  });
  return response;
}

}  // namespace longmen
