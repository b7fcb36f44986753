// The two tables that say what is in a transport stream: which programmes (PAT), and which
// elementary streams a programme has (PMT). Reads sections that are whole; keeps nothing.
// Bounds: kMaxPrograms, kMaxStreams; what is beyond them is left out.
// Source: ITU-T H.222.0 §2.4.4.3, §2.4.4.8, table 2-34; ETSI EN 300 468 Annex D (descriptors by
// which private streams name their codec); ETSI TS 101 154; "Opus in MPEG-TS"
// (wiki.xiph.org/OpusTS), descriptors.
#pragma once

#include <string>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/result.h"

namespace longmen::mpegts {

inline constexpr size_t kMaxPrograms = 64;
inline constexpr size_t kMaxStreams = 32;

struct ProgramEntry {
  uint16_t number = 0;  // never 0, which names the network
  uint16_t map_pid = 0;
};

enum class StreamKind : uint8_t {
  kH264,
  kH265,
  kMpegVideo,
  kAacAdts,
  kAacLatm,
  kMpegAudio,
  kAc3,
  kEac3,
  kOpus,        // of one stream, mono or stereo
  kOtherVideo,  // known by name, not spoken here
  kOtherAudio,
  kOther,  // neither sound nor picture: subtitles, data
};

struct ElementaryStream {
  uint16_t pid = 0;
  StreamKind kind = StreamKind::kOther;
  std::string codec;  // for people: "H.265", "MPEG audio", "AC-3"
};

struct ProgramMap {
  uint16_t number = 0;
  std::vector<ElementaryStream> streams;
};

// `section` is without its CRC. kWrongState: one that is announced and does not hold yet
// (current_next_indicator); kUnsupported: another table.
Parsed<std::vector<ProgramEntry>> read_program_association(ByteSpan section);
Parsed<ProgramMap> read_program_map(ByteSpan section);

}  // namespace longmen::mpegts
