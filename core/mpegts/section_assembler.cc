#include "core/mpegts/section_assembler.h"

namespace longmen::mpegts {

uint32_t crc32_mpeg(ByteSpan bytes) {
  uint32_t crc = 0xFFFFFFFF;
  for (const uint8_t byte : bytes) {
    crc ^= uint32_t{byte} << 24;
    for (int bit = 0; bit < 8; ++bit)
      crc = crc & 0x80000000 ? crc << 1 ^ 0x04C11DB7 : crc << 1;
  }
  return crc;
}

}  // namespace longmen::mpegts
