// What processes say to the supervisor, and what they are told.
#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <algorithm>
#include <set>

#include "config/oidc_config_reader.h"
#include "core/base/sha256.h"
#include "core/node/json_fields.h"
#include "net/log.h"
#include "net/state_file.h"
#include "supervisor/service_notify.h"
#include "supervisor/supervisor.h"

namespace longmen {
namespace json = boost::json;
namespace {

using namespace std::chrono_literals;
constexpr auto kClockEvery = 1s;

// Milliseconds to its next start; null when none is due.
json::value starts_in(const Supervised& process) {
  if (process.state != ProcessState::kWaiting) return nullptr;
  const auto left = process.start_timer.expiry() - std::chrono::steady_clock::now();
  return std::max<int64_t>(0, left / 1ms);
}

std::string_view said(const json::value& status, std::string_view name) {
  const json::object* object = status.if_object();
  const json::value* value = object ? object->if_contains(name) : nullptr;
  return value && value->is_string() ? std::string_view(value->get_string()) : "";
}

// Of what is held before it airs, another picture than is made now.
bool airs_slate(const json::value& status) {
  const std::string_view airs = said(status, "airs");
  return (airs.empty() ? said(status, "shown") : airs) == "slate";
}

}  // namespace

void Supervisor::on_message(Supervised& process, MessageKind kind, ByteSpan body) {
  process.silence.broken(now());
  switch (kind) {
    case MessageKind::kAlive:
      process.was_alive = true;
      return;
    case MessageKind::kReady:
      if (process.state != ProcessState::kStarting) return;  // it is being stopped
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
      if (!is_channel(channel)) return;
      on_air_[channel] = fields->object();
      publish_state();
      return check_pictures();
    }
    case MessageKind::kFigures: {
      const auto control = processes_.find("control");
      if (control != processes_.end() && control->second.child)
        control->second.child->link()->send(MessageKind::kNodeFigures, body);
      return;
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
      send_gathered();
      return;
    }
    default:
      spdlog::warn("{} sent a message of unknown kind {}", process.role, int(kind));
  }
}

void Supervisor::send_gathered() {
  for (const auto& complete : gathering_.take_complete(now())) {
    const auto gateway = processes_.find("gateway");
    if (gateway == processes_.end() || !gateway->second.child) continue;
    gateway->second.child->link()->send(MessageKind::kGathered, complete.body);
  }
}

void Supervisor::on_feed(ByteSpan body) {
  auto fields = JsonFields::parse(as_text(body));
  if (!fields) return spdlog::error("what ingest says of a feed: {}", fields.error().message);
  std::string channel, named;
  bool up = false;
  fields->read("channel", channel);
  fields->read("input", named);
  fields->read("up", up);
  const auto input = channel_input_named(named);
  if (!is_channel(channel) || !input) return;
  if (!up) return feed_gone(channel, *input);
  feeds_[{channel, *input}] = fields->object();
  Supervised& streamer = want(streamer_key(channel), "streamer", channel);
  streamer.idle_timer.cancel();
  if (streamer.state == ProcessState::kStopped) start(streamer);
  publish_state();
}

bool Supervisor::has_feed(const std::string& channel) const {
  return std::any_of(kChannelInputs.begin(), kChannelInputs.end(), [&](ChannelInput input) {
    return feeds_.contains({channel, input});
  });
}

std::chrono::milliseconds Supervisor::air_delay_of(const std::string& channel) const {
  const auto found = std::find_if(channels_.begin(), channels_.end(),
                                  [&](const Channel& each) { return each.id == channel; });
  return found == channels_.end() ? 0ms : found->air_delay;
}

