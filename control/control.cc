#include "control/control.h"

#include <fmt/ranges.h>
#include <spdlog/spdlog.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "control/air_delay_table.h"
#include "control/air_table.h"
#include "control/api.h"
#include "control/channel_sessions.h"
#include "control/overlay_table.h"
#include "control/studio_api.h"
#include "net/http_server.h"
#include "net/public_address.h"
#include "net/role.h"

namespace longmen {
namespace asio = boost::asio;
namespace {

using namespace std::chrono_literals;
constexpr auto kStopGrace = 1500ms;  // of the two seconds that a role has
constexpr auto kLookAgain = 2s;      // for channels that another process changed
constexpr auto kTryAgain = 1s;       // a database that is away
constexpr auto kHouseInterval = 1h;
constexpr auto kClockInterval = 1s;  // sessions start and end to the second

int64_t wall_clock_ms() {
  return std::chrono::system_clock::now().time_since_epoch() / 1ms;
}

Result<std::vector<Channel>> channels_now(Store& store, int64_t now_ms,
                                          std::chrono::milliseconds reopen_within,
                                          const std::string& logo_folder) {
  return store.database().read("channels", [&](soci::session& sql) -> Result<std::vector<Channel>> {
    std::vector<Channel> channels = channels_in_force(sql);
    add_sessions(sql, channels, now_ms, reopen_within);
    AirDelayTable(sql).fill(channels);
    for (const std::string& trouble : OverlayTable(sql).fill(channels, logo_folder))
      spdlog::error("{}", trouble);
    return channels;
  });
}

class Control {
 public:
  explicit Control(UniqueFd supervisor)
      : role_("control", "", std::move(supervisor)),
        store_(role_.io()),
        api_(store_, node_),
        studio_(role_.io(), store_, studio_settings()),
        house_timer_(role_.io()),
        clock_timer_(role_.io()),
        roll_timer_(role_.io()),
        library_timer_(role_.io()),
        wake_(role_.io()) {
    api_.add_routes(router_);
    studio_.add_routes(router_);
    studio_.add_local_routes(router_);
    studio_.on_channels_changed([this] { look_again(); });
    server_ = std::make_unique<HttpServer>(
        role_.io(), HttpServerLimits{},
        [this](HttpRequest request) { return router_.handle(std::move(request)); });
  }

  int run() {
    RoleHandlers handlers;
    handlers.configure = [this](const NodeConfig& config, const std::vector<Channel>&) {
      configure(config);
    };
    handlers.listen = [this](const std::string& name, UniqueFd socket) {
      if (name != "api") return spdlog::warn("a socket \"{}\" is not for us", name);
      socket_ = std::move(socket);
      serve_when_open();
    };
    handlers.message = [this](MessageKind kind, ByteSpan body) {
      if (kind == MessageKind::kNodeFigures) return studio_.events().take_figures(as_text(body));
      if (kind != MessageKind::kNodeState) return;
      auto state = node_state_from_json(as_text(body));
      if (!state) return spdlog::warn("the node's state is malformed: {}", state.error().message);
      node_ = std::move(*state);
      studio_.events().take_node_state(node_);
      studio_.wall_replay().take_node_state(node_);
      studio_.slates().take_node_state(node_);
      show_first_link();
    };
    handlers.stop = [this] {
      house_timer_.cancel();
      clock_timer_.cancel();
      roll_timer_.cancel();
      library_timer_.cancel();
      studio_.events().stop();
      studio_.webhooks().stop();
      server_->stop(kStopGrace, [this] { role_.finished(); });
    };
    const int code = role_.run(std::move(handlers));
    return failed_ ? 1 : code;
  }

 private:
  StudioSettings studio_settings() {
    StudioSettings settings = StudioSettings::of_this_machine();
    settings.origin = [this] { return origin(); };
    settings.metrics = &role_.metrics();
    settings.clock.media_ms = [this, wall_ms = settings.clock.wall_ms] {
      if (!role_.clock().is_set()) return wall_ms();
      return std::chrono::duration_cast<std::chrono::milliseconds>(
                 role_.media_now().time_since_epoch())
          .count();
    };
    return settings;
  }

