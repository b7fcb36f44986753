// The processes of the node: start, introduce to each other, watch, start again, stop.
#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <spdlog/spdlog.h>
#include <sys/wait.h>

#include <algorithm>

#include "supervisor/supervisor.h"

namespace longmen {
namespace json = boost::json;
namespace {

using namespace std::chrono_literals;
constexpr auto kWatchEvery = 100ms;
constexpr auto kSilentStreamer = 900ms;  // then it hangs, and is killed
constexpr auto kSilentRole = 5s;
constexpr auto kStartLimit = 15s;  // from start to the first sign of life
constexpr auto kSlateRetry = 30s;

// Who talks with whom. A streamer's links are those of its channel.
bool linked_roles(const std::string& one, const std::string& other) {
  static const std::vector<std::pair<std::string, std::string>> kPairs{
      {"ingest", "streamer"}, {"streamer", "relay"}, {"gateway", "relay"}};
  return std::any_of(kPairs.begin(), kPairs.end(), [&](const auto& pair) {
    return pair == std::pair(one, other) || pair == std::pair(other, one);
  });
}

}  // namespace

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
  send_gathered();  // also what some role did not answer in time
  watch_timer_.expires_after(kWatchEvery);
  watch_timer_.async_wait([this](boost::system::error_code error) {
    if (!error) watch();
  });
}

}  // namespace longmen
