// What stands behind each part in a recording's media file: a box of its own that says which part
// it was, and a digest of both. So a media file is fragmented MP4 that any player can read, and
// whoever finds one without its index knows what of it is whole. The part's own bytes are those
// that were sent live, and are not touched. Pure.
//
//   0        4        8                16  17  18  19    20     24
//   | 64     | "free" | "LMPART01"     |ren|prt|flg|  0  | bytes |
//   24               32               40               48                          64
//   | generation     | init           | media sequence | SHA-256, 16 bytes of it    |
//
// All big-endian. `bytes` is the part's size; `init` the number of which the init segment's name is
// the hexadecimal form; flags: 1 a decoder can begin here, 2 the segment begins a discontinuity.
// The digest is over the part and the 48 bytes before it. Source: ISO/IEC 14496-12 §8.1.2 (free).
#pragma once

#include <optional>
#include <string>

#include "core/base/bytes.h"
#include "core/base/result.h"
#include "core/media/identity.h"
#include "core/time/hls_number.h"

namespace longmen::recording {

inline constexpr size_t kPartTrailerBytes = 64;
// Of every trailer: the box's header and the magic.
inline constexpr std::string_view kPartTrailerStart{
    "\0\0\0\x40"
    "freeLMPART01",
    16};

struct PartRecord {
  RenditionId rendition;
  Generation generation;
  uint64_t init = 0;
  HlsNumber number;
  bool independent = false;
  bool discontinuity = false;  // before the segment
  uint32_t bytes = 0;          // of the part
  bool operator==(const PartRecord&) const = default;
};

// Appends it. `record.bytes` is that of `part`.
void write_part_trailer(const PartRecord& record, ByteSpan part, Bytes& out);
// kTruncated, kMalformed. Whether the part in front of it is the one is to be asked.
Parsed<PartRecord> read_part_trailer(ByteSpan trailer);
// Whether the digest in `trailer`, which was read, fits.
bool fits_part(ByteSpan trailer, ByteSpan part);

// An init segment's name (core/cmaf/init_segment.h) as a number and back.
std::optional<uint64_t> init_number(std::string_view name);
std::string init_name_of(uint64_t number);

}  // namespace longmen::recording