  // As browsers reach this node, as far as it can know; empty when it has no gateway.
  std::string origin() const {
    const bool https = node_.https_port > 0;
    if (!https && node_.http_port <= 0) return "";
    std::string host = http_address_;
    if (host.empty() || host == "0.0.0.0" || host == "::") host = find_public_address();
    if (host.find(':') != std::string::npos) host = "[" + host + "]";
    return fmt::format("{}://{}:{}", https ? "https" : "http", host,
                       https ? node_.https_port : node_.http_port);
  }

  // Once the ports are known.
  void show_first_link() {
    if (!first_start_ || origin().empty()) return;
    first_start_ = false;
    spdlog::info(
        "nobody can sign in yet: open {} within 24 hours, and set the administrator's "
        "name and password",
        studio_.local().first_link());
  }

  void configure(const NodeConfig& config) {
    http_address_ = config.http.address;
    logo_folder_ = config.data_dir + "/logos";
    SignInLimits sign_ins;
    sign_ins.idle = std::chrono::minutes(config.accounts.sign_in_idle_minutes);
    sign_ins.longest = std::chrono::hours(config.accounts.sign_in_hours);
    ScheduleSettings schedule;
    schedule.reopen_within = std::chrono::minutes(config.schedule.reopen_minutes);
    reopen_within_ = schedule.reopen_within;
    if (auto zone = TimeZone::named(config.schedule.time_zone)) {
      schedule.zone = *zone;
    } else {
      spdlog::error("{}; sessions are scheduled in UTC", zone.error().message);
    }
    schedule.second_person_within = std::chrono::seconds(config.console.second_person_seconds);
    for (const ChannelSeed& seed : config.channels)
      schedule.configured_channels.push_back(seed.channel.id);
    studio_.set_schedule(schedule);
    studio_.slates().set_limits(config.slates);
    studio_.slates().files().set_data_dir(config.data_dir);
    studio_.oidc().configure(config.oidc);
    studio_.set_public_url(config.oidc.public_url);
    asio::co_spawn(role_.io(), studio_.oidc().look(), asio::detached);
    node_name_ = config.node_name;
    studio_.webhooks().set_node(node_name_);
    studio_.set_limits(sign_ins, std::chrono::hours(24 * config.accounts.audit_days));
    seeds_ = config.channels;
    seeded_ = false;
    settings_.database = database_of(config);
    if (running_) {
      wake_.cancel();
    } else {
      running_ = true;
      asio::co_spawn(role_.io(), keep_up_to_date(), asio::detached);
    }
  }

  // A server that is away is waited for; a file that cannot be used at the start will not mend
  // itself.
  asio::awaitable<void> keep_up_to_date() {
    for (;;) {
      changed_ = false;
      const Result<void> done = co_await bring_up_to_date();
      if (!done) {
        if (!told_ && !names_postgresql(settings_.database)) {
          give_up(done.error());
          co_return;
        }
        tell_problem(done.error());
      } else {
        tell_status();
        if (!seeded_ || changed_) continue;  // configured, or changed here, meanwhile
      }
      wake_.expires_after(done ? kLookAgain : kTryAgain);
      boost::system::error_code woken;
      co_await wake_.async_wait(asio::redirect_error(asio::use_awaitable, woken));
    }
  }

  void look_again() {
    changed_ = true;
    wake_.cancel();
  }

  void keep_house() {
    asio::co_spawn(role_.io(), studio_.keep_house(), asio::detached);
    house_timer_.expires_after(kHouseInterval);
    house_timer_.async_wait([this](boost::system::error_code cancelled) {
      if (!cancelled) keep_house();
    });
  }

