#include "gateway/hls.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>

#include "core/hls/media_playlist.h"

namespace longmen {
namespace {

using namespace std::chrono_literals;
using SteadyClock = std::chrono::steady_clock;

constexpr int kMaxHeldTargets = 3;          // target durations; then 503: §6.2.5.2
constexpr int kBlockedPlaylistTargets = 6;  // for how long caches may keep one
constexpr auto kClockRetry = 50ms;

constexpr std::string_view kForEver = "public, max-age=31536000, immutable";
// The window, and what a player may be behind; a cut takes media back, so no longer.
constexpr std::string_view kForTheWindow = "public, max-age=90";
constexpr std::string_view kSoon = "public, max-age=5";

// What is made of pictures and sound; other fields may change under it.
Channel encoded_part(const Channel& channel) {
  Channel part = programme_part(channel);
  part.name.clear();
  part.sound.languages = languages_on_air(channel.sound);
  return part;
}

HttpResponse media_response(bool video, std::string_view kept = kForTheWindow) {
  HttpResponse response;
  response.fields.set("Content-Type", video ? "video/mp4" : "audio/mp4");
  response.fields.set("Cache-Control", kept);
  return response;
}

HttpResponse not_there(std::string_view what) {
  return http_problem(404, what);
}

// An init segment: that the rendition has begun.
hls::DeliveryDirectives awaited_for(const hls::MediaName& name) {
  hls::DeliveryDirectives awaited;
  awaited.media_sequence = hls::media_sequence_of(name);
  if (const auto* part = std::get_if<hls::PartName>(&name)) awaited.part = part->number.part;
  return awaited;
}

bool is_there(const hls::DeliveryDirectives& wanted, const HlsChannel& channel, size_t rendition) {
  const hls::RenditionWindow& window = channel.live().renditions()[rendition].window;
  return !window.empty() &&
         hls::answer_of(wanted, window.last(), channel.live().grid()) == hls::PlaylistAnswer::kNow;
}

// No cache on the way keeps that: it is the answer of one cut.
HttpResponse taken_back() {
  HttpResponse response = http_problem(410, "this was taken back, and is shown to nobody");
  response.fields.set("Cache-Control", "no-store");
  return response;
}

}  // namespace

Hls::Hls(boost::asio::io_context& io, const SharedMediaClock& clock, HlsMetrics& metrics)
    : io_(io),
      clock_(clock),
      metrics_(metrics),
      shelf_(io, kAacRendition, [this] { apply_channels(); }),
      retry_(io) {
  events_.published = [this](const HlsChannel& channel, const hls::LiveChannel::Published& part) {
    metrics_.published(part.gap);
    if (part.number.part == 0)
      metrics_.segment_begun(channel.channel().id,
                             hls::rendition_name(channel.live().renditions()[part.rendition].id),
                             std::chrono::system_clock::now());
    if (kept_.published) kept_.published(channel, part);
  };
  events_.late = [this](const HlsChannel& channel, hls::LiveChannel::Late late) {
    if (kept_.late) kept_.late(channel, std::move(late));
  };
  events_.dropped = [this](DropReason reason) { metrics_.dropped(reason); };
}

// ---- channels

void Hls::set_channels(const std::vector<Channel>& channels, std::chrono::milliseconds part) {
  wanted_ = channels;
  if (part != part_) channels_.clear();
  part_ = part;
  shelf_.want(channels);
  apply_channels();
}

void Hls::apply_channels() {
  // Without the media clock nobody knows which segment it is.
  if (!clock_.is_set()) {
    retry_.expires_after(kClockRetry);
    retry_.async_wait([this](boost::system::error_code cancelled) {
      if (!cancelled) apply_channels();
    });
    return;
  }
  std::erase_if(channels_, [&](const auto& entry) {
    return std::ranges::none_of(wanted_, [&](const Channel& channel) {
      return encoded_part(channel) == encoded_part(entry.second->channel());
    });
  });
  for (const Channel& channel : wanted_) {
    auto& place = channels_[channel.id];
    const bool made = !place;
    if (made) place = std::make_shared<HlsChannel>(io_, channel, part_, clock_, events_);
    // Before the order, which shows one of them.
    place->set_slates(shelf_.slates_of(channel), shelf_.card_of(channel));
    place->set_air(channel.air, slate_moment_of(channel));
    const auto streamer = streamers_.find(channel.id);
    if (made && streamer != streamers_.end() && streamer->second.announced)
      place->handle_announcement(*streamer->second.announced);
  }
}

void Hls::take_streamer(const std::string& channel, std::shared_ptr<Link> link) {
  Streamer& streamer = streamers_[channel];
  if (streamer.link) streamer.link->close();
  streamer = {std::move(link), std::nullopt};
  // Looked up each time: another link, or another HlsChannel, may have taken the place.
  const auto current = [this, channel, mine = streamer.link.get()]() -> Streamer* {
    const auto found = streamers_.find(channel);
    return found != streamers_.end() && found->second.link.get() == mine ? &found->second : nullptr;
  };
  streamer.link->start(
      [this, channel, current](MessageKind kind, ByteSpan body, UniqueFd) {
        if (Streamer* from = current()) from_streamer(channel, *from, kind, body);
      },
      [this, channel, current] {
        if (!current()) return;
        streamers_.erase(channel);
        if (const auto found = channels_.find(channel); found != channels_.end())
          found->second->handle_link_closed();
      });
}

void Hls::from_streamer(const std::string& channel, Streamer& streamer, MessageKind kind,
                        ByteSpan body) {
  const auto found = channels_.find(channel);
  if (kind == MessageKind::kGeneration) {
    auto announcement = generation_announcement_from_json(as_text(body));
    if (!announcement) return spdlog::error("{} channel={}", announcement.error().message, channel);
    streamer.announced = std::move(*announcement);
    if (found != channels_.end()) found->second->handle_announcement(*streamer.announced);
  } else if (kind == MessageKind::kMediaUnit) {
    if (found != channels_.end()) found->second->handle_unit(body);
  } else {
    metrics_.dropped(DropReason::kUnsupported);
  }
}

std::shared_ptr<HlsChannel> Hls::find_channel(std::string_view id) const {
  const auto found = channels_.find(id);
  return found == channels_.end() ? nullptr : found->second;
}

size_t Hls::held() const {
  size_t held = 0;
  for (const auto& [id, channel] : channels_)
    held += channel->held();
  return held;
}

void Hls::stop() {
  stopping_ = true;
  retry_.cancel();
  for (const auto& [id, streamer] : streamers_)
    streamer.link->close();
  for (const auto& [id, channel] : channels_)
    channel->ring_all();
}

// ---- requests

void Hls::add_routes(HttpRouter& router, WatchGate& gate) {
  router.add({"/hls/{channel}/index.m3u8", "GET",
              gate.guard([this](HttpRequest r) { return multivariant_playlist(std::move(r)); })});
  router.add({"/hls/{channel}/{rendition}/index.m3u8", "GET",
              gate.guard([this](HttpRequest r) { return media_playlist(std::move(r)); }), 0, false,
              gate.guard_at_once([this](HttpRequest& r) { return playlist_at_once(r); })});
  router.add({"/hls/{channel}/{rendition}/*", "GET",
              gate.guard([this](HttpRequest r) { return media(std::move(r)); }), 0, false,
              gate.guard_at_once([this](HttpRequest& r) { return media_at_once(r); })});
}

void Hls::allow_other_origins(HttpResponse& response) {
  response.fields.set("Access-Control-Allow-Origin", "*");
  response.fields.set("Access-Control-Allow-Headers", "Authorization");
  response.fields.set("Access-Control-Expose-Headers", "Age, Date");
}

std::shared_ptr<HlsChannel> Hls::find(const HttpRequest& request, size_t& rendition,
                                      HttpResponse& problem) const {
  const auto found = channels_.find(request.parameters[0]);
  if (found == channels_.end()) {
    problem = not_there("there is no such channel");
    return nullptr;
  }
  const auto index = found->second->find_rendition(request.parameters[1]);
  if (!index) {
    problem = not_there("the channel has no such rendition");
    return nullptr;
  }
  rendition = *index;
  return found->second;
}

Hls::Deadline Hls::deadline(const HlsChannel& channel) const {
  return SteadyClock::now() + kMaxHeldTargets * std::chrono::seconds(hls::target_duration_seconds(
                                                    channel.live().grid()));
}

boost::asio::awaitable<bool> Hls::wait(HlsChannel& channel, size_t rendition, Deadline deadline,
                                       std::shared_ptr<HttpAsker> asker) {
  const auto is_no_use = [&] { return stopping_ || (asker && asker->is_gone()); };
  if (is_no_use() || SteadyClock::now() >= deadline) co_return false;
  co_await channel.bell(rendition).wait(deadline, asker);
  co_return !is_no_use();
}

// A gateway that has just been started may be behind what players know of the time: what is due by
// the media clock is not too far ahead.
boost::asio::awaitable<hls::PlaylistAnswer> Hls::hold(std::shared_ptr<HlsChannel> channel,
                                                      size_t rendition,
                                                      hls::DeliveryDirectives wanted,
                                                      std::shared_ptr<HttpAsker> asker) {
  const hls::RenditionWindow& window = channel->live().renditions()[rendition].window;
  const HlsGrid& grid = channel->live().grid();
  const Deadline until = deadline(*channel);
  for (;;) {
    if (is_there(wanted, *channel, rendition)) co_return hls::PlaylistAnswer::kNow;
    HlsNumber newest = channel->due();
    if (!window.empty()) newest = std::max(newest, window.last());
    if (hls::answer_of(wanted, newest, grid) == hls::PlaylistAnswer::kBadRequest)
      co_return hls::PlaylistAnswer::kBadRequest;
    const bool more = co_await wait(*channel, rendition, until, asker);
    if (!more) co_return hls::PlaylistAnswer::kLater;
  }
}

Hls::Answer Hls::multivariant_playlist(HttpRequest request) {
  const auto found = channels_.find(request.parameters[0]);
  if (found == channels_.end()) co_return not_there("there is no such channel");
  const std::shared_ptr<HlsChannel> channel = found->second;
  const Deadline until = deadline(*channel);
  hls::MultivariantOptions options;
  options.sound_alone = goes_down_to_sound(request);
  auto text = channel->multivariant_playlist(kLivePlaylist, options);
  for (bool more = true; !text && more;
       text = channel->multivariant_playlist(kLivePlaylist, options))
    more = co_await wait(*channel, 0, until, request.asker);
  if (!text) co_return http_problem_for_now(503, "the channel has nothing to play yet", 1);
  co_return text_response(request, *text, {.cache_control = kSoon, .by_player = true});
}

Hls::Answer Hls::media_playlist(HttpRequest request) {
  size_t rendition = 0;
  HttpResponse response;
  const std::shared_ptr<HlsChannel> channel = find(request, rendition, response);
  if (!channel) co_return response;
  const auto wanted = hls::read_delivery_directives(request.target.query);
  if (!wanted) co_return http_problem(400, wanted.error().message);
  note_viewer(request);
  const hls::PlaylistAnswer answer = co_await hold(channel, rendition, *wanted, request.asker);
  if (answer == hls::PlaylistAnswer::kBadRequest)
    co_return http_problem(400, "_HLS_msn or _HLS_part is too far ahead of the playlist");
  if (answer == hls::PlaylistAnswer::kLater)
    co_return http_problem_for_now(503, "the playlist does not grow just now", 1);
  co_return answer_playlist(request, *channel, rendition, *wanted);
}

std::optional<HttpResponse> Hls::playlist_at_once(const HttpRequest& request) {
  size_t rendition = 0;
  HttpResponse problem;
  const std::shared_ptr<HlsChannel> channel = find(request, rendition, problem);
  if (!channel) return {};
  const auto wanted = hls::read_delivery_directives(request.target.query);
  if (!wanted || !is_there(*wanted, *channel, rendition)) return {};
  note_viewer(request);
  return answer_playlist(request, *channel, rendition, *wanted);
}

void Hls::note_viewer(const HttpRequest& request) {
  audience_.note(request.parameters[0], request.client_address, request.fields.value("User-Agent"),
                 SteadyClock::now());
}

HttpResponse Hls::answer_playlist(const HttpRequest& request, HlsChannel& channel, size_t rendition,
                                  const hls::DeliveryDirectives& wanted) const {
  const auto withdrawn = [&](int64_t number) { return is_withdrawn(channel, number); };
  return playlist_response(request, channel.media_playlist(rendition, wanted.skip, withdrawn),
                           wanted, channel.live().grid());
}

bool Hls::is_withdrawn(const HlsChannel& channel, int64_t media_sequence) const {
  return kept_.withdrawn && kept_.withdrawn(channel, media_sequence);
}

HttpResponse Hls::playlist_response(const HttpRequest& request, const PlaylistText& text,
                                    const hls::DeliveryDirectives& wanted, const HlsGrid& grid) {
  const int64_t seconds = kBlockedPlaylistTargets * hls::target_duration_seconds(grid);
  const std::string kept =
      wanted.media_sequence ? fmt::format("public, max-age={}", seconds) : "no-cache";
  return text_response(request, text, {kept});
}

Hls::Answer Hls::media(HttpRequest request) {
  size_t rendition = 0;
  HttpResponse problem;
  const std::shared_ptr<HlsChannel> channel = find(request, rendition, problem);
  if (!channel) co_return problem;
  const auto name = hls::read_media_name(request.parameters[2]);
  if (!name) co_return not_there("no segment, part or init segment has such a name");
  const hls::DeliveryDirectives awaited = awaited_for(*name);
  const hls::PlaylistAnswer answer = co_await hold(channel, rendition, awaited, request.asker);
  if (answer == hls::PlaylistAnswer::kBadRequest) co_return not_there("that is not there yet");
  if (answer == hls::PlaylistAnswer::kLater)
    co_return http_problem_for_now(503, "that does not come just now", 1);
  if (awaited.media_sequence && is_withdrawn(*channel, *awaited.media_sequence))
    co_return taken_back();
  HttpResponse response = answer_media(*channel, rendition, *name);
  // A cut makes the window take back all that it ever had; what a recording has and shows of it is
  // older than what was cut.
  if (response.status >= 400 && kept_.media) {
    auto kept = co_await kept_.media(*channel, rendition, *name);
    if (kept) co_return std::move(*kept);
  }
  co_return response;
}

std::optional<HttpResponse> Hls::media_at_once(const HttpRequest& request) const {
  size_t rendition = 0;
  HttpResponse problem;
  const std::shared_ptr<HlsChannel> channel = find(request, rendition, problem);
  if (!channel) return {};
  const auto name = hls::read_media_name(request.parameters[2]);
  if (!name) return {};
  const hls::DeliveryDirectives awaited = awaited_for(*name);
  if (!is_there(awaited, *channel, rendition)) return {};
  if (awaited.media_sequence && is_withdrawn(*channel, *awaited.media_sequence)) return {};
  HttpResponse response = answer_media(*channel, rendition, *name);
  if (response.status >= 400) return {};  // a recording may have it
  return response;
}

HttpResponse Hls::answer_media(const HlsChannel& channel, size_t rendition,
                               const hls::MediaName& name) const {
  if (const auto* part = std::get_if<hls::PartName>(&name))
    return answer_part(channel, rendition, *part);
  if (const auto* segment = std::get_if<hls::SegmentName>(&name))
    return answer_segment(channel, rendition, *segment);
  return answer_init(channel, rendition, std::get<hls::InitName>(name));
}

HttpResponse Hls::answer_part(const HlsChannel& channel, size_t rendition,
                              const hls::PartName& name) const {
  const hls::RenditionWindow& window = channel.live().renditions()[rendition].window;
  const hls::WindowPart* found = window.find_part(name.generation, name.number);
  if (window.is_taken_back(name.number)) return taken_back();
  if (!found || name.version != cmaf::kWriterVersion ||
      name.parts != channel.live().grid().parts_per_segment())
    return not_there("the part is a gap, too old, or of another generation");
  HttpResponse response = media_response(window.grid().is_video());
  response.shared = {found->bytes};
  return response;
}

HttpResponse Hls::answer_segment(const HlsChannel& channel, size_t rendition,
                                 const hls::SegmentName& name) const {
  const hls::RenditionWindow& window = channel.live().renditions()[rendition].window;
  const hls::WindowSegment* found = window.find(name.media_sequence);
  if (window.is_taken_back({name.media_sequence, 0})) return taken_back();
  if (!found || !window.is_complete(*found) || found->has_gap() ||
      found->generation != name.generation || name.version != cmaf::kWriterVersion ||
      name.parts != channel.live().grid().parts_per_segment())
    return not_there("the segment is a gap, too old, not whole yet, or of another generation");
  HttpResponse response = media_response(window.grid().is_video());
  for (const hls::WindowPart& part : found->parts)
    response.shared.push_back(part.bytes);
  return response;
}

HttpResponse Hls::answer_init(const HlsChannel& channel, size_t rendition,
                              const hls::InitName& name) const {
  const hls::RenditionWindow& window = channel.live().renditions()[rendition].window;
  const cmaf::InitSegmentPtr found = window.find_init(name.name);
  if (!found) return not_there("there is no such init segment");
  HttpResponse response = media_response(window.grid().is_video(), kForEver);
  response.shared = {std::shared_ptr<const Bytes>(found, &found->bytes)};
  return response;
}

}  // namespace longmen
