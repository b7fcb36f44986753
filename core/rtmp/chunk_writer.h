// Cuts messages into chunks. Every message begins with a full (type 0) header: what a server says
// to a publisher is short and rare. RTMP 1.0 §5.3.
#pragma once

#include "core/rtmp/message.h"

namespace longmen::rtmp {

class ChunkWriter {
 public:
  // `chunk_stream` is 2..63. Appends to `out`. A Set Chunk Size message applies to those after it.
  void write(uint32_t chunk_stream, const Message& message, Bytes& out);

 private:
  size_t chunk_bytes_ = kDefaultChunkBytes;
};

}  // namespace longmen::rtmp