  asio::awaitable<Result<void>> bring_up_to_date() {
    if (!open_) {
      const StoreSettings settings = settings_;
      const Result<void> opened = co_await store_.open(settings, wall_clock_ms());
      if (!opened) co_return opened;
      open_ = true;
    }
    if (!seeded_) {
      const Result<void> seeded = co_await seed();
      if (!seeded) co_return seeded;
    }
    if (!settled_) {
      const Result<void> settled = co_await settle();
      if (!settled) co_return settled;
    }
    const Result<void> told = co_await tell_channels();
    if (told) serve_when_open();
    co_return told;
  }

  asio::awaitable<Result<void>> seed() {
    const std::vector<ChannelSeed> seeds = seeds_;
    const int64_t now_ms = wall_clock_ms();
    seeded_ = true;
    // Named, not a temporary: GCC 12 destroys captures of temporaries in a co_await twice.
    const auto seed = [seeds, now_ms, node = node_name_](Store& store) {
      return store.seed(seeds, now_ms, node);
    };
    const auto seeded = co_await store_.run(seed);
    if (!seeded) {
      seeded_ = false;
      co_return tl::unexpected(seeded.error());
    }
    for (const std::string& words : seeded->left_out)
      spdlog::warn("{}", words);
    if (seeded->channels > 0) spdlog::info("{} channels made", seeded->channels);
    if (seeded->keys > 0) spdlog::info("{} stream keys added from the configuration", seeded->keys);
    if (seeded->removed_keys > 0) {
      spdlog::info("{} stream keys that the configuration has no longer are valid no longer",
                   seeded->removed_keys);
    }
    left_out_ = seeded->left_out;
    co_return Result<void>();
  }

  // Once in the life of this process: somebody must be able to sign in, and the audit be kept.
  asio::awaitable<Result<void>> settle() {
    const Result<bool> first = co_await studio_.settle();
    if (!first) co_return tl::unexpected(first.error());
    settled_ = true;
    asio::co_spawn(role_.io(), keep_time(), asio::detached);
    asio::co_spawn(role_.io(), keep_roll(), asio::detached);
    asio::co_spawn(role_.io(), keep_library(), asio::detached);
    asio::co_spawn(role_.io(), studio_.events().run(), asio::detached);
    asio::co_spawn(role_.io(), studio_.webhooks().run(studio_.events().board()), asio::detached);
    first_start_ = *first;
    show_first_link();
    keep_house();
    co_return Result<void>();
  }

  // Sessions that start and end by the clock, also those that were due while nobody looked. Several
  // nodes may do so at once: the first one to look has done it.
  asio::awaitable<void> keep_time() {
    boost::system::error_code stopped;
    while (!stopped) {
      const Result<int> done = co_await studio_.sessions().do_due();
      if (done && *done > 0) {
        spdlog::info("the clock changed {} sessions", *done);
        look_again();  // what may be on air depends on them
      }
      if (!done && clock_problem_ != done.error().message)
        spdlog::error("{}", done.error().message);
      clock_problem_ = done ? "" : done.error().message;
      clock_timer_.expires_after(kClockInterval);
      co_await clock_timer_.async_wait(asio::redirect_error(asio::use_awaitable, stopped));
    }
  }

  // Who is enrolled, and what enrolled screens reported.
  asio::awaitable<void> keep_roll() {
    boost::system::error_code stopped;
    while (!stopped) {
      const Result<void> kept = co_await studio_.screens().refresh();
      if (!kept) log_store_problem(kept.error());
      roll_timer_.expires_after(ScreenRoll::kReportEvery);
      co_await roll_timer_.async_wait(asio::redirect_error(asio::use_awaitable, stopped));
    }
  }

  // What recordings are found by, behind what was changed.
  asio::awaitable<void> keep_library() {
    boost::system::error_code stopped;
    while (!stopped) {
      const Result<bool> more = co_await studio_.library().catch_up();
      if (!more) log_store_problem(more.error());
      const int waits = more ? (*more ? 0 : 1) : 10;
      library_timer_.expires_after(waits * LibraryApi::kCatchUpEvery);
      co_await library_timer_.async_wait(asio::redirect_error(asio::use_awaitable, stopped));
    }
  }

