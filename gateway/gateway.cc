#include "gateway/gateway.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <boost/asio/steady_timer.hpp>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "core/node/json_fields.h"
#include "gateway/api_proxy.h"
#include "gateway/bucket/bucket_metrics.h"
#include "gateway/caption_shelf.h"
#include "gateway/courseware_shelf.h"
#include "gateway/health.h"
#include "gateway/hls.h"
#include "gateway/hole_filler.h"
#include "gateway/metrics_page.h"
#include "gateway/packages.h"
#include "gateway/pages.h"
#include "gateway/peer_replay.h"
#include "gateway/peer_replay_metrics.h"
#include "gateway/recording_metrics.h"
#include "gateway/recording_sync.h"
#include "gateway/relay_client.h"
#include "gateway/replay.h"
#include "gateway/rewind.h"
#include "gateway/thumbnails.h"
#include "gateway/watch_gate.h"
#include "gateway/webrtc_session.h"
#include "gateway/whep.h"
#include "gateway/whip.h"
#include "net/http_server.h"
#include "net/node_certificate.h"
#include "net/node_sockets.h"
#include "net/role.h"

namespace longmen {
namespace asio = boost::asio;
namespace {

using namespace std::chrono_literals;

constexpr auto kStopGrace = 1500ms;  // of the two seconds that a role has
constexpr auto kFiguresEvery = 1s;

int64_t wall_clock_ms() {
  return std::chrono::system_clock::now().time_since_epoch() / 1ms;
}

class Gateway {
 public:
  explicit Gateway(UniqueFd supervisor)
      : role_("gateway", "", std::move(supervisor)),
        metrics_(role_.metrics()),
        hls_metrics_(role_.metrics()),
        relay_(std::make_shared<RelayClient>(role_.io())),
        ingest_(std::make_shared<IngestClient>(role_.io())),
        whep_(relay_),
        whip_(ingest_),
        hls_(role_.io(), role_.clock(), hls_metrics_),
        gate_(role_.clock()),
        recording_metrics_(role_.metrics()),
        bucket_metrics_(role_.metrics()),
        peer_replay_metrics_(role_.metrics()),
        disk_(role_.io()),
        recordings_(role_.io(), disk_),
        bucket_(role_.io(), disk_, recordings_, wall_clock_ms),
        recorder_(role_.io(), {role_.clock(), wall_clock_ms}, recordings_, hls_),
        hole_filler_(role_.io(), recordings_, recorder_, wall_clock_ms),
        rewind_(hls_, recorder_, recordings_, disk_),
        replay_(role_.io(), recordings_, disk_),
        peer_replay_(role_.io(), recordings_, replay_, gate_, disk_),
        courseware_(replay_, disk_, leave_,
                    [this](const std::string& id) { recorder_.report_again(id); }),
        captions_(replay_, disk_, leave_),
        packages_(recordings_, replay_, disk_, leave_,
                  [this](const std::string& id) { recorder_.report_again(id); }),
        stills_(role_.io(), recordings_, disk_),
        thumbnails_(stills_, replay_, recorder_, recordings_, disk_),
        recording_sync_(role_.io(), recorder_),
        api_(role_.io()),
        metrics_page_(
            role_.io(), [this](uint64_t number) { return gather(number); },
            [this] { return role_.metrics_text(); }),
        certificate_(role_.io(), "HTTPS",
                     [this](const Result<void>& loaded) { tell_of_certificate(loaded); }),
        figures_timer_(role_.io()) {
    recorder_.set_bucket(bucket_);
    add_health_routes(router_, [this] { return readiness(); });
    metrics_page_.add_routes(router_);
    whep_.add_routes(router_, gate_);
    whip_.add_routes(router_);
    thumbnails_.add_routes(router_, gate_);
    rewind_.add_routes(router_, gate_);
    hls_.add_routes(router_, gate_);
    courseware_.add_routes(router_, gate_);  // before any rendition's
    captions_.add_routes(router_, gate_);    // likewise
    replay_.add_routes(router_, gate_);
    packages_.add_routes(router_);
    keep_what_is_on_air();
    api_.add_routes(router_);
    HttpRoute pages;
    pages.pattern = "pages";
    pages.body_in_pieces = true;  // nothing is read of it
    pages.max_body_bytes = SIZE_MAX;
    pages.handler = [this](HttpRequest request) -> asio::awaitable<HttpResponse> {
      co_return serve_page(embedded_pages(), request, studio_);
    };
    router_.set_fallback(std::move(pages));
    HttpServerEvents events;
    events.answered = [this](const HttpAnswered& answered) { metrics_.answered(answered); };
    events.refused = [this](std::string_view limit) { metrics_.refused(limit); };
    server_ = std::make_unique<HttpServer>(
        role_.io(), HttpServerLimits{},
        [this](HttpRequest request) { return answer(std::move(request)); }, std::move(events),
        [this](HttpRequest& request) { return answer_at_once(request); });
  }

