#include "core/rtp/header.h"

#include <cstring>

namespace longmen {
namespace {

// RFC 3550 §5.1
//   0                   1                   2                   3
//   0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//  |V=2|P|X|  CC   |M|     PT      |       sequence number         |
//  |                           timestamp                           |
//  |                             SSRC                              |
//  |                         CSRC (0 to 15)                        |
//  |      0xBEDE (RFC 8285 §4.2)   |     length in 32-bit words    |
//  | id(4) len-1(4)| data ...                                      |
//  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
constexpr uint8_t kRtpVersion = 2 << 6;
constexpr uint8_t kPadding = 0x20;
constexpr uint8_t kExtension = 0x10;
constexpr uint8_t kMarkerBit = 0x80;
constexpr uint16_t kOneByteProfile = 0xbede;
constexpr uint8_t kStopId = 15;

void put_u16(uint8_t* out, uint32_t value) {
  out[0] = static_cast<uint8_t>(value >> 8);
  out[1] = static_cast<uint8_t>(value);
}
void put_u32(uint8_t* out, uint32_t value) {
  put_u16(out, value >> 16);
  put_u16(out + 2, value);
}

uint8_t element_header(uint8_t id, size_t data_bytes) {
  return static_cast<uint8_t>(id << 4 | (data_bytes - 1));
}

// Writes the elements; returns their bytes without alignment.
size_t write_elements(const RtpExtensionIds& ids, const RtpExtensions& extensions, uint8_t* out) {
  uint8_t* at = out;
  if (ids.transport_cc != 0 && extensions.transport_cc) {
    *at++ = element_header(ids.transport_cc, 2);
    put_u16(at, *extensions.transport_cc);
    at += 2;
  }
  if (ids.capture_time != 0 && extensions.capture_time) {
    *at++ = element_header(ids.capture_time, 8);
    put_u32(at, extensions.capture_time->seconds());
    put_u32(at + 4, extensions.capture_time->fraction());
    at += 8;
  }
  if (ids.playout_delay != 0 && extensions.least_playout_delay) {
    *at++ = element_header(ids.playout_delay, 3);
    // Minimum and maximum, 12 bits each, in 10 ms.
    *at++ = 0;
    *at++ = kMaxPlayoutDelay10Ms >> 8;
    *at++ = kMaxPlayoutDelay10Ms & 0xff;
  }
  if (ids.mid != 0 && !extensions.mid.empty() && extensions.mid.size() <= kMaxMidBytes) {
    *at++ = element_header(ids.mid, extensions.mid.size());
    std::memcpy(at, extensions.mid.data(), extensions.mid.size());
    at += extensions.mid.size();
  }
  return static_cast<size_t>(at - out);
}

// Calls visit(id, data) for each element of a one-byte block; RFC 8285 §4.2: padding is 0, id 15
// ends the block, an element that reaches beyond the block is ignored.
template <class Visit>
void for_each_element(const RtpPacketView& packet, Visit visit) {
  if (packet.extension_profile != kOneByteProfile) return;
  ByteReader reader(packet.extension);
  while (!reader.at_end()) {
    const uint8_t head = reader.u8();
    if (head == 0) continue;
    const uint8_t id = head >> 4;
    if (id == kStopId) return;
    const ByteSpan data = reader.take((head & 0x0f) + size_t{1});
    if (!reader.ok()) return;
    if (id != 0) visit(id, data);
  }
}

}  // namespace

size_t write_rtp_header(const RtpHeader& header, const RtpExtensionIds& ids,
                        const RtpExtensions& extensions, uint8_t* out) {
  size_t block_bytes = 0;
  const size_t elements_bytes = write_elements(ids, extensions, out + kRtpHeaderBytes + 4);
  if (elements_bytes > 0) {
    const size_t aligned_bytes = (elements_bytes + 3) / 4 * 4;
    put_u16(out + kRtpHeaderBytes, kOneByteProfile);
    put_u16(out + kRtpHeaderBytes + 2, static_cast<uint32_t>(aligned_bytes / 4));
    std::memset(out + kRtpHeaderBytes + 4 + elements_bytes, 0, aligned_bytes - elements_bytes);
    block_bytes = 4 + aligned_bytes;
  }
  out[0] = static_cast<uint8_t>(kRtpVersion | (header.padding ? kPadding : 0) |
                                (block_bytes > 0 ? kExtension : 0));
  out[1] = static_cast<uint8_t>((header.marker ? kMarkerBit : 0) | (header.payload_type & 0x7f));
  put_u16(out + 2, header.sequence);
  put_u32(out + 4, header.timestamp);
  put_u32(out + 8, header.ssrc);
  return kRtpHeaderBytes + block_bytes;
}

Parsed<RtpPacketView> read_rtp_header(ByteSpan packet) {
  ByteReader reader(packet);
  RtpPacketView view;
  const uint8_t first = reader.u8();
  const uint8_t second = reader.u8();
  view.header.sequence = reader.u16();
  view.header.timestamp = reader.u32();
  view.header.ssrc = reader.u32();
  if (!reader.ok()) return drop(DropReason::kTruncated);
  if ((first & 0xc0) != kRtpVersion) return drop(DropReason::kMalformed);
  view.header.padding = first & kPadding;
  view.header.marker = second & kMarkerBit;
  view.header.payload_type = second & 0x7f;
  reader.skip((first & 0x0f) * size_t{4});
  if (first & kExtension) {
    view.extension_profile = reader.u16();
    view.extension = reader.take(reader.u16() * size_t{4});
  }
  if (!reader.ok()) return drop(DropReason::kTruncated);
  view.header_bytes = reader.position();
  view.payload = reader.rest();
  return view;
}

Parsed<RtpPacketView> read_rtp(ByteSpan packet) {
  auto view = read_rtp_header(packet);
  if (!view || !view->header.padding) return view;
  if (view->payload.empty()) return drop(DropReason::kTruncated);
  view->padding_bytes = view->payload.back();
  if (view->padding_bytes == 0 || view->padding_bytes > view->payload.size())
    return drop(DropReason::kMalformed);
  view->payload = view->payload.first(view->payload.size() - view->padding_bytes);
  return view;
}

std::optional<ByteSpan> find_rtp_extension(const RtpPacketView& packet, uint8_t id) {
  std::optional<ByteSpan> found;
  for_each_element(packet, [&](uint8_t element, ByteSpan data) {
    if (element == id && !found) found = data;
  });
  return found;
}

RtpExtensions read_rtp_extensions(const RtpPacketView& packet, const RtpExtensionIds& ids) {
  RtpExtensions extensions;
  for_each_element(packet, [&](uint8_t id, ByteSpan data) {
    ByteReader reader(data);
    if (id == ids.transport_cc && data.size() == 2) {
      extensions.transport_cc = reader.u16();
    } else if (id == ids.capture_time && (data.size() == 8 || data.size() == 16)) {
      extensions.capture_time = NtpTime{reader.u64()};
    } else if (id == ids.playout_delay && data.size() == 3) {
      extensions.least_playout_delay = reader.u24() >> 12 == 0;
    } else if (id == ids.mid) {
      extensions.mid = as_text(data);
    }
  });
  return extensions;
}

}  // namespace longmen
