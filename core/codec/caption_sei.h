// Whether a NAL unit of H.264 is closed captions: an SEI of whose messages one is user data that is
// registered by ITU-T T.35 for ATSC, cc_data. x264enc puts it into a unit of its own; encoders in
// hardware may put it behind other messages. Pure.
// Source: ITU-T H.264 §7.3.2.3, annex D.1.6; ATSC A/53 Part 4 §6.2.3.
#pragma once

#include <algorithm>
#include <array>

#include "core/codec/bit_reader.h"
#include "core/codec/h264.h"
#include "core/media/media_unit.h"

namespace longmen::h264 {

inline bool is_sei(ByteSpan nal) {
  return nal_type(nal) == NalType::kSei;
}

// Its cc_data, from the count on; empty: it carries none.
inline Bytes cc_data_in(ByteSpan nal) {
  constexpr uint64_t kRegisteredUserData = 4;
  // Country, provider, "GA94", cc_data.
  constexpr std::array<uint8_t, 8> kCcData{0xB5, 0x00, 0x31, 'G', 'A', '9', '4', 0x03};
  if (nal.empty() || !is_sei(nal)) return {};
  BitReader reader(nal.subspan(1), BitReader::Escapes::kEmulationPrevention);
  const auto number = [&reader] {
    uint64_t sum = 0;
    uint32_t byte = 0xFF;
    while (byte == 0xFF && reader.ok()) {
      byte = reader.bits(8);
      sum += byte;
    }
    return sum;
  };
  while (reader.ok()) {
    const uint64_t type = number(), bytes = number();
    Bytes message;
    for (uint64_t i = 0; i < bytes && reader.ok(); ++i)
      message.push_back(static_cast<uint8_t>(reader.bits(8)));
    if (!reader.ok() || type != kRegisteredUserData || message.size() <= kCcData.size()) continue;
    if (!std::equal(kCcData.begin(), kCcData.end(), message.begin())) continue;
    message.erase(message.begin(), message.begin() + kCcData.size());
    return message;
  }
  return {};
}

inline bool carries_captions(ByteSpan nal) {
  return !cc_data_in(nal).empty();
}

// Whether CEA-608 of the first field says something in them, beyond the pairs of zeros with which
// many encoders fill every picture.
inline bool says_something(const Bytes& cc_data) {
  constexpr size_t kFirstAt = 2;
  constexpr uint8_t kCountBits = 0x1F, kValidFirstField = 0x04, kKindBits = 0x07, kCharacter = 0x7F;
  if (cc_data.empty()) return false;
  const size_t end = kFirstAt + 3 * static_cast<size_t>(cc_data[0] & kCountBits);
  for (size_t at = kFirstAt; at + 3 <= cc_data.size() && at < end; at += 3)
    if ((cc_data[at] & kKindBits) == kValidFirstField &&
        ((cc_data[at + 1] | cc_data[at + 2]) & kCharacter) != 0)
      return true;
  return false;
}

// They stand in front of the picture, behind parameter sets.
inline bool carries_captions(const MediaUnit& unit) {
  for (size_t i = 0; i < std::min<size_t>(2, unit.packets.size()); ++i)
    if (says_something(cc_data_in(unit.payload(unit.packets[i])))) return true;
  return false;
}

}  // namespace longmen::h264
