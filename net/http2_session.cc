#include "net/http2_session.h"

#include <fmt/format.h>
#include <nghttp2/nghttp2.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "core/base/invariant.h"

namespace longmen {
namespace {

constexpr size_t kFieldOverhead = 32;                  // RFC 9113 §6.5.2
constexpr uint32_t kWindowBytes = 128 << 10;           // of a request's body
constexpr int32_t kConnectionWindowBytes = 256 << 10;  // of all that is under way to us
constexpr size_t kLeastStepBytes = 1 << 10;
// Frames that wait to be sent, but for data: what a client can make us say without listening.
constexpr size_t kMaxQueuedFrames = 2048;

std::string_view text_of(const uint8_t* bytes, size_t size) {
  return {reinterpret_cast<const char*>(bytes), size};
}

// nghttp2 copies both, and writes names in lower case.
nghttp2_nv pair_of(std::string_view name, std::string_view value) {
  const auto bytes = [](std::string_view text) {
    return reinterpret_cast<uint8_t*>(const_cast<char*>(text.data()));
  };
  return {bytes(name), bytes(value), name.size(), value.size(), NGHTTP2_NV_FLAG_NONE};
}

}  // namespace

// What nghttp2 calls, from receive() and take_output() alone.
struct Http2Session::Callbacks {
  static int begin_headers(nghttp2_session*, const nghttp2_frame* frame, void* user) {
    auto& self = *static_cast<Http2Session*>(user);
    if (frame->hd.type != NGHTTP2_HEADERS || frame->headers.cat != NGHTTP2_HCAT_REQUEST) return 0;
    self.streams_[frame->hd.stream_id].began = self.now_;
    return 0;
  }

  static int header(nghttp2_session*, const nghttp2_frame* frame, const uint8_t* name,
                    size_t name_bytes, const uint8_t* value, size_t value_bytes, uint8_t,
                    void* user) {
    auto& self = *static_cast<Http2Session*>(user);
    Stream* stream = self.find(frame->hd.stream_id);
    if (stream) self.take_field(*stream, text_of(name, name_bytes), text_of(value, value_bytes));
    return 0;
  }

  // A field that is malformed makes the request so, too: RFC 9113 §8.1.1.
  static int invalid_header(nghttp2_session*, const nghttp2_frame*, const uint8_t*, size_t,
                            const uint8_t*, size_t, uint8_t, void*) {
    return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
  }