void Supervisor::feed_gone(const std::string& channel, ChannelInput input) {
  if (feeds_.erase({channel, input}) == 0) return;
  auto found = processes_.find(streamer_key(channel));
  if (found != processes_.end() && !has_feed(channel)) {
    // What it holds is to be shown.
    found->second.idle_timer.expires_after(kStreamerIdles + air_delay_of(channel));
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
    forget_slate_files(channel);
  const bool waits = keep_orders(*channels);
  std::vector<Channel> known = channels_;
  for (Channel& channel : known)
    forget_slate_files(channel);
  if (*channels == known) {
    if (waits) keep_channels();
    return warn_of_ignored_seeds();
  }
  channels_ = std::move(*channels);
  keep_channels();
  std::erase_if(channels_, [](const Channel& channel) { return channel.video.empty(); });
  warn_of_ignored_seeds();
  drop_removed_channels();
  make_slates();
  configure_all();
  check_pictures();
}

void Supervisor::keep_channels() {
  const std::string path = options_.config.data_dir + "/channels.json";
  // Nothing is held when a node starts: what was ordered last is in force then.
  std::vector<Channel> kept = channels_;
  for (Channel& channel : kept) {
    const auto line = air_.find(channel.id);
    if (line == air_.end()) continue;
    const auto input = channel.air.input;
    channel.air = line->second.newest();
    channel.air.input = input;
  }
  // After the processes were told: an emergency cut does not wait for a disk.
  boost::asio::post(io_, [path, text = channels_to_json(kept)] {
    if (auto written = write_state_file(path, text); !written)
      spdlog::error("{}", written.error().message);
  });
}

// Control tells the rule that is ordered. Since when it is in force is known here, where it
// outlives control.
bool Supervisor::keep_orders(std::vector<Channel>& channels) {
  const MediaTime media_now = schedule_.media_at(now());
  std::map<std::string, AirLine> lines;
  bool waits = false;
  for (Channel& channel : channels) {
    const auto before = std::find_if(channels_.begin(), channels_.end(),
                                     [&](const Channel& each) { return each.id == channel.id; });
    const AirOrder kept = before == channels_.end() ? AirOrder{} : before->air;
    const auto known = air_.find(channel.id);
    AirLine& line = lines[channel.id] = known == air_.end() ? AirLine(kept) : known->second;
    const auto input = channel.air.input;
    const AirOrder newest = line.newest();
    line.order(channel.air.rule, media_now, channel.air_delay);
    waits = waits || (line.next() && line.newest() != newest);
    channel.air = line.in_force();
    channel.air.input = input;
    if (channel.air != kept)
      spdlog::info("order channel={} air={} input={}", channel.id, name_of(channel.air.rule),
                   input ? name_of(*input) : "auto");
  }
  air_ = std::move(lines);
  await_orders();
  return waits;
}

void Supervisor::await_orders() {
  std::optional<MediaTime> next;
  for (const auto& [channel, line] : air_) {
    if (const auto due = line.next()) next = next ? std::min(*next, *due) : *due;
  }
  order_timer_.cancel();
  if (!next) return;
  order_timer_.expires_at(std::chrono::time_point_cast<std::chrono::steady_clock::duration>(
      schedule_.monotonic_at(*next)));
  order_timer_.async_wait([this](boost::system::error_code error) {
    if (!error) put_orders_into_force();
  });
}

// What was ordered of a programme that is held before it airs, and airs now.
void Supervisor::put_orders_into_force() {
  const MediaTime media_now = schedule_.media_at(now());
  bool changed = false;
  for (Channel& channel : channels_) {
    const auto line = air_.find(channel.id);
    if (line == air_.end() || !line->second.advance(media_now)) continue;
    const auto input = channel.air.input;
    channel.air = line->second.in_force();
    channel.air.input = input;
    changed = true;
    spdlog::info("order channel={} air={}", channel.id, name_of(channel.air.rule));
  }
  await_orders();
  if (changed) configure_all();  // it was written when it was ordered
}

// Each once, for as long as it holds.
void Supervisor::warn_of_ignored_seeds() {
  std::vector<std::string> ignored;
  for (const ChannelSeed& seed : options_.config.channels) {
    const auto owned = std::find_if(channels_.begin(), channels_.end(), [&](const Channel& each) {
      return each.id == seed.channel.id;
    });
    if (owned == channels_.end()) continue;
    auto words = ignored_of_seed(seed, *owned, options_.config_file);
    std::move(words.begin(), words.end(), std::back_inserter(ignored));
  }
  for (const std::string& words : ignored) {
    if (std::find(ignored_seeds_.begin(), ignored_seeds_.end(), words) == ignored_seeds_.end())
      spdlog::warn("not taken over: {}", words);
  }
  ignored_seeds_ = std::move(ignored);
}

// Their senders are cut by ingest, their viewers by the relay.
void Supervisor::drop_removed_channels() {
  std::erase_if(feeds_, [&](const auto& feed) { return !is_channel(feed.first.first); });
  std::erase_if(on_air_, [&](const auto& source) { return !is_channel(source.first); });
  for (auto& [key, process] : processes_) {
    if (process.role != "streamer" || is_channel(process.channel)) continue;
    spdlog::info("the channel is gone, and its streamer ends channel={}", process.channel);
    stop_process(process);
  }
}

bool Supervisor::is_channel(const std::string& id) const {
  return std::any_of(channels_.begin(), channels_.end(),
                     [&](const Channel& channel) { return channel.id == id; });
}

// Channels that show nothing yet, neither a feed nor their slate.
std::vector<std::string> Supervisor::without_picture() const {
  std::vector<std::string> missing;
  for (const Channel& channel : channels_) {
    std::string source = "none";
    if (const auto found = on_air_.find(channel.id); found != on_air_.end())
      JsonFields(found->second).read("source", source);
    if (source == "none") missing.push_back(channel.id);
  }
  return missing;
}

// Viewers are sent here once every channel has something to show. A slate that cannot be made does
// not keep the other channels' viewers away, nor does anything for longer than kPictureWait.
void Supervisor::check_pictures() {
  if (pictures_ready_) return;
  const auto& roles = options_.config.roles;
  if (std::find(roles.begin(), roles.end(), "relay") != roles.end()) {
    const bool waited = picture_timer_.expiry() <= now();
    const auto missing = without_picture();
    for (const Channel& channel : channels_) {
      const bool lacks = std::find(missing.begin(), missing.end(), channel.id) != missing.end();
      if (lacks && !waited && !slates_.has_failed(slate_path(channel))) return;
    }
    for (const std::string& channel : missing)
      spdlog::error("ready without a picture channel={}", channel);
  }
  pictures_ready_ = true;
  picture_timer_.cancel();
  check_ready();
  publish_state();
}

void Supervisor::check_ready() {
  if (ready_) return;
  for (const std::string& role : options_.config.roles) {
    if (processes_.at(role).state != ProcessState::kReady) return;
  }
  if (!std::exchange(helpers_started_, true)) {
    for (const auto& helper : options_.helpers) {
      Supervised& process = want(helper.name, helper.name, "", false);
      process.arguments = helper.arguments(listeners_);
      start(process);
    }
  }
  if (!pictures_ready_) return;
  ready_ = true;
  spdlog::info("node {} is ready", options_.config.node_name);
  notify_service_manager("READY=1\nSTATUS=serving");
  if (options_.on_ready) options_.on_ready(listeners_);
}

std::vector<Channel> Supervisor::seeded_channels(const NodeConfig& config) {
  std::vector<Channel> channels;
  for (const ChannelSeed& seed : config.channels) {
    channels.push_back(seed.channel);
    for (const std::string& key : seed.stream_keys)
      channels.back().key_hashes.push_back(sha256_hex(key));
    for (const std::string& key : seed.backup_stream_keys)
      channels.back().backup_key_hashes.push_back(sha256_hex(key));
  }
  return channels;
}

std::string Supervisor::configuration(std::string_view role) const {
  const NodeConfig& config = options_.config;
  json::object node = json::parse(role == "ingest" ? node_config_to_json_for_ingest(config)
                                                   : node_config_to_json(config))
                          .as_object();
  if (role == "control") {
    node["channels"] = json::parse(channels_to_json(seeded_channels(config)));
    node["database"] = config.control.database;
    node["oidc"] = oidc_to_json(config.oidc);
  }
  return json::serialize(json::object{{"version", config_version_},
                                      {"node", node},
                                      {"channels", json::parse(channels_to_json(channels_))}});
}

void Supervisor::configure(const Key& role) {
  const auto found = processes_.find(role);
  if (found == processes_.end() || !found->second.child) return;
  ++config_version_;
  found->second.child->link()->send(MessageKind::kConfigure, configuration(role));
}

void Supervisor::configure_all() {
  ++config_version_;
  for (auto& [key, process] : processes_) {
    if (process.child && process.linked) {
      process.child->link()->send(MessageKind::kConfigure, configuration(process.role));
    }
  }
}

json::object Supervisor::state() const {
  json::array roles;
  std::set<std::string> slates;  // channels on which a streamer's airs
  for (const auto& [key, process] : processes_) {
    if (process.state == ProcessState::kStopped && process.role == kSlateMaker) continue;
    boost::system::error_code error;
    json::value status = json::parse(process.status, error);
    if (process.role == "streamer" && airs_slate(status)) slates.insert(process.channel);
    roles.push_back(json::object{{"role", process.role},
                                 {"channel", process.channel},
                                 {"pid", process.child ? process.child->pid() : 0},
                                 {"state", process_state_name(process.state)},
                                 {"starts_in_ms", starts_in(process)},
                                 {"restarts", process.restarts},
                                 {"last_end", process.last_end},
                                 {"status", error ? json::value(nullptr) : status}});
  }
  json::array feeds, on_air;
  for (const auto& [place, feed] : feeds_)
    feeds.push_back(feed);
  for (const auto& [channel, told] : on_air_) {
    json::object item = told;
    // A streamer goes on for a while without a feed, in case it comes back, and shows the slate
    // meanwhile; to the relay it is as live as before.
    if (said(item, "source") == "live" && slates.contains(channel)) item["source"] = "slate";
    on_air.push_back(std::move(item));
  }
  json::array dark;
  for (const std::string& channel : without_picture())
    dark.emplace_back(channel);
  json::object sockets;
  for (const auto& [name, listener] : listeners_) {
    if (listener.bound_port) sockets[name] = listener.bound_port;
  }
  return {{"node", options_.config.node_name},
          {"ready", ready_},
          {"pictures", pictures_ready_},
          {"without_picture", dark},
          {"pid", ::getpid()},
          {"ports", sockets},
          {"clock", json::object{{"wall_minus_media_ms", clock_->wall_minus_media() / 1ms},
                                 {"alarm", name_of(clock_->alarm())}}},
          {"roles", roles},
          {"feeds", feeds},
          {"slates_to_make", slate_states()},
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
  const auto failed = std::count_if(slate_jobs_.begin(), slate_jobs_.end(),
                                    [&](const auto& job) { return slates_.has_failed(job.file); });
  const std::string slates = fmt::format(
      "# HELP longmen_slates_to_make Slates that are not encoded yet; failed: tried again later\n"
      "# TYPE longmen_slates_to_make gauge\n"
      "longmen_slates_to_make{{state=\"waiting\"}} {}\n"
      "longmen_slates_to_make{{state=\"failed\"}} {}\n",
      static_cast<int64_t>(slate_jobs_.size()) - failed, failed);
  return up + restarts + slates +
         fmt::format(
             "# HELP longmen_media_clock_disagreement_seconds Wall clock minus media clock\n"
             "# TYPE longmen_media_clock_disagreement_seconds gauge\n"
             "longmen_media_clock_disagreement_seconds {:.6f}\n"
             "# HELP longmen_log_lines_lost_total Lines of the log that nobody read in time\n"
             "# TYPE longmen_log_lines_lost_total counter\n"
             "longmen_log_lines_lost_total {}\n"
             "# HELP longmen_media_clock_alarm Whether they disagree by more than 100 ms\n"
             "# TYPE longmen_media_clock_alarm gauge\n"
             "longmen_media_clock_alarm {}\n",
             std::chrono::duration<double>(clock_->wall_minus_media()).count(), log_lines_lost(),
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

void Supervisor::hand_out_clock(const MediaClockSchedule& schedule) {
  schedule_ = schedule;
  for (auto& [key, process] : processes_) {
    if (process.child && process.linked)
      process.child->link()->send(MessageKind::kClock, to_json(schedule_));
  }
}

void Supervisor::advance_clock() {
  const Monotonic mono = now();
  const auto changed = clock_->handle(std::chrono::system_clock::now(), mono);
  if (changed) {
    // Kept before it is handed out: a restart must know every line that anybody followed.
    clock_file_->write(to_json(clock_->state(mono)),
                       [this, schedule = *changed] { hand_out_clock(schedule); });
  } else if (mono - clock_saved_ >= MediaClockKeeper::kPersistEvery) {
    clock_file_->write(to_json(clock_->state(mono)));
    clock_saved_ = mono;
  }
  const std::string alarm(name_of(clock_->alarm()));
  if (alarm != clock_alarm_ && clock_->alarm() != MediaClockAlarm::kNone) {
    spdlog::error("media clock alarm: {}; wall clock minus media clock is {} ms", alarm,
                  clock_->wall_minus_media() / 1ms);
  }
  clock_alarm_ = alarm;
  clock_timer_.expires_after(kClockEvery);
  clock_timer_.async_wait([this](boost::system::error_code error) {
    if (!error) advance_clock();
  });
}

}  // namespace longmen
