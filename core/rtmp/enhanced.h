// What of Enhanced RTMP this server speaks, and how that is told in the answer to connect: H.264,
// H.265, AV1 and AAC under their FourCCs, packets with modifiers (ModEx), offsets in nanoseconds.
// Multitrack is parsed, of which the default track is taken, but not invited. Enhanced RTMP v2,
// "Enhancing NetConnection connect Command".
#pragma once

#include "core/rtmp/amf0.h"

namespace longmen::rtmp {

using FourCc = uint32_t;

constexpr FourCc four_cc(const char (&text)[5]) {
  FourCc code = 0;
  for (int index = 0; index < 4; ++index)
    code = code << 8 | static_cast<uint8_t>(text[index]);
  return code;
}

inline constexpr FourCc kAvc = four_cc("avc1");
inline constexpr FourCc kHevc = four_cc("hvc1");
inline constexpr FourCc kAv1 = four_cc("av01");
inline constexpr FourCc kAac = four_cc("mp4a");

// Four characters; those that do not print are shown as '?'.
std::string four_cc_text(FourCc code);

// FourCcInfoMask and CapsExMask of the specification.
inline constexpr int kCanDecode = 1;
inline constexpr int kCapsModEx = 4;
inline constexpr int kCapsTimestampNanoOffset = 8;

// Adds the server's side to the properties of the answer, in the form in which the client asked:
// fourCcList (v1), video- and audioFourCcInfoMap and capsEx (v2). A client that declared nothing
// gets nothing.
void answer_enhanced(const Amf0Object& connect, Amf0Object& answer);

}  // namespace longmen::rtmp
