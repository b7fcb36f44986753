// The stills of a recording, one file, stills.pack: small pictures of keyframes, as JPEG, one
// record after the other in the order in which they were made. A record that is torn is the last
// one, and whoever appends cuts it off first. Of two of the same place the later one counts. A
// record without a picture says that none can be made of that place. Pure.
//
//   0          8                16   17    18        19 20      24                    40
//   | LMSTILL1 | media sequence | kind| luma | contrast| 0| bytes | SHA-256, 16 bytes | JPEG
//
// All big-endian. `luma` is the mean of the picture's, `contrast` its standard deviation. The
// digest is over the 24 bytes before it and the JPEG. Bounds: kMaxStillBytes, kMaxPackBytes.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <vector>

#include "core/picture/jpeg_tiles.h"
#include "core/recording/media_scan.h"

namespace longmen::recording {

// 16:9 of whole 16 x 16 blocks.
inline constexpr TileSize kStillSize{256, 144};
inline constexpr TileSize kPosterSize{640, 360};
inline constexpr const char* kPackName = "stills.pack";
inline constexpr size_t kMaxStillBytes = kMaxTileBytes;
inline constexpr size_t kMaxPackBytes = 64 << 20;
inline constexpr size_t kStillHeaderBytes = 40;

enum class StillKind : uint8_t { kStill = 0, kPoster = 1 };

struct StillLook {
  uint8_t luma = 0;
  uint8_t contrast = 0;
};
struct Still {
  uint64_t offset = 0;  // of the JPEG in the pack
  uint32_t bytes = 0;   // 0: none can be made
  StillLook look;
};

// By the media sequence number of the segment whose first picture it is.
struct StillIndex {
  std::map<int64_t, Still> stills, posters;
  std::vector<int64_t> poster_order;  // in which they were made: of the best one last
  uint64_t end = 0;                   // behind the last whole record

  const std::map<int64_t, Still>& of(StillKind kind) const {
    return kind == StillKind::kStill ? stills : posters;
  }
  // Null: not made, or cannot be.
  const Still* find(StillKind kind, int64_t media_sequence) const;
};

void write_still(StillKind kind, int64_t media_sequence, StillLook look, ByteSpan jpeg, Bytes& out);
// Of records whose header fits, up to one that is none or is not all there. JPEGs are not read.
StillIndex scan_still_pack(ByteSource& pack);
// Its JPEG; nothing when it is not what was written.
std::optional<Bytes> read_still(ByteSource& pack, StillKind kind, int64_t media_sequence,
                                const Still& still);

}  // namespace longmen::recording
