// One bound UDP socket of a shard: receives many datagrams a call (recvmmsg with UDP_GRO, split
// here), sends one datagram, or many trains of equal segments in one call (sendmmsg, each message
// with its UDP_SEGMENT): where the way into the kernel is dear, as on virtual machines, a call of
// its own for each train is a third of what a train costs. It decides only how a train leaves:
// where the kernel, the device or the path refuses a train (EINVAL, EIO, EMSGSIZE), its segments
// are sent one by one, and that is remembered for that destination, since the refusal belongs to
// the route; at most kMaxRefusals are remembered, then all are forgotten and learnt again. Where
// kMaxRefusalsInVain destinations refuse trains and none takes one in between, it is the device,
// and no more are tried until retry_trains(). Nothing waits here: a full socket buffer is reported
// to the caller. It does not know what datagrams contain. No allocation per packet. One thread.
// Linux udp(7).
#pragma once

#include <sys/socket.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <memory>
#include <span>
#include <unordered_set>
#include <vector>

#include "core/base/address.h"
#include "core/base/bytes.h"
#include "core/base/result.h"
#include "net/socket_address.h"
#include "net/unique_fd.h"

namespace longmen {

struct UdpCounters {
  uint64_t received_datagrams = 0;
  uint64_t received_bytes = 0;
  uint64_t sent_datagrams = 0;
  uint64_t sent_bytes = 0;
  uint64_t send_calls = 0;
  uint64_t trains = 0;            // that left whole
  uint64_t gso_fallbacks = 0;     // trains that were refused and left segment by segment instead
  uint64_t would_block = 0;       // the socket's buffer was full
  uint64_t failed_datagrams = 0;  // given up: unreachable, too large, no such family
};

// Segments of `segment_bytes`, the last one perhaps shorter; a single one is a datagram.
struct OutgoingTrain {
  ByteSpan bytes;
  size_t segment_bytes = 0;  // not 0
  Address to;
  // By UdpPort::send_trains():
  size_t sent_bytes = 0;  // that have left, or were given up
  bool failed = false;    // some of it was given up, and counted

  size_t segments() const { return (bytes.size() + segment_bytes - 1) / segment_bytes; }
};

class UdpPort {
 public:
  static constexpr size_t kReceiveBatch = 32;
  static constexpr size_t kReceiveBufferBytes = 65535;  // a coalesced datagram is that large
  static constexpr size_t kMaxRefusals = 4096;
  static constexpr size_t kMaxRefusalsInVain = 256;
  static constexpr size_t kMaxRefusalsAgain = 8;  // after retry_trains()
  static constexpr size_t kMaxSegments = 64;      // UDP_MAX_SEGMENTS of older kernels
  static constexpr size_t kMaxTrainsACall = 16;
  static constexpr int kSocketBufferBytes = 8 << 20;

  enum class Sent {
    kYes,
    kWouldBlock,  // nothing has left; again after wait_writable()
    kFailed,      // given up, and counted
  };

  // Adopts a bound UDP socket.
  static Result<std::unique_ptr<UdpPort>> adopt(boost::asio::io_context& io, UniqueFd socket);
  ~UdpPort() { unwatch(); }

