#include "core/rtmp/server_session.h"

#include <algorithm>

#include "core/rtmp/enhanced.h"

namespace longmen::rtmp {
namespace {

constexpr uint32_t kControlChunks = 2;
constexpr uint32_t kCommandChunks = 3;

std::string_view without_query(std::string_view name) {
  return name.substr(0, name.find('?'));
}

// Whether one of the query's parameters is exactly this one.
bool query_has(std::string_view name, std::string_view parameter) {
  const size_t mark = name.find('?');
  std::string_view query = mark == std::string_view::npos ? "" : name.substr(mark + 1);
  while (!query.empty()) {
    const size_t end = std::min(query.find('&'), query.size());
    if (query.substr(0, end) == parameter) return true;
    query.remove_prefix(std::min(end + 1, query.size()));
  }
  return false;
}

std::string_view app_name(std::string_view app) {
  app = without_query(app);
  while (!app.empty() && app.back() == '/')
    app.remove_suffix(1);
  return app;
}

// For words that go back to the client and into logs.
std::string printable(std::string_view text) {
  constexpr size_t kLongest = 100;
  std::string clean;
  for (const char character : text.substr(0, kLongest))
    clean += character >= ' ' && character <= '~' ? character : '?';
  return clean;
}

// A sender whose stream key stands in the field for the server asks for application "live/KEY":
// what follows the first slash is nobody's to read.
std::string shown_app(std::string_view app) {
  const size_t slash = app.find('/');
  return printable(app.substr(0, slash)) + (slash == std::string_view::npos ? "" : "/...");
}

Bytes word(uint32_t value) {
  Bytes bytes;
  ByteWriter(bytes).u32(value);
  return bytes;
}

}  // namespace

void ServerSession::push(ByteSpan bytes) {
  if (stage_ == Stage::kClosed) return;
  received_bytes_ += bytes.size();
  if (!handshake_.done()) {
    const Parsed<size_t> taken = handshake_.push(bytes, output_);
    if (!taken) return close(taken.error(), "not an RTMP handshake");
    bytes = bytes.subspan(*taken);
    if (!handshake_.done()) return;
    stage_ = Stage::kConnecting;
    reader_.set_max_message_bytes(kMaxCommandBytes);
  }
  reader_.append(bytes);
}

std::optional<SessionEvent> ServerSession::poll_event() {
  while (!closed_ && stage_ != Stage::kHandshake && stage_ != Stage::kAsked &&
         stage_ != Stage::kClosed) {
    Parsed<std::optional<Message>> message = reader_.poll();
    if (!message) {
      close(message.error(), "unreadable chunk stream");
      break;
    }
    if (!*message) {
      acknowledge();
      return std::nullopt;
    }
    if (std::optional<SessionEvent> event = on_message(std::move(**message))) return event;
  }
  if (!closed_) return std::nullopt;
  SessionEvent event(std::move(*closed_));
  closed_.reset();
  return event;
}

std::optional<SessionEvent> ServerSession::on_message(Message message) {
  switch (message.type) {
    case MessageType::kCommandAmf0:
    case MessageType::kCommandAmf3:
      return on_command(message);
    case MessageType::kAudio:
    case MessageType::kVideo:
      // Message streams are told apart by few senders; the one publication takes all media.
      if (stage_ != Stage::kPublishing) return Discarded{DropReason::kWrongState};
      return MediaMessage{message.type == MessageType::kVideo, message.timestamp_ms,
                          std::move(message.payload)};
    case MessageType::kDataAmf0:
    case MessageType::kDataAmf3:
      return on_data(message);
    case MessageType::kUserControl:
      on_user_control(message);
      return std::nullopt;
    case MessageType::kWindowAckSize:
      on_window(message);
      return std::nullopt;
    case MessageType::kAcknowledgement:
    case MessageType::kSetPeerBandwidth:
      return std::nullopt;
    default:
      return Discarded{DropReason::kUnsupported};
  }
}

std::optional<SessionEvent> ServerSession::on_command(const Message& message) {
  const Parsed<Command> read = read_command(message);
  if (!read) {
    close(read.error(), "unreadable command");
    return std::nullopt;
  }
  const Command& command = *read;
  if (command.name == "connect") return on_connect(command);
  if (stage_ == Stage::kConnecting) {
    close(DropReason::kWrongState, "command before connect");
    return std::nullopt;
  }
  if (command.name == "createStream") return on_create_stream(command);
  if (command.name == "publish") return on_publish(command, message.stream_id);
  if (command.name == "releaseStream" || command.name == "FCPublish") {
    send_command(0, write_result(command.transaction, Amf0Value(), Amf0Undefined{}));
    return std::nullopt;
  }
  if (command.name == "FCUnpublish" || command.name == "deleteStream" ||
      command.name == "closeStream")
    return on_unpublish();
  if (command.name == "play" || command.name == "play2") {
    end({"error", "NetStream.Play.Failed", "playback is not served by RTMP; watch by WHEP or HLS"});
    return std::nullopt;
  }
  if (command.name == "_checkbw") {
    send_command(0, write_result(command.transaction, Amf0Value(), Amf0Undefined{}));
    return std::nullopt;
  }
  return Discarded{DropReason::kUnsupported};
}

std::optional<SessionEvent> ServerSession::on_connect(const Command& command) {
  const Amf0Object* properties = command.object_at(0);
  if (stage_ != Stage::kConnecting || !properties) {
    close(stage_ != Stage::kConnecting ? DropReason::kWrongState : DropReason::kMalformed,
          "unexpected connect");
    return std::nullopt;
  }
  const std::string_view app = app_name(properties->text("app").value_or(""));
  if (app != app_) {
    const std::string words = "there is no application \"" + shown_app(app) +
                              "\" here; publish to rtmp://HOST/" + app_ + "/STREAM_KEY";
    send_command(
        0, write_error(command.transaction, {"error", "NetConnection.Connect.Rejected", words}));
    close(DropReason::kUnknownPeer, "unknown application \"" + shown_app(app) + '"');
    return std::nullopt;
  }
  send(kControlChunks, MessageType::kWindowAckSize, 0, word(kAckWindowBytes));
  Bytes bandwidth = word(kAckWindowBytes);
  bandwidth.push_back(2);  // dynamic
  send(kControlChunks, MessageType::kSetPeerBandwidth, 0, std::move(bandwidth));
  send(kControlChunks, MessageType::kSetChunkSize, 0, word(kOutgoingChunkBytes));
  Amf0Object information{{"level", "status"},
                         {"code", "NetConnection.Connect.Success"},
                         {"description", "Connection succeeded."},
                         {"objectEncoding", 0}};
  answer_enhanced(*properties, information);
  Amf0Object server{{"fmsVer", "FMS/3,5,7,7009"}, {"capabilities", 31}, {"mode", 1}};
  send_command(0, write_result(command.transaction, std::move(server), std::move(information)));
  stage_ = Stage::kIdle;
  return Connected{std::string(app), printable(properties->text("flashVer").value_or(""))};
}

std::optional<SessionEvent> ServerSession::on_create_stream(const Command& command) {
  if (streams_created_ == kMaxMessageStreams) {
    send_command(0, write_error(command.transaction, {"error", "NetConnection.Call.Failed",
                                                      "too many streams in one connection"}));
    return Discarded{DropReason::kTooLarge};
  }
  send_command(0, write_result(command.transaction, Amf0Value(), ++streams_created_));
  return std::nullopt;
}

std::optional<SessionEvent> ServerSession::on_publish(const Command& command, uint32_t stream_id) {
  const std::string_view name = command.text_at(1).value_or("");
  const std::string_view key = without_query(name);
  if (stage_ != Stage::kIdle) {
    end({"error", kPublishBadName, "this connection publishes already"});
    return std::nullopt;
  }
  if (streams_created_ == 0) {
    close(DropReason::kWrongState, "publish before createStream");
    return std::nullopt;
  }
  publish_stream_ = stream_id;
  publish_name_ = key;
  if (key.empty()) {
    end({"error", kPublishDenied,
         "stream key missing; publish to rtmp://HOST/" + app_ + "/STREAM_KEY"});
    return std::nullopt;
  }
  stage_ = Stage::kAsked;
  return PublishRequested{std::string(key), !query_has(name, "take_over=no")};
}

std::optional<SessionEvent> ServerSession::on_unpublish() {
  if (stage_ != Stage::kPublishing) return std::nullopt;
  stage_ = Stage::kIdle;
  reader_.set_max_message_bytes(kMaxCommandBytes);
  send_command(publish_stream_,
               write_on_status({"status", kUnpublishSuccess, "publishing stopped"}));
  return PublishEnded{};
}

// "@setDataFrame", "onMetaData", properties; or without the first.
std::optional<SessionEvent> ServerSession::on_data(const Message& message) {
  if (stage_ != Stage::kPublishing) return Discarded{DropReason::kWrongState};
  if (message.payload.size() > kMaxCommandBytes) return Discarded{DropReason::kTooLarge};
  ByteReader bytes(message.payload);
  if (message.type == MessageType::kDataAmf3 && bytes.u8() != 0)
    return Discarded{DropReason::kUnsupported};
  const Parsed<Amf0Array> values = read_amf0(bytes.rest());
  if (!values) return Discarded{values.error()};
  const auto names = [&](size_t index, std::string_view name) {
    return index < values->size() && (*values)[index].text() && *(*values)[index].text() == name;
  };
  const size_t name_at = names(0, "@setDataFrame") ? 1 : 0;
  if (!names(name_at, "onMetaData")) return std::nullopt;  // cue points, captions: nobody's here
  if (name_at + 1 >= values->size()) return Discarded{DropReason::kTruncated};
  const Amf0Object* properties = (*values)[name_at + 1].object();
  if (!properties) return Discarded{DropReason::kMalformed};
  return MetadataMessage{*properties};
}

void ServerSession::on_user_control(const Message& message) {
  ByteReader reader(message.payload);
  const auto event = static_cast<UserControl>(reader.u16());
  const uint32_t value = reader.u32();
  if (!reader.ok() || event != UserControl::kPingRequest) return;
  Bytes answer;
  ByteWriter writer(answer);
  writer.u16(static_cast<uint16_t>(UserControl::kPingResponse));
  writer.u32(value);
  send(kControlChunks, MessageType::kUserControl, 0, std::move(answer));
}

void ServerSession::on_window(const Message& message) {
  ByteReader reader(message.payload);
  const uint32_t bytes = reader.u32();
  if (reader.ok() && bytes > 0) window_bytes_ = bytes;
}

// §5.4.3; at most one for each time that all pushed bytes were read.
void ServerSession::acknowledge() {
  if (received_bytes_ - acknowledged_bytes_ < window_bytes_) return;
  acknowledged_bytes_ = received_bytes_;
  send(kControlChunks, MessageType::kAcknowledgement, 0,
       word(static_cast<uint32_t>(received_bytes_)));
}

void ServerSession::accept_publish() {
  if (stage_ != Stage::kAsked) return;
  stage_ = Stage::kPublishing;
  reader_.set_max_message_bytes(kMaxMessageBytes);
  Bytes begin;
  ByteWriter writer(begin);
  writer.u16(static_cast<uint16_t>(UserControl::kStreamBegin));
  writer.u32(publish_stream_);
  send(kControlChunks, MessageType::kUserControl, 0, std::move(begin));
  const Amf0Object information{{"code", kPublishStart}, {"description", "publishing"}};
  send_command(0, write_command({"onFCPublish", 0, {Amf0Value(), information}}));
  send_command(publish_stream_, write_on_status({"status", kPublishStart, "publishing"}));
}

void ServerSession::end(const Status& status) {
  if (stage_ == Stage::kClosed) return;
  send_command(publish_stream_, write_on_status(status));
  close(DropReason::kNone, status.description);
}

void ServerSession::send(uint32_t chunk_stream, MessageType type, uint32_t stream_id,
                         Bytes payload) {
  writer_.write(chunk_stream, Message{type, stream_id, 0, std::move(payload)}, output_);
}

void ServerSession::send_command(uint32_t stream_id, Bytes payload) {
  send(kCommandChunks, MessageType::kCommandAmf0, stream_id, std::move(payload));
}

void ServerSession::close(DropReason reason, std::string words) {
  stage_ = Stage::kClosed;
  closed_ = SessionClosed{reason, std::move(words)};
}

}  // namespace longmen::rtmp