  int run() {
    RoleHandlers handlers;
    handlers.configure = [this](const NodeConfig& config, const std::vector<Channel>& channels) {
      configure(config, channels);
    };
    handlers.listen = [this](const std::string& name, UniqueFd socket) {
      listen(name, std::move(socket));
    };
    handlers.link = [this](const std::string& peer, const std::string& channel,
                           std::shared_ptr<Link> link) {
      if (peer == "relay") {
        relay_->attach(std::move(link));
      } else if (peer == "ingest") {
        ingest_->attach(std::move(link));
      } else if (peer == "streamer") {
        hls_.take_streamer(channel, std::move(link));
      }
    };
    handlers.message = [this](MessageKind kind, ByteSpan body) {
      if (kind == MessageKind::kGathered) metrics_page_.on_gathered(body);
      if (kind == MessageKind::kNodeState) take_node_state(body);
    };
    handlers.stop = [this] {
      certificate_.stop();
      figures_timer_.cancel();
      hls_.stop();
      recording_sync_.stop();
      hole_filler_.stop();
      recorder_.stop();
      bucket_.stop();
      peer_replay_.stop();
      stills_.stop();
      server_->stop(kStopGrace, [this] { role_.finished(); });
    };
    handlers.refresh_metrics = [this] { refresh_metrics(); };
    return role_.run(std::move(handlers));
  }

 private:
  asio::awaitable<HttpResponse> answer(HttpRequest request) {
    const bool webrtc =
        request.target.path.starts_with("/whep/") || request.target.path.starts_with("/whip/");
    const bool hls = is_hls(request.target.path);
    const std::string line = request.method + ' ' + request.target.path;
    const std::string address = request.client_address;
    HttpResponse response;
    if (peer_replay_.takes(request))
      response = co_await peer_replay_.answer(std::move(request));
    else
      response = co_await router_.handle(std::move(request));
    if (webrtc) allow_other_origins(response);
    if (hls) Hls::allow_other_origins(response);
    spdlog::debug("{} {} address={}", line, response.status, address);
    co_return response;
  }

  static bool is_hls(std::string_view path) {
    return path.starts_with("/hls/") || path.starts_with("/replay/");
  }

  // Only HLS, so far, has such answers.
  std::optional<HttpResponse> answer_at_once(HttpRequest& request) {
    if (!is_hls(request.target.path)) return {};
    std::optional<HttpResponse> response = router_.answer_at_once(request);
    if (!response) return {};
    Hls::allow_other_origins(*response);
    spdlog::debug("{} {} {} address={}", request.method, request.target.path, response->status,
                  request.client_address);
    return response;
  }

  void configure(const NodeConfig& config, const std::vector<Channel>& channels) {
    HttpServerLimits limits;
    limits.connections = static_cast<size_t>(config.http.max_connections);
    limits.connections_per_address = static_cast<size_t>(config.http.max_connections_per_address);
    server_->set_limits(limits);
    studio_ = std::find(config.roles.begin(), config.roles.end(), "control") != config.roles.end();
    api_.set_socket(control_socket_name(config.data_dir));
    leave_.set_socket(control_socket_name(config.data_dir));
    const recording::CoursewareLimits courseware{
        static_cast<uint64_t>(config.recording.courseware_mb) << 20,
        static_cast<uint64_t>(config.recording.courseware_total_mb) << 20};
    courseware_.set_limits(courseware);
    packages_.set_courseware_limits(courseware);
    packages_.set_reserve(static_cast<uint64_t>(config.recording.reserve_mb) << 20);
    whep_.set_channels(channels);
    whip_.set_channels(channels);
    gate_.set_channels(channels);
    hls_.set_channels(channels, std::chrono::milliseconds(config.hls.part_ms));
    if (!std::exchange(configured_, true)) tell_figures();
    replay_.set_channels(channels);
    recorder_.configure(config, channels);
    hole_filler_.configure(config.recording.peers);
    peer_replay_.configure(config);
    stills_.configure(config.recording.stills_every_s);
    recording_sync_.configure(config.node_name, control_socket_name(config.data_dir));
    https_wanted_ = config.http.https_port >= 0;
    certificate_.configure(config, https_wanted_);
  }