  // Calls visit(std::span<uint8_t> datagram, const Address& from) for what is there, at most
  // kReceiveBatch messages' worth of datagrams and at most `most` of them; returns how many. The
  // span may be written to, and is valid during the call. Datagrams cut off by the kernel are left
  // out. A message may be a train of many: what is beyond `most` comes first the next time.
  template <class Visit>
  size_t receive(Visit visit, size_t most = SIZE_MAX) {
    if (!holds_datagrams()) fetch();
    size_t datagrams = 0;
    for (; holds_datagrams(); ++next_message_, taken_bytes_ = 0) {
      const Received received = received_message(next_message_);
      while (taken_bytes_ < received.bytes.size()) {
        if (datagrams == most) return datagrams;
        const auto rest = received.bytes.subspan(taken_bytes_);
        const auto datagram = rest.first(std::min(received.segment_bytes, rest.size()));
        taken_bytes_ += datagram.size();
        count_received(datagram.size());
        visit(datagram, received.from);
        ++datagrams;
      }
    }
    return datagrams;
  }
  // What receive() does first when nothing is held: at most kReceiveBatch messages are taken from
  // the kernel, of which each_sender() tells the senders, so that what is known of them can be
  // prefetched.
  void fetch() {
    received_messages_ = receive_messages();
    next_message_ = 0;
  }
  template <class Each>
  void each_sender(Each each) const {
    for (size_t i = next_message_; i < received_messages_; ++i)
      each(to_address(&slots_[i].from.any));
  }
  // Datagrams were received and not visited yet; the socket need not be readable for them.
  bool holds_datagrams() const { return next_message_ < received_messages_; }

  Sent send(ByteSpan datagram, const Address& to);
  // In order. Returns how many are done with; when fewer than all, the socket's buffer is full: the
  // rest, of which the first one may have left in part, again after wait_writable().
  size_t send_trains(std::span<OutgoingTrain> trains);

  // Handlers (asio completion signature void(error_code)) on the io_context's thread.
  template <class Handler>
  void wait_readable(Handler handler) {
    watch();
    watch_.async_wait(boost::asio::posix::stream_descriptor::wait_read, std::move(handler));
  }
  template <class Handler>
  void wait_writable(Handler handler) {
    watch();
    watch_.async_wait(boost::asio::posix::stream_descriptor::wait_write, std::move(handler));
  }
  // Until the next wait: what comes wakes nobody. While nothing waits.
  void unwatch() {
    if (watch_.is_open()) watch_.release();
  }

  void allow_gso(bool allowed) { gso_allowed_ = allowed; }
  // Now and then: the way out may be another one. Where no trains were tried any more, they are
  // again, with any destination, until kMaxRefusalsAgain have refused one.
  void retry_trains();
  bool gso_allowed() const { return gso_allowed_; }
  const Address& address() const { return address_; }
  const UdpCounters& counters() const { return counters_; }
  bool refuses_trains(const Address& to) const { return refusals_.contains(to); }

 private:
  struct Received {
    std::span<uint8_t> bytes;
    size_t segment_bytes = 0;
    Address from;
  };
  struct ReceiveSlot {
    SocketAddress from;
    iovec span{};
    alignas(cmsghdr) uint8_t control[64];
  };

  UdpPort(boost::asio::io_context& io, UniqueFd socket);
  void watch() {
    if (!watch_.is_open()) watch_.assign(socket_.get());
  }
  size_t receive_messages();
  Received received_message(size_t index);
  void count_received(size_t bytes) {
    ++counters_.received_datagrams;
    counters_.received_bytes += bytes;
  }
  bool leaves_whole(const OutgoingTrain& train) const;
  // Both: how many from the first on are done with; 0: the socket's buffer is full.
  size_t send_whole(std::span<OutgoingTrain> trains);
  size_t send_by_segments(OutgoingTrain& train);
  void note_refusal(const Address& to);
  Sent blocked_or_failed(int error, size_t datagrams);

  UniqueFd socket_;
  boost::asio::posix::stream_descriptor watch_;  // of socket_, which it does not own
  int family_ = AF_INET;
  Address address_;
  bool kernel_cuts_ = true;  // it knows UDP_SEGMENT
  bool gso_allowed_ = true;
  std::unordered_set<Address> refusals_;
  size_t refusals_in_vain_ = 0;  // since a train left as one
  UdpCounters counters_;
  std::vector<uint8_t> receive_buffer_;
  std::vector<ReceiveSlot> slots_;
  std::vector<mmsghdr> messages_;
  size_t received_messages_ = 0;  // of messages_
  size_t next_message_ = 0;
  size_t taken_bytes_ = 0;  // of that one
};

}  // namespace longmen