  static int frame_received(nghttp2_session*, const nghttp2_frame* frame, void* user) {
    auto& self = *static_cast<Http2Session*>(user);
    const bool ends = (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
    if (frame->hd.type == NGHTTP2_SETTINGS) {
      self.settled_ = true;
    } else if (frame->hd.type == NGHTTP2_PING) {
      const bool ack = (frame->hd.flags & NGHTTP2_FLAG_ACK) != 0;
      if (ack && self.drain_ends_at_) self.drain_ends_at_ = self.now_;
    } else if (frame->hd.type == NGHTTP2_HEADERS || frame->hd.type == NGHTTP2_DATA) {
      Stream* stream = self.find(frame->hd.stream_id);
      if (!stream) return 0;
      if (!stream->headed) {
        self.finish_head(frame->hd.stream_id, *stream, ends);
      } else if (ends) {
        self.end_request(frame->hd.stream_id, *stream);
      } else if (frame->hd.length == 0) {
        self.spend_token();
      }
    }
    return 0;
  }

  static int data_received(nghttp2_session* session, uint8_t, int32_t id, const uint8_t* data,
                           size_t bytes, void* user) {
    auto& self = *static_cast<Http2Session*>(user);
    // One body that nobody reads is not to hold up the others: the stream's own window bounds it.
    nghttp2_session_consume_connection(session, bytes);
    Stream* stream = self.find(id);
    if (!stream) return 0;
    stream->awaited = false;
    stream->unread += bytes;
    if (stream->body_ends_at) {
      *stream->body_ends_at += bytes * std::chrono::nanoseconds(std::chrono::seconds(1)) /
                               self.limits_.body_bytes_per_second;
    }
    self.events_.emplace_back(BodyPiece{id, std::string(text_of(data, bytes))});
    return 0;
  }

  static int frame_sent(nghttp2_session*, const nghttp2_frame* frame, void* user) {
    auto& self = *static_cast<Http2Session*>(user);
    const bool ends = (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
    if (!ends || (frame->hd.type != NGHTTP2_HEADERS && frame->hd.type != NGHTTP2_DATA)) return 0;
    Stream* stream = self.find(frame->hd.stream_id);
    if (stream && !stream->ended) stream->unwanted_ends_at = self.now_ + self.limits_.goodbye;
    return 0;
  }

  static int stream_closed(nghttp2_session*, int32_t id, uint32_t error, void* user) {
    auto& self = *static_cast<Http2Session*>(user);
    const Stream* stream = self.find(id);
    if (!stream) return 0;
    if (error != NGHTTP2_NO_ERROR && !stream->unwanted_ends_at && !stream->ended_by_us)
      self.spend_token();
    self.streams_.erase(id);
    if (self.streams_.empty()) self.idle_since_ = self.now_;
    self.events_.emplace_back(Closed{id});
    return 0;
  }

  static ssize_t read_body(nghttp2_session*, int32_t id, uint8_t* into, size_t bytes,
                           uint32_t* flags, nghttp2_data_source*, void* user) {
    auto& self = *static_cast<Http2Session*>(user);
    Stream* stream = self.find(id);
    if (!stream) return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
    bool done = false;
    const size_t taken = self.take_body(*stream, {into, bytes}, done);
    if (done) *flags |= NGHTTP2_DATA_FLAG_EOF;
    if (taken > 0 || done) return static_cast<ssize_t>(taken);
    stream->paused = true;
    stream->step_ends_at.reset();  // it is for the response to go on
    self.events_.emplace_back(PieceWanted{id});
    return NGHTTP2_ERR_DEFERRED;
  }
};

Http2Session::Http2Session(const Http2Limits& limits, Time now)
    : limits_(limits),
      now_(now),
      began_(now),
      idle_since_(now),
      tokens_at_(now),
      tokens_(limits.early_ends) {
  nghttp2_session_callbacks* callbacks = nullptr;
  invariant(nghttp2_session_callbacks_new(&callbacks) == 0, "there is memory");
  nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks, Callbacks::begin_headers);
  nghttp2_session_callbacks_set_on_header_callback(callbacks, Callbacks::header);
  nghttp2_session_callbacks_set_on_invalid_header_callback(callbacks, Callbacks::invalid_header);
  nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, Callbacks::frame_received);
  nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, Callbacks::data_received);
  nghttp2_session_callbacks_set_on_frame_send_callback(callbacks, Callbacks::frame_sent);
  nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, Callbacks::stream_closed);
  nghttp2_option* option = nullptr;
  invariant(nghttp2_option_new(&option) == 0, "there is memory");
  nghttp2_option_set_no_auto_window_update(option, 1);
  nghttp2_option_set_no_closed_streams(option, 1);  // kept for priorities that are none any more
  // It has a limit of its own, by a clock of its own; ours stands instead (spend_token()).
  nghttp2_option_set_stream_reset_rate_limit(option, uint64_t{1} << 40, uint64_t{1} << 40);
  invariant(nghttp2_session_server_new2(&session_, callbacks, this, option) == 0,
            "there is memory");
  nghttp2_option_del(option);
  nghttp2_session_callbacks_del(callbacks);
  const std::array<nghttp2_settings_entry, 3> settings{{
      {NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, limits_.streams},
      {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, kWindowBytes},
      {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, static_cast<uint32_t>(limits_.header_bytes)},
  }};
  nghttp2_submit_settings(session_, NGHTTP2_FLAG_NONE, settings.data(), settings.size());
  nghttp2_session_set_local_window_size(session_, NGHTTP2_FLAG_NONE, 0, kConnectionWindowBytes);
}

