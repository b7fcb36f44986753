#include "ingest/pulls.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <utility>

#include "core/guide/utc_text.h"
#include "ingest/farewells.h"
#include "ingest/monotonic_now.h"

namespace longmen {
namespace {

constexpr std::chrono::seconds kFarewell{1};  // of the sources, when all is over

std::string protocol_of(const PullConfig& config) {
  if (config.url.empty()) return std::string(kFilesProtocol);
  const auto url = parse_pull_url(config.url);
  if (!url) return "pull";
  switch (url->scheme) {
    case PullUrl::Scheme::kSrt:
      return "srt";
    case PullUrl::Scheme::kUdp:
      return "udp";
    case PullUrl::Scheme::kRtp:
      return "rtp";
    case PullUrl::Scheme::kRtsp:
      return "rtsp";
    case PullUrl::Scheme::kHls:
      return "hls";
  }
  return "pull";
}

ChannelInput input_of(const PullConfig& config) {
  return channel_input_named(config.role).value_or(ChannelInput::kPrimary);
}

std::string shown(const PullConfig& config) {
  if (config.url.empty()) return config.items.front().file;
  const auto url = parse_pull_url(config.url);
  return url ? url->shown() : "an address that is not understood";
}

}  // namespace

struct Pulls::Pull {
  Pull(boost::asio::io_context& io, PullConfig what) : config(std::move(what)), timer(io) {}
  ~Pull() { *alive = false; }
  Pull(const Pull&) = delete;
  Pull& operator=(const Pull&) = delete;

  PullConfig config;
  boost::asio::steady_timer timer;
  std::unique_ptr<PullSource> source;
  std::unique_ptr<Publication> publication;
  std::chrono::milliseconds wait{0};
  Monotonic placed;
  bool homeless = false;  // its channel does not exist, and the log says so
  // Of the source that runs; one that has ended may still be heard of.
  std::shared_ptr<bool> current = std::make_shared<bool>(false);
  std::shared_ptr<bool> alive = std::make_shared<bool>(true);
};

Pulls::Pulls(boost::asio::io_context& io, Feeds& feeds, IngestMetrics& metrics, MakeSource make)
    : io_(io), feeds_(feeds), metrics_(metrics), make_(std::move(make)) {}

Pulls::~Pulls() {
  stop();
  Farewells::wait(kFarewell);
}

void Pulls::stop() {
  for (Pull& pull : pulls_)
    end(pull);
  pulls_.clear();
}

void Pulls::configure(const std::vector<PullConfig>& wanted) {
  for (auto pull = pulls_.begin(); pull != pulls_.end();) {
    if (std::find(wanted.begin(), wanted.end(), pull->config) != wanted.end()) {
      ++pull;
      continue;
    }
    end(*pull);
    pull = pulls_.erase(pull);
  }
  for (const PullConfig& config : wanted) {
    const bool known = std::any_of(pulls_.begin(), pulls_.end(),
                                   [&](const Pull& pull) { return pull.config == config; });
    if (known) continue;
    try_again(pulls_.emplace_back(io_, config), std::chrono::milliseconds(0));
  }
}

void Pulls::try_again(Pull& pull, std::chrono::milliseconds after) {
  pull.timer.expires_after(after);
  pull.timer.async_wait([this, &pull, alive = pull.alive](boost::system::error_code cancelled) {
    if (!cancelled && *alive) begin(pull);
  });
}

std::unique_ptr<PullSource> Pulls::make_source(const PullConfig& config, PullHandlers handlers) {
  if (make_) return make_(config, std::move(handlers));
  if (config.url.empty())
    return make_gstreamer_pull(io_, config, {}, metrics_, std::move(handlers));
  const auto url = parse_pull_url(config.url);
  if (!url) return nullptr;  // it was checked when the configuration was read
  switch (url->scheme) {
    case PullUrl::Scheme::kSrt:
      return make_srt_pull(io_, config, *url, metrics_, std::move(handlers));
    case PullUrl::Scheme::kUdp:
    case PullUrl::Scheme::kRtp:
      return make_datagram_pull(io_, config, *url, metrics_, std::move(handlers));
    case PullUrl::Scheme::kRtsp:
    case PullUrl::Scheme::kHls:
      break;
  }
  return make_gstreamer_pull(io_, config, *url, metrics_, std::move(handlers));
}

void Pulls::begin(Pull& pull) {
  const Feed* feed = feeds_.find(pull.config.channel, input_of(pull.config));
  if (!feed && !std::exchange(pull.homeless, true)) {
    spdlog::warn("pull of {} waits: there is no channel {}", shown(pull.config),
                 pull.config.channel);
  }
  if (!feed || feed->up()) return try_again(pull, kLookAgain);
  pull.homeless = false;
  *pull.current = false;
  pull.current = std::make_shared<bool>(true);
  PullHandlers handlers;
  handlers.place = [this, &pull, current = pull.current]() -> Publication* {
    return *current ? place(pull) : nullptr;
  };
  handlers.rests = [this, &pull, current = pull.current](CueTime until) {
    if (*current) rests(pull, until);
  };
  // Not from within the source, which is destroyed there.
  handlers.ended = [this, &pull, current = pull.current](const std::string& why, bool well) {
    boost::asio::post(io_, [this, &pull, current, why, well] {
      if (*current) ended(pull, why, well);
    });
  };
  pull.source = make_source(pull.config, std::move(handlers));
}

Publication* Pulls::place(Pull& pull) {
  if (pull.publication) return pull.publication.get();
  Publisher publisher;
  publisher.protocol = protocol_of(pull.config);
  publisher.sender = shown(pull.config);
  publisher.cut = [this, &pull, current = pull.current](CutReason reason) {
    if (!*current) return;
    boost::asio::post(io_, [this, &pull, current, reason] {
      if (*current) ended(pull, cut_reason_name(reason), false);
    });
  };
  auto publication =
      feeds_.publish_pulled(pull.config.channel, input_of(pull.config), std::move(publisher));
  if (!publication) return nullptr;
  pull.publication = std::move(*publication);
  pull.placed = monotonic_now();
  return pull.publication.get();
}

void Pulls::rests(Pull& pull, CueTime until) {
  pull.publication.reset();
  const UtcParts at = utc_parts(until.time_since_epoch().count());
  const std::string words =
      fmt::format("pull of {}: the next file begins at {:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z",
                  shown(pull.config), at.year, at.month, at.day, at.hour, at.minute, at.second);
  spdlog::info("{} channel={}", words, pull.config.channel);
  feeds_.note(pull.config.channel, input_of(pull.config), words);
}

void Pulls::ended(Pull& pull, const std::string& why, bool well) {
  if (pull.publication && monotonic_now() - pull.placed >= kStable) pull.wait = {};
  end(pull);
  if (well) {
    spdlog::info("pull of {} is at its end channel={}", shown(pull.config), pull.config.channel);
    return;
  }
  const auto longest = std::chrono::duration_cast<std::chrono::milliseconds>(kLongestWait);
  pull.wait = std::clamp(pull.wait * 2, kFirstWait, longest);
  const std::string words =
      fmt::format("pull of {}: {}; again in {} ms", shown(pull.config), why, pull.wait.count());
  spdlog::warn("{} channel={}", words, pull.config.channel);
  feeds_.note(pull.config.channel, input_of(pull.config), words);
  try_again(pull, pull.wait);
}

void Pulls::end(Pull& pull) {
  *pull.current = false;
  pull.timer.cancel();
  pull.source.reset();
  pull.publication.reset();
}

}  // namespace longmen
