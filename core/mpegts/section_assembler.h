// Puts the sections of one PID together from the payloads of its packets and lets through those
// whose CRC fits. Knows no table. Bounds: one section of kMaxSectionBytes. One thread.
// Source: ITU-T H.222.0 §2.4.4, Annex A (CRC decoder model).
#pragma once

#include <algorithm>

#include "core/mpegts/ts_packet.h"

namespace longmen::mpegts {

inline constexpr size_t kMaxSectionBytes = 1024;  // of the tables that are read here (§2.4.4.4)

// Polynomial 0x04C11DB7, initial value all ones, nothing reflected or inverted. Over a section with
// its CRC it is 0.
uint32_t crc32_mpeg(ByteSpan bytes);

class SectionAssembler {
 public:
  // Calls `on_section(ByteSpan)` for each section that ends in this payload, without its CRC; the
  // number of those that were discarded because their CRC or length is wrong.
  template <class OnSection>
  int push(const TsPacket& packet, OnSection on_section) {
    ByteSpan rest = packet.payload;
    int broken = 0;
    if (packet.unit_start) {
      const size_t pointer = rest.empty() ? 0 : rest[0];
      if (rest.size() < pointer + 1) return broken + fail();
      if (!section_.empty()) broken += append(rest.subspan(1, pointer), on_section).broken;
      section_.clear();
      collecting_ = true;
      rest = rest.subspan(1 + pointer);
    }
    while (collecting_ && !rest.empty()) {
      if (section_.empty() && rest[0] == kStuffing) break;  // to the end of the packet
      const Appended appended = append(rest, on_section);
      broken += appended.broken;
      rest = rest.subspan(appended.taken);
    }
    return broken;
  }
  // Packets are missing: what was begun cannot be finished.
  void lose() {
    section_.clear();
    collecting_ = false;
  }

 private:
  static constexpr uint8_t kStuffing = 0xFF;
  static constexpr size_t kHeaderBytes = 3;
  static constexpr size_t kCrcBytes = 4;
  struct Appended {
    size_t taken = 0;
    int broken = 0;
  };

  size_t wanted() const {
    if (section_.size() < kHeaderBytes) return kHeaderBytes;
    return kHeaderBytes + ((section_[1] & 0x0F) << 8 | section_[2]);
  }
  int fail() {
    lose();
    return 1;
  }
  template <class OnSection>
  Appended append(ByteSpan bytes, OnSection& on_section) {
    Appended appended;
    while (appended.taken < bytes.size()) {
      const size_t missing = wanted() - section_.size();
      const ByteSpan part =
          bytes.subspan(appended.taken, std::min(missing, bytes.size() - appended.taken));
      section_.insert(section_.end(), part.begin(), part.end());
      appended.taken += part.size();
      if (section_.size() < kHeaderBytes) continue;
      if (wanted() > kMaxSectionBytes || wanted() < kHeaderBytes + kCrcBytes) {
        appended.broken = fail();
        appended.taken = bytes.size();
        return appended;
      }
      if (section_.size() < wanted()) continue;
      if (crc32_mpeg(section_) == 0) {
        on_section(ByteSpan(section_).first(section_.size() - kCrcBytes));
      } else {
        ++appended.broken;
      }
      section_.clear();
      return appended;
    }
    return appended;
  }

  Bytes section_;
  bool collecting_ = false;
};

}  // namespace longmen::mpegts
