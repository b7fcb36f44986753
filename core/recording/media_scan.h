// What of a media file is whole, found without its index: walks from trailer to trailer
// (core/recording/part_trailer.h), and where bytes are none, to the next one that can be found. A
// part whose digest does not fit is left out and counted, and what follows it is found all the
// same. Knows no file: the caller gives a source of bytes. Pure but for that source.
// Bounds: a part of kMaxPartBytes (core/cmaf/part_builder.h), kSearchBytes in memory besides.
#pragma once

#include <functional>
#include <vector>

#include "core/recording/part_trailer.h"

namespace longmen::recording {

class ByteSource {
 public:
  virtual ~ByteSource() = default;
  virtual uint64_t size() const = 0;
  // All of `into`, from `offset` on; false when it cannot be read.
  virtual bool read(uint64_t offset, std::span<uint8_t> into) = 0;
};

struct ScannedPart {
  PartRecord record;
  uint64_t offset = 0;  // of the part
  ByteSpan bytes;       // valid during the call
};

struct MediaScan {
  // Behind the last trailer that fits: from there on nothing is whole. The source's own end when
  // some of it could not be read, which may be whole.
  uint64_t end = 0;
  uint64_t parts = 0;
  uint64_t damaged = 0;  // trailers whose part is another one
};
// From `from` on, where a part begins; `found` is called for each, in the file's order.
MediaScan scan_media(ByteSource& source, uint64_t from,
                     const std::function<void(const ScannedPart&)>& found);

}  // namespace longmen::recording
