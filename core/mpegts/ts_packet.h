// One packet of an MPEG-2 transport stream: 188 bytes beginning with 0x47. Says which elementary
// stream its payload is of, what its adaptation field announces, and what follows in it. Keeps no
// state; spans point into the caller's bytes. Source: ITU-T H.222.0 (ISO/IEC 13818-1) §2.4.3.2 to
// §2.4.3.5.
#pragma once

#include "core/base/bytes.h"
#include "core/base/result.h"

namespace longmen::mpegts {

inline constexpr size_t kPacketBytes = 188;
inline constexpr uint8_t kSyncByte = 0x47;
inline constexpr uint16_t kPatPid = 0;
inline constexpr uint16_t kNullPid = 0x1FFF;

struct TsPacket {
  uint16_t pid = 0;
  uint8_t continuity = 0;      // 4 bits; counts packets with a payload
  bool unit_start = false;     // a PES packet or a section begins in the payload
  bool discontinuity = false;  // the counter may jump here, and so may the clock
  bool stuffed = false;        // its adaptation field holds bytes for nothing but its length
  ByteSpan payload;            // empty: none
};

// `bytes` are kPacketBytes. kMalformed: no sync byte, an adaptation field beyond the packet, or the
// reserved control value; kNotAuthenticated: whoever carried it says that it is damaged
// (transport_error_indicator); kUnsupported: scrambled.
Parsed<TsPacket> read_ts_packet(ByteSpan bytes);

}  // namespace longmen::mpegts