  // Also what others changed: another node on the same server, a backup that was restored.
  asio::awaitable<Result<void>> tell_channels() {
    const Result<void> secrets = co_await studio_.follow_secrets();
    if (!secrets) co_return secrets;
    const auto look = [now_ms = wall_clock_ms(), reopen_within = reopen_within_,
                       logo_folder = logo_folder_](Store& store) {
      return channels_now(store, now_ms, reopen_within, logo_folder);
    };
    auto channels = co_await store_.run(look);
    if (!channels) co_return tl::unexpected(channels.error());
    for (Channel& channel : *channels)
      channel.watch_key = studio_.public_watch_key();
    if (!fetching_slates_) asio::co_spawn(role_.io(), fetch_slates(*channels), asio::detached);
    if (told_ && *told_ == *channels) co_return Result<void>();
    boost::json::object message;
    message["channels"] = boost::json::parse(channels_to_json(*channels));
    if (role_.tell(MessageKind::kChannels, boost::json::serialize(message))) {
      told_ = *channels;
      remove_other_logos(*channels, logo_folder_);
    }
    co_return Result<void>();
  }

  // Beside all else: a cut does not wait for somebody's film. The supervisor waits for the file.
  asio::awaitable<void> fetch_slates(std::vector<Channel> channels) {
    fetching_slates_ = true;
    co_await studio_.slates().files().fetch(channels);
    fetching_slates_ = false;
  }

  void serve_when_open() {
    if (!open_ || !told_ || !socket_) return;
    if (const auto listening = server_->listen(std::move(socket_)); !listening)
      return give_up(listening.error());
    role_.ready();
  }

  void tell_status() {
    if (!std::exchange(problem_, "").empty()) spdlog::info("the database answers again");
    say(left_out_.empty() ? "serves the API" : fmt::format("{}", fmt::join(left_out_, "; ")));
  }

  void tell_problem(const Error& error) {
    if (std::exchange(problem_, error.message) != error.message) spdlog::error("{}", problem_);
    say(error.message);
  }

  void say(const std::string& text) {
    if (std::exchange(said_, text) == text) return;
    boost::json::object status;
    status["text"] = text;
    role_.status(boost::json::serialize(status));
  }

  // The supervisor starts another process, later each time; `longmen status` shows the words.
  void give_up(const Error& error) {
    spdlog::error("{}", error.message);
    say(error.message);
    failed_ = true;
    role_.finished();
  }

  Role role_;
  HttpRouter router_;
  StoreThread store_;
  NodeState node_;
  Api api_;
  StudioApi studio_;
  asio::steady_timer house_timer_;
  asio::steady_timer clock_timer_;
  asio::steady_timer roll_timer_;
  asio::steady_timer library_timer_;
  std::string clock_problem_;  // that was logged last
  std::string http_address_, node_name_, logo_folder_;
  bool first_start_ = false;  // and its link was not shown yet
  std::unique_ptr<HttpServer> server_;
  UniqueFd socket_;
  StoreSettings settings_;
  std::vector<ChannelSeed> seeds_;
  std::chrono::milliseconds reopen_within_{};
  std::optional<std::vector<Channel>> told_;
  std::vector<std::string> left_out_;  // words about seeds that could not be taken
  std::string said_, problem_;
  asio::steady_timer wake_;
  bool running_ = false;
  bool fetching_slates_ = false;
  bool changed_ = false;  // something that others are told, since it was looked at last
  bool open_ = false;
  bool seeded_ = false;   // with the seeds of the last configuration
  bool settled_ = false;  // settle() was done
  bool failed_ = false;
};

}  // namespace

int run_control(UniqueFd supervisor) {
  return Control(std::move(supervisor)).run();
}

}  // namespace longmen
