#include "supervisor/supervisor.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <filesystem>

#include "core/base/sha256.h"
#include "core/node/json_fields.h"
#include "net/node_sockets.h"
#include "net/state_file.h"
#include "supervisor/service_notify.h"

namespace longmen {
namespace json = boost::json;
namespace {

using namespace std::chrono_literals;
constexpr auto kWatchEvery = 100ms;
constexpr auto kSilentStreamer = 900ms;  // then it hangs, and is killed
constexpr auto kSilentRole = 5s;
constexpr auto kStartLimit = 15s;     // from start to the first sign of life
constexpr auto kStreamerIdles = 10s;  // without a feed, then it is ended
constexpr auto kStopLimit = 4s;       // then what still runs is killed
constexpr auto kClockEvery = 1s;
constexpr auto kSlateRetry = 30s;
const std::string kSlateMaker = "make-slate";

Monotonic now() {
  return std::chrono::steady_clock::now();
}
WallTime wall_now() {
  return std::chrono::system_clock::now();
}

std::string streamer_key(const std::string& channel) {
  return "streamer/" + channel;
}

// Who talks with whom. A streamer's links are those of its channel.
bool linked_roles(const std::string& one, const std::string& other) {
  static const std::vector<std::pair<std::string, std::string>> kPairs{
      {"ingest", "streamer"}, {"streamer", "relay"}, {"gateway", "relay"}};
  return std::any_of(kPairs.begin(), kPairs.end(), [&](const auto& pair) {
    return pair == std::pair(one, other) || pair == std::pair(other, one);
  });
}

std::string boot_id() {
  auto text = read_state_file("/proc/sys/kernel/random/boot_id");
  return text ? text->substr(0, text->find('\n')) : std::string("unknown");
}

void raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

// What decides how a channel's slate looks and is encoded; the slate is named by it.
std::string slate_name(Channel channel) {
  channel.key_hashes.clear();
  channel.slate_file.clear();
  channel.second_publisher = SecondPublisher::kRefuse;
  return sha256_hex(channels_to_json({channel})).substr(0, 32) + ".slate";
}

std::vector<Channel> seeded_channels(const NodeConfig& config) {
  std::vector<Channel> channels;
  for (const ChannelSeed& seed : config.channels) {
    channels.push_back(seed.channel);
    for (const std::string& key : seed.stream_keys) {
      channels.back().key_hashes.push_back(sha256_hex(key));
    }
  }
  return channels;
}

}  // namespace

Supervisor::Supervisor(SupervisorOptions options)
    : options_(std::move(options)),
      io_(1),
      signals_(io_, SIGTERM, SIGINT, SIGHUP),
      child_signal_(io_, SIGCHLD),
      watch_timer_(io_),
      clock_timer_(io_),
      stop_timer_(io_),
      status_socket_(io_) {}

Supervisor::~Supervisor() = default;

int Supervisor::run() {
  std::signal(SIGPIPE, SIG_IGN);
  raise_descriptor_limit();
  if (auto begun = begin(); !begun) {
    spdlog::error("{}", begun.error().message);
    return 1;
  }
  io_.run();
  return exit_code_;
}

Result<void> Supervisor::begin() {
  const std::string& data_dir = options_.config.data_dir;
  std::error_code error;
  std::filesystem::create_directories(data_dir + "/slates", error);
  if (error) return fail(fmt::format("data_dir = {}: {}", data_dir, error.message()));
  ::chmod(data_dir.c_str(), 0700);
  lock_ = UniqueFd(::open((data_dir + "/node.lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!lock_) return fail(fmt::format("{}/node.lock: {}", data_dir, std::strerror(errno)));
  if (::flock(lock_.get(), LOCK_EX | LOCK_NB) != 0) {
    return fail(fmt::format("data_dir = {}: another node runs with it", data_dir));
  }
  auto listeners = bind_listeners(options_.config, listeners_);
  if (!listeners) return tl::unexpected(listeners.error());
  listeners_ = std::move(*listeners);
  auto status_socket = listen_abstract(node_socket_name(data_dir));
  if (!status_socket) return tl::unexpected(status_socket.error());
  status_socket_.assign(status_socket->release());
  accept_status();

  std::optional<MediaClockState> persisted;
  if (auto text = read_state_file(data_dir + "/media-clock.json")) {
    auto state = media_clock_state_from_json(*text);
    if (!state)
      return fail(fmt::format("{}/media-clock.json: {}", data_dir, state.error().message));
    persisted = *state;
  }
  clock_.emplace(persisted, boot_id(), wall_now(), now());
  schedule_ = clock_->schedule();
  if (clock_->jumped_at_start() > MediaClockKeeper::kMaxFollowed) {
    spdlog::info("media clock went forward by {} ms to the wall clock",
                 clock_->jumped_at_start() / 1ms);
  }
  advance_clock();

  channels_ = seeded_channels(options_.config);
  if (auto text = read_state_file(data_dir + "/channels.json")) {
    auto known = channels_from_json(*text);
    if (!known) return fail(fmt::format("{}/channels.json: {}", data_dir, known.error().message));
    channels_ = std::move(*known);
  }
  std::erase_if(channels_, [](const Channel& channel) { return channel.video.empty(); });

  child_signal_.async_wait([this](boost::system::error_code failed, int) {
    if (!failed) reap();
  });
  auto on_signal = [this](auto& self, boost::system::error_code failed, int signal) -> void {
    if (failed) return;
    if (signal == SIGHUP) {
      reload();
    } else {
      begin_stop(signal == SIGTERM ? "SIGTERM" : "SIGINT");
    }
    signals_.async_wait([this, self](boost::system::error_code e, int s) { self(self, e, s); });
  };
  signals_.async_wait(
      [on_signal](boost::system::error_code e, int s) { on_signal(on_signal, e, s); });
  make_slates();
  for (const std::string& role : options_.config.roles)
    start(want(role, role, ""));
  last_watch_ = now();
  watch();
  return {};
}

// --- Processes -----------------------------------------------------------------------------------

Supervised& Supervisor::want(const Key& key, std::string role, std::string channel, bool linked) {
  auto [place, made] = processes_.try_emplace(key, io_);
  Supervised& process = place->second;
  if (made) {
    process.role = std::move(role);
    process.channel = std::move(channel);
    process.linked = linked;
    process.arguments = {process.role};
    if (!process.channel.empty()) {
      process.arguments.insert(process.arguments.end(), {"--channel", process.channel});
    }
  }
  return process;
}

void Supervisor::start(Supervised& process) {
  if (stopping_ || process.child) return;
  process.start_timer.cancel();
  auto child = Child::start(io_, process.arguments, process.linked);
  process.backoff.started(now());
  process.was_alive = false;
  process.last_alive = now();
  process.kill_reason.clear();
  if (!child) {
    process.last_end = child.error().message;
    spdlog::error("{} does not start: {}", process.role, process.last_end);
    process.state = ProcessState::kWaiting;
    process.start_timer.expires_after(RestartBackoff::kLongest);
    process.start_timer.async_wait([this, &process](boost::system::error_code error) {
      if (!error) start(process);
    });
    return;
  }
  process.child.emplace(std::move(*child));
  process.state = process.linked ? ProcessState::kStarting : ProcessState::kReady;
  spdlog::debug("{} started channel={} pid={}", process.role, process.channel,
                process.child->pid());
  if (process.linked) introduce(process);
  publish_state();
}

// Everything that a role must know, in order: clock, configuration, sockets, peers.
void Supervisor::introduce(Supervised& process) {
  const auto& link = process.child->link();
  link->start([this, &process](MessageKind kind, ByteSpan body,
                               UniqueFd) { on_message(process, kind, body); },
              [] {});  // its end is told by SIGCHLD
  link->send(MessageKind::kClock, to_json(schedule_));
  link->send(MessageKind::kConfigure, configuration(process.role == "control"));
  for (const auto& [name, listener] : listeners_) {
    if (listener.role != process.role) continue;
    UniqueFd copy(::fcntl(listener.socket->get(), F_DUPFD_CLOEXEC, 0));
    link->send(MessageKind::kListen, json::serialize(json::object{{"name", name}}),
               std::move(copy));
  }
  for (auto& [key, other] : processes_) {
    if (other.child && other.linked && linked_roles(process.role, other.role)) {
      connect(process, other);
    }
  }
}

void Supervisor::connect(Supervised& one, Supervised& other) {
  auto ends = Link::pair();
  if (!ends)
    return spdlog::error("no link {} - {}: {}", one.role, other.role, ends.error().message);
  const std::string& channel = one.channel.empty() ? other.channel : one.channel;
  auto tell = [&](Supervised& to, const Supervised& peer, UniqueFd end) {
    const std::string body =
        json::serialize(json::object{{"peer", peer.role}, {"channel", channel}});
    to.child->link()->send(MessageKind::kLink, body, std::move(end));
  };
  tell(one, other, std::move(ends->first));
  tell(other, one, std::move(ends->second));
}

void Supervisor::reap() {
  int status = 0;
  for (pid_t pid = 0; (pid = ::waitpid(-1, &status, WNOHANG)) > 0;) {
    for (auto& [key, process] : processes_) {
      if (process.child && process.child->pid() == pid) {
        ended(process, status);
        break;
      }
    }
  }
  child_signal_.async_wait([this](boost::system::error_code failed, int) {
    if (!failed) reap();
  });
}

void Supervisor::ended(Supervised& process, int wait_status) {
  if (process.child->link()) process.child->link()->close();
  process.child.reset();
  process.status = "{}";
  process.last_end = describe_exit(wait_status);
  if (!process.kill_reason.empty()) process.last_end += " (" + process.kill_reason + ")";
  if (process.role == "ingest") {
    while (!feeds_.empty())
      feed_gone(feeds_.begin()->first);
  }
  if (process.role == "relay") on_air_.clear();
  if (process.role == kSlateMaker) {
    const bool made = WIFEXITED(wait_status) && WEXITSTATUS(wait_status) == 0;
    if (!made && !stopping_) {
      spdlog::error("no slate channel={}: {}", process.channel, process.last_end);
    }
    process.state = ProcessState::kStopped;
    if (stopping_) return check_stopped();
    process.start_timer.expires_after(made ? std::chrono::milliseconds(0) : kSlateRetry);
    process.start_timer.async_wait([this](boost::system::error_code error) {
      if (!error) make_slates();
    });
    return;
  }
  if (stopping_ || process.state == ProcessState::kStopping) {
    process.state = ProcessState::kStopped;
    publish_state();
    if (feeds_.contains(process.channel)) start(process);  // it came back while we were stopping
    return check_stopped();
  }
  ++process.restarts;
  const auto delay = process.backoff.died(now());
  spdlog::warn("{} ended: {}; starting again in {} ms channel={}", process.role, process.last_end,
               delay.count(), process.channel);
  process.state = ProcessState::kWaiting;
  publish_state();
  if (delay.count() == 0) return start(process);
  process.start_timer.expires_after(delay);
  process.start_timer.async_wait([this, &process](boost::system::error_code error) {
    if (!error) start(process);
  });
}

void Supervisor::stop_process(Supervised& process) {
  process.start_timer.cancel();
  process.idle_timer.cancel();
  if (!process.child) {
    process.state = ProcessState::kStopped;
    return;
  }
  process.state = ProcessState::kStopping;
  process.last_alive = now();  // from here on its end is awaited: watch()
  if (process.linked) {
    process.child->link()->send(MessageKind::kStop, ByteSpan());
  } else {
    process.child->kill(SIGTERM);
  }
}

void Supervisor::forget_streamer(const std::string& channel) {
  const auto found = processes_.find(streamer_key(channel));
  if (found == processes_.end() || feeds_.contains(channel)) return;
  spdlog::info("no feed for {} s; the channel is idle channel={}", kStreamerIdles / 1s, channel);
  stop_process(found->second);
}

// Kills what hangs. When this process itself was held up, nobody else is to blame for the silence.
void Supervisor::watch() {
  const Monotonic time = now();
  const bool held_up = time - last_watch_ > 3 * kWatchEvery;
  last_watch_ = time;
  for (auto& [key, process] : processes_) {
    if (!process.child || !process.linked) continue;
    if (held_up) process.last_alive = time;
    std::chrono::nanoseconds limit = process.role == "streamer" ? kSilentStreamer : kSilentRole;
    if (!process.was_alive) limit = kStartLimit;
    if (process.state == ProcessState::kStopping) limit = kStopLimit;
    if (time - process.last_alive <= limit) continue;
    process.kill_reason = process.state == ProcessState::kStopping ? "did not stop" : "hung";
    spdlog::error("{} gave no sign of life for {} ms; killed channel={}", process.role,
                  (time - process.last_alive) / 1ms, process.channel);
    process.last_alive = time;
    process.child->kill(SIGKILL);
  }
  for (const auto& complete : gathering_.take_complete(time)) {
    if (auto gateway = processes_.find("gateway");
        gateway != processes_.end() && gateway->second.child) {
      gateway->second.child->link()->send(MessageKind::kGathered, complete.body);
    }
  }
  watch_timer_.expires_after(kWatchEvery);
  watch_timer_.async_wait([this](boost::system::error_code error) {
    if (!error) watch();
  });
}

// --- What they say -------------------------------------------------------------------------------

void Supervisor::on_message(Supervised& process, MessageKind kind, ByteSpan body) {
  process.last_alive = now();
  switch (kind) {
    case MessageKind::kAlive:
      process.was_alive = true;
      return;
    case MessageKind::kReady:
      process.state = ProcessState::kReady;
      spdlog::info("{} is ready channel={} pid={}", process.role, process.channel,
                   process.child->pid());
      publish_state();
      return check_ready();
    case MessageKind::kStatus:
      process.status = as_text(body);
      return publish_state();
    case MessageKind::kFeed:
      return on_feed(body);
    case MessageKind::kChannels:
      return on_channels(body);
    case MessageKind::kOnAir: {
      auto fields = JsonFields::parse(as_text(body));
      if (!fields) return;
      std::string channel;
      fields->read("channel", channel);
      on_air_[channel] = fields->object();
      return publish_state();
    }
    case MessageKind::kGather: {
      uint64_t request = 0;
      if (auto fields = JsonFields::parse(as_text(body))) fields->read("request", request);
      std::set<std::string> keys;
      for (auto& [key, other] : processes_) {
        if (other.child && other.linked && other.state == ProcessState::kReady) keys.insert(key);
      }
      auto asked = keys;
      asked.insert("supervisor");
      const uint64_t number = gathering_.open(request, asked, now());
      if (number == 0) return spdlog::warn("too many requests for metrics at once");
      const std::string ask = json::serialize(json::object{{"request", number}});
      for (const auto& key : keys) {
        processes_.at(key).child->link()->send(MessageKind::kCollect, ask);
      }
      return gathering_.answer(number, "supervisor", metrics());
    }
    case MessageKind::kMetrics: {
      ByteReader reader(body);
      const uint64_t number = reader.u64();
      const std::string key =
          process.channel.empty() ? process.role : streamer_key(process.channel);
      gathering_.answer(number, key, as_text(reader.rest()));
      for (const auto& complete : gathering_.take_complete(now())) {
        if (auto gateway = processes_.find("gateway");
            gateway != processes_.end() && gateway->second.child) {
          gateway->second.child->link()->send(MessageKind::kGathered, complete.body);
        }
      }
      return;
    }
    default:
      spdlog::warn("{} sent a message of unknown kind {}", process.role, int(kind));
  }
}

void Supervisor::on_feed(ByteSpan body) {
  auto fields = JsonFields::parse(as_text(body));
  if (!fields) return;
  std::string channel;
  bool up = false;
  fields->read("channel", channel);
  fields->read("up", up);
  const bool known = std::any_of(channels_.begin(), channels_.end(),
                                 [&](const Channel& each) { return each.id == channel; });
  if (!known) return;
  if (!up) return feed_gone(channel);
  feeds_[channel] = fields->object();
  Supervised& streamer = want(streamer_key(channel), "streamer", channel);
  streamer.idle_timer.cancel();
  if (streamer.state == ProcessState::kStopped) start(streamer);
  publish_state();
}

void Supervisor::feed_gone(const std::string& channel) {
  if (feeds_.erase(channel) == 0) return;
  if (auto found = processes_.find(streamer_key(channel)); found != processes_.end()) {
    found->second.idle_timer.expires_after(kStreamerIdles);
    found->second.idle_timer.async_wait([this, channel](boost::system::error_code error) {
      if (!error) forget_streamer(channel);
    });
  }
  publish_state();
}

void Supervisor::on_channels(ByteSpan body) {
  auto fields = JsonFields::parse(as_text(body));
  if (!fields || !fields->object().contains("channels")) return;
  auto channels = channels_from_json(json::serialize(fields->object().at("channels")));
  if (!channels)
    return spdlog::error("control sent channels that are not valid: {}", channels.error().message);
  for (Channel& channel : *channels)
    channel.slate_file.clear();
  std::vector<Channel> known = channels_;
  for (Channel& channel : known)
    channel.slate_file.clear();
  if (*channels == known) return;
  const std::string path = options_.config.data_dir + "/channels.json";
  if (auto written = write_state_file(path, channels_to_json(*channels)); !written) {
    spdlog::error("{}", written.error().message);
  }
  channels_ = std::move(*channels);
  make_slates();
  configure_all();
}

void Supervisor::check_ready() {
  if (ready_) return;
  for (const std::string& role : options_.config.roles) {
    if (processes_.at(role).state != ProcessState::kReady) return;
  }
  ready_ = true;
  spdlog::info("node {} is ready", options_.config.node_name);
  notify_service_manager("READY=1\nSTATUS=serving");
  for (const auto& helper : options_.helpers) {
    Supervised& process = want(helper.name, helper.name, "", false);
    process.arguments = helper.arguments(listeners_);
    start(process);
  }
  if (options_.on_ready) options_.on_ready(listeners_);
}

// --- What they are told --------------------------------------------------------------------------

std::string Supervisor::configuration(bool with_seeds) const {
  NodeConfig config = options_.config;
  json::object node = json::parse(node_config_to_json(config)).as_object();
  if (with_seeds) node["channels"] = json::parse(channels_to_json(seeded_channels(config)));
  return json::serialize(json::object{{"version", config_version_},
                                      {"node", node},
                                      {"channels", json::parse(channels_to_json(channels_))}});
}

void Supervisor::configure_all() {
  ++config_version_;
  for (auto& [key, process] : processes_) {
    if (process.child && process.linked) {
      process.child->link()->send(MessageKind::kConfigure,
                                  configuration(process.role == "control"));
    }
  }
}

json::object Supervisor::state() const {
  json::array roles;
  for (const auto& [key, process] : processes_) {
    if (process.state == ProcessState::kStopped && process.role == kSlateMaker) continue;
    boost::system::error_code error;
    json::value status = json::parse(process.status, error);
    roles.push_back(json::object{{"role", process.role},
                                 {"channel", process.channel},
                                 {"pid", process.child ? process.child->pid() : 0},
                                 {"state", process_state_name(process.state)},
                                 {"restarts", process.restarts},
                                 {"last_end", process.last_end},
                                 {"status", error ? json::value(nullptr) : status}});
  }
  json::array feeds, on_air;
  for (const auto& [channel, feed] : feeds_)
    feeds.push_back(feed);
  for (const auto& [channel, source] : on_air_)
    on_air.push_back(source);
  json::object sockets;
  for (const auto& [name, listener] : listeners_) {
    if (listener.bound_port) sockets[name] = listener.bound_port;
  }
  return {{"node", options_.config.node_name},
          {"ready", ready_},
          {"pid", ::getpid()},
          {"ports", sockets},
          {"clock", json::object{{"wall_minus_media_ms", clock_->wall_minus_media() / 1ms},
                                 {"alarm", name_of(clock_->alarm())}}},
          {"roles", roles},
          {"feeds", feeds},
          {"on_air", on_air}};
}

// Prometheus text of what the supervisor alone knows.
std::string Supervisor::metrics() const {
  std::string up =
      "# HELP longmen_process_up Whether the process runs and is ready\n"
      "# TYPE longmen_process_up gauge\n";
  std::string restarts =
      "# HELP longmen_process_restarts_total How often it was started again\n"
      "# TYPE longmen_process_restarts_total counter\n";
  for (const auto& [key, process] : processes_) {
    if (!process.linked) continue;
    const std::string labels =
        fmt::format("{{process=\"{}\",channel=\"{}\"}}", process.role, process.channel);
    up += fmt::format("longmen_process_up{} {}\n", labels,
                      process.state == ProcessState::kReady ? 1 : 0);
    restarts += fmt::format("longmen_process_restarts_total{} {}\n", labels, process.restarts);
  }
  return up + restarts +
         fmt::format(
             "# HELP longmen_media_clock_disagreement_seconds Wall clock minus media clock\n"
             "# TYPE longmen_media_clock_disagreement_seconds gauge\n"
             "longmen_media_clock_disagreement_seconds {:.6f}\n"
             "# HELP longmen_media_clock_alarm Whether they disagree by more than 100 ms\n"
             "# TYPE longmen_media_clock_alarm gauge\n"
             "longmen_media_clock_alarm {}\n",
             std::chrono::duration<double>(clock_->wall_minus_media()).count(),
             clock_->alarm() == MediaClockAlarm::kNone ? 0 : 1);
}

void Supervisor::publish_state() {
  if (!clock_) return;
  const std::string text = json::serialize(state());
  for (const char* role : {"gateway", "control"}) {
    const auto found = processes_.find(role);
    if (found != processes_.end() && found->second.child) {
      found->second.child->link()->send(MessageKind::kNodeState, text);
    }
  }
}

void Supervisor::advance_clock() {
  const Monotonic mono = now();
  if (auto schedule = clock_->handle(wall_now(), mono)) {
    schedule_ = *schedule;
    for (auto& [key, process] : processes_) {
      if (process.child && process.linked) {
        process.child->link()->send(MessageKind::kClock, to_json(schedule_));
      }
    }
  }
  const std::string alarm(name_of(clock_->alarm()));
  if (alarm != clock_alarm_ && clock_->alarm() != MediaClockAlarm::kNone) {
    spdlog::error("media clock alarm: {}; wall clock minus media clock is {} ms", alarm,
                  clock_->wall_minus_media() / 1ms);
  }
  clock_alarm_ = alarm;
  const std::string path = options_.config.data_dir + "/media-clock.json";
  if (auto written = write_state_file(path, to_json(clock_->state(mono))); !written) {
    spdlog::error("{}", written.error().message);
  }
  clock_timer_.expires_after(kClockEvery);
  clock_timer_.async_wait([this](boost::system::error_code error) {
    if (!error) advance_clock();
  });
}

// --- The rest of the node ------------------------------------------------------------------------

// Checked whole, sockets bound, then swapped; what did not change is not touched.
void Supervisor::reload() {
  if (options_.config_file.empty()) return spdlog::info("SIGHUP: there is no configuration file");
  const auto usec = std::chrono::duration_cast<std::chrono::microseconds>(now().time_since_epoch());
  notify_service_manager(fmt::format("RELOADING=1\nMONOTONIC_USEC={}", usec.count()));
  auto refuse = [&](const std::string& why) {
    spdlog::error("configuration not taken over, the old one goes on: {}", why);
    notify_service_manager("READY=1\nSTATUS=serving; the last reload was refused");
  };
  auto config = load_node_config(options_.config_file);
  if (!config) return refuse(config.error().message);
  if (config->data_dir != options_.config.data_dir) {
    return refuse("data_dir changes only with a restart of the node");
  }
  if (*config == options_.config) {
    spdlog::info("configuration read again: nothing changed");
    return notify_service_manager("READY=1\nSTATUS=serving");
  }
  auto listeners = bind_listeners(*config, listeners_);
  if (!listeners) return refuse(listeners.error().message);
  std::set<std::string> restart;  // roles whose sockets are others now
  for (const auto& [name, listener] : *listeners) {
    const auto old = listeners_.find(name);
    if (old == listeners_.end() || old->second.socket != listener.socket)
      restart.insert(listener.role);
  }
  for (const auto& [name, listener] : listeners_) {
    if (!listeners->contains(name)) restart.insert(listener.role);
  }
  const std::vector<std::string> old_roles = options_.config.roles;
  listeners_ = std::move(*listeners);
  options_.config = std::move(*config);
  configure_all();
  const auto& roles = options_.config.roles;
  for (const std::string& role : old_roles) {
    Supervised& process = processes_.at(role);
    if (std::find(roles.begin(), roles.end(), role) == roles.end()) {
      stop_process(process);
    } else if (restart.contains(role) && process.child) {
      process.kill_reason = "its sockets changed";
      process.child->link()->send(MessageKind::kStop, ByteSpan());
    }
  }
  for (const std::string& role : roles) {
    Supervised& process = want(role, role, "");
    if (!process.child) start(process);
  }
  spdlog::info("configuration read again and taken over");
  publish_state();
  notify_service_manager("READY=1\nSTATUS=serving");
}

// One at a time: it is an encoder at full speed beside those that are on air.
void Supervisor::make_slates() {
  if (stopping_) return;
  bool changed = false;
  for (Channel& channel : channels_) {
    if (!channel.slate_file.empty()) continue;
    const std::string file = options_.config.data_dir + "/slates/" + slate_name(channel);
    if (std::filesystem::exists(file)) {
      channel.slate_file = file;
      changed = true;
      continue;
    }
    Supervised& maker = want(kSlateMaker, kSlateMaker, "", false);
    if (maker.child) break;
    const std::string wanted = options_.config.data_dir + "/slates/wanted.json";
    if (auto written = write_state_file(wanted, channels_to_json({channel})); !written) {
      spdlog::error("{}", written.error().message);
      break;
    }
    maker.channel = channel.id;
    maker.arguments = {kSlateMaker, "--channel-json", wanted, "--out", file};
    start(maker);
    break;
  }
  if (changed) configure_all();
}

void Supervisor::begin_stop(const char* why) {
  if (stopping_) return;
  stopping_ = true;
  spdlog::info("{}: stopping", why);
  notify_service_manager("STOPPING=1");
  for (auto& [key, process] : processes_)
    stop_process(process);
  stop_timer_.expires_after(kStopLimit);
  stop_timer_.async_wait([this](boost::system::error_code error) {
    if (error) return;
    for (auto& [key, process] : processes_) {
      if (process.child) process.child->kill(SIGKILL);
    }
  });
  check_stopped();
}

void Supervisor::check_stopped() {
  if (!stopping_) return;
  for (auto& [key, process] : processes_) {
    if (process.child) return;
  }
  spdlog::info("stopped");
  io_.stop();
}

// `longmen status`: a connection gets the state as JSON and is closed.
void Supervisor::accept_status() {
  status_socket_.async_wait(
      boost::asio::posix::descriptor_base::wait_read, [this](boost::system::error_code error) {
        if (error) return;
        UniqueFd peer(::accept4(status_socket_.native_handle(), nullptr, nullptr,
                                SOCK_CLOEXEC | SOCK_NONBLOCK));
        ucred who{};
        socklen_t size = sizeof who;
        if (peer && ::getsockopt(peer.get(), SOL_SOCKET, SO_PEERCRED, &who, &size) == 0 &&
            (who.uid == ::geteuid() || who.uid == 0)) {
          const std::string text = json::serialize(state());
          const int bytes = 4 << 20;  // the whole text must fit: nobody waits for a slow reader
          ::setsockopt(peer.get(), SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes);
          (void)::send(peer.get(), text.data(), text.size(), MSG_NOSIGNAL);
        }
        accept_status();
      });
}

}  // namespace longmen
