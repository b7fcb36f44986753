// HTTP/2 of one connection, as its server: bytes in; requests, the pieces of their bodies and what
// became of them out; responses in, bytes out. It decides what is well-formed, how the streams
// share the connection, and when a client has had its time. It knows no socket, no clock, no
// handler, and of a response only its bytes. nghttp2 has the frames, header compression and flow
// control.
//
// Bounds: so many streams, and requests with a body, at once; a header list; of each request's body
// one window (128 KiB) that was not consume()d; of each response one piece that was added. A stream
// that its client ends, or makes end, before its response costs a token, as does a frame that says
// nothing; without one the connection ends (ENHANCE_YOUR_CALM), so that opening and resetting
// streams buys nothing. What we refuse or cannot finish is not the client's. CONTINUATION frames,
// acks and settings are bounded by nghttp2, what waits to be said in all by us. What is awaited has
// a deadline, as with HTTP/1.1.
//
// receive(), handle_timeout() and take_output() are each followed by poll_event() until it has
// nothing, and by take_output() again. One thread. RFC 9113, RFC 7541; CVE-2023-44487, -2024-27316.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <unordered_map>
#include <variant>
#include <vector>

#include "core/base/bytes.h"
#include "net/http_request_head.h"

struct nghttp2_session;

namespace longmen {

// What the first bytes of a connection are when it is HTTP/2: RFC 9113 §3.4.
inline constexpr std::string_view kHttp2Preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

struct Http2Limits {
  uint32_t streams = 128;          // requests at once
  size_t bodies = 16;              // of those, with a body that is coming, or not consumed
  size_t header_bytes = 16 << 10;  // of a list, each field with 32 bytes more: RFC 9113 §6.5.2
  size_t step_bytes = 64 << 10;    // of all responses that are under way, in write_step
  double early_ends = 200;         // streams that end otherwise than by a response, at once
  double early_ends_per_second = 20;
  std::chrono::milliseconds header{10'000};  // the preface, and each header
  std::chrono::milliseconds body{30'000};    // while it is awaited, and longer at that rate:
  int64_t body_bytes_per_second = 64 << 10;
  std::chrono::milliseconds idle{60'000};  // without a stream
  std::chrono::milliseconds write_step{30'000};
  // For requests under way to us after drain(), and for clients to see that a response came early.
  std::chrono::milliseconds goodbye{1'000};
};

class Http2Session {
 public:
  using Time = std::chrono::steady_clock::time_point;
  using StreamId = int32_t;
  using Head = tl::expected<HttpRequestHead, HttpProblem>;

  // A problem is to be answered like a request.
  struct Request {
    StreamId stream;
    Head head;
  };
  // The next bytes of a request's body; none: its end.
  struct BodyPiece {
    StreamId stream;
    std::string bytes;
  };
  struct BodyLate {  // what await_body() waits for does not come
    StreamId stream;
  };
  struct PieceWanted {  // the response's next piece could leave
    StreamId stream;
  };
  struct Closed {  // nobody waits for anything of it any more
    StreamId stream;
  };
  using Event = std::variant<Request, BodyPiece, BodyLate, PieceWanted, Closed>;

  // The body of a response: spans that `owner` keeps alive, or pieces that are added.
  struct Body {
    std::vector<ByteSpan> spans;
    std::shared_ptr<const void> owner;
    bool in_pieces = false;
  };

  Http2Session(const Http2Limits& limits, Time now);
  ~Http2Session();
  Http2Session(const Http2Session&) = delete;
  Http2Session& operator=(const Http2Session&) = delete;

  // Handlers.
  void receive(std::span<const char> bytes, Time now);
  void handle_timeout(Time now);

  // Polls. Output is appended, `bytes` of it and at most a frame more.
  std::optional<Event> poll_event();
  void take_output(std::string& to, size_t bytes, Time now);
  std::optional<Time> next_timeout() const;

  // Mutators. What concerns a stream that is not open is ignored.
  void say_continue(StreamId stream);
  void await_body(StreamId stream, Time now);
  void consume(StreamId stream, size_t bytes);  // of the request's body
  void respond(StreamId stream, int status, const HttpFields& fields, Body body, Time now);
  void add_piece(StreamId stream, std::string bytes, Time now);  // an empty one is the end
  void abort(StreamId stream);   // a response that cannot be finished
  void refuse(StreamId stream);  // the client may send the request again
  void drain(Time now);          // takes no more requests, finishes those that there are

  // Getters.
  bool is_open(StreamId stream) const { return streams_.contains(stream); }
  size_t open_streams() const { return streams_.size(); }
  // Nothing more is to be received, nor, when take_output() has nothing, sent.
  bool is_over() const;

 private:
  struct Callbacks;
  struct Stream {
    // The request.
    HttpRequestHead head;
    std::string path;
    size_t header_bytes = 0;
    bool headed = false;  // the header is whole
    bool ended = false;   // the request is
    bool awaited = false;
    size_t unread = 0;  // of its body, and not consumed
    Time began;
    std::optional<Time> body_ends_at;
    // The response.
    Body body;
    std::string piece;
    size_t position = 0;  // in the piece, or the first span
    size_t next_span = 0;
    bool last_piece = false;
    bool paused = false;               // nghttp2 waits to be told of a piece
    std::optional<Time> step_ends_at;  // while it is for the client to take more
    size_t step_left = 0;
    // The response is whole and the request is not. Nobody wants the rest (RFC 9113 §8.1), but
    // clients that are reset at once (curl 7.88) may not look at the response any more.
    std::optional<Time> unwanted_ends_at;
    bool ended_by_us = false;  // abort(), refuse()
  };

  Stream* find(StreamId stream);
  void finish_head(StreamId id, Stream& stream, bool ends);
  void end_request(StreamId id, Stream& stream);
  void take_field(Stream& stream, std::string_view name, std::string_view value);
  void spend_token();
  void begin_step(Stream& stream, Time now);
  size_t take_body(Stream& stream, std::span<uint8_t> into, bool& done);
  ByteSpan at_hand(const Stream& stream) const;
  void end_early(StreamId stream, uint32_t error);
  void terminate(uint32_t error);

  Http2Limits limits_;
  nghttp2_session* session_ = nullptr;
  std::unordered_map<StreamId, Stream> streams_;
  std::deque<Event> events_;
  Time now_;
  Time began_;
  Time idle_since_;
  Time tokens_at_;
  double tokens_;
  std::optional<Time> drain_ends_at_;
  bool settled_ = false;  // the client's preface is whole
  bool terminated_ = false;
  bool broken_ = false;
};

}  // namespace longmen
