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

#include "core/node/json_fields.h"
#include "net/log.h"
#include "net/node_sockets.h"
#include "net/state_file.h"
#include "supervisor/service_notify.h"

namespace longmen {
namespace json = boost::json;
namespace {

using namespace std::chrono_literals;

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

}  // namespace

Supervisor::Supervisor(SupervisorOptions options)
    : options_(std::move(options)),
      io_(1),
      signals_(io_, SIGTERM, SIGINT, SIGHUP),
      child_signal_(io_, SIGCHLD),
      watch_timer_(io_),
      clock_timer_(io_),
      stop_timer_(io_),
      slate_timer_(io_),
      picture_timer_(io_),
      order_timer_(io_),
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
  std::filesystem::create_directories(data_dir + "/" + kGivenSlates, error);
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
  clock_.emplace(persisted, boot_id(), std::chrono::system_clock::now(), now());
  schedule_ = clock_->schedule();
  if (clock_->jumped_at_start() > MediaClockKeeper::kMaxFollowed) {
    spdlog::info("media clock went forward by {} ms to the wall clock",
                 clock_->jumped_at_start() / 1ms);
  }
  const std::string clock_file = data_dir + "/media-clock.json";
  if (auto written = write_state_file(clock_file, to_json(clock_->state(now()))); !written)
    return tl::unexpected(written.error());  // before anybody follows it
  clock_saved_ = now();
  clock_file_.emplace(io_, clock_file);
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
  picture_timer_.expires_after(kPictureWait);
  picture_timer_.async_wait([this](boost::system::error_code failed) {
    if (!failed) check_pictures();
  });
  make_slates();
  for (const std::string& role : options_.config.roles)
    start(want(role, role, ""));
  check_pictures();  // a node without channels, or without a relay, waits for none
  last_watch_ = now();
  watch();
  return {};
}

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
    configure("gateway");  // the files that it names may have: a certificate was renewed
    configure("ingest");
    return notify_service_manager("READY=1\nSTATUS=serving");
  }
  auto listeners = bind_listeners(*config, listeners_);
  if (!listeners) return refuse(listeners.error().message);
  std::set<std::string> restart;  // roles whose sockets or database are others now
  for (const auto& [name, listener] : *listeners) {
    const auto old = listeners_.find(name);
    if (old == listeners_.end() || old->second.socket != listener.socket)
      restart.insert(listener.role);
  }
  for (const auto& [name, listener] : listeners_) {
    if (!listeners->contains(name)) restart.insert(listener.role);
  }
  if (config->control != options_.config.control) restart.insert("control");
  const std::vector<std::string> old_roles = options_.config.roles;
  listeners_ = std::move(*listeners);
  options_.config = std::move(*config);
  set_up_log("supervisor", options_.config.log_level, options_.config.log_format);
  configure_all();
  const auto& roles = options_.config.roles;
  for (const std::string& role : old_roles) {
    const auto found = processes_.find(role);
    if (found == processes_.end()) continue;
    Supervised& process = found->second;
    if (std::find(roles.begin(), roles.end(), role) == roles.end()) {
      stop_process(process);
    } else if (restart.contains(role) && process.child) {
      process.kill_reason = "its sockets or its database changed";
      process.child->link()->send(MessageKind::kStop, ByteSpan());
    }
  }
  for (const std::string& role : roles) {
    Supervised& process = want(role, role, "");
    // One that is stopping since an earlier reload is started again when it has ended: ended().
    if (!process.child) start(process);
  }
  spdlog::info("configuration read again and taken over");
  warn_of_ignored_seeds();
  publish_state();
  notify_service_manager("READY=1\nSTATUS=serving");
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
