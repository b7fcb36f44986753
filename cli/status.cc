// status: what a running node says of itself.
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cerrno>
#include <cstddef>
#include <cstring>
#include <optional>
#include <string>
#include <vector>

#include "cli/commands.h"
#include "core/base/result.h"
#include "core/node/json_fields.h"
#include "net/node_sockets.h"
#include "net/unique_fd.h"

namespace longmen {
namespace {

constexpr int kReplySeconds = 5;

void print_words(const JsonFields& node) {
  std::string name;
  bool ready = false;
  node.read("node", name);
  node.read("ready", ready);
  fmt::print("node {}: {}\n", name, ready ? "ready" : "starting");
  node.inside("clock", [](const JsonFields& clock) {
    std::string alarm;
    int64_t difference = 0;
    clock.read("alarm", alarm);
    clock.read("wall_minus_media_ms", difference);
    fmt::print("clock: wall minus media {} ms, alarm: {}\n", difference, alarm);
  });
  node.inside("ports", [](const JsonFields& ports) {
    fmt::print("ports:");
    for (const auto& [key, port] : ports.object()) {
      fmt::print(" {} {}", std::string_view(key), port.to_number<int>());
    }
    fmt::print("\n");
  });
  std::vector<std::string> dark;
  node.read("without_picture", dark);
  if (!dark.empty()) fmt::print("without a picture: {}\n", fmt::join(dark, ", "));
  fmt::print("\n{:<12} {:<16} {:>8} {:<28} {:>8}  {}\n", "process", "channel", "pid", "state",
             "restarts", "says");
  node.each("roles", [](const JsonFields& role) {
    std::string role_name, channel, state, last_end, says;
    int pid = 0, restarts = 0;
    std::optional<int64_t> starts_in_ms;
    role.read("role", role_name);
    role.read("channel", channel);
    role.read("state", state);
    role.read("last_end", last_end);
    role.read("pid", pid);
    role.read("restarts", restarts);
    role.read("starts_in_ms", starts_in_ms);
    role.inside("status", [&](const JsonFields& status) { status.read("text", says); });
    if (starts_in_ms) state = fmt::format("starts again in {} ms", *starts_in_ms);
    fmt::print("{:<12} {:<16} {:>8} {:<28} {:>8}  {}\n", role_name, channel,
               pid ? std::to_string(pid) : "-", state, restarts, says);
    if (!last_end.empty()) fmt::print("{:<12} last end: {}\n", "", last_end);
  });
  auto list = [&](const char* key, const char* title) {
    bool first = true;
    node.each(key, [&](const JsonFields& item) {
      if (std::exchange(first, false)) fmt::print("\n{}\n", title);
      fmt::print("  {}\n", boost::json::serialize(item.object()));
    });
  };
  list("feeds", "feeds");
  list("on_air", "on air");
}

}  // namespace

Result<std::string> ask_node(const std::string& data_dir) {
  const std::string name = node_socket_name(data_dir);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path + 1, name.data(), name.size());
  UniqueFd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const timeval limit{kReplySeconds, 0};
  ::setsockopt(socket.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size());
  if (::connect(socket.get(), reinterpret_cast<sockaddr*>(&address), size) != 0) {
    return fail(fmt::format("no node runs with data_dir = {}", data_dir));
  }
  ucred who{};
  socklen_t who_size = sizeof who;
  if (::getsockopt(socket.get(), SOL_SOCKET, SO_PEERCRED, &who, &who_size) != 0 ||
      (who.uid != ::geteuid() && who.uid != 0 && ::geteuid() != 0)) {
    return fail(fmt::format("the node with data_dir = {} is another user's", data_dir));
  }
  std::string text;
  char buffer[65536];
  for (;;) {
    const ssize_t got = ::recv(socket.get(), buffer, sizeof buffer, 0);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail(fmt::format("the node does not answer: {}", std::strerror(errno)));
    if (got == 0) break;
    text.append(buffer, static_cast<size_t>(got));
  }
  if (text.empty()) return fail("the node refused: run this as the node's user or as root");
  return text;
}

int status(const std::string& data_dir, bool as_json) {
  auto text = ask_node(data_dir);
  if (!text) {
    fmt::print(stderr, "{}\n", text.error().message);
    return 1;
  }
  if (as_json) {
    fmt::print("{}\n", *text);
    return 0;
  }
  auto node = JsonFields::parse(*text);
  if (!node) {
    fmt::print(stderr, "the node's answer is not understood: {}\n", node.error().message);
    return 1;
  }
  print_words(*node);
  return 0;
}

}  // namespace longmen
