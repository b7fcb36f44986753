// A link between two processes of a node: messages over one end of a Unix SOCK_SEQPACKET pair.
// A message may be larger than a socket buffer; it travels in fragments and arrives whole, in
// order. What waits to be sent is bounded: a message that does not fit is refused, counted, and the
// caller decides what that means (media is dropped up to the next keyframe, signalling fails). One
// thread owns a link: that of its io_context. Handlers run there.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <deque>
#include <functional>
#include <memory>

#include "core/base/bytes.h"
#include "core/base/result.h"
#include "net/message.h"
#include "net/unique_fd.h"

namespace longmen {

inline constexpr size_t kMaxLinkMessageBytes = 9 << 20;
inline constexpr size_t kDefaultLinkQueueBytes = 16 << 20;

class Link : public std::enable_shared_from_this<Link> {
 public:
  // `descriptor` is valid for the message that carries one, else empty. The body is valid only
  // during the call.
  using OnMessage = std::function<void(MessageKind, ByteSpan body, UniqueFd descriptor)>;
  using OnClosed = std::function<void()>;  // the peer is gone; called once, never after close()

  Link(boost::asio::io_context& io, UniqueFd socket, size_t queue_bytes = kDefaultLinkQueueBytes);

  void start(OnMessage on_message, OnClosed on_closed);
  // False when the link is closed or its queue is full: nothing of the message is sent then.
  bool send(MessageKind kind, ByteSpan body, UniqueFd descriptor = {});
  bool send(MessageKind kind, std::string_view json, UniqueFd descriptor = {}) {
    return send(kind, as_bytes(json), std::move(descriptor));
  }
  // Hands out what the peer had sent before it ended; then close() loses nothing.
  void drain();
  void close();

  bool open() const { return open_; }
  size_t queued_bytes() const { return queued_bytes_; }
  uint64_t refused_messages() const { return refused_messages_; }

  // Two connected ends, close-on-exec.
  static Result<std::pair<UniqueFd, UniqueFd>> pair();

 private:
  struct Outgoing {
    Bytes bytes;  // header and body
    size_t sent = 0;
    UniqueFd descriptor;
  };
  enum class Read { kFragment, kNothing, kLost };
  Read read_fragment();
  void read_ready();
  void write_ready();
  void wait_read();
  void wait_write();
  void lost();

  boost::asio::posix::stream_descriptor socket_;
  OnMessage on_message_;
  OnClosed on_closed_;
  std::deque<Outgoing> queue_;
  size_t queue_limit_bytes_;
  size_t queued_bytes_ = 0;
  uint64_t refused_messages_ = 0;
  bool open_ = true;
  bool waiting_to_write_ = false;
  Bytes incoming_;
  size_t incoming_expected_ = 0;
  UniqueFd incoming_descriptor_;
};

}  // namespace longmen
