#include "supervisor/listeners.h"

#include <fmt/format.h>
#include <netdb.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <set>
#include <vector>

#include "net/node_sockets.h"

namespace longmen {
namespace {

constexpr int kBacklog = 1024;

struct Wanted {
  std::string name, role, address;
  int port;
  int type;  // SOCK_STREAM, SOCK_DGRAM
};

std::vector<Wanted> wanted_listeners(const NodeConfig& config) {
  auto has = [&](std::string_view role) {
    return std::find(config.roles.begin(), config.roles.end(), role) != config.roles.end();
  };
  std::vector<Wanted> wanted;
  if (has("gateway")) {
    wanted.push_back({"http", "gateway", config.http.address, config.http.port, SOCK_STREAM});
    if (config.http.https_port >= 0) {
      wanted.push_back(
          {"https", "gateway", config.http.address, config.http.https_port, SOCK_STREAM});
    }
  }
  if (has("ingest") && config.rtmp.port >= 0) {
    wanted.push_back({"rtmp", "ingest", config.rtmp.address, config.rtmp.port, SOCK_STREAM});
  }
  if (has("ingest") && config.rtmp.tls_port >= 0) {
    wanted.push_back({"rtmps", "ingest", config.rtmp.address, config.rtmp.tls_port, SOCK_STREAM});
  }
  if (has("ingest") && config.rtsp.port >= 0) {
    wanted.push_back({"rtsp", "ingest", config.rtsp.address, config.rtsp.port, SOCK_STREAM});
  }
  if (has("ingest") && config.rtsp.tls_port >= 0) {
    wanted.push_back({"rtsps", "ingest", config.rtsp.address, config.rtsp.tls_port, SOCK_STREAM});
  }
  if (has("ingest") && config.srt.port >= 0) {
    wanted.push_back({"srt", "ingest", config.srt.address, config.srt.port, SOCK_DGRAM});
  }
  if (has("ingest") && config.whip.port >= 0) {
    wanted.push_back({"whip", "ingest", config.whip.address, config.whip.port, SOCK_DGRAM});
  }
  if (has("relay")) {
    for (int shard = 0; shard < config.relay.shards; ++shard) {
      const int port = config.relay.first_port == 0 ? 0 : config.relay.first_port + shard;
      wanted.push_back(
          {fmt::format("udp{}", shard), "relay", config.relay.address, port, SOCK_DGRAM});
    }
  }
  return wanted;
}

int port_of(int socket) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  ::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size);
  return ntohs(address.ss_family == AF_INET6 ? reinterpret_cast<sockaddr_in6&>(address).sin6_port
                                             : reinterpret_cast<sockaddr_in&>(address).sin_port);
}

