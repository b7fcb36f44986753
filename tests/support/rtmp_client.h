// The client's side of RTMP for tests: makes the bytes that a sender would, and reads what the
// server answers. No socket.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/rtmp/chunk_reader.h"
#include "core/rtmp/chunk_writer.h"
#include "core/rtmp/command.h"
#include "core/rtmp/handshake.h"
#include "tests/support/hex.h"

namespace longmen::test {

class RtmpClient {
 public:
  static Bytes handshake() {
    Bytes bytes(1 + 2 * rtmp::kHandshakeBytes);
    bytes[0] = 3;
    return bytes;
  }

  Bytes message(uint32_t chunk_stream, rtmp::MessageType type, Bytes payload,
                uint32_t timestamp_ms = 0, uint32_t stream_id = 1) {
    Bytes out;
    writer_.write(chunk_stream, {type, stream_id, timestamp_ms, std::move(payload)}, out);
    return out;
  }
  Bytes command(const rtmp::Command& command, uint32_t stream_id = 0) {
    return message(3, rtmp::MessageType::kCommandAmf0, rtmp::write_command(command), 0, stream_id);
  }
  Bytes connect(const rtmp::Amf0Object& properties = {{"app", "live"}, {"flashVer", "test"}}) {
    return command({"connect", 1, {properties}});
  }
  Bytes create_stream() { return command({"createStream", 4, {rtmp::Amf0Value()}}); }
  Bytes publish(const std::string& key) {
    return command({"publish", 5, {rtmp::Amf0Value(), key, "live"}}, 1);
  }
  // All up to the question.
  Bytes opening(const std::string& key) {
    return joined({handshake(), connect(), create_stream(), publish(key)});
  }
  Bytes video(uint32_t timestamp_ms, Bytes payload) {
    return message(6, rtmp::MessageType::kVideo, std::move(payload), timestamp_ms);
  }
  Bytes audio(uint32_t timestamp_ms, Bytes payload) {
    return message(4, rtmp::MessageType::kAudio, std::move(payload), timestamp_ms);
  }

  static Bytes joined(const std::vector<Bytes>& parts) {
    Bytes all;
    for (const Bytes& part : parts)
      all.insert(all.end(), part.begin(), part.end());
    return all;
  }

  // The server's messages so far; the handshake's answer is skipped.
  std::vector<rtmp::Message> read(ByteSpan bytes) {
    answer_.insert(answer_.end(), bytes.begin(), bytes.end());
    const size_t skipped = 1 + 2 * rtmp::kHandshakeBytes;
    if (!shaken_ && answer_.size() < skipped) return {};
    reader_.append(ByteSpan(answer_).subspan(shaken_ ? 0 : skipped));
    shaken_ = true;
    answer_.clear();
    std::vector<rtmp::Message> messages;
    while (auto message = reader_.poll()) {
      if (!*message) break;
      messages.push_back(std::move(**message));
    }
    return messages;
  }

  // The named property of the information object in the last command called `name`; "" if none.
  static std::string information(const std::vector<rtmp::Message>& messages, std::string_view name,
                                 std::string_view property) {
    std::string found;
    for (const rtmp::Message& message : messages) {
      if (message.type != rtmp::MessageType::kCommandAmf0) continue;
      const auto command = rtmp::read_command(message);
      if (!command || command->name != name) continue;
      if (const rtmp::Amf0Object* object = command->object_at(1))
        found = object->text(property).value_or("");
    }
    return found;
  }

 private:
  rtmp::ChunkWriter writer_;
  rtmp::ChunkReader reader_;
  Bytes answer_;
  bool shaken_ = false;
};

// Messages of the plain kind. The configuration is of a 64x48 Baseline stream.
inline Bytes avc_config_body() {
  return from_hex("0142c00a ffe1 0009 6742c00ad9042680 00 0100 04 68ce3c80");
}
inline Bytes avc_config() {
  return RtmpClient::joined({from_hex("1700000000"), avc_config_body()});
}
inline Bytes avc_frame(bool keyframe, uint8_t filling = 0xAB) {
  Bytes payload = from_hex(keyframe ? "1701000000"
                                      "00000004 65888400"
                                    : "2701000000"
                                      "00000003 419a00");
  payload.back() = filling;
  return payload;
}
inline Bytes aac_config() {
  return from_hex("af00 1208");
}
inline Bytes aac_frame() {
  return from_hex("af01 de04004c");
}

}  // namespace longmen::test
