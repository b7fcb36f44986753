// A connected stream of bytes, TCP or Unix, plain or TLS, with one deadline for whatever waits on
// it: when it passes, the operation under way ends with timed_out, and the stream is still there to
// say goodbye on. Knows no protocol above. Used by one coroutine that reads and one that writes at
// a time, which may be the same, on the thread of its executor.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/container/static_vector.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

namespace boost::asio::ssl {
class context;
}

namespace longmen {

using StreamSocket = boost::asio::basic_stream_socket<boost::asio::generic::stream_protocol>;

struct IoResult {
  boost::system::error_code error;  // asio::error::timed_out when the deadline passed
  size_t bytes = 0;
};

// What is sent together, one after the other.
using StreamPieces = boost::container::static_vector<std::string_view, 16>;

class ByteStream {
 public:
  virtual ~ByteStream() = default;

  // From now on; holds until it is set anew.
  virtual void expires_after(std::chrono::milliseconds duration) = 0;
  virtual void expires_never() = 0;
  // What the deadline does: ends the operation under way, as if its time had passed.
  virtual void interrupt() = 0;

  // TLS: the server's side of the handshake; nothing otherwise.
  virtual boost::asio::awaitable<IoResult> handshake() = 0;
  // At least one byte; asio::error::eof at the end.
  virtual boost::asio::awaitable<IoResult> read_some(std::span<char> into) = 0;
  // All of them.
  virtual boost::asio::awaitable<IoResult> write(StreamPieces pieces) = 0;
  boost::asio::awaitable<IoResult> write(std::string_view first, std::string_view second = {}) {
    StreamPieces both;
    both.push_back(first);
    both.push_back(second);
    return write(both);
  }
  // What the socket takes of them without waiting, kAtOnceBytes at most: of what is to be encrypted
  // nothing. What is wrong is told by the next write().
  static constexpr size_t kAtOnceBytes = 256 << 10;
  virtual size_t write_now(std::span<const std::string_view> pieces) = 0;
  // The same, of `head` and of what is mapped behind it, which is not copied where that costs less
  // (net/page_pipe.h).
  virtual size_t write_mapped_now(std::string_view head,
                                  std::span<const std::string_view> mapped) = 0;
  // Whether nothing but the kernel touches what is written, so that it may be of a mapped file
  // (net/mapped_file.h): what is encrypted is touched before.
  virtual bool takes_mapped() const = 0;
  // Says that nothing more will be sent (TLS: close_notify first).
  virtual boost::asio::awaitable<IoResult> finish_sending() = 0;
  // At once, without words.
  virtual void close() = 0;
};

std::shared_ptr<ByteStream> make_plain_stream(StreamSocket socket);
std::shared_ptr<ByteStream> make_tls_stream(StreamSocket socket,
                                            std::shared_ptr<boost::asio::ssl::context> context);

}  // namespace longmen
