#include "ingest/ingest.h"

#include <spdlog/spdlog.h>

#include <boost/asio/steady_timer.hpp>
#include <boost/json.hpp>
#include <functional>

#include "ingest/feed_figures.h"
#include "ingest/feeds.h"
#include "ingest/rtmp_listener.h"
#include "net/role.h"

namespace longmen {
namespace {

constexpr std::chrono::seconds kFiguresEvery{1};

std::string feed_json(const Feed& feed) {
  boost::json::object json{{"channel", feed.channel()}, {"up", feed.up()}};
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
    rtmp.set_max_connections(static_cast<size_t>(config.rtmp.max_connections));
    if (configured) return;
    configured = true;
    role.status(feeds.status());
    role.ready();
    tell_figures();
  };
  handlers.listen = [&](const std::string& name, UniqueFd socket) {
    if (name != "rtmp") return spdlog::warn("no use for a socket named {}", name);
    if (const auto started = rtmp.start(std::move(socket)); !started)
      spdlog::error("{}", started.error().message);
    else
      spdlog::info("RTMP on port {}", rtmp.port());
  };
  handlers.link = [&](const std::string& peer, const std::string& channel,
                      std::shared_ptr<Link> link) {
    if (peer != "streamer") return link->close();
    feeds.set_link(channel, std::move(link));
  };
  handlers.stop = [&] {
    figures_timer.cancel();
    rtmp.stop();
    feeds.stop();
    role.finished();
  };
  return role.run(std::move(handlers));
}

}  // namespace longmen
