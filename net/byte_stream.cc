#include "net/byte_stream.h"

#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <optional>

#include "net/io_vectors.h"
#include "net/page_pipe.h"

namespace longmen {
namespace asio = boost::asio;
namespace {

constexpr auto kAwait = asio::as_tuple(asio::use_awaitable);

// One timer for a connection. Setting it anew only moves the deadline; the wait that is under way
// notices when it wakes, so that the usual request costs no timer operation in the kernel.
class Deadline : public std::enable_shared_from_this<Deadline> {
 public:
  Deadline(const asio::any_io_executor& executor, StreamSocket& socket)
      : timer_(executor), socket_(&socket) {}

  void set(std::chrono::milliseconds duration) {
    passed_ = false;
    at_ = std::chrono::steady_clock::now() + duration;
    if (waiting_ && timer_.expiry() <= *at_) return;
    wait();
  }
  void clear() {
    passed_ = false;
    at_.reset();
  }
  void pass() {
    passed_ = true;
    boost::system::error_code ignored;
    if (socket_) socket_->cancel(ignored);
  }
  void stop() {
    socket_ = nullptr;
    at_.reset();
    timer_.cancel();
  }
  bool passed() const { return passed_; }

 private:
  void wait() {
    waiting_ = true;
    timer_.expires_at(*at_);
    const uint64_t wait_number = ++waits_;
    timer_.async_wait([self = shared_from_this(), wait_number](boost::system::error_code) {
      if (wait_number != self->waits_) return;  // another wait has taken over
      self->waiting_ = false;
      if (!self->socket_ || !self->at_) return;
      if (std::chrono::steady_clock::now() < *self->at_) return self->wait();
      self->at_.reset();
      self->pass();
    });
  }

  asio::steady_timer timer_;
  StreamSocket* socket_;
  std::optional<std::chrono::steady_clock::time_point> at_;
  uint64_t waits_ = 0;
  bool waiting_ = false;
  bool passed_ = false;
};

size_t send_now(int socket, std::string_view head, std::span<const std::string_view> pieces,
                int flags = 0) {
  IoVectors vectors;
  size_t room = ByteStream::kAtOnceBytes;
  add_pieces(vectors, {&head, 1}, room);
  add_pieces(vectors, pieces, room);
  msghdr message{};
  message.msg_iov = vectors.data();
  message.msg_iovlen = vectors.size();
  const ssize_t sent = ::sendmsg(socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT | flags);
  return sent < 0 ? 0 : static_cast<size_t>(sent);
}

// Of less, two calls more and what each page takes cost as much as the copy.
constexpr size_t kLeastBytesOfPages = 128 << 10;

bool is_worth_pages(std::span<const std::string_view> mapped) {
  size_t bytes = 0;
  for (const std::string_view piece : mapped)
    if ((bytes += piece.size()) >= kLeastBytesOfPages) return true;
  return false;
}

template <class Stream>
class SocketStream : public ByteStream {
 public:
  template <class... Arguments>
  explicit SocketStream(std::shared_ptr<asio::ssl::context> context, Arguments&&... arguments)
      : context_(std::move(context)),
        stream_(std::forward<Arguments>(arguments)...),
        deadline_(std::make_shared<Deadline>(stream_.get_executor(), socket())) {}
  ~SocketStream() override { deadline_->stop(); }

  void expires_after(std::chrono::milliseconds duration) override { deadline_->set(duration); }
  void expires_never() override { deadline_->clear(); }
  void interrupt() override { deadline_->pass(); }

  asio::awaitable<IoResult> handshake() override {
    if constexpr (kTls) {
      if (deadline_->passed()) co_return timed_out();
      auto [error] = co_await stream_.async_handshake(asio::ssl::stream_base::server, kAwait);
      co_return result(error, 0);
    }
    co_return IoResult{};
  }

  asio::awaitable<IoResult> read_some(std::span<char> into) override {
    if (deadline_->passed()) co_return timed_out();
    const asio::mutable_buffer buffer(into.data(), into.size());
    auto [error, bytes] = co_await stream_.async_read_some(buffer, kAwait);
    co_return result(error, bytes);
  }

  asio::awaitable<IoResult> write(StreamPieces pieces) override {
    if (deadline_->passed()) co_return timed_out();
    boost::container::static_vector<asio::const_buffer, StreamPieces::static_capacity> buffers;
    for (const std::string_view piece : pieces)
      buffers.emplace_back(piece.data(), piece.size());
    auto [error, bytes] = co_await asio::async_write(stream_, buffers, kAwait);
    co_return result(error, bytes);
  }

  size_t write_now(std::span<const std::string_view> pieces) override {
    if constexpr (kTls) {
      return 0;
    } else {
      return deadline_->passed() ? 0 : send_now(stream_.native_handle(), {}, pieces);
    }
  }

  size_t write_mapped_now(std::string_view head,
                          std::span<const std::string_view> mapped) override {
    if constexpr (kTls) {
      return 0;
    } else {
      if (deadline_->passed()) return 0;
      const int socket = stream_.native_handle();
      if (!stream_.native_non_blocking() || !is_worth_pages(mapped))
        return send_now(socket, head, mapped);
      const size_t sent = head.empty() ? 0 : send_now(socket, head, {}, MSG_MORE);
      return sent < head.size() ? sent : sent + send_pages(socket, mapped);
    }
  }

  bool takes_mapped() const override { return !kTls; }

  asio::awaitable<IoResult> finish_sending() override {
    if constexpr (kTls) {
      if (deadline_->passed()) co_return timed_out();
      // Sends close_notify, then waits for the peer's: whoever calls sets a short deadline.
      auto [ignored] = co_await stream_.async_shutdown(kAwait);
      (void)ignored;
    }
    boost::system::error_code error;
    socket().shutdown(asio::socket_base::shutdown_send, error);
    co_return result(error, 0);
  }

  void close() override {
    boost::system::error_code ignored;
    socket().close(ignored);
  }

 private:
  static constexpr bool kTls = !std::is_same_v<Stream, StreamSocket>;

  StreamSocket& socket() {
    if constexpr (kTls) {
      return stream_.next_layer();
    } else {
      return stream_;
    }
  }
  static IoResult timed_out() { return {asio::error::timed_out, 0}; }
  IoResult result(boost::system::error_code error, size_t bytes) const {
    if (error == asio::error::operation_aborted && deadline_->passed()) return timed_out();
    if constexpr (kTls) {
      // A peer that closes without close_notify: HTTP knows its own ends.
      if (error == asio::ssl::error::stream_truncated) error = asio::error::eof;
    }
    return {error, bytes};
  }

  std::shared_ptr<asio::ssl::context> context_;  // outlives the stream that refers to it
  Stream stream_;
  std::shared_ptr<Deadline> deadline_;
};

}  // namespace

std::shared_ptr<ByteStream> make_plain_stream(StreamSocket socket) {
  return std::make_shared<SocketStream<StreamSocket>>(nullptr, std::move(socket));
}

std::shared_ptr<ByteStream> make_tls_stream(StreamSocket socket,
                                            std::shared_ptr<asio::ssl::context> context) {
  asio::ssl::context& settings = *context;
  return std::make_shared<SocketStream<asio::ssl::stream<StreamSocket>>>(
      std::move(context), std::move(socket), settings);
}

}  // namespace longmen
