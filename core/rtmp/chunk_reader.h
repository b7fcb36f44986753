// Puts RTMP messages together from the chunks of a byte stream. Obeys Set Chunk Size and Abort
// itself, since both change how the next byte is read; every other message is handed out.
// Bounds: message size as set (kMaxMessageBytes at most), kMaxChunkStreams chunk streams,
// kMaxPartialBytes in unfinished messages of all chunk streams together. Memory follows what has
// arrived, never what a header announces. RTMP 1.0 §5.3, §5.4.
#pragma once

#include <optional>
#include <vector>

#include "core/base/result.h"
#include "core/rtmp/message.h"

namespace longmen::rtmp {

inline constexpr size_t kMaxChunkStreams = 64;
inline constexpr size_t kMaxPartialBytes = 12 << 20;

class ChunkReader {
 public:
  // Applies to messages whose first chunk has not come yet.
  void set_max_message_bytes(size_t bytes) { max_message_bytes_ = bytes; }

  void append(ByteSpan bytes);
  // The next whole message, or nothing when more bytes are needed. After an error the stream cannot
  // be read any more: every further call repeats it.
  Parsed<std::optional<Message>> poll();

 private:
  struct ChunkStream {
    uint32_t id = 0;
    uint32_t timestamp_ms = 0;
    uint32_t timestamp_field = 0;  // of the last header that had one, extended or not
    bool extended = false;
    uint32_t length_bytes = 0;
    uint8_t type = 0;
    uint32_t message_stream_id = 0;
    bool in_message = false;
    Bytes payload;
  };

  // False when the header is not all here yet.
  Parsed<bool> read_header();
  Parsed<ChunkStream*> stream_for(uint32_t id, bool opens);
  void begin_message(ChunkStream& stream, uint8_t format);
  void take_payload();
  Message finish_message(ChunkStream& stream);
  DropReason obey(const Message& message);
  void compact();

  Bytes input_;
  size_t position_ = 0;
  std::vector<ChunkStream> streams_;
  size_t current_ = 0;        // index in streams_, while chunk_missing_ > 0
  size_t chunk_missing_ = 0;  // payload bytes of the current chunk yet to come
  size_t partial_bytes_ = 0;  // in all payloads
  size_t chunk_bytes_ = kDefaultChunkBytes;
  size_t max_message_bytes_ = kMaxMessageBytes;
  DropReason failed_ = DropReason::kNone;
};

}  // namespace longmen::rtmp
