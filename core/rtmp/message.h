// One RTMP message, as the chunk stream carries it, and the numbers of the protocol that more than
// one file needs. Knows nothing about payloads. RTMP 1.0 §5.4, §6.1, §7.1.
#pragma once

#include "core/base/bytes.h"

namespace longmen::rtmp {

enum class MessageType : uint8_t {
  kSetChunkSize = 1,
  kAbort = 2,
  kAcknowledgement = 3,
  kUserControl = 4,
  kWindowAckSize = 5,
  kSetPeerBandwidth = 6,
  kAudio = 8,
  kVideo = 9,
  kDataAmf3 = 15,
  kCommandAmf3 = 17,
  kDataAmf0 = 18,
  kCommandAmf0 = 20,
};

enum class UserControl : uint16_t {
  kStreamBegin = 0,
  kPingRequest = 6,
  kPingResponse = 7,
};

inline constexpr size_t kDefaultChunkBytes = 128;         // until the sender says otherwise
inline constexpr size_t kMaxMessageBytes = 8 << 20;       // one access unit of an accepted feed
inline constexpr size_t kMaxCommandBytes = 64 << 10;      // commands, and all before publishing
inline constexpr uint32_t kExtendedTimestamp = 0xFFFFFF;  // the 24-bit field that says "see below"

struct Message {
  MessageType type{};  // any value may come from a peer
  uint32_t stream_id = 0;
  uint32_t timestamp_ms = 0;  // wraps
  Bytes payload;
};

}  // namespace longmen::rtmp
