#include "core/rtmp/chunk_reader.h"

#include <algorithm>
#include <utility>

namespace longmen::rtmp {
namespace {

constexpr size_t kMessageHeaderBytes[] = {11, 7, 3, 0};  // by chunk type

}  // namespace

void ChunkReader::append(ByteSpan bytes) {
  compact();
  input_.insert(input_.end(), bytes.begin(), bytes.end());
}

void ChunkReader::compact() {
  input_.erase(input_.begin(), input_.begin() + static_cast<long>(position_));
  position_ = 0;
}

Parsed<std::optional<Message>> ChunkReader::poll() {
  while (failed_ == DropReason::kNone) {
    if (chunk_missing_ == 0) {
      const Parsed<bool> whole = read_header();
      if (!whole) {
        failed_ = whole.error();
        break;
      }
      if (!*whole) return std::nullopt;
    }
    take_payload();
    if (chunk_missing_ > 0) return std::nullopt;
    ChunkStream& stream = streams_[current_];
    if (stream.payload.size() < stream.length_bytes) continue;
    Message message = finish_message(stream);
    if (message.type != MessageType::kSetChunkSize && message.type != MessageType::kAbort)
      return message;
    failed_ = obey(message);
  }
  return drop(failed_);
}

// Basic header:  |fmt 2|  csid 6  |              csid 2..63
//                |fmt 2| 0        | csid-64 8 |  64..319
//                |fmt 2| 1        | csid-64 16, low byte first |
// Message header by fmt:
//   0: timestamp 24, length 24, type 8, message stream id 32 (low byte first)
//   1: timestamp delta 24, length 24, type 8
//   2: timestamp delta 24
//   3: nothing; continues a message, or begins one that is like the last
// Extended timestamp 32, when the 24-bit field of the last fmt 0..2 was all ones.
Parsed<bool> ChunkReader::read_header() {
  ByteReader reader(ByteSpan(input_).subspan(position_));
  if (reader.at_end()) return false;
  const uint8_t first = reader.u8();
  const uint8_t format = first >> 6;
  uint32_t id = first & 0x3F;
  if (id == 0) {
    id = 64 + reader.u8();
  } else if (id == 1) {
    id = 64 + reader.u8();
    id += 256u * reader.u8();
  }
  if (!reader.ok() || reader.remaining() < kMessageHeaderBytes[format]) return false;

  const Parsed<ChunkStream*> found = stream_for(id, format <= 1);
  if (!found) return drop(found.error());
  ChunkStream& stream = **found;
  if (format != 3 && stream.in_message) return drop(DropReason::kMalformed);

  // Read into a copy: nothing may change before the whole header is here.
  uint32_t field = stream.timestamp_field;
  bool extended = stream.extended;
  uint32_t length_bytes = stream.length_bytes;
  uint8_t type = stream.type;
  uint32_t message_stream_id = stream.message_stream_id;
  if (format <= 2) {
    field = reader.u24();
    extended = field == kExtendedTimestamp;
  }
  if (format <= 1) {
    length_bytes = reader.u24();
    type = reader.u8();
  }
  if (format == 0) {
    for (int shift = 0; shift < 32; shift += 8) {
      message_stream_id = (shift == 0 ? 0 : message_stream_id) | uint32_t{reader.u8()} << shift;
    }
  }
  if (extended) {
    if (reader.remaining() < 4) return false;
    ByteReader ahead = reader;
    const uint32_t value = ahead.u32();
    // Some senders leave the field out of the chunks that continue a message. Those that send it
    // repeat it, so four other bytes are payload.
    if (!stream.in_message || value == stream.timestamp_field) {
      reader = ahead;
      field = value;
    }
  }
  if (!stream.in_message && length_bytes > max_message_bytes_) return drop(DropReason::kTooLarge);

  stream.timestamp_field = field;
  stream.extended = extended;
  stream.length_bytes = length_bytes;
  stream.type = type;
  stream.message_stream_id = message_stream_id;
  if (!stream.in_message) begin_message(stream, format);
  current_ = static_cast<size_t>(&stream - streams_.data());
  chunk_missing_ = std::min(chunk_bytes_, stream.length_bytes - stream.payload.size());
  if (partial_bytes_ + chunk_missing_ > kMaxPartialBytes) return drop(DropReason::kTooLarge);
  position_ += reader.position();
  return true;
}

Parsed<ChunkReader::ChunkStream*> ChunkReader::stream_for(uint32_t id, bool opens) {
  const auto known = std::find_if(streams_.begin(), streams_.end(),
                                  [id](const ChunkStream& stream) { return stream.id == id; });
  if (known != streams_.end()) return &*known;
  // The first chunk of a chunk stream has nothing to be like. (librtmp opens chunk stream 2 with
  // type 1, which lacks only the message stream id, zero there.)
  if (!opens) return drop(DropReason::kMalformed);
  if (streams_.size() == kMaxChunkStreams) return drop(DropReason::kTooLarge);
  ChunkStream& opened = streams_.emplace_back();
  opened.id = id;
  return &opened;
}

// §5.3.1.2.4: a message that begins with type 3 repeats the last delta; after a type 0 that is the
// type 0's own timestamp.
void ChunkReader::begin_message(ChunkStream& stream, uint8_t format) {
  if (format == 0) {
    stream.timestamp_ms = stream.timestamp_field;
  } else {
    stream.timestamp_ms += stream.timestamp_field;
  }
  stream.in_message = true;
}

void ChunkReader::take_payload() {
  const size_t count = std::min(chunk_missing_, input_.size() - position_);
  const auto from = input_.begin() + static_cast<long>(position_);
  Bytes& payload = streams_[current_].payload;
  payload.insert(payload.end(), from, from + static_cast<long>(count));
  position_ += count;
  chunk_missing_ -= count;
  partial_bytes_ += count;
}

Message ChunkReader::finish_message(ChunkStream& stream) {
  partial_bytes_ -= stream.payload.size();
  stream.in_message = false;
  return Message{static_cast<MessageType>(stream.type), stream.message_stream_id,
                 stream.timestamp_ms, std::exchange(stream.payload, Bytes())};
}

DropReason ChunkReader::obey(const Message& message) {
  ByteReader reader(message.payload);
  const uint32_t value = reader.u32();
  if (!reader.ok()) return DropReason::kTruncated;
  if (message.type == MessageType::kSetChunkSize) {
    if (value == 0 || value > 0x7FFFFFFF) return DropReason::kMalformed;
    chunk_bytes_ = std::min<size_t>(value, kMaxMessageBytes);
    return DropReason::kNone;
  }
  for (ChunkStream& stream : streams_) {
    if (stream.id != value || !stream.in_message) continue;
    partial_bytes_ -= stream.payload.size();
    stream.payload = Bytes();
    stream.in_message = false;
  }
  return DropReason::kNone;
}

}  // namespace longmen::rtmp
