#include "net/udp_port.h"

#include <netinet/udp.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "net/udp_options.h"

namespace longmen {
namespace {

bool is_refusal_of_train(int error) {
  return error == EINVAL || error == EIO || error == EMSGSIZE;
}

// That the kernel is to cut one message into datagrams of that size.
class SegmentOption {
 public:
  void set(msghdr& message, size_t segment_bytes) {
    message.msg_control = control_;
    message.msg_controllen = sizeof control_;
    cmsghdr* const header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_UDP;
    header->cmsg_type = UDP_SEGMENT;
    header->cmsg_len = CMSG_LEN(sizeof(uint16_t));
    const auto value = static_cast<uint16_t>(segment_bytes);
    std::memcpy(CMSG_DATA(header), &value, sizeof value);
  }

 private:
  alignas(cmsghdr) uint8_t control_[CMSG_SPACE(sizeof(uint16_t))];
};

mmsghdr message_to(const SocketAddress& to, iovec& span) {
  mmsghdr message{};
  message.msg_hdr.msg_name = const_cast<sockaddr*>(&to.any);
  message.msg_hdr.msg_namelen = to.bytes;
  message.msg_hdr.msg_iov = &span;
  message.msg_hdr.msg_iovlen = 1;
  return message;
}

}  // namespace

Result<std::unique_ptr<UdpPort>> UdpPort::adopt(boost::asio::io_context& io, UniqueFd socket) {
  int type = 0;
  socklen_t type_bytes = sizeof type;
  if (getsockopt(socket.get(), SOL_SOCKET, SO_TYPE, &type, &type_bytes) != 0 ||
      type != SOCK_DGRAM) {
    return fail("UDP port: the descriptor is not a datagram socket");
  }
  int family = 0;
  socklen_t family_bytes = sizeof family;
  getsockopt(socket.get(), SOL_SOCKET, SO_DOMAIN, &family, &family_bytes);
  if (family != AF_INET && family != AF_INET6) {
    return fail("UDP port: the descriptor is not an IPv4 or IPv6 socket");
  }
  set_send_buffer(socket.get(), kSocketBufferBytes);
  set_receive_buffer(socket.get(), kSocketBufferBytes);
  take_trains_whole(socket.get(), true);

  std::unique_ptr<UdpPort> port(new UdpPort(io, std::move(socket)));
  port->family_ = family;
  // A kernel that does not know the option would pass over it in a message and send a train as one
  // large datagram. The socket may also be a dead process's that had it cut whatever it sends.
  port->kernel_cuts_ = cut_sends(port->socket_.get(), 0);
  port->gso_allowed_ = port->kernel_cuts_;
  port->address_ = local_address(port->socket_.get());
  if (!port->address_.valid()) return fail("UDP port: the socket is not bound");
  return port;
}

UdpPort::UdpPort(boost::asio::io_context& io, UniqueFd socket)
    : socket_(std::move(socket)),
      watch_(io),
      receive_buffer_(kReceiveBatch * kReceiveBufferBytes),
      slots_(kReceiveBatch),
      messages_(kReceiveBatch) {}

size_t UdpPort::receive_messages() {
  for (size_t i = 0; i < kReceiveBatch; ++i) {
    ReceiveSlot& slot = slots_[i];
    slot.span = {receive_buffer_.data() + i * kReceiveBufferBytes, kReceiveBufferBytes};
    msghdr& header = messages_[i].msg_hdr;
    header.msg_name = &slot.from.any;
    header.msg_namelen = sizeof slot.from.v6;
    header.msg_iov = &slot.span;
    header.msg_iovlen = 1;
    header.msg_control = slot.control;
    header.msg_controllen = sizeof slot.control;
    header.msg_flags = 0;
  }
  const int count = recvmmsg(socket_.get(), messages_.data(), kReceiveBatch, MSG_DONTWAIT, nullptr);
  return count > 0 ? static_cast<size_t>(count) : 0;
}

UdpPort::Received UdpPort::received_message(size_t index) {
  const mmsghdr& message = messages_[index];
  Received received;
  if (message.msg_hdr.msg_flags & MSG_TRUNC) return received;
  received.bytes = {receive_buffer_.data() + index * kReceiveBufferBytes, message.msg_len};
  received.segment_bytes =
      segment_bytes(const_cast<msghdr&>(message.msg_hdr), received.bytes.size());
  received.from = to_address(&slots_[index].from.any);
  return received;
}

UdpPort::Sent UdpPort::send(ByteSpan datagram, const Address& to) {
  const SocketAddress address(to, family_);
  if (address.bytes == 0) return blocked_or_failed(EAFNOSUPPORT, 1);
  ssize_t sent = 0;
  do {
    ++counters_.send_calls;
    sent = ::sendto(socket_.get(), datagram.data(), datagram.size(), MSG_DONTWAIT, &address.any,
                    address.bytes);
  } while (sent < 0 && errno == EINTR);
  if (sent < 0) return blocked_or_failed(errno, 1);
  ++counters_.sent_datagrams;
  counters_.sent_bytes += datagram.size();
  return Sent::kYes;
}

size_t UdpPort::send_trains(std::span<OutgoingTrain> trains) {
  size_t done = 0;
  while (done < trains.size()) {
    const auto rest = trains.subspan(done);
    const size_t gone = leaves_whole(rest[0]) ? send_whole(rest) : send_by_segments(rest[0]);
    if (gone == 0) break;
    done += gone;
  }
  return done;
}

// One of which some has left goes on as it began.
bool UdpPort::leaves_whole(const OutgoingTrain& train) const {
  if (train.sent_bytes > 0) return false;
  if (train.bytes.size() <= train.segment_bytes) return true;
  return gso_allowed_ && (refusals_.empty() || !refusals_.contains(train.to));
}

size_t UdpPort::send_whole(std::span<OutgoingTrain> trains) {
  std::array<SocketAddress, kMaxTrainsACall> addresses;
  std::array<iovec, kMaxTrainsACall> spans;
  std::array<SegmentOption, kMaxTrainsACall> options;
  std::array<mmsghdr, kMaxTrainsACall> messages;
  unsigned count = 0;
  for (; count < std::min(trains.size(), kMaxTrainsACall); ++count) {
    const OutgoingTrain& train = trains[count];
    if (count > 0 && !leaves_whole(train)) break;
    addresses[count] = SocketAddress(train.to, family_);
    if (addresses[count].bytes == 0) break;
    spans[count] = {const_cast<uint8_t*>(train.bytes.data()), train.bytes.size()};
    messages[count] = message_to(addresses[count], spans[count]);
    if (train.bytes.size() > train.segment_bytes)
      options[count].set(messages[count].msg_hdr, train.segment_bytes);
  }
  OutgoingTrain& first = trains.front();
  const auto put_off_or_give_up = [&](int error) -> size_t {
    first.failed = blocked_or_failed(error, first.segments()) == Sent::kFailed;
    return first.failed ? 1 : 0;
  };
  if (count == 0) return put_off_or_give_up(EAFNOSUPPORT);
  int sent = 0;
  do {
    ++counters_.send_calls;
    sent = sendmmsg(socket_.get(), messages.data(), count, MSG_DONTWAIT);
  } while (sent < 0 && errno == EINTR);
  if (sent < 0 && is_refusal_of_train(errno) && first.segments() > 1) {
    note_refusal(first.to);
    return send_by_segments(first);
  }
  if (sent < 0) return put_off_or_give_up(errno);
  for (OutgoingTrain& train : trains.first(static_cast<size_t>(sent))) {
    train.sent_bytes = train.bytes.size();
    counters_.sent_datagrams += train.segments();
    counters_.sent_bytes += train.bytes.size();
    if (train.bytes.size() <= train.segment_bytes) continue;
    ++counters_.trains;
    refusals_in_vain_ = 0;
  }
  return static_cast<size_t>(sent);
}

void UdpPort::note_refusal(const Address& to) {
  ++counters_.gso_fallbacks;
  if (++refusals_in_vain_ >= kMaxRefusalsInVain) gso_allowed_ = false;
  if (refusals_.size() >= kMaxRefusals) refusals_.clear();
  refusals_.insert(to);
}

void UdpPort::retry_trains() {
  if (gso_allowed_ || !kernel_cuts_) return;
  gso_allowed_ = true;
  refusals_.clear();
  refusals_in_vain_ = kMaxRefusalsInVain - kMaxRefusalsAgain;
}

size_t UdpPort::send_by_segments(OutgoingTrain& train) {
  const SocketAddress address(train.to, family_);
  std::array<iovec, kMaxSegments> spans;
  std::array<mmsghdr, kMaxSegments> messages;
  while (train.sent_bytes < train.bytes.size()) {
    unsigned count = 0;
    for (size_t at = train.sent_bytes; at < train.bytes.size() && count < kMaxSegments; ++count) {
      const size_t size = std::min(train.segment_bytes, train.bytes.size() - at);
      spans[count] = {const_cast<uint8_t*>(train.bytes.data()) + at, size};
      messages[count] = message_to(address, spans[count]);
      at += size;
    }
    ++counters_.send_calls;
    const int sent = sendmmsg(socket_.get(), messages.data(), count, MSG_DONTWAIT);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0) {
      if (blocked_or_failed(errno, 1) == Sent::kWouldBlock) return 0;
      train.failed = true;
      train.sent_bytes += spans[0].iov_len;  // this segment cannot leave; the next one perhaps
      continue;
    }
    for (int i = 0; i < sent; ++i) {
      ++counters_.sent_datagrams;
      counters_.sent_bytes += spans[i].iov_len;
      train.sent_bytes += spans[i].iov_len;
    }
  }
  return 1;
}

UdpPort::Sent UdpPort::blocked_or_failed(int error, size_t datagrams) {
  if (error == EAGAIN || error == EWOULDBLOCK) {
    ++counters_.would_block;
    return Sent::kWouldBlock;
  }
  counters_.failed_datagrams += datagrams;
  return Sent::kFailed;
}

}  // namespace longmen
