#include "streamer/streamer.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/json.hpp>
#include <memory>

#include "net/role.h"
#include "net/slate_file.h"
#include "streamer/air_delay.h"
#include "streamer/feed_inputs.h"
#include "streamer/gateway_outlet.h"
#include "streamer/gst_setup.h"
#include "streamer/overlay_artist.h"
#include "streamer/preview_outlet.h"
#include "streamer/programme.h"
#include "streamer/programme_news.h"
#include "streamer/relay_outlet.h"
#include "streamer/slate_playback.h"

namespace longmen {
namespace {

// Tells the generations of nodes apart that begin in the same millisecond (core/media/identity.h).
uint16_t node_tag(const std::string& node_name) {
  uint32_t hash = 2166136261;  // FNV-1a
  for (char c : node_name)
    hash = (hash ^ static_cast<uint8_t>(c)) * 16777619;
  return static_cast<uint16_t>(hash ^ hash >> 16);
}

// The units go to both.
ProgrammeEncoder::Outputs both(ProgrammeEncoder::Outputs one, ProgrammeEncoder::Outputs other) {
  ProgrammeEncoder::Outputs outputs;
  outputs.announced = [one = one.announced,
                       other = other.announced](const GenerationAnnouncement& announcement) {
    one(announcement);
    other(announcement);
  };
  outputs.unit = [one = std::move(one.unit), other = std::move(other.unit)](const MediaUnit& unit) {
    one(unit);
    other(unit);
  };
  return outputs;
}

// Of them what the studio looks at, with the time at which it was made: the lowest rung and sound.
ProgrammeEncoder::Outputs as_made(ProgrammeEncoder::Outputs to, const Channel& channel) {
  const RenditionId lowest{static_cast<uint8_t>(channel.video.size() - 1)};
  ProgrammeEncoder::Outputs outputs;
  outputs.announced = std::move(to.announced);
  outputs.unit = [to = std::move(to.unit), lowest,
                  ahead = Flicks(channel.air_delay)](const MediaUnit& unit) {
    if (unit.rendition != lowest && unit.rendition != kOpusRendition) return;
    MediaUnit made = unit;
    made.time -= ahead;
    to(made);
  };
  return outputs;
}

constexpr std::chrono::seconds kFiguresEvery{1};

class Streamer {
 public:
  Streamer(std::string channel, UniqueFd supervisor)
      : role_("streamer", std::move(channel), std::move(supervisor)),
        outlet_(role_.io(), &role_.clock()),
        gateway_outlet_(role_.io()),
        preview_outlet_(role_.io()),
        programme_outlet_(role_.io(), &role_.clock(),
                          {MessageKind::kProgrammeGeneration, MessageKind::kProgrammeUnit}),
        air_delay_(role_.io()),
        figures_timer_(role_.io()) {}

  int run() {
    role_.own_heartbeat(true);
    RoleHandlers handlers;
    handlers.configure = [this](const NodeConfig& node, const std::vector<Channel>& channels) {
      configure(node, channels);
    };
    handlers.link = [this](const std::string& peer, const std::string& channel,
                           std::shared_ptr<Link> link) { on_link(peer, channel, std::move(link)); };
    handlers.stop = [this] {
      figures_timer_.cancel();
      end_programme();
      role_.finished();
    };
    const int exit_code = role_.run(std::move(handlers));
    end_programme();
    return failed_ ? 1 : exit_code;
  }

 private:
  void configure(const NodeConfig& node, const std::vector<Channel>& channels) {
    const auto found = std::ranges::find(channels, role_.channel(), &Channel::id);
    if (found == channels.end()) return fail("the channel does not exist any more");
    Channel wanted = programme_part(*found);
    const bool same = programme_ && wanted == programme_part(channel_) &&
                      found->air_delay == channel_.air_delay &&
                      languages_on_air(found->sound) == languages_on_air(channel_.sound);
    wanted.failover = found->failover;
    wanted.sound = found->sound;
    wanted.session = found->session;
    wanted.air = found->air;
    wanted.air_delay = found->air_delay;
    wanted.overlay = found->overlay;
    if (same) {
      if (wanted.overlay != channel_.overlay) artist_->draw(wanted.overlay);
      // What is held when the channel is cut never airs (core/node/air_line.h says so, too).
      if (wanted.air.rule == AirRule::kCut && channel_.air.rule != AirRule::kCut) air_delay_.drop();
      channel_ = wanted;
      programme_->set_failover(wanted.failover, wanted.air.input);
      programme_->set_sound(wanted.sound, live_session_of(wanted));
      return follow_slate(slate_file_on(*found, SlateOccasion::kTrouble));
    }
    if (auto ready = set_up_gstreamer(); !ready) return fail(ready.error().message);
    end_programme();
    channel_ = wanted;
    begin_programme(node_tag(node.node_name));
    slate_file_.clear();
    follow_slate(slate_file_on(*found, SlateOccasion::kTrouble));
  }