Http2Session::~Http2Session() {
  nghttp2_session_del(session_);
}

// ---- handlers

void Http2Session::receive(std::span<const char> bytes, Time now) {
  now_ = now;
  if (broken_) return;
  const auto read = nghttp2_session_mem_recv(
      session_, reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size());
  // No preface, a flood: nothing that words would help.
  if (read < 0 || nghttp2_session_get_outbound_queue_size(session_) > kMaxQueuedFrames)
    broken_ = true;
}

void Http2Session::handle_timeout(Time now) {
  now_ = now;
  if (broken_ || terminated_) return;
  if (!settled_ && now >= began_ + limits_.header) return terminate(NGHTTP2_SETTINGS_TIMEOUT);
  if (streams_.empty() && now >= idle_since_ + limits_.idle) return terminate(NGHTTP2_NO_ERROR);
  if (drain_ends_at_ && now >= *drain_ends_at_) {
    drain_ends_at_ = Time::max();
    nghttp2_submit_goaway(session_, NGHTTP2_FLAG_NONE,
                          nghttp2_session_get_last_proc_stream_id(session_), NGHTTP2_NO_ERROR,
                          nullptr, 0);
  }
  for (auto& [id, stream] : streams_) {
    // Its fields are compressed against those before: nothing can follow a header that is not
    // whole.
    if (!stream.headed && now >= stream.began + limits_.header)
      return terminate(NGHTTP2_ENHANCE_YOUR_CALM);
    if (stream.awaited && now >= *stream.body_ends_at) {
      stream.awaited = false;
      events_.emplace_back(BodyLate{id});
    }
    if (stream.step_ends_at && now >= *stream.step_ends_at) {
      stream.step_ends_at.reset();
      nghttp2_submit_rst_stream(session_, NGHTTP2_FLAG_NONE, id, NGHTTP2_CANCEL);
    }
    if (stream.unwanted_ends_at && now >= *stream.unwanted_ends_at) {
      stream.unwanted_ends_at = Time::max();
      nghttp2_submit_rst_stream(session_, NGHTTP2_FLAG_NONE, id, NGHTTP2_NO_ERROR);
    }
  }
}

// ---- polls

std::optional<Http2Session::Event> Http2Session::poll_event() {
  while (!events_.empty()) {
    Event event = std::move(events_.front());
    events_.pop_front();
    // Who has left already is not served.
    if (const auto* request = std::get_if<Request>(&event); request && !is_open(request->stream))
      continue;
    return event;
  }
  return std::nullopt;
}

void Http2Session::take_output(std::string& to, size_t bytes, Time now) {
  now_ = now;
  const size_t enough = to.size() + bytes;
  while (!broken_ && to.size() < enough) {
    const uint8_t* data = nullptr;
    const auto count = nghttp2_session_mem_send(session_, &data);
    if (count < 0) broken_ = true;
    if (count <= 0) return;
    to.append(reinterpret_cast<const char*>(data), static_cast<size_t>(count));
  }
}

std::optional<Http2Session::Time> Http2Session::next_timeout() const {
  if (broken_ || terminated_) return std::nullopt;
  Time next = Time::max();
  if (!settled_) next = std::min(next, began_ + limits_.header);
  if (streams_.empty()) next = std::min(next, idle_since_ + limits_.idle);
  if (drain_ends_at_) next = std::min(next, *drain_ends_at_);
  for (const auto& [id, stream] : streams_) {
    if (!stream.headed) next = std::min(next, stream.began + limits_.header);
    if (stream.awaited) next = std::min(next, *stream.body_ends_at);
    if (stream.step_ends_at) next = std::min(next, *stream.step_ends_at);
    if (stream.unwanted_ends_at) next = std::min(next, *stream.unwanted_ends_at);
  }
  if (next == Time::max()) return std::nullopt;
  return next;
}

