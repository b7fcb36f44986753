// Writes transport streams for tests: tables with their CRC, PES packets, and the packets that
// carry them, with a continuity counter for each PID. ITU-T H.222.0 §2.4.
#pragma once

#include <array>
#include <map>
#include <optional>
#include <string_view>
#include <vector>

#include "core/mpegts/section_assembler.h"
#include "tests/support/hex.h"

namespace longmen::test {

inline constexpr uint16_t kMapPid = 0x1000, kVideoPid = 0x100, kAudioPid = 0x101;

class TsWriter {
 public:
  using Packet = Bytes;

  // One packet; what the payload does not fill is padded in an adaptation field.
  Packet packet(uint16_t pid, bool unit_start, ByteSpan payload, uint8_t flags = 0) {
    Packet bytes{mpegts::kSyncByte, static_cast<uint8_t>((unit_start ? 0x40 : 0) | pid >> 8),
                 static_cast<uint8_t>(pid), 0};
    const size_t room = mpegts::kPacketBytes - 4 - payload.size();
    const bool adaptation = room > 0 || flags != 0;
    bytes[3] = static_cast<uint8_t>((adaptation ? 0x20 : 0) | (payload.empty() ? 0 : 0x10));
    if (payload.empty()) {
      bytes[3] = static_cast<uint8_t>(bytes[3] | ((continuity[pid] - 1) & 15));
    } else {
      bytes[3] = static_cast<uint8_t>(bytes[3] | (continuity[pid]++ & 15));
    }
    if (adaptation) {
      bytes.push_back(static_cast<uint8_t>(room - 1));
      if (room > 1) bytes.push_back(flags);
      bytes.resize(4 + room, 0xFF);
    }
    bytes.insert(bytes.end(), payload.begin(), payload.end());
    return bytes;
  }

  static Bytes with_crc(Bytes section) {
    section[1] = static_cast<uint8_t>(0xB0 | (section.size() + 4 - 3) >> 8);
    section[2] = static_cast<uint8_t>(section.size() + 4 - 3);
    ByteWriter(section).u32(mpegts::crc32_mpeg(section));
    return section;
  }
  static Bytes association(const std::vector<std::pair<uint16_t, uint16_t>>& programs) {
    Bytes section = from_hex("00 0000 0001 c1 00 00");
    ByteWriter writer(section);
    for (const auto& [number, pid] : programs) {
      writer.u16(number);
      writer.u16(0xE000 | pid);
    }
    return with_crc(section);
  }
  struct Stream {
    uint8_t type;
    uint16_t pid;
    Bytes descriptors;
  };
  static Bytes map(uint16_t number, const std::vector<Stream>& streams) {
    Bytes section{0x02, 0, 0};
    ByteWriter writer(section);
    writer.u16(number);
    writer.bytes(from_hex("c1 00 00"));
    writer.u16(0xE000 | (streams.empty() ? 0x1FFF : streams[0].pid));
    writer.u16(0xF000);
    for (const Stream& stream : streams) {
      writer.u8(stream.type);
      writer.u16(0xE000 | stream.pid);
      writer.u16(0xF000 | stream.descriptors.size());
      writer.bytes(stream.descriptors);
    }
    return with_crc(section);
  }
  Packet table(uint16_t pid, const Bytes& section) {
    Bytes payload{0};
    payload.insert(payload.end(), section.begin(), section.end());
    payload.resize(mpegts::kPacketBytes - 4, 0xFF);
    return packet(pid, true, payload);
  }
  // Both tables of a programme with these streams.
  Bytes tables(const std::vector<Stream>& streams = {{0x1B, kVideoPid}, {0x0F, kAudioPid}}) {
    Bytes bytes = table(mpegts::kPatPid, association({{1, kMapPid}}));
    const Bytes second = table(kMapPid, map(1, streams));
    bytes.insert(bytes.end(), second.begin(), second.end());
    return bytes;
  }

  static void write_timestamp(Bytes& out, uint8_t prefix, uint64_t value) {
    ByteWriter writer(out);
    writer.u8(prefix << 4 | (value >> 30 & 7) << 1 | 1);
    writer.u16((value >> 15 & 0x7FFF) << 1 | 1);
    writer.u16((value & 0x7FFF) << 1 | 1);
  }
  // `length`: what the packet says of itself; nothing: 0, as of video.
  static Bytes pes(uint8_t stream_id, std::optional<uint64_t> pts, std::optional<uint64_t> dts,
                   ByteSpan data, std::optional<size_t> length = std::nullopt) {
    Bytes times;
    if (pts) write_timestamp(times, dts ? 3 : 2, *pts);
    if (dts) write_timestamp(times, 1, *dts);
    Bytes bytes{0, 0, 1, stream_id};
    ByteWriter writer(bytes);
    writer.u16(length.value_or(0));
    writer.u8(0x80);
    writer.u8(pts ? (dts ? 0xC0 : 0x80) : 0);
    writer.u8(times.size());
    writer.bytes(times);
    writer.bytes(data);
    return bytes;
  }
  std::vector<Packet> split(uint16_t pid, ByteSpan bytes) {
    std::vector<Packet> packets;
    bool first = true;
    while (!bytes.empty()) {
      const size_t count = std::min(bytes.size(), mpegts::kPacketBytes - 4);
      packets.push_back(packet(pid, std::exchange(first, false), bytes.first(count)));
      bytes = bytes.subspan(count);
    }
    return packets;
  }
  std::vector<Packet> video(uint64_t pts, ByteSpan data,
                            std::optional<uint64_t> dts = std::nullopt) {
    return split(kVideoPid, pes(0xE0, pts, dts, data));
  }
  std::vector<Packet> audio(uint64_t pts, ByteSpan data) {
    const Bytes whole = pes(0xC0, pts, std::nullopt, data);
    return split(kAudioPid, pes(0xC0, pts, std::nullopt, data, whole.size() - 6));
  }

  std::map<uint16_t, uint8_t> continuity;
};

// A picture that a decoder can begin with, its parameter sets before it, and one that follows.
inline Bytes annex_b_keyframe(size_t filling = 10) {
  Bytes bytes = from_hex(
      "00000001 09f0 00000001 6742c01eda0280bfe5c044000003000400000300c83c58ba80"
      "00000001 68ce3c80 000001 6588");
  bytes.resize(bytes.size() + filling, 0xAB);
  return bytes;
}
inline Bytes annex_b_picture(size_t filling = 10) {
  Bytes bytes = from_hex("00000001 09f0 000001 419a");
  bytes.resize(bytes.size() + filling, 0xCD);
  return bytes;
}
// AAC-LC, 48 kHz, stereo.
inline Bytes adts_frame(size_t raw_bytes, uint8_t rate_index = 3) {
  const size_t size = raw_bytes + 7;
  Bytes bytes{0xFF,
              0xF1,
              static_cast<uint8_t>(0x40 | rate_index << 2),
              static_cast<uint8_t>(0x80 | size >> 11),
              static_cast<uint8_t>(size >> 3),
              static_cast<uint8_t>((size & 7) << 5 | 0x1F),
              0xFC};
  bytes.resize(size, 0x21);
  return bytes;
}

}  // namespace longmen::test
