#include "core/rtmp/chunk_writer.h"

#include <algorithm>

namespace longmen::rtmp {

void ChunkWriter::write(uint32_t chunk_stream, const Message& message, Bytes& out) {
  ByteWriter writer(out);
  const bool extended = message.timestamp_ms >= kExtendedTimestamp;
  writer.u8(chunk_stream & 0x3F);
  writer.u24(extended ? kExtendedTimestamp : message.timestamp_ms);
  writer.u24(message.payload.size());
  writer.u8(static_cast<uint8_t>(message.type));
  for (int shift = 0; shift < 32; shift += 8)
    writer.u8(message.stream_id >> shift & 0xFF);
  if (extended) writer.u32(message.timestamp_ms);

  ByteSpan left(message.payload);
  while (true) {
    const size_t count = std::min(chunk_bytes_, left.size());
    writer.bytes(left.first(count));
    left = left.subspan(count);
    if (left.empty()) break;
    writer.u8(0xC0 | (chunk_stream & 0x3F));
    if (extended) writer.u32(message.timestamp_ms);
  }
  if (message.type == MessageType::kSetChunkSize) {
    const uint32_t size = ByteReader(message.payload).u32();
    if (size > 0) chunk_bytes_ = size;
  }
}

}  // namespace longmen::rtmp
