// Live HLS over HTTP: /hls/CHANNEL/index.m3u8, the media playlists of its renditions, init
// segments, segments and parts. Decides what a request is answered and for how long it is held: a
// playlist until it has the part that was asked for, a part until it is there, at most three target
// durations. What is sent is held once for all (HttpResponse::shared). Media has names that never
// mean anything else; caches may keep it for about as long as the window does, since it may be
// taken back, and an init segment, in which nothing is seen, for ever. Bounds: a held request is
// one of the server's connections. One thread: the io_context's. Source:
// draft-pantos-hls-rfc8216bis §6.2.5, appendix B; Fetch (CORS).
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/hls/delivery_directives.h"
#include "core/hls/media_name.h"
#include "gateway/hls_audience.h"
#include "gateway/hls_channel.h"
#include "gateway/hls_metrics.h"
#include "gateway/watch_gate.h"
#include "net/http_router.h"
#include "net/link.h"
#include "net/slate_shelf.h"

namespace longmen {

class Hls {
 public:
  Hls(boost::asio::io_context& io, const SharedMediaClock& clock, HlsMetrics& metrics);

  // A channel whose pictures or sound are encoded otherwise begins anew.
  void set_channels(const std::vector<Channel>& channels, std::chrono::milliseconds part);
  void take_streamer(const std::string& channel, std::shared_ptr<Link> link);
  // Its handlers refer to this object and to the gate.
  void add_routes(HttpRouter& router, WatchGate& gate);
  // Lets players of other origins read a response to a path under /hls/; errors too.
  static void allow_other_origins(HttpResponse& response);

  // What of a channel is kept beyond the window. All may be empty, and refer to what outlives this.
  struct Kept {
    std::function<void(const HlsChannel&, const hls::LiveChannel::Published&)> published;
    std::function<void(const HlsChannel&, hls::LiveChannel::Late)> late;
    // The media that is not in the window any more, if it is there.
    std::function<boost::asio::awaitable<std::optional<HttpResponse>>(
        const HlsChannel&, size_t rendition, const hls::MediaName&)>
        media;
    // Whether a segment is to be seen by nobody.
    std::function<bool(const HlsChannel&, int64_t media_sequence)> withdrawn;
  };
  void set_kept(Kept kept) { kept_ = std::move(kept); }
  // Null: no such channel.
  std::shared_ptr<HlsChannel> find_channel(std::string_view id) const;

  // Until the rendition answers: kNow, never (kBadRequest), or not in time (kLater), be it that
  // nobody asks any more.
  boost::asio::awaitable<hls::PlaylistAnswer> hold(std::shared_ptr<HlsChannel> channel,
                                                   size_t rendition, hls::DeliveryDirectives wanted,
                                                   std::shared_ptr<HttpAsker> asker);
  // A playlist that was asked for with `wanted`.
  static HttpResponse playlist_response(const HttpRequest& request, const PlaylistText& text,
                                        const hls::DeliveryDirectives& wanted, const HlsGrid& grid);

  // Requests that wait for a part.
  size_t held() const;
  HlsAudience& audience() { return audience_; }
  // Answers all that are held, and holds none any more.
  void stop();

 private:
  using Answer = boost::asio::awaitable<HttpResponse>;
  using Deadline = std::chrono::steady_clock::time_point;

  // The link outlives a channel's settings.
  struct Streamer {
    std::shared_ptr<Link> link;
    std::optional<GenerationAnnouncement> announced;
  };
  void from_streamer(const std::string& channel, Streamer& streamer, MessageKind kind,
                     ByteSpan body);

  Answer multivariant_playlist(HttpRequest request);
  Answer media_playlist(HttpRequest request);
  Answer media(HttpRequest request);
  // What need not be held, and is in the window.
  std::optional<HttpResponse> playlist_at_once(const HttpRequest& request);
  std::optional<HttpResponse> media_at_once(const HttpRequest& request) const;
  HttpResponse answer_playlist(const HttpRequest& request, HlsChannel& channel, size_t rendition,
                               const hls::DeliveryDirectives& wanted) const;
  void note_viewer(const HttpRequest& request);
  bool is_withdrawn(const HlsChannel& channel, int64_t media_sequence) const;
  HttpResponse answer_media(const HlsChannel& channel, size_t rendition,
                            const hls::MediaName& name) const;
  HttpResponse answer_part(const HlsChannel& channel, size_t rendition,
                           const hls::PartName& name) const;
  HttpResponse answer_segment(const HlsChannel& channel, size_t rendition,
                              const hls::SegmentName& name) const;
  HttpResponse answer_init(const HlsChannel& channel, size_t rendition,
                           const hls::InitName& name) const;

  // Of a request; null with `problem` set when there is none.
  std::shared_ptr<HlsChannel> find(const HttpRequest& request, size_t& rendition,
                                   HttpResponse& problem) const;
  Deadline deadline(const HlsChannel& channel) const;
  // False when it is no use to wait any more.
  boost::asio::awaitable<bool> wait(HlsChannel& channel, size_t rendition, Deadline deadline,
                                    std::shared_ptr<HttpAsker> asker);
  void apply_channels();

  boost::asio::io_context& io_;
  const SharedMediaClock& clock_;
  HlsMetrics& metrics_;
  HlsChannel::Events events_;
  HlsAudience audience_;
  Kept kept_;
  SlateShelf shelf_;
  std::vector<Channel> wanted_;
  std::chrono::milliseconds part_{200};
  std::map<std::string, std::shared_ptr<HlsChannel>, std::less<>> channels_;
  std::map<std::string, Streamer, std::less<>> streamers_;  // by channel
  boost::asio::steady_timer retry_;
  bool stopping_ = false;
};

}  // namespace longmen
