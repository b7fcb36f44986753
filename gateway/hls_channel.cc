#include "gateway/hls_channel.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

#include "core/codec/caption_sei.h"
#include "core/hls/media_name.h"

namespace longmen {
HlsChannel::HlsChannel(boost::asio::io_context& io, const Channel& channel,
                       std::chrono::milliseconds part, const SharedMediaClock& clock,
                       const Events& events)
    : channel_(channel),
      clock_(clock),
      events_(events),
      live_(channel, part, clock.media_at(std::chrono::steady_clock::now())),
      timer_(io) {
  for (const hls::LiveChannel::Rendition& rendition : live_.renditions()) {
    bells_.emplace_back(io);
    names_.push_back(hls::rendition_name(rendition.id));
  }
  texts_.resize(live_.renditions().size());
  arm_timer();
}

MediaTime HlsChannel::now() const {
  return clock_.media_at(std::chrono::steady_clock::now());
}

HlsNumber HlsChannel::due() const {
  return live_.grid().number_at(now() - live_.grid().part_duration());
}

// What was there before is better than none.
void HlsChannel::set_slates(const SlateSet& slates, const std::shared_ptr<const Slate>& card) {
  SlateSet wanted = slates;
  for (const SlateOccasion occasion : kSlateOccasions) {
    if (!wanted[occasion]) wanted[occasion] = slates_[occasion];
    if (!wanted[occasion]) wanted[occasion] = card;
  }
  if (wanted == slates_) return;
  slates_ = wanted;
  live_.set_slates(slates_, now());
  drive();
}

void HlsChannel::handle_announcement(const GenerationAnnouncement& announcement) {
  if (std::exchange(generation_, announcement.generation) != announcement.generation)
    captions_ = false;
  live_.handle_announcement(announcement, now());
  drive();
}

void HlsChannel::handle_unit(ByteSpan message) {
  const auto unit = read_media_unit(message);
  if (!unit) return events_.dropped(unit.error());
  captions_ = captions_ || (is_video(unit->rendition) && h264::carries_captions(*unit));
  if (const auto taken = live_.handle_unit(*unit, now()); !taken) events_.dropped(taken.error());
  drive();
}

void HlsChannel::handle_link_closed() {
  live_.handle_link_closed(now());
  drive();
}

void HlsChannel::set_air(const AirOrder& air, const SlateMoment& moment) {
  live_.set_air(air, moment, now());
  drive();
}

void HlsChannel::drive() {
  while (const auto published = live_.poll_published()) {
    events_.published(*this, *published);
    bells_[published->rendition].ring();
  }
  while (auto late = live_.poll_late())
    events_.late(*this, std::move(*late));
  arm_timer();
}

void HlsChannel::arm_timer() {
  timer_.expires_at(std::chrono::time_point_cast<std::chrono::steady_clock::duration>(
      clock_.monotonic_at(live_.next_timeout())));
  timer_.async_wait([this](boost::system::error_code cancelled) {
    if (cancelled) return;
    live_.handle_timeout(now());
    drive();
  });
}

size_t HlsChannel::held() const {
  size_t held = 0;
  for (const Bell& bell : bells_)
    held += bell.waiting();
  return held;
}

void HlsChannel::ring_all() {
  for (Bell& bell : bells_)
    bell.ring();
}

std::optional<size_t> HlsChannel::find_rendition(std::string_view name) const {
  const auto found = std::ranges::find(names_, name);
  if (found == names_.end()) return {};
  return static_cast<size_t>(found - names_.begin());
}

PlaylistText HlsChannel::media_playlist(size_t rendition, bool skip,
                                        const std::function<bool(int64_t)>& withdrawn) {
  Texts& texts = texts_[rendition];
  const uint64_t version = live_.renditions()[rendition].window.version();
  if (texts.version != version) texts = {version, {}};
  PlaylistText& text = texts.text[skip ? 1 : 0];
  if (text.plain) return text;
  hls::MediaPlaylist written = playlist(rendition, kLivePlaylist);
  written.withdrawn = withdrawn;
  text = packed(hls::write_media_playlist(written, skip));
  return text;
}

hls::MediaPlaylist HlsChannel::playlist(size_t rendition, std::string_view file) const {
  const auto& renditions = live_.renditions();
  hls::MediaPlaylist playlist{renditions[rendition].window,
                              live_.longest_part(),
                              live_.next_generation(renditions[rendition]),
                              {}};
  for (size_t other = 0; other < renditions.size(); ++other) {
    if (other == rendition || renditions[other].window.empty()) continue;
    playlist.reports.push_back(
        {fmt::format("../{}/{}", names_[other], file), renditions[other].window.last()});
  }
  return playlist;
}

std::optional<std::string> HlsChannel::multivariant_playlist(
    std::string_view file, hls::MultivariantOptions options) const {
  std::vector<hls::VideoVariant> variants;
  std::vector<hls::SoundRendition> sounds;
  const std::vector<SoundLanguage> languages = languages_on_air(channel_.sound);
  for (size_t i = 0; i < live_.renditions().size(); ++i) {
    const auto& rendition = live_.renditions()[i];
    const std::string uri = fmt::format("{}/{}", names_[i], file);
    const auto& init = rendition.window.init();
    if (!is_video(rendition.id)) {
      // One that has just come has nothing yet, and is encoded as the first.
      const std::string codec = init ? init->codec : sounds.empty() ? "" : sounds.front().codec;
      if (codec.empty()) return {};
      const SoundLanguage language =
          languages.empty() ? SoundLanguage() : languages[sound_of(rendition.id)];
      sounds.push_back({uri, channel_.aac_kbps, codec, language.tag, language.name});
    } else if (init) {
      const VideoRung& rung = channel_.video[i];
      variants.push_back({uri, rung.width, rung.height, channel_.frames_per_second,
                          rung.bitrate_kbps, init->codec});
    }
  }
  if (variants.empty()) return {};
  options.closed_captions = captions_;
  return hls::write_multivariant_playlist(variants, sounds, live_.grid(), options);
}

}  // namespace longmen