  // Read and decoded on a thread of its own. While there is none, the one before is shown, or the
  // card.
  void follow_slate(const std::string& file) {
    if (file.empty() || file == slate_file_) return;
    slate_file_ = file;
    boost::asio::post(slate_thread_, [this, file, channel = channel_] {
      auto slate = load_slate(file, kOpusRendition);
      Result<std::unique_ptr<SlatePlayback>> playback = tl::unexpected(Error{});
      if (slate) {
        playback = SlatePlayback::make(std::move(*slate), channel);
      } else {
        playback = tl::unexpected(slate.error());
      }
      // A handler can be copied, what it holds need not be.
      auto made = std::make_shared<Result<std::unique_ptr<SlatePlayback>>>(std::move(playback));
      boost::asio::post(role_.io(), [this, file, made] {
        if (file != slate_file_ || !programme_) return;
        if (!*made)
          return spdlog::error("slate {}: {} channel={}", file, made->error().message, channel_.id);
        programme_->set_slate(std::move(**made));
      });
    });
  }

  void begin_programme(uint16_t tag) {
    metrics_.reset();  // first: it takes its series with it
    metrics_ = std::make_unique<StreamerMetrics>(role_.metrics(), channel_);
    Programme::Hooks hooks;
    hooks.outputs = begin_outputs();
    hooks.alive = [this] { role_.alive(); };
    hooks.failed = [this](const std::string& words) {
      boost::asio::post(role_.io(), [this, words] { fail(words); });
    };
    hooks.switched = [this](const SwitchReport& report) {
      boost::asio::post(role_.io(), [this, report] { on_switched(report); });
    };
    news_ = ProgrammeNews(channel_.id, languages_on_air(channel_.sound));
    const AirClock clock(role_.clock(), Flicks(channel_.air_delay));
    programme_ = std::make_unique<Programme>(channel_, tag, clock, *metrics_, std::move(hooks));
    previews_ = std::make_unique<InputPreviews>(
        channel_, tag, role_.clock(), *metrics_,
        [this](ChannelInput input) { return preview_outlet_.begin(input); });
    previews_->want(preview_outlet_.wanted());
    input_ = std::make_unique<FeedInputs>(channel_, clock, *programme_, *metrics_, previews_.get());
    artist_ = std::make_unique<OverlayArtist>(
        channel_.video.front().width, channel_.video.front().height,
        [this, id = channel_.id](std::shared_ptr<const OverlayArt> art) {
          if (!art->fault.empty()) spdlog::error("{} channel={}", art->fault, id);
          programme_->set_overlay(std::move(art));
        });
    if (channel_.overlay.shows_anything()) artist_->draw(channel_.overlay);
    input_->begin(role_.now());
    ask_for_feed();
    tell_figures();
  }

  // Where what the encoders make goes: to the air, at once or after a while; then to the studio,
  // too.
  ProgrammeEncoder::Outputs begin_outputs() {
    const auto made = [this] { role_.ready(); };
    if (channel_.air_delay == std::chrono::milliseconds(0)) {
      programme_outlet_.begin([] {});
      return both(outlet_.begin(made), gateway_outlet_.begin());
    }
    spdlog::info("the programme is held for {} ms before it airs channel={}",
                 channel_.air_delay.count(), channel_.id);
    return both(as_made(programme_outlet_.begin(made), channel_),
                air_delay_.begin(channel_.air_delay, AirDelay::max_bytes(channel_),
                                 both(outlet_.begin([] {}), gateway_outlet_.begin())));
  }

  void on_switched(const SwitchReport& report) {
    if (!programme_) return;
    const bool good = report.what.to == Shown::kPrimary;
    spdlog::log(good ? spdlog::level::info : spdlog::level::warn, "{} channel={}",
                news_.take(report), channel_.id);
    tell_figures();
  }

