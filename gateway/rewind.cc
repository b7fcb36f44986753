#include "gateway/rewind.h"

#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "core/hls/time_link.h"
#include "core/recording/chapter_track.h"
#include "gateway/recorded_media.h"

namespace longmen {
namespace asio = boost::asio;
namespace {

constexpr std::string_view kRewindPlaylist = "rewind.m3u8";

HttpResponse nothing_to_rewind() {
  return http_problem(404, "no session is on air that could be rewound");
}

hls::PlaylistHistory history_of(const Recording& recording, size_t rendition) {
  hls::PlaylistHistory history;
  history.first = recording.info.first_segment();
  if (recording.info.end_ms != 0) history.end = recording.info.end_segment();
  for (const recording::RecordedChapter& chapter : recording::shown_chapters(recording.info))
    history.chapters.push_back(recording::date_range_of(chapter));
  history.at = [&recording, rendition](int64_t number) {
    hls::ListedSegment listed;
    listed.withdrawn = recording.info.is_withdrawn(number);
    if (!recording.media || rendition >= recording.media->tracks.size()) return listed;
    const recording::RecordedSegment* segment = recording.media->tracks[rendition].find(number);
    if (!segment) return listed;
    listed.generation = segment->generation;
    listed.init = segment->init;
    listed.discontinuity = segment->discontinuity;
    listed.there = segment->is_whole();
    return listed;
  };
  return history;
}

// Nothing is left to wait for then, nor to leave out (§6.2.5.1, §6.2.5.2).
bool has_ended(const Recording& recording, const hls::RenditionWindow& window) {
  return recording.info.end_ms != 0 && !window.empty() &&
         hls::has_ended(window, recording.info.end_segment());
}

}  // namespace

tl::expected<std::optional<double>, HttpProblem> start_asked(const HttpRequest& request) {
  const std::string_view text = request.target.query_value("t");
  if (text.empty()) return std::nullopt;
  const auto start = hls::read_start(text);
  if (!start)
    return tl::unexpected(HttpProblem{400, "t is neither seconds nor a time like 1h2m3s"});
  return start;
}

void Rewind::add_routes(HttpRouter& router, WatchGate& gate) {
  router.add({"/hls/{channel}/rewind.m3u8", "GET",
              gate.guard([this](HttpRequest r) { return multivariant_playlist(std::move(r)); })});
  router.add({"/hls/{channel}/{rendition}/rewind.m3u8", "GET",
              gate.guard([this](HttpRequest r) { return media_playlist(std::move(r)); })});
}

std::shared_ptr<Recording> Rewind::shown_recording(std::string_view channel) const {
  auto recording = recorder_.recording_of(channel);
  return recording && !recording->removed ? recording : nullptr;
}

Rewind::Answer Rewind::multivariant_playlist(HttpRequest request) {
  const std::shared_ptr<HlsChannel> channel = hls_.find_channel(request.parameters[0]);
  if (!channel) co_return http_problem(404, "there is no such channel");
  if (!shown_recording(request.parameters[0])) co_return nothing_to_rewind();
  const hls::DeliveryDirectives anything;
  const size_t renditions = channel->live().renditions().size();
  for (size_t rendition = 0; rendition < renditions; ++rendition)
    co_await hls_.hold(channel, rendition, anything, request.asker);
  hls::MultivariantOptions options;
  const auto start = start_asked(request);
  if (!start) co_return http_problem(start.error());
  options.start_s = *start;
  options.sound_alone = goes_down_to_sound(request);
  auto text = channel->multivariant_playlist(kRewindPlaylist, options);
  if (!text) co_return http_problem_for_now(503, "the channel has nothing to play yet", 1);
  co_return text_response(request, *text, {.cache_control = "no-cache", .by_player = true});
}

Rewind::Answer Rewind::media_playlist(HttpRequest request) {
  const std::shared_ptr<HlsChannel> channel = hls_.find_channel(request.parameters[0]);
  const auto rendition =
      channel ? channel->find_rendition(request.parameters[1]) : std::optional<size_t>();
  if (!rendition) co_return http_problem(404, "there is no such channel or rendition");
  auto wanted = hls::read_delivery_directives(request.target.query);
  if (!wanted) co_return http_problem(400, wanted.error().message);
  const std::shared_ptr<Recording> recording = shown_recording(request.parameters[0]);
  if (!recording) {
    std::erase_if(texts_, [&](const auto& of) { return of.first.first == request.parameters[0]; });
    co_return nothing_to_rewind();
  }
  if (has_ended(*recording, channel->live().renditions()[*rendition].window)) *wanted = {};
  hls_.audience().note(request.parameters[0], request.client_address,
                       request.fields.value("User-Agent"), std::chrono::steady_clock::now());
  hls::DeliveryDirectives awaited = *wanted;
  if (!awaited.media_sequence) {
    awaited.media_sequence = recording->info.first_segment();
    awaited.part = 0;
  }
  const hls::PlaylistAnswer answer =
      co_await hls_.hold(channel, *rendition, awaited, request.asker);
  if (answer == hls::PlaylistAnswer::kBadRequest && wanted->media_sequence)
    co_return http_problem(400, "_HLS_msn or _HLS_part is too far ahead of the playlist");
  if (answer != hls::PlaylistAnswer::kNow)
    co_return http_problem_for_now(503, "the playlist does not grow just now", 1);
  const PlaylistText text = co_await write(channel, *rendition, recording, wanted->skip);
  if (!text.plain) co_return nothing_to_rewind();
  co_return Hls::playlist_response(request, text, *wanted, channel->live().grid());
}

asio::awaitable<PlaylistText> Rewind::write(std::shared_ptr<HlsChannel> channel, size_t rendition,
                                            std::shared_ptr<Recording> recording, bool skip) {
  const std::string& id = channel->channel().id;
  const hls::RenditionWindow& window = channel->live().renditions()[rendition].window;
  while (shown_recording(id) == recording && hls_.find_channel(id) == channel && !window.empty()) {
    if (auto text = try_write(*channel, rendition, recording, skip)) co_return std::move(*text);
    co_await asio::post(co_await asio::this_coro::executor, asio::use_awaitable);
  }
  co_return PlaylistText{};
}

std::optional<PlaylistText> Rewind::try_write(const HlsChannel& channel, size_t rendition,
                                              const std::shared_ptr<Recording>& recording,
                                              bool skip) {
  Texts& texts = texts_[{channel.channel().id, rendition}];
  if (texts.recording != recording || texts.past_version != recording->past_version()) {
    texts = {};
    texts.recording = recording;
    texts.past_version = recording->past_version();
  }
  const hls::RenditionWindow& window = channel.live().renditions()[rendition].window;
  skip = skip && !has_ended(*recording, window);
  const uint64_t version = window.version();
  if (texts.window_version != version || texts.recording_version != recording->version) {
    texts.window_version = version;
    texts.recording_version = recording->version;
    texts.text = {};
  }
  PlaylistText& text = texts.text[skip ? 1 : 0];
  if (text.plain) return text;
  Past& past = texts.past;
  const hls::PlaylistHistory history = history_of(*recording, rendition);
  hls::MediaPlaylist playlist = channel.playlist(rendition, kRewindPlaylist);
  playlist.history = &history;
  const hls::PastText more = hls::write_past(playlist, past.written, kSegmentsAtOnce);
  if (more.anew) past.text = {};
  past.text.append(more.text);
  if (!more.whole) return std::nullopt;
  playlist.past = &past.written;
  const std::string written = hls::write_media_playlist(playlist, skip);
  text = skip ? packed(written) : past.text.with_end(written);
  return text;
}

asio::awaitable<std::optional<HttpResponse>> Rewind::media(std::string channel, size_t rendition,
                                                           hls::MediaName name) const {
  std::optional<HttpResponse> found;
  if (const auto recording = shown_recording(channel))
    found = recorded_media(*recording, rendition, name, disk_);
  const std::optional<int64_t> number = hls::media_sequence_of(name);
  const auto ended = recorder_.ended_of(channel);
  for (auto recording = ended.begin(); !found && recording != ended.end(); ++recording) {
    if ((*recording)->removed || (number && !(*recording)->info.shows(*number))) continue;
    const Result<void> loaded = co_await recordings_.load(*recording);
    if (loaded && !(*recording)->removed)
      found = recorded_media(**recording, rendition, name, disk_);
    if (!number) break;  // an init segment: of the last one alone
  }
  co_return found;
}

bool Rewind::is_withdrawn(const HlsChannel& channel, int64_t media_sequence) const {
  const std::shared_ptr<Recording> recording = recorder_.recording_of(channel.channel().id);
  return recording && recording->info.is_withdrawn(media_sequence);
}

}  // namespace longmen
