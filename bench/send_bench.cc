// What it costs to send packets in one way or another: CPU time a packet of the thread that sends,
// to many receivers on loopback that drop. Every way sends the same packets, kBurst to each
// receiver in turn, and the ways take turns, so that a machine that slows down slows all of them.
// Nothing is sealed. The last column is the time beside sendto's in the same run. `--help` says
// what can be chosen. Linux udp(7), Documentation/networking/msg_zerocopy.rst of the kernel.
#include <fmt/format.h>
#include <linux/errqueue.h>

#include <CLI/CLI.hpp>
#include <array>

#include "bench/support/dropping_receivers.h"
#include "core/base/bytes.h"

namespace longmen {
namespace {

using bench::CpuTime;
using bench::Receiver;
using bench::require;

constexpr size_t kBurst = 32;
constexpr size_t kMaxUdpBytes = 65'507;

struct Options {
  size_t receivers = 1024;
  size_t bytes = 1200;
  int rounds = 10;
  bool gro = false;
};

enum class Call { kSendTo, kSendMany, kTrain };

class Way {
 public:
  Way(std::string name, Call call, size_t packets, size_t packet_bytes, bool zero_copy = false)
      : name_(std::move(name)),
        call_(call),
        packets_(packets),
        packet_bytes_(packet_bytes),
        zero_copy_(zero_copy),
        socket_(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)),
        burst_(kBurst * packet_bytes, 0x55) {
    constexpr int kBufferBytes = 8 << 20;
    require(socket_.get() >= 0, "the sender's socket");
    set_send_buffer(socket_.get(), kBufferBytes);
    if (call == Call::kTrain) require(cut_sends(socket_.get(), packet_bytes), "UDP_SEGMENT");
    const int on = 1;
    if (zero_copy)
      require(setsockopt(socket_.get(), SOL_SOCKET, SO_ZEROCOPY, &on, sizeof on) == 0,
              "SO_ZEROCOPY");
  }

  const std::string& name() const { return name_; }
  double cpu_seconds() const { return cpu_seconds_; }
  uint64_t sent() const { return sent_; }
  bool fits() const { return call_ != Call::kTrain || packets_ * packet_bytes_ <= kMaxUdpBytes; }

  // A burst to each of them.
  void send(std::vector<Receiver>& receivers) {
    const CpuTime before = CpuTime::now();
    for (Receiver& receiver : receivers) {
      for (size_t at = 0; at < kBurst; at += packets_)
        send(receiver, at);
      if (zero_copy_) take_completions();
    }
    cpu_seconds_ += CpuTime::now().total - before.total;
    sent_ += receivers.size() * kBurst;
  }

 private:
  void send(Receiver& to, size_t at) {
    const auto address = reinterpret_cast<sockaddr*>(&to.address);
    uint8_t* const begin = burst_.data() + at * packet_bytes_;
    if (call_ != Call::kSendMany) {
      const auto bytes = static_cast<ssize_t>(packets_ * packet_bytes_);
      const int flags = zero_copy_ ? MSG_ZEROCOPY : 0;
      require(sendto(socket_.get(), begin, static_cast<size_t>(bytes), flags, address,
                     sizeof to.address) == bytes,
              name_);
      return;
    }
    std::array<iovec, kBurst> spans{};
    std::array<mmsghdr, kBurst> messages{};
    for (size_t i = 0; i < packets_; ++i) {
      spans[i] = {begin + i * packet_bytes_, packet_bytes_};
      messages[i].msg_hdr.msg_name = address;
      messages[i].msg_hdr.msg_namelen = sizeof to.address;
      messages[i].msg_hdr.msg_iov = &spans[i];
      messages[i].msg_hdr.msg_iovlen = 1;
    }
    require(sendmmsg(socket_.get(), messages.data(), static_cast<unsigned>(packets_), 0) ==
                static_cast<int>(packets_),
            name_);
  }

  // Whose memory may be written to again.
  void take_completions() {
    alignas(cmsghdr) uint8_t control[CMSG_SPACE(sizeof(sock_extended_err) + sizeof(sockaddr_in))];
    msghdr message{};
    do {
      message.msg_control = control;
      message.msg_controllen = sizeof control;
    } while (recvmsg(socket_.get(), &message, MSG_ERRQUEUE | MSG_DONTWAIT) >= 0);
  }

  std::string name_;
  Call call_;
  size_t packets_;  // a call
  size_t packet_bytes_;
  bool zero_copy_;
  UniqueFd socket_;
  Bytes burst_;
  double cpu_seconds_ = 0;
  uint64_t sent_ = 0;
};

int run(const Options& options) {
  std::vector<Receiver> receivers = bench::make_receivers(options.receivers, options.gro);
  std::vector<Way> ways;
  const auto add = [&](std::string name, Call call, size_t packets, bool zero_copy = false) {
    Way way(std::move(name), call, packets, options.bytes, zero_copy);
    if (way.fits()) ways.push_back(std::move(way));
  };
  add("sendto", Call::kSendTo, 1);
  add("sendto, zero-copy", Call::kSendTo, 1, true);
  add("sendmmsg x8", Call::kSendMany, 8);
  add("sendmmsg x32", Call::kSendMany, 32);
  add("UDP_SEGMENT x4", Call::kTrain, 4);
  add("UDP_SEGMENT x8", Call::kTrain, 8);
  add("UDP_SEGMENT x32", Call::kTrain, 32);
  add("UDP_SEGMENT x8, zero-copy", Call::kTrain, 8, true);
  add("UDP_SEGMENT x32, zero-copy", Call::kTrain, 32, true);
  for (int round = 0; round < options.rounds; ++round)
    for (Way& way : ways)
      way.send(receivers);

  fmt::print("receivers={} bytes={} gro={} packets={} each\n", receivers.size(), options.bytes,
             options.gro, ways.front().sent());
  fmt::print("{:<28}{:>14}{:>10}\n", "", "us a packet", "ratio");
  const double yardstick = ways.front().cpu_seconds();
  for (const Way& way : ways)
    fmt::print("{:<28}{:>14.3f}{:>10.2f}\n", way.name(),
               way.cpu_seconds() / static_cast<double>(way.sent()) * 1e6,
               way.cpu_seconds() / yardstick);
  return 0;
}

}  // namespace
}  // namespace longmen

int main(int argc, char** argv) {
  longmen::Options options;
  CLI::App app("Ways of sending packets to many receivers that drop: CPU time a packet.");
  app.add_option("--receivers", options.receivers, "how many (1024)")->check(CLI::PositiveNumber);
  app.add_option("--bytes", options.bytes, "of a packet (1200)")->check(CLI::Range(1, 1472));
  app.add_option("--rounds", options.rounds, "of 32 packets to each (10)")
      ->check(CLI::PositiveNumber);
  app.add_flag("--gro", options.gro, "receivers take trains whole (UDP_GRO)");
  CLI11_PARSE(app, argc, argv);
  return longmen::run(options);
}