void set_reuse_port(int socket, int on) {
  ::setsockopt(socket, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
}

// Lets sockets that are about to be given up share their port with their successors, as the kernel
// allows it when all of them say so at the time of bind and listen (socket(7), SO_REUSEPORT). Only
// then: at all other times a port of the node is nobody else's.
class MakingRoom {
 public:
  explicit MakingRoom(std::vector<int> sockets) : sockets_(std::move(sockets)) {
    for (int socket : sockets_)
      set_reuse_port(socket, 1);
  }
  ~MakingRoom() {
    for (int socket : sockets_)
      set_reuse_port(socket, 0);
  }
  MakingRoom(const MakingRoom&) = delete;
  MakingRoom& operator=(const MakingRoom&) = delete;
  bool made() const { return !sockets_.empty(); }

 private:
  std::vector<int> sockets_;
};

Result<UniqueFd> bind_socket(const Wanted& wanted, const MakingRoom& room) {
  auto failed = [&](const char* why) {
    return fail(fmt::format("{}: {} port {}: {}", wanted.name, wanted.address, wanted.port, why));
  };
  addrinfo hints{};
  hints.ai_socktype = wanted.type;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICHOST | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const std::string port = std::to_string(wanted.port);
  if (const int error = ::getaddrinfo(wanted.address.c_str(), port.c_str(), &hints, &found)) {
    return failed(::gai_strerror(error));
  }
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(found, &::freeaddrinfo);
  UniqueFd socket(::socket(found->ai_family, wanted.type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket) return failed(std::strerror(errno));
  const int on = 1;
  if (wanted.type == SOCK_STREAM) {
    ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  }
  if (found->ai_family == AF_INET6) {  // "::" takes IPv4 too
    const int off = 0;
    ::setsockopt(socket.get(), IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
  }
  if (room.made()) set_reuse_port(socket.get(), 1);
  if (::bind(socket.get(), found->ai_addr, found->ai_addrlen) != 0) {
    return failed(std::strerror(errno));
  }
  if (wanted.type == SOCK_STREAM && ::listen(socket.get(), kBacklog) != 0) {
    return failed(std::strerror(errno));
  }
  if (room.made()) set_reuse_port(socket.get(), 0);
  return socket;
}

}  // namespace

Result<UniqueFd> listen_abstract(const std::string& name) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (name.size() + 1 > sizeof address.sun_path) return fail(name + ": name too long");
  std::memcpy(address.sun_path + 1, name.data(), name.size());
  UniqueFd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size());
  if (!socket || ::bind(socket.get(), reinterpret_cast<sockaddr*>(&address), size) != 0 ||
      ::listen(socket.get(), kBacklog) != 0) {
    return fail(fmt::format("Unix socket {}: {}", name, std::strerror(errno)));
  }
  return socket;
}

namespace {

// A listener of `current` at the same place: the one of that name, else any.
const Listener* find_kept(const Wanted& wanted, const Listeners& current) {
  const auto same_place = [&](const Listener& listener) {
    return listener.type == wanted.type && listener.address == wanted.address &&
           (listener.port == wanted.port || listener.bound_port == wanted.port);
  };
  if (const auto named = current.find(wanted.name);
      named != current.end() && same_place(named->second))
    return &named->second;
  if (wanted.port == 0) return nullptr;
  for (const auto& [name, listener] : current) {
    if (same_place(listener)) return &listener;
  }
  return nullptr;
}

}  // namespace

Result<Listeners> bind_listeners(const NodeConfig& config, const Listeners& current) {
  Listeners bound;
  std::vector<Wanted> missing;
  std::set<int> kept;
  for (Wanted& wanted : wanted_listeners(config)) {
    const Listener* old = find_kept(wanted, current);
    if (old && kept.insert(old->socket->get()).second) {
      bound[wanted.name] = {wanted.role,     wanted.address, wanted.port,
                            old->bound_port, wanted.type,    old->socket};
    } else {
      missing.push_back(std::move(wanted));
    }
  }
  std::vector<int> given_up;
  for (const auto& [name, listener] : current) {
    if (listener.type != 0 && !kept.contains(listener.socket->get()))
      given_up.push_back(listener.socket->get());
  }
  const MakingRoom room(std::move(given_up));
  for (const Wanted& wanted : missing) {
    auto socket = bind_socket(wanted, room);
    if (!socket) return tl::unexpected(socket.error());
    const int port = port_of(socket->get());
    bound[wanted.name] = {wanted.role, wanted.address,
                          wanted.port, port,
                          wanted.type, std::make_shared<UniqueFd>(std::move(*socket))};
  }
  if (std::find(config.roles.begin(), config.roles.end(), "control") != config.roles.end()) {
    if (const auto api = current.find("api"); api != current.end()) {
      bound.insert(*api);
    } else {
      auto socket = listen_abstract(control_socket_name(config.data_dir));
      if (!socket) return tl::unexpected(socket.error());
      bound["api"] = {"control", "", 0, 0, 0, std::make_shared<UniqueFd>(std::move(*socket))};
    }
  }
  return bound;
}

}  // namespace longmen
