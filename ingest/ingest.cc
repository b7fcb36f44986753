#include "ingest/ingest.h"

#include <spdlog/spdlog.h>

#include <boost/asio/steady_timer.hpp>
#include <boost/json.hpp>
#include <functional>

#include "ingest/feed_figures.h"
#include "ingest/feeds.h"
#include "ingest/pulls.h"
#include "ingest/rtmp_listener.h"
#include "ingest/rtsp_listener.h"
#include "ingest/srt_listener.h"
#include "ingest/whip_listener.h"
#include "net/node_certificate.h"
#include "net/role.h"

namespace longmen {
namespace {

constexpr std::chrono::seconds kFiguresEvery{1};

std::string feed_json(const Feed& feed) {
  boost::json::object json{
      {"channel", feed.channel()}, {"input", name_of(feed.input())}, {"up", feed.up()}};
  if (feed.up()) {
    json["sender"] = feed.publisher().sender;
    json["protocol"] = feed.publisher().protocol;
    json["encoder"] = feed.publisher().encoder;
  }
  return boost::json::serialize(json);
}

}  // namespace

int run_ingest(UniqueFd supervisor) {
  Role role("ingest", "", std::move(supervisor));
  IngestMetrics metrics(role.metrics());
  Feeds* all = nullptr;
  Feeds feeds(
      metrics,
      {.feed_changed = [&](const Feed& feed) { role.tell(MessageKind::kFeed, feed_json(feed)); },
       .status_changed = [&] { role.status(all->status()); }});
  all = &feeds;
  RtmpListener rtmp(role.io(), feeds, metrics);
  RtspListener rtsp(role.io(), feeds, metrics);
  SrtListener srt(role.io(), feeds, metrics);
  WhipListener whip(role.io(), feeds, metrics);
  Pulls pulls(role.io(), feeds, metrics);
  NodeCertificate certificate(role.io(), "RTMPS and RTSPS", nullptr);
  bool configured = false;
  FeedFigures figures;
  boost::asio::steady_timer figures_timer(role.io());
  const std::function<void()> tell_figures = [&] {
    role.tell(MessageKind::kFigures, figures.look(feeds, role.now()));
    figures_timer.expires_after(kFiguresEvery);
    figures_timer.async_wait([&](boost::system::error_code cancelled) {
      if (!cancelled) tell_figures();
    });
  };

  RoleHandlers handlers;
  handlers.configure = [&](const NodeConfig& config, const std::vector<Channel>& channels) {
    feeds.configure(channels, config.rtmp.wrong_keys_per_minute);
    rtmp.set_max_connections(static_cast<size_t>(config.rtmp.max_connections),
                             static_cast<size_t>(config.rtmp.max_connections_per_address));
    rtsp.configure(config.rtsp);
    srt.configure(config.srt);
    whip.configure(config.whip, config.relay.public_address);
    pulls.configure(config.pulls);
    certificate.configure(config, config.rtmp.tls_port >= 0 || config.rtsp.tls_port >= 0);
    if (configured) return;
    configured = true;
    role.status(feeds.status());
    role.ready();
    tell_figures();
  };
  handlers.listen = [&](const std::string& name, UniqueFd socket) {
    if (name == "srt") return srt.start(std::move(socket));
    if (name == "whip") {
      const auto port = whip.start(std::move(socket));
      if (!port) return spdlog::error("WHIP: {}", port.error().message);
      return spdlog::info("WHIP's media on UDP port {}", *port);
    }
    const bool by_rtsp = name == "rtsp" || name == "rtsps";
    if (!by_rtsp && name != "rtmp" && name != "rtmps")
      return spdlog::warn("no use for a socket named {}", name);
    SenderListener& listener = by_rtsp ? static_cast<SenderListener&>(rtsp) : rtmp;
    const auto started =
        listener.start(std::move(socket), name.ends_with("s") ? certificate.shared()
                                                              : std::shared_ptr<const TlsServer>());
    if (!started) return spdlog::error("{}", started.error().message);
    spdlog::info("{} on port {}", name, *started);
  };
  handlers.link = [&](const std::string& peer, const std::string& channel,
                      std::shared_ptr<Link> link) {
    if (peer == "gateway") return whip.take_gateway(link);
    if (peer != "streamer") return link->close();
    feeds.set_link(channel, std::move(link));
  };
  handlers.stop = [&] {
    figures_timer.cancel();
    rtmp.stop();
    rtsp.stop();
    srt.stop();
    whip.stop();
    pulls.stop();
    certificate.stop();
    feeds.stop();
    role.finished();
  };
  return role.run(std::move(handlers));
}

}  // namespace longmen