bool Http2Session::is_over() const {
  return broken_ || (!nghttp2_session_want_read(session_) && !nghttp2_session_want_write(session_));
}

// ---- requests

Http2Session::Stream* Http2Session::find(StreamId stream) {
  const auto found = streams_.find(stream);
  return found == streams_.end() ? nullptr : &found->second;
}

void Http2Session::take_field(Stream& stream, std::string_view name, std::string_view value) {
  stream.header_bytes += name.size() + value.size() + kFieldOverhead;
  // Trailers are counted and not kept.
  if (stream.headed || stream.header_bytes > limits_.header_bytes) return;
  if (name == ":method") {
    stream.head.method = value;
  } else if (name == ":path") {
    stream.path = value;
  } else if (name == ":authority") {
    stream.head.fields.set("Host", value);
  } else if (name == "host") {
    if (!stream.head.fields.contains("Host")) stream.head.fields.add("Host", value);
  } else if (name == "cookie" && stream.head.fields.contains("Cookie")) {
    // It may come in crumbs: RFC 9113 §8.2.3.
    stream.head.fields.set("Cookie",
                           fmt::format("{}; {}", stream.head.fields.value("Cookie"), value));
  } else if (!name.starts_with(':')) {
    stream.head.fields.add(name, value);
  }
}

void Http2Session::finish_head(StreamId id, Stream& stream, bool ends) {
  stream.headed = true;
  stream.ended = ends;
  const auto bodies = std::ranges::count_if(
      streams_, [](const auto& entry) { return !entry.second.ended || entry.second.unread > 0; });
  if (!ends && static_cast<size_t>(bodies) > limits_.bodies) return refuse(id);
  HttpRequestHead head = std::move(stream.head);
  head.has_body = !ends;
  if (const std::string_view length = head.fields.value("Content-Length"); !length.empty()) {
    uint64_t bytes = 0;  // nghttp2 has looked at it
    for (const char digit : length)
      bytes = bytes * 10 + static_cast<uint64_t>(digit - '0');
    head.body_bytes = bytes;
  }
  std::optional<HttpProblem> problem;
  if (stream.header_bytes > limits_.header_bytes)
    problem = HttpProblem{431, "the request's header is too large"};
  if (!problem) problem = read_http_target(stream.path, head.target);
  if (!problem) problem = problem_of_head(head);
  if (problem) {
    events_.emplace_back(Request{id, tl::unexpected(std::move(*problem))});
  } else {
    events_.emplace_back(Request{id, std::move(head)});
  }
}

void Http2Session::end_request(StreamId id, Stream& stream) {
  stream.ended = true;
  stream.awaited = false;
  events_.emplace_back(BodyPiece{id, {}});
}

void Http2Session::spend_token() {
  const std::chrono::duration<double> passed = now_ - tokens_at_;
  tokens_at_ = now_;
  tokens_ = std::min(limits_.early_ends, tokens_ + passed.count() * limits_.early_ends_per_second);
  tokens_ -= 1;
  if (tokens_ < 0) terminate(NGHTTP2_ENHANCE_YOUR_CALM);
}

void Http2Session::say_continue(StreamId stream) {
  if (!is_open(stream)) return;
  const nghttp2_nv status = pair_of(":status", "100");
  nghttp2_submit_headers(session_, NGHTTP2_FLAG_NONE, stream, nullptr, &status, 1, nullptr);
}

void Http2Session::await_body(StreamId id, Time now) {
  Stream* stream = find(id);
  if (!stream || stream->ended) return;
  if (!stream->body_ends_at) stream->body_ends_at = now + limits_.body;
  stream->awaited = true;
}

void Http2Session::consume(StreamId id, size_t bytes) {
  Stream* stream = find(id);
  if (!stream) return;
  stream->unread -= std::min(stream->unread, bytes);
  nghttp2_session_consume_stream(session_, id, bytes);
}