  // Once a second, for people.
  void tell_figures() {
    boost::json::array list;
    for (const auto& [channel, viewers] : hls_.audience().count(role_.now()))
      list.push_back(boost::json::object{{"channel", channel}, {"hls", viewers}});
    role_.tell(MessageKind::kFigures,
               boost::json::serialize(boost::json::object{{"gateway", std::move(list)}}));
    figures_timer_.expires_after(kFiguresEvery);
    figures_timer_.async_wait([this](boost::system::error_code cancelled) {
      if (!cancelled) tell_figures();
    });
  }

  void keep_what_is_on_air() {
    Hls::Kept kept;
    kept.published = [this](const HlsChannel& channel, const hls::LiveChannel::Published& part) {
      recorder_.handle_published(channel, part);
    };
    kept.late = [this](const HlsChannel& channel, hls::LiveChannel::Late late) {
      recorder_.handle_late(channel, std::move(late));
    };
    kept.media = [this](const HlsChannel& channel, size_t rendition, const hls::MediaName& name) {
      return rewind_.media(channel.channel().id, rendition, name);
    };
    kept.withdrawn = [this](const HlsChannel& channel, int64_t media_sequence) {
      return rewind_.is_withdrawn(channel, media_sequence);
    };
    hls_.set_kept(std::move(kept));
  }

  void tell_of_certificate(const Result<void>& loaded) {
    const std::string& fingerprint = certificate_.tls().fingerprint();
    boost::json::object status{{"certificate_sha256", fingerprint}};
    status["text"] = "serves, with the certificate " + fingerprint.substr(0, 16);
    if (!loaded) status["text"] = "certificate not taken: " + loaded.error().message;
    role_.status(boost::json::serialize(status));
  }

  void listen(const std::string& name, UniqueFd socket) {
    const bool https = name == "https";
    if (!https && name != "http") return spdlog::warn("a socket \"{}\" is not for us", name);
    const auto listening = server_->listen(
        std::move(socket), https ? certificate_.shared() : std::shared_ptr<const TlsServer>());
    if (!listening) return spdlog::error("{}: {}", name, listening.error().message);
    (https ? https_listening_ : http_listening_) = true;
    if (http_listening_ && (https_listening_ || !https_wanted_)) role_.ready();
  }

  void take_node_state(ByteSpan body) {
    const auto node = JsonFields::parse(as_text(body));
    if (!node) return spdlog::warn("the node's state is malformed: {}", node.error().message);
    node->read("pictures", pictures_);
    node->read("without_picture", without_picture_);
  }

  Readiness readiness() const {
    Readiness now;
    now.pictures = pictures_;
    now.without_picture = without_picture_;
    now.relay = relay_->attached();
    now.channels = configured_;
    now.http = http_listening_;
    now.https = !https_wanted_ || (https_listening_ && certificate_.tls().context());
    return now;
  }

  bool gather(uint64_t number) {
    return role_.tell(MessageKind::kGather,
                      boost::json::serialize(boost::json::object{{"request", number}}));
  }
  void refresh_metrics() {
    metrics_.set_connections(server_->connections());
    metrics_.set_relay_link(relay_->attached());
    hls_metrics_.set_held(hls_.held());
    recording_metrics_.refresh(recorder_, recordings_, hole_filler_);
    bucket_metrics_.refresh(bucket_);
    peer_replay_metrics_.refresh(peer_replay_);
  }

  Role role_;
  HttpMetrics metrics_;
  HlsMetrics hls_metrics_;
  HttpRouter router_;
  std::shared_ptr<RelayClient> relay_;
  std::shared_ptr<IngestClient> ingest_;
  Whep whep_;
  Whip whip_;
  Hls hls_;
  WatchGate gate_;
  RecordingMetrics recording_metrics_;
  BucketMetrics bucket_metrics_;
  PeerReplayMetrics peer_replay_metrics_;
  DiskPool disk_;
  Recordings recordings_;
  RecordingBucket bucket_;
  Recorder recorder_;
  HoleFiller hole_filler_;
  Rewind rewind_;
  Replay replay_;
  PeerReplay peer_replay_;
  StudioLeave leave_;
  CoursewareShelf courseware_;
  CaptionShelf captions_;
  Packages packages_;
  Stills stills_;
  Thumbnails thumbnails_;
  RecordingSync recording_sync_;
  ApiProxy api_;
  MetricsPage metrics_page_;
  NodeCertificate certificate_;
  asio::steady_timer figures_timer_;
  std::unique_ptr<HttpServer> server_;
  bool studio_ = false;
  bool configured_ = false;
  bool pictures_ = false;
  std::vector<std::string> without_picture_;
  bool https_wanted_ = false;
  bool http_listening_ = false;
  bool https_listening_ = false;
};

}  // namespace

int run_gateway(UniqueFd supervisor) {
  return Gateway(std::move(supervisor)).run();
}

}  // namespace longmen
