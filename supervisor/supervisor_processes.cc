// The processes of the node: start, introduce to each other, watch, start again, stop.
#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <spdlog/spdlog.h>
#include <sys/wait.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <filesystem>

#include "core/node/json_fields.h"
#include "supervisor/processor_wait.h"
#include "supervisor/supervisor.h"

namespace longmen {
namespace json = boost::json;
namespace {

using namespace std::chrono_literals;
constexpr auto kWatchEvery = 100ms;
constexpr auto kSilentStreamer = 900ms;  // then it hangs, and is killed
constexpr auto kSilentRole = 5s;
constexpr auto kStartLimit = 15s;  // from start to the first sign of life

// Who talks with whom. A streamer's links are those of its channel.
bool linked_roles(const std::string& one, const std::string& other) {
  static const std::vector<std::pair<std::string, std::string>> kPairs{{"ingest", "streamer"},
                                                                       {"streamer", "relay"},
                                                                       {"streamer", "gateway"},
                                                                       {"gateway", "relay"},
                                                                       {"gateway", "ingest"}};
  return std::any_of(kPairs.begin(), kPairs.end(), [&](const auto& pair) {
    return pair == std::pair(one, other) || pair == std::pair(other, one);
  });
}

// A role's own words, as it told them last.
std::string text_of_status(const std::string& status) {
  std::string text;
  if (auto fields = JsonFields::parse(status)) fields->read("text", text);
  return text;
}

}  // namespace

Supervised& Supervisor::want(const Key& key, std::string role, std::string channel, bool linked) {
  auto [place, made] = processes_.try_emplace(key, io_);
  Supervised& process = place->second;
  if (made) {
    process.key = key;
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
  std::vector<std::string> arguments = process.arguments;
  if (!process.linked) {  // roles hear it with their configuration
    arguments.insert(arguments.end(), {"--log-level", options_.config.log_level, "--log-format",
                                       options_.config.log_format});
  }
  auto child = Child::start(io_, arguments, process.linked);
  process.backoff.started(now());
  process.was_alive = false;
  process.silence.broken(now());
  process.kill_reason.clear();
  if (!child) {
    process.last_end = child.error().message;
    spdlog::error("{} does not start: {}", process.role, process.last_end);
    return start_later(process, RestartBackoff::kLongest);
  }
  process.child.emplace(std::move(*child));
  process.state = process.linked ? ProcessState::kStarting : ProcessState::kReady;
  spdlog::debug("{} started channel={} pid={}", process.role, process.channel,
                process.child->pid());
  if (process.linked) introduce(process);
  publish_state();
}

void Supervisor::start_later(Supervised& process, std::chrono::milliseconds delay) {
  process.state = ProcessState::kWaiting;
  process.start_timer.expires_after(delay);
  process.start_timer.async_wait([this, key = process.key](boost::system::error_code error) {
    const auto found = processes_.find(key);
    if (!error && found != processes_.end()) start(found->second);
  });
}

// Whether it is to run, for what is known now.
bool Supervisor::is_wanted(const Supervised& process) const {
  if (process.role == "streamer") return is_channel(process.channel) && has_feed(process.channel);
  const auto& roles = options_.config.roles;
  return std::find(roles.begin(), roles.end(), process.role) != roles.end();
}

// Everything that a role must know, in order: clock, configuration, sockets, peers.
void Supervisor::introduce(Supervised& process) {
  const auto& link = process.child->link();
  link->start([this, &process](MessageKind kind, ByteSpan body,
                               UniqueFd) { on_message(process, kind, body); },
              [] {});  // its end is told by SIGCHLD
  link->send(MessageKind::kClock, to_json(schedule_));
  link->send(MessageKind::kConfigure, configuration(process.role));
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
  if (const auto& link = process.child->link()) {
    link->drain();  // its last words say why
    link->close();
  }
  process.child.reset();
  process.last_end = describe_exit(wait_status);
  if (!process.kill_reason.empty()) process.last_end += " (" + process.kill_reason + ")";
  const bool by_itself = WIFEXITED(wait_status) && WEXITSTATUS(wait_status) != 0;
  const std::string words = text_of_status(process.status);
  if (by_itself && !words.empty()) process.last_end += ": " + words;
  process.status = "{}";
  if (process.role == "ingest") {
    while (!feeds_.empty()) {
      const auto [channel, input] = feeds_.begin()->first;
      feed_gone(channel, input);
    }
  }
  if (process.role == "relay") on_air_.clear();
  if (process.role == kSlateMaker) {
    return slate_maker_ended(process, WIFEXITED(wait_status) && WEXITSTATUS(wait_status) == 0);
  }
  if (stopping_ || process.state == ProcessState::kStopping) {
    process.state = ProcessState::kStopped;
    publish_state();
    if (stopping_) return check_stopped();
    if (is_wanted(process)) return start(process);  // it came back while we were stopping
    return forget_when_stopped(process);
  }
  ++process.restarts;
  const auto delay = process.backoff.died(now());
  spdlog::warn("{} ended: {}; starting again in {} ms channel={}", process.role, process.last_end,
               delay.count(), process.channel);
  start_later(process, delay);
  publish_state();
}

void Supervisor::stop_process(Supervised& process) {
  process.start_timer.cancel();
  process.idle_timer.cancel();
  if (!process.child) {
    process.state = ProcessState::kStopped;
    return forget_when_stopped(process);
  }
  process.state = ProcessState::kStopping;
  process.silence.broken(now());  // from here on its end is awaited: watch()
  if (process.linked) {
    process.child->link()->send(MessageKind::kStop, ByteSpan());
  } else {
    process.child->kill(SIGTERM);
  }
}

// An idle channel has no streamer, and the node no process that nobody wants. Later, since whoever
// calls may be looking at all of them.
void Supervisor::forget_when_stopped(const Supervised& process) {
  boost::asio::post(io_, [this, key = process.key] {
    const auto found = processes_.find(key);
    if (found == processes_.end() || found->second.child ||
        found->second.state != ProcessState::kStopped || is_wanted(found->second))
      return;
    processes_.erase(found);
    publish_state();
  });
}

void Supervisor::forget_streamer(const std::string& channel) {
  const auto found = processes_.find(streamer_key(channel));
  if (found == processes_.end() || has_feed(channel)) return;
  spdlog::info("no feed for {} s; the channel is idle channel={}", kStreamerIdles / 1s, channel);
  stop_process(found->second);
}

// Kills what hangs. When this process itself was held up, nobody else is to blame for the silence;
// nor is who waits for a processor.
void Supervisor::watch() {
  const Monotonic time = now();
  const bool held_up = time - last_watch_ > 3 * kWatchEvery;
  last_watch_ = time;
  for (auto& [key, process] : processes_) {
    if (!process.child || !process.linked) continue;
    if (held_up) process.silence.broken(time);
    std::chrono::nanoseconds limit = process.role == "streamer" ? kSilentStreamer : kSilentRole;
    if (!process.was_alive) limit = kStartLimit;
    if (process.state == ProcessState::kStopping) limit = kStopLimit;
    const auto silent =
        process.silence.length(time, [pid = process.child->pid()] { return processor_wait(pid); });
    if (silent <= limit) continue;
    process.kill_reason = process.state == ProcessState::kStopping ? "did not stop" : "hung";
    spdlog::error(
        "{} gave no sign of life for {} ms (and {} ms without a processor); killed channel={}",
        process.role, silent / 1ms, process.silence.excused() / 1ms, process.channel);
    process.silence.broken(time);
    process.child->kill(SIGKILL);
  }
  send_gathered();  // also what some role did not answer in time
  watch_timer_.expires_after(kWatchEvery);
  watch_timer_.async_wait([this](boost::system::error_code error) {
    if (!error) watch();
  });
}

}  // namespace longmen
