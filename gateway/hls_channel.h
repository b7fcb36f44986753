// One channel's HLS in the gateway: the live channel (core/hls/live_channel.h) with its timer and
// its slate; bells that ring when a rendition has a new part; and the texts of its playlists, each
// written and compressed once and shared by all who ask. Knows no HTTP and no link.
// Bounds: those of LiveChannel; two texts a rendition. One thread: the io_context's.
#pragma once

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <memory>
#include <string>

#include "core/hls/live_channel.h"
#include "core/hls/media_playlist.h"
#include "core/hls/multivariant_playlist.h"
#include "core/time/media_clock.h"
#include "gateway/bell.h"
#include "gateway/playlist_text.h"

namespace longmen {

inline constexpr std::string_view kLivePlaylist = "index.m3u8";

class HlsChannel {
 public:
  struct Events {
    std::function<void(const HlsChannel&, const hls::LiveChannel::Published&)> published;
    std::function<void(const HlsChannel&, hls::LiveChannel::Late)> late;
    std::function<void(DropReason)> dropped;
  };

  // `clock` is set.
  HlsChannel(boost::asio::io_context& io, const Channel& channel, std::chrono::milliseconds part,
             const SharedMediaClock& clock, const Events& events);

  const Channel& channel() const { return channel_; }
  // `card` stands in where there was none before.
  void set_slates(const SlateSet& slates, const std::shared_ptr<const Slate>& card);
  void handle_announcement(const GenerationAnnouncement& announcement);
  void handle_unit(ByteSpan message);  // in its wire form
  void handle_link_closed();
  void set_air(const AirOrder& air, const SlateMoment& moment);

  const hls::LiveChannel& live() const { return live_; }
  // Whether the feed's pictures have, or have had, closed captions.
  bool has_captions() const { return captions_; }
  // By its folder's name (core/hls/media_name.h). Nothing: no such rendition.
  std::optional<size_t> find_rendition(std::string_view name) const;
  // The newest part that is over by the media clock.
  HlsNumber due() const;
  Bell& bell(size_t rendition) { return bells_[rendition]; }
  size_t held() const;
  void ring_all();

  // Of a rendition whose window is not empty. `withdrawn`: which segments are gaps; what it says is
  // told from the rendition's next part on, at the latest.
  PlaylistText media_playlist(size_t rendition, bool skip,
                              const std::function<bool(int64_t)>& withdrawn);
  // What it is written of, without a history. `file`: how the playlists of renditions are called.
  hls::MediaPlaylist playlist(size_t rendition, std::string_view file) const;
  // Nothing before any rung has a part. `file`: how the playlists of renditions are called.
  std::optional<std::string> multivariant_playlist(std::string_view file,
                                                   hls::MultivariantOptions options) const;

 private:
  struct Texts {
    uint64_t version = 0;
    std::array<PlaylistText, 2> text;  // whole, delta
  };

  MediaTime now() const;
  void drive();
  void arm_timer();

  Channel channel_;
  const SharedMediaClock& clock_;
  const Events& events_;
  hls::LiveChannel live_;
  std::vector<std::string> names_;  // of each rendition
  std::vector<Bell> bells_;
  std::vector<Texts> texts_;
  SlateSet slates_;
  bool captions_ = false;  // of that generation
  Generation generation_;
  boost::asio::steady_timer timer_;
};

}  // namespace longmen
