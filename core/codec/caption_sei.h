// Whether a NAL unit of H.264 is closed captions: an SEI whose first message is user data that is
// registered by ITU-T T.35 for ATSC, cc_data. x264enc puts them into a unit of their own. Pure.
// Source: ITU-T H.264 annex D.1.6; ATSC A/53 Part 4 §6.2.3.
#pragma once

#include <algorithm>
#include <array>

#include "core/codec/h264.h"
#include "core/media/media_unit.h"

namespace longmen::h264 {

inline bool is_sei(ByteSpan nal) {
  return nal_type(nal) == NalType::kSei;
}

inline bool carries_captions(ByteSpan nal) {
  constexpr size_t kSizeAt = 2;  // behind the unit's and the message's type
  constexpr uint8_t kRegisteredUserData = 4;
  // Country, provider, "GA94", cc_data.
  constexpr std::array<uint8_t, 8> kCcData{0xB5, 0x00, 0x31, 'G', 'A', '9', '4', 0x03};
  if (nal.size() < kSizeAt + 1 + kCcData.size() || !is_sei(nal)) return false;
  if (nal[1] != kRegisteredUserData) return false;
  return std::ranges::equal(nal.subspan(kSizeAt + 1, kCcData.size()), kCcData);
}

// Whether CEA-608 of the first field says something in them, beyond the pairs of zeros with which
// many encoders fill every picture. `nal` carries captions.
inline bool says_something(ByteSpan nal) {
  constexpr size_t kCountAt = 11, kFirstAt = 13;
  constexpr uint8_t kCountBits = 0x1F, kValidFirstField = 0x04, kKindBits = 0x07, kCharacter = 0x7F;
  if (nal.size() <= kCountAt) return false;
  const size_t count = nal[kCountAt] & kCountBits;
  for (size_t at = kFirstAt; at + 3 <= nal.size() && at < kFirstAt + 3 * count; at += 3)
    if ((nal[at] & kKindBits) == kValidFirstField &&
        ((nal[at + 1] | nal[at + 2]) & kCharacter) != 0)
      return true;
  return false;
}

// They stand in front of the picture, behind parameter sets.
inline bool carries_captions(const MediaUnit& unit) {
  for (size_t i = 0; i < std::min<size_t>(2, unit.packets.size()); ++i)
    if (const ByteSpan payload = unit.payload(unit.packets[i]);
        !payload.empty() && carries_captions(payload) && says_something(payload))
      return true;
  return false;
}

}  // namespace longmen::h264