  void tell_figures() {
    if (!programme_) return;
    const ProgrammeState state = programme_->state();
    role_.tell(MessageKind::kFigures,
               news_.figures(state, {air_delay_.delay(), air_delay_.held_bytes()}));
    metrics_->held(air_delay_.delay(), air_delay_.held_bytes(), air_delay_.left_out(),
                   air_delay_.dropped());
    std::string status =
        news_.status(state, air_delay_.delay(), role_.clock().media_at(role_.now()));
    if (status != status_) {
      status_ = std::move(status);
      role_.status(status_);
    }
    figures_timer_.expires_after(kFiguresEvery);
    figures_timer_.async_wait([this](boost::system::error_code cancelled) {
      if (!cancelled) tell_figures();
    });
  }

  // A new programme has a new input, which knows neither the feed's tracks nor its last keyframe.
  void ask_for_feed() {
    if (!ingest_) return;
    // What comes before the tracks was on its way already, for the input before.
    feed_awaited_ = true;
    ingest_->send(MessageKind::kFeedAgain, ByteSpan());
  }

  void from_ingest(MessageKind kind, ByteSpan body) {
    if (kind == MessageKind::kFeedTrack || kind == MessageKind::kFeedEnd) feed_awaited_ = false;
    if (input_ && !feed_awaited_) input_->message(kind, body, role_.now());
  }

  void end_programme() {
    artist_.reset();  // whose thread speaks to the programme
    input_.reset();
    previews_.reset();
    programme_.reset();
    air_delay_.end();
  }

  void on_link(const std::string& peer, const std::string& channel, std::shared_ptr<Link> link) {
    if (channel != role_.channel() || !programme_) return;
    if (peer == "ingest") {
      ingest_ = link;
      feed_awaited_ = false;
      link->start(
          [this, from = link.get()](MessageKind kind, ByteSpan body, UniqueFd) {
            if (ingest_.get() == from) from_ingest(kind, body);
          },
          [this, from = link.get()] {
            spdlog::info("ingest is gone");
            if (ingest_.get() == from) ingest_.reset();
          });
      input_->begin(role_.now());
    } else if (peer == "relay") {
      link->start(
          [this](MessageKind kind, ByteSpan body, UniqueFd) {
            if (kind == MessageKind::kKeyframeRequest && programme_) programme_->request_keyframe();
            if (kind == MessageKind::kPreviewsWanted) want_previews(body);
          },
          [] { spdlog::info("the relay is gone"); });
      preview_outlet_.attach(link);
      if (previews_) previews_->want(preview_outlet_.wanted());
      programme_outlet_.attach(link);
      outlet_.attach(std::move(link));
    } else if (peer == "gateway") {
      link->start([](MessageKind, ByteSpan, UniqueFd) {},
                  [] { spdlog::info("the gateway is gone"); });
      gateway_outlet_.attach(std::move(link));
    }
  }

  void want_previews(ByteSpan body) {
    if (!preview_outlet_.take_wanted(as_text(body)))
      return spdlog::warn("the relay's wish for previews is not understood channel={}",
                          role_.channel());
    if (previews_) previews_->want(preview_outlet_.wanted());
  }

  void fail(const std::string& words) {
    spdlog::error("streamer ends: {} channel={}", words, role_.channel());
    role_.status(boost::json::serialize(boost::json::object{{"text", words}}));
    failed_ = true;
    end_programme();
    role_.finished();
  }

  Role role_;
  RelayOutlet outlet_;
  GatewayOutlet gateway_outlet_;
  PreviewOutlet preview_outlet_;
  RelayOutlet programme_outlet_;  // before it is held
  AirDelay air_delay_;
  Channel channel_;
  std::unique_ptr<StreamerMetrics> metrics_;
  std::unique_ptr<Programme> programme_;
  std::unique_ptr<InputPreviews> previews_;
  std::unique_ptr<FeedInputs> input_;
  std::unique_ptr<OverlayArtist> artist_;
  ProgrammeNews news_{""};
  std::string status_;  // as it was told last
  std::string slate_file_;
  boost::asio::steady_timer figures_timer_;
  std::shared_ptr<Link> ingest_;
  bool feed_awaited_ = false;  // asked for again, and not come yet
  bool failed_ = false;
  boost::asio::thread_pool slate_thread_{1};  // last: what it does uses the rest
};

}  // namespace

int run_streamer(std::string channel, UniqueFd supervisor) {
  return Streamer(std::move(channel), std::move(supervisor)).run();
}

}  // namespace longmen