// ---- responses

void Http2Session::respond(StreamId id, int status, const HttpFields& fields, Body body, Time now) {
  Stream* stream = find(id);
  if (!stream) return;
  const std::string status_text = fmt::to_string(status);
  std::vector<nghttp2_nv> list{pair_of(":status", status_text)};
  for (const auto& field : fields)
    list.push_back(pair_of(field.name, field.value));
  std::erase_if(body.spans, [](ByteSpan span) { return span.empty(); });
  const bool has_body = body.in_pieces || !body.spans.empty();
  stream->body = std::move(body);
  if (has_body) begin_step(*stream, now);
  nghttp2_data_provider provider{};
  provider.read_callback = Callbacks::read_body;
  nghttp2_submit_response(session_, id, list.data(), list.size(), has_body ? &provider : nullptr);
}

void Http2Session::add_piece(StreamId id, std::string bytes, Time now) {
  Stream* stream = find(id);
  if (!stream) return;
  stream->last_piece = bytes.empty();
  stream->piece = std::move(bytes);
  stream->position = 0;
  if (!stream->last_piece) begin_step(*stream, now);
  if (std::exchange(stream->paused, false)) nghttp2_session_resume_data(session_, id);
}

void Http2Session::begin_step(Stream& stream, Time now) {
  // They share one line.
  stream.step_left = std::max(kLeastStepBytes, limits_.step_bytes / streams_.size());
  stream.step_ends_at = now + limits_.write_step;
}

ByteSpan Http2Session::at_hand(const Stream& stream) const {
  if (stream.body.in_pieces)
    return as_bytes(std::string_view(stream.piece).substr(stream.position));
  if (stream.next_span == stream.body.spans.size()) return {};
  return stream.body.spans[stream.next_span].subspan(stream.position);
}

size_t Http2Session::take_body(Stream& stream, std::span<uint8_t> into, bool& done) {
  size_t taken = 0;
  for (ByteSpan bytes = at_hand(stream); !bytes.empty() && taken < into.size();
       bytes = at_hand(stream)) {
    const size_t count = std::min(bytes.size(), into.size() - taken);
    std::memcpy(into.data() + taken, bytes.data(), count);
    taken += count;
    stream.position += count;
    if (count < bytes.size()) break;
    stream.position = 0;
    if (stream.body.in_pieces) {
      stream.piece = {};
    } else {
      ++stream.next_span;
    }
  }
  const bool empty = at_hand(stream).empty();
  done = empty && (!stream.body.in_pieces || stream.last_piece);
  stream.step_left -= std::min(stream.step_left, taken);
  if (done) {
    stream.step_ends_at.reset();
  } else if (empty || stream.step_left == 0) {
    begin_step(stream, now_);  // without a window nghttp2 does not even ask for the next piece
  }
  return taken;
}

void Http2Session::abort(StreamId stream) {
  end_early(stream, NGHTTP2_INTERNAL_ERROR);
}

void Http2Session::refuse(StreamId stream) {
  end_early(stream, NGHTTP2_REFUSED_STREAM);
}

void Http2Session::end_early(StreamId id, uint32_t error) {
  Stream* stream = find(id);
  if (!stream) return;
  stream->ended_by_us = true;
  nghttp2_submit_rst_stream(session_, NGHTTP2_FLAG_NONE, id, error);
}

// ---- the end

// Requests that are under way to us are not lost: what is said first only asks for no more, and the
// last stream is named when the client must have heard it. RFC 9113 §6.8.
void Http2Session::drain(Time now) {
  if (drain_ends_at_) return;
  drain_ends_at_ = now + limits_.goodbye;
  nghttp2_submit_shutdown_notice(session_);
  nghttp2_submit_ping(session_, NGHTTP2_FLAG_NONE, nullptr);
}

void Http2Session::terminate(uint32_t error) {
  terminated_ = true;
  nghttp2_session_terminate_session(session_, error);
}

}  // namespace longmen
