// RTSP, HLS and files, fetched by GStreamer: what comes of a pipeline (ingest/gstreamer_run.h) goes
// to the feed. Files follow each other on one line of time, as core/feed/playlist.h says, each by a
// pipeline of its own; one that cannot be played is passed over. Thread: the io_context's.
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <boost/asio/system_timer.hpp>
#include <optional>
#include <utility>

#include "core/feed/playlist.h"
#include "ingest/gstreamer_run.h"
#include "ingest/gstreamer_start.h"
#include "ingest/monotonic_now.h"
#include "ingest/pull_source.h"
#include "ingest/silence_timer.h"
#include "ingest/way_home.h"

namespace longmen {
namespace {

using namespace std::chrono_literals;

constexpr auto kRtspSilence = 10s;
constexpr auto kFetchSilence = 30s;  // of HLS a playlist and a long segment come first

CueTime wall_now() {
  return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
}

class GstreamerPull : public PullSource {
 public:
  GstreamerPull(boost::asio::io_context& io, const PullConfig& pull, const PullUrl& url,
                IngestMetrics& metrics, PullHandlers handlers)
      : io_(io),
        config_(pull),
        url_(url),
        metrics_(metrics),
        handlers_(std::move(handlers)),
        rtsp_(url.scheme == PullUrl::Scheme::kRtsp),
        silence_(
            io, [this] { on_silence(); }, rtsp_ ? kRtspSilence : kFetchSilence),
        home_(std::make_shared<WayHome>(io)),
        cue_(io) {
    if (!pull.items.empty()) list_.emplace(pull.items, pull.repeat == "forever");
    when_gstreamer_has_started([this, home = home_] {
      home->post([this] { list_ ? go(list_->begin(wall_now())) : begin({}); });
    });
  }
  ~GstreamerPull() override { home_->close(); }

 private:
  // What the list says is to happen now, and what is to be asked again later.
  void go(const Playlist::Step& step) {
    stop();
    step_ = step;
    cue_.cancel();
    if (step.kind == Playlist::Step::Kind::kOver) return end("", true);
    if (step.until) watch_cue();
    if (step.kind == Playlist::Step::Kind::kWait) return handlers_.rests(*step.until);
    begin(GstreamerRun::Place{item().file, step.position, item().to});
  }

  void watch_cue() {
    cue_.expires_at(*step_.until);
    cue_.async_wait([this, home = home_](boost::system::error_code cancelled) {
      if (!cancelled) home->post([this] { on_cue(); });
    });
  }

  // It may have been another step's, or the clock been set back.
  void on_cue() {
    if (ended_ || !step_.until) return;
    const CueTime now = wall_now();
    now < *step_.until ? watch_cue() : go(list_->begin(now));
  }

  void on_silence() {
    if (!list_ || step_.kind == Playlist::Step::Kind::kPlay)
      end("nothing came for too long", false);
  }

  void begin(std::optional<GstreamerRun::Place> place) {
    silence_.begin();
    gave_something_ = false;
    bytes_ = 0;
    measure_at_ = monotonic_now() + kTellHealthEvery;
    GstreamerRun::Handlers handlers;
    handlers.take = [this](const GstreamerRun::Given& given) { take(given); };
    handlers.ended = [this](bool at_end, const std::string& why) { on_run_ended(at_end, why); };
    handlers.missed = [this](auto length) { on_missed(length); };
    run_.emplace(io_, config_, rtsp_, std::move(place), offset_, std::move(handlers));
  }

  void stop() {
    if (!run_) return;
    offset_ = std::max(offset_, run_->end());
    run_.reset();
  }

  const PlaylistItem& item() const { return list_->items()[step_.item]; }

  void take(const GstreamerRun::Given& given) {
    if (ended_) return;
    if (!given.unsupported.empty()) {
      metrics_.refused(RefusalReason::kUnsupportedCodec);
      if (given.video)
        return on_run_ended(false,
                            fmt::format("video codec {} is not supported", given.unsupported));
      // Cameras have sound that nobody asked for: their picture is wanted all the same.
      return spdlog::warn("a pull's audio codec {} is not supported: on without it channel={}",
                          given.unsupported, config_.channel);
    }
    Publication* publication = handlers_.place();
    if (!publication) return end("the channel has another feed", false);
    if (given.track) publication->track(*given.track);
    if (!given.unit) return;
    gave_something_ = true;
    silence_.broken();
    publication->unit(*given.unit);
    bytes_ += given.unit->data.size();
    if (rtsp_ && monotonic_now() >= measure_at_) measure(*publication);
  }

  void measure(Publication& publication) {
    PathHealth health = run_->path();
    health.bits_per_second = bit_rate_told(std::exchange(bytes_, 0));
    publication.measured(health);
    measure_at_ = monotonic_now() + kTellHealthEvery;
  }

  void on_run_ended(bool at_end, const std::string& why) {
    if (ended_) return;
    const std::string words = at_end ? "it has ended" : url_.redacted(why);
    if (!list_) return end(words, false);
    if (!at_end) spdlog::warn("file {}: {} channel={}", item().file, words, config_.channel);
    failed_in_a_row_ = gave_something_ ? 0 : failed_in_a_row_ + 1;
    if (failed_in_a_row_ >= list_->items().size()) return end("none can be played", false);
    const CueTime now = wall_now();
    go(list_->after(step_.item, gave_something_ ? now : step_.began, now));
  }

  // Who comes late may find the file at its end already; an in point behind it is a mistake.
  void on_missed(std::optional<std::chrono::milliseconds> length) {
    if (ended_) return;
    if (!length) return on_run_ended(false, "one cannot begin in its middle");
    if (step_.position == item().from)
      return on_run_ended(
          false, fmt::format("it is {} ms long, and from_ms behind that", length->count()));
    go(list_->beyond(step_, *length, wall_now()));
  }

  void end(const std::string& why, bool well) {
    if (!std::exchange(ended_, true)) handlers_.ended(why, well);
  }

  boost::asio::io_context& io_;
  PullConfig config_;
  PullUrl url_;  // empty: files
  IngestMetrics& metrics_;
  PullHandlers handlers_;
  bool rtsp_;
  SilenceTimer silence_;
  std::shared_ptr<WayHome> home_;
  std::optional<Playlist> list_;  // none: one source, by its address
  Playlist::Step step_;
  boost::asio::system_timer cue_;
  std::optional<GstreamerRun> run_;
  bool gave_something_ = false;  // the run
  size_t failed_in_a_row_ = 0;
  size_t bytes_ = 0;  // since it was measured
  Monotonic measure_at_;
  Flicks offset_{0};
  bool ended_ = false;
};

}  // namespace

std::unique_ptr<PullSource> make_gstreamer_pull(boost::asio::io_context& io, const PullConfig& pull,
                                                const PullUrl& url, IngestMetrics& metrics,
                                                PullHandlers handlers) {
  return std::make_unique<GstreamerPull>(io, pull, url, metrics, std::move(handlers));
}

}  // namespace longmen
