// The server's side of one RTMP connection of a publisher, from the first byte to the last: who
// asks to publish what, and then audio, video and metadata messages. Decides nothing about keys or
// channels (the caller answers each PublishRequested), looks into no media payload, and has no
// socket and no clock: deadlines are the caller's. One publication at a time.
//
// Handlers: push(). Polls: poll_event() until empty, then take_output(). Mutators: the answers
// below. Parsing happens in poll_event(), so nothing queues here but the bytes pushed; while a
// PublishRequested waits for its answer, poll_event() stands still.
// Bounds: until a publication is accepted a message may have kMaxCommandBytes, then
// kMaxMessageBytes; kMaxMessageStreams message streams. RTMP 1.0 §7.
#pragma once

#include <optional>
#include <string>
#include <variant>

#include "core/rtmp/chunk_reader.h"
#include "core/rtmp/chunk_writer.h"
#include "core/rtmp/command.h"
#include "core/rtmp/handshake.h"

namespace longmen::rtmp {

inline constexpr uint32_t kMaxMessageStreams = 8;
inline constexpr uint32_t kAckWindowBytes = 2'500'000;
inline constexpr uint32_t kOutgoingChunkBytes = 4096;

// Codes that senders know what to do with.
inline constexpr char kPublishStart[] = "NetStream.Publish.Start";
inline constexpr char kPublishBadName[] = "NetStream.Publish.BadName";    // in use
inline constexpr char kPublishDenied[] = "NetStream.Publish.Denied";      // not with this key
inline constexpr char kPublishRejected[] = "NetStream.Publish.Rejected";  // not with this codec
inline constexpr char kUnpublishSuccess[] = "NetStream.Unpublish.Success";

struct Connected {
  std::string app;
  std::string encoder;  // flashVer, as the client names itself; may be empty
};
struct PublishRequested {
  std::string key;        // the stream name without "?query"
  bool take_over = true;  // false: "?take_over=no"; it never wants another sender's place
};
struct MediaMessage {
  bool video = false;
  uint32_t timestamp_ms = 0;
  Bytes payload;  // an FLV tag's body
};
struct MetadataMessage {
  Amf0Object properties;
};
struct PublishEnded {};  // by the client, which may publish again
// Something that was left out on purpose; the session goes on.
struct Discarded {
  DropReason reason = DropReason::kNone;
};
// The session is over: send what take_output() still has, then close. `reason` is kNone when the
// caller asked for it.
struct SessionClosed {
  DropReason reason = DropReason::kNone;
  std::string words;
};
using SessionEvent = std::variant<Connected, PublishRequested, MediaMessage, MetadataMessage,
                                  PublishEnded, Discarded, SessionClosed>;

class ServerSession {
 public:
  enum class Stage { kHandshake, kConnecting, kIdle, kAsked, kPublishing, kClosed };

  ServerSession(std::string app, uint64_t seed) : app_(std::move(app)), handshake_(seed) {}

  Stage stage() const { return stage_; }

  void push(ByteSpan bytes);
  std::optional<SessionEvent> poll_event();
  Bytes take_output() { return std::exchange(output_, Bytes()); }

  // The answer to PublishRequested.
  void accept_publish();
  // Says why and ends the session: as the answer to PublishRequested, or at any time after.
  void end(const Status& status);

 private:
  std::optional<SessionEvent> on_message(Message message);
  std::optional<SessionEvent> on_command(const Message& message);
  std::optional<SessionEvent> on_connect(const Command& command);
  std::optional<SessionEvent> on_create_stream(const Command& command);
  std::optional<SessionEvent> on_publish(const Command& command, uint32_t stream_id);
  std::optional<SessionEvent> on_unpublish();
  std::optional<SessionEvent> on_data(const Message& message);
  void on_user_control(const Message& message);
  void on_window(const Message& message);
  void acknowledge();

  void send(uint32_t chunk_stream, MessageType type, uint32_t stream_id, Bytes payload);
  void send_command(uint32_t stream_id, Bytes payload);
  void close(DropReason reason, std::string words);

  std::string app_;
  Stage stage_ = Stage::kHandshake;
  Handshake handshake_;
  ChunkReader reader_;
  ChunkWriter writer_;
  Bytes output_;
  std::optional<SessionClosed> closed_;  // not told yet

  uint32_t streams_created_ = 0;
  uint32_t publish_stream_ = 0;
  std::string publish_name_;
  uint64_t received_bytes_ = 0;
  uint64_t acknowledged_bytes_ = 0;
  uint32_t window_bytes_ = kAckWindowBytes;
};

}  // namespace longmen::rtmp
