#include "net/link.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <array>
#include <boost/asio/post.hpp>
#include <cerrno>
#include <cstring>

namespace longmen {
namespace {

// A fragment is one SEQPACKET datagram: u16 kind, u16 reserved, u32 bytes of the whole body, then
// as much of the body as fits.
constexpr size_t kFragmentHeaderBytes = 8;
constexpr size_t kFragmentBodyBytes = 60 << 10;
constexpr int kFragmentsPerWake = 64;  // then others on this thread have their turn

}  // namespace

Link::Link(boost::asio::io_context& io, UniqueFd socket, size_t queue_bytes)
    : socket_(io, socket.release()), queue_limit_bytes_(queue_bytes) {
  socket_.non_blocking(true);
}

void Link::start(OnMessage on_message, OnClosed on_closed) {
  on_message_ = std::move(on_message);
  on_closed_ = std::move(on_closed);
  if (!open_) {  // the peer was lost on an early send
    boost::asio::post(socket_.get_executor(), [self = shared_from_this()] {
      if (auto handler = std::exchange(self->on_closed_, nullptr)) handler();
    });
    return;
  }
  wait_read();
}

bool Link::send(MessageKind kind, ByteSpan body, UniqueFd descriptor) {
  const size_t bytes = body.size() + kFragmentHeaderBytes;
  if (!open_ || body.size() > kMaxLinkMessageBytes || queued_bytes_ + bytes > queue_limit_bytes_) {
    ++refused_messages_;
    return false;
  }
  Outgoing& message = queue_.emplace_back();
  message.descriptor = std::move(descriptor);
  message.bytes.reserve(bytes);
  ByteWriter writer(message.bytes);
  writer.u16(static_cast<uint16_t>(kind));
  writer.u16(0);
  writer.u32(body.size());
  writer.bytes(body);
  message.sent = kFragmentHeaderBytes;
  queued_bytes_ += bytes;
  if (!waiting_to_write_) write_ready();
  return open_;
}

void Link::write_ready() {
  while (!queue_.empty()) {
    Outgoing& message = queue_.front();
    const size_t chunk = std::min(kFragmentBodyBytes, message.bytes.size() - message.sent);
    std::array<iovec, 2> parts{{{message.bytes.data(), kFragmentHeaderBytes},
                                {message.bytes.data() + message.sent, chunk}}};
    msghdr header{};
    header.msg_iov = parts.data();
    header.msg_iovlen = parts.size();
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
    if (message.descriptor) {
      header.msg_control = control.data();
      header.msg_controllen = control.size();
      cmsghdr* rights = CMSG_FIRSTHDR(&header);
      rights->cmsg_level = SOL_SOCKET;
      rights->cmsg_type = SCM_RIGHTS;
      rights->cmsg_len = CMSG_LEN(sizeof(int));
      const int fd = message.descriptor.get();
      std::memcpy(CMSG_DATA(rights), &fd, sizeof fd);
    }
    if (::sendmsg(socket_.native_handle(), &header, MSG_NOSIGNAL | MSG_DONTWAIT) < 0) {
      if (errno == EINTR) continue;
      if (errno == EAGAIN || errno == EWOULDBLOCK || errno == ENOBUFS) return wait_write();
      return lost();
    }
    message.descriptor.reset();
    message.sent += chunk;
    if (message.sent == message.bytes.size()) {
      queued_bytes_ -= message.bytes.size();
      queue_.pop_front();
    }
  }
}

void Link::wait_write() {
  waiting_to_write_ = true;
  socket_.async_wait(boost::asio::posix::descriptor_base::wait_write,
                     [self = shared_from_this()](boost::system::error_code error) {
                       self->waiting_to_write_ = false;
                       if (!error && self->open_) self->write_ready();
                     });
}

void Link::wait_read() {
  socket_.async_wait(boost::asio::posix::descriptor_base::wait_read,
                     [self = shared_from_this()](boost::system::error_code error) {
                       if (!error && self->open_) self->read_ready();
                     });
}

void Link::read_ready() {
  for (int fragments = 0; fragments < kFragmentsPerWake; ++fragments) {
    const Read read = read_fragment();
    if (read == Read::kLost) return lost();
    if (!open_) return;
    if (read == Read::kNothing) break;
  }
  wait_read();
}

void Link::drain() {
  while (open_ && on_message_ && read_fragment() == Read::kFragment) {
  }
}

Link::Read Link::read_fragment() {
  static thread_local std::array<uint8_t, kFragmentHeaderBytes + kFragmentBodyBytes> buffer;
  iovec part{buffer.data(), buffer.size()};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
  msghdr header{};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  header.msg_control = control.data();
  header.msg_controllen = control.size();
  ssize_t received = -1;
  do {
    received = ::recvmsg(socket_.native_handle(), &header, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
  } while (received < 0 && errno == EINTR);
  if (received < 0) return errno == EAGAIN || errno == EWOULDBLOCK ? Read::kNothing : Read::kLost;
  if (cmsghdr* rights = CMSG_FIRSTHDR(&header);
      rights && rights->cmsg_level == SOL_SOCKET && rights->cmsg_type == SCM_RIGHTS) {
    int fd = -1;
    std::memcpy(&fd, CMSG_DATA(rights), sizeof fd);
    incoming_descriptor_ = UniqueFd(fd);
  }
  ByteReader reader(ByteSpan(buffer.data(), static_cast<size_t>(received)));
  const auto kind = static_cast<MessageKind>(reader.u16());
  reader.skip(2);
  const size_t body_bytes = reader.u32();
  // Orderly end of the peer (0 bytes), or a peer that does not speak this.
  if (!reader.ok() || body_bytes > kMaxLinkMessageBytes ||
      incoming_.size() + reader.remaining() > body_bytes) {
    return Read::kLost;
  }
  ByteSpan chunk = reader.rest();
  if (chunk.size() == body_bytes) {
    on_message_(kind, chunk, std::move(incoming_descriptor_));
  } else {
    incoming_.reserve(body_bytes);
    incoming_.insert(incoming_.end(), chunk.begin(), chunk.end());
    if (incoming_.size() < body_bytes) return Read::kFragment;
    Bytes whole;
    whole.swap(incoming_);
    on_message_(kind, whole, std::move(incoming_descriptor_));
  }
  incoming_descriptor_.reset();
  return Read::kFragment;
}

void Link::lost() {
  if (!open_) return;
  auto handler = std::exchange(on_closed_, nullptr);
  close();
  // Posted, so that a send() that finds the peer gone does not call back into its caller.
  if (handler) boost::asio::post(socket_.get_executor(), std::move(handler));
}

void Link::close() {
  open_ = false;
  on_closed_ = nullptr;
  queue_.clear();
  queued_bytes_ = 0;
  boost::system::error_code ignored;
  socket_.close(ignored);
}

Result<std::pair<UniqueFd, UniqueFd>> Link::pair() {
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends.data()) != 0) {
    return fail(fmt::format("socketpair: {}", std::strerror(errno)));
  }
  for (int end : ends) {
    const int bytes = 4 << 20;  // as much as the kernel allows; more is a matter of rmem_max
    ::setsockopt(end, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes);
  }
  return std::pair(UniqueFd(ends[0]), UniqueFd(ends[1]));
}

}  // namespace longmen
