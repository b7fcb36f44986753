// What benches of sending send to: many UDP sockets on loopback that drop what comes, in the
// sender's time. And the processor time of the thread that sends.
#pragma once

#include <fmt/format.h>
#include <linux/filter.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <string_view>
#include <vector>

#include "net/udp_options.h"
#include "net/unique_fd.h"

namespace longmen::bench {

[[noreturn]] inline void die(std::string_view what) {
  fmt::print(stderr, "{}\n", what);
  std::exit(1);
}

inline void require(bool good, std::string_view what) {
  if (!good) die(fmt::format("{}: {}", what, std::strerror(errno)));
}

struct Receiver {
  UniqueFd socket;
  sockaddr_in address{};
};

// Gives a socket, bound to that port, the filter that drops.
using AttachFilter = std::function<bool(int socket, uint16_t port)>;

inline bool drop_all(int socket, uint16_t) {
  sock_filter drop[] = {BPF_STMT(BPF_RET | BPF_K, 0)};
  const sock_fprog filter{1, drop};
  return setsockopt(socket, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof filter) == 0;
}

// With `gro` trains come whole, as on a network card that cuts them.
inline std::vector<Receiver> make_receivers(size_t count, bool gro,
                                            const AttachFilter& attach_filter = drop_all) {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  std::vector<Receiver> receivers(count);
  for (Receiver& receiver : receivers) {
    receiver.socket = UniqueFd(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    const int fd = receiver.socket.get();
    receiver.address.sin_family = AF_INET;
    receiver.address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const auto address = reinterpret_cast<sockaddr*>(&receiver.address);
    socklen_t bytes = sizeof receiver.address;
    require(fd >= 0 && bind(fd, address, bytes) == 0 && getsockname(fd, address, &bytes) == 0,
            "a receiver's socket");
    require(attach_filter(fd, ntohs(receiver.address.sin_port)), "a receiver's filter");
    take_trains_whole(fd, gro);
  }
  return receivers;
}

// Of this thread. What getrusage() says is as of the scheduler's last tick, up to 4 ms ago, so that
// short times are lost: `user` and `system` are good for their proportion over many.
struct CpuTime {
  double total = 0;
  double user = 0;
  double system = 0;

  static CpuTime now() {
    timespec precise{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &precise);
    rusage usage{};
    getrusage(RUSAGE_THREAD, &usage);
    const auto seconds = [](const timeval& time) {
      return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
    };
    return {static_cast<double>(precise.tv_sec) + static_cast<double>(precise.tv_nsec) * 1e-9,
            seconds(usage.ru_utime), seconds(usage.ru_stime)};
  }
  CpuTime& operator+=(const CpuTime& other) {
    total += other.total;
    user += other.user;
    system += other.system;
    return *this;
  }
  CpuTime operator-(const CpuTime& other) const {
    return {total - other.total, user - other.user, system - other.system};
  }
};

}  // namespace longmen::bench
