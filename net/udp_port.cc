#include "net/udp_port.h"

#include <fmt/format.h>
#include <netinet/udp.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "net/udp_options.h"

namespace longmen {
namespace {

bool is_refusal_of_train(int error) {
  return error == EINVAL || error == EIO || error == EMSGSIZE;
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
  // The socket may have been that of a process that was killed, and still cut what it sends.
  cut_sends(socket.get(), 0);

  std::unique_ptr<UdpPort> port(new UdpPort(io, socket.release()));
  port->family_ = family;
  port->address_ = local_address(port->socket_.native_handle());
  if (!port->address_.valid()) return fail("UDP port: the socket is not bound");
  boost::system::error_code error;
  port->socket_.non_blocking(true, error);
  if (error) return fail(fmt::format("UDP port: {}", error.message()));
  return port;
}

UdpPort::UdpPort(boost::asio::io_context& io, int socket)
    : socket_(io, socket),
      receive_buffer_(kReceiveBatch * kReceiveBufferBytes),
      slots_(kReceiveBatch),
      messages_(kReceiveBatch) {}

void UdpPort::close() {
  boost::system::error_code ignored;
  socket_.close(ignored);
}

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
  const int count =
      recvmmsg(socket_.native_handle(), messages_.data(), kReceiveBatch, MSG_DONTWAIT, nullptr);
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

ssize_t UdpPort::send_once(ByteSpan bytes, const SocketAddress& to) {
  ssize_t sent = 0;
  do {
    ++counters_.send_calls;
    sent = ::sendto(socket_.native_handle(), bytes.data(), bytes.size(), MSG_DONTWAIT, &to.any,
                    to.bytes);
  } while (sent < 0 && errno == EINTR);
  return sent;
}

// On failure errno says why.
bool UdpPort::set_segment(size_t bytes) {
  if (bytes == segment_bytes_) return true;
  if (!cut_sends(socket_.native_handle(), bytes)) {
    if (errno == ENOPROTOOPT) errno = EINVAL;  // a kernel without trains refuses them
    return false;
  }
  segment_bytes_ = bytes;
  return true;
}

UdpPort::Sent UdpPort::send(ByteSpan datagram, const Address& to) {
  const SocketAddress address(to, family_);
  if (address.bytes == 0) return blocked_or_failed(EAFNOSUPPORT, 1);
  if (datagram.size() > segment_bytes_ && !set_segment(0)) return blocked_or_failed(errno, 1);
  ssize_t sent = send_once(datagram, address);
  // Where trains are refused, so is what a socket sends that would cut longer ones.
  if (sent < 0 && is_refusal_of_train(errno) && segment_bytes_ != 0 && set_segment(0))
    sent = send_once(datagram, address);
  if (sent < 0) return blocked_or_failed(errno, 1);
  ++counters_.sent_datagrams;
  counters_.sent_bytes += datagram.size();
  return Sent::kYes;
}

UdpPort::Sent UdpPort::send_train(ByteSpan bytes, size_t segment_bytes, const Address& to,
                                  size_t* sent_bytes) {
  *sent_bytes = 0;
  if (bytes.size() <= segment_bytes) {
    const Sent sent = send(bytes, to);
    if (sent == Sent::kYes) *sent_bytes = bytes.size();
    return sent;
  }
  const SocketAddress address(to, family_);
  const size_t segments = (bytes.size() + segment_bytes - 1) / segment_bytes;
  if (address.bytes == 0) return blocked_or_failed(EAFNOSUPPORT, segments);
  if (!gso_allowed_ || (!refusals_.empty() && refusals_.contains(to))) {
    return send_segments(bytes, segment_bytes, address, sent_bytes);
  }

  const ssize_t sent = set_segment(segment_bytes) ? send_once(bytes, address) : -1;
  if (sent < 0 && is_refusal_of_train(errno)) {
    note_refusal(to);
    return send_segments(bytes, segment_bytes, address, sent_bytes);
  }
  if (sent < 0) return blocked_or_failed(errno, segments);
  refusals_in_vain_ = 0;
  ++counters_.trains;
  counters_.sent_datagrams += segments;
  counters_.sent_bytes += bytes.size();
  *sent_bytes = bytes.size();
  return Sent::kYes;
}

void UdpPort::note_refusal(const Address& to) {
  ++counters_.gso_fallbacks;
  if (++refusals_in_vain_ >= kMaxRefusalsInVain) gso_allowed_ = false;
  if (refusals_.size() >= kMaxRefusals) refusals_.clear();
  refusals_.insert(to);
}

void UdpPort::retry_trains() {
  if (gso_allowed_) return;
  gso_allowed_ = true;
  refusals_.clear();
  refusals_in_vain_ = kMaxRefusalsInVain - kMaxRefusalsAgain;
}

UdpPort::Sent UdpPort::send_segments(ByteSpan bytes, size_t segment_bytes, const SocketAddress& to,
                                     size_t* sent_bytes) {
  set_segment(0);
  std::array<iovec, kMaxSegments> spans;
  std::array<mmsghdr, kMaxSegments> messages;
  Sent outcome = Sent::kYes;
  while (*sent_bytes < bytes.size()) {
    unsigned count = 0;
    for (size_t at = *sent_bytes; at < bytes.size() && count < kMaxSegments; ++count) {
      const size_t size = std::min(segment_bytes, bytes.size() - at);
      spans[count] = {const_cast<uint8_t*>(bytes.data()) + at, size};
      messages[count] = {};
      messages[count].msg_hdr.msg_name = const_cast<sockaddr*>(&to.any);
      messages[count].msg_hdr.msg_namelen = to.bytes;
      messages[count].msg_hdr.msg_iov = &spans[count];
      messages[count].msg_hdr.msg_iovlen = 1;
      at += size;
    }
    ++counters_.send_calls;
    const int sent = sendmmsg(socket_.native_handle(), messages.data(), count, MSG_DONTWAIT);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0) {
      outcome = blocked_or_failed(errno, 1);
      if (outcome == Sent::kWouldBlock) return outcome;
      *sent_bytes += spans[0].iov_len;  // this segment cannot leave; the next one perhaps
      continue;
    }
    for (int i = 0; i < sent; ++i) {
      ++counters_.sent_datagrams;
      counters_.sent_bytes += spans[i].iov_len;
      *sent_bytes += spans[i].iov_len;
    }
  }
  return outcome;
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
