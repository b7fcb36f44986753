#include "core/rtp/vpx_assembler.h"

#include <utility>

#include "core/codec/bit_reader.h"
#include "core/media/media_unit.h"

namespace longmen {
namespace {

constexpr size_t kVp8TagBytes = 3, kVp8KeyframeBytes = 10;
constexpr int kMaxReferences = 3;  // RFC 9628 §4.2: P_DIFF up to three times

// Of one or two bytes: the first bit says.
void skip_picture_id(ByteReader& reader) {
  if (reader.u8() & 0x80) reader.skip(1);
}

//  0 1 2 3 4 5 6 7
// |X|R|N|S|R| PID |  X: |I|L|T|K| RSV |  I: PictureID  L: TL0PICIDX  T, K: |TID|Y| KEYIDX |
struct Vp8Descriptor {
  bool begins_frame = false;
  ByteSpan rest;
};
Parsed<Vp8Descriptor> read_vp8_descriptor(ByteSpan payload) {
  ByteReader reader(payload);
  const uint8_t first = reader.u8();
  const uint8_t extended = first & 0x80 ? reader.u8() : uint8_t{0};
  if (extended & 0x80) skip_picture_id(reader);
  if (extended & 0x40) reader.skip(1);
  if (extended & 0x30) reader.skip(1);
  if (!reader.ok() || reader.at_end()) return drop(DropReason::kTruncated);
  return Vp8Descriptor{(first & 0x10) != 0 && (first & 0x07) == 0, reader.rest()};
}

// |N_S |Y|G| - |  Y: N_S + 1 times width and height  G: |N_G|, N_G times |TID|U|R| - | and R
// P_DIFFs
void skip_scalability_structure(ByteReader& reader) {
  const uint8_t head = reader.u8();
  if (head & 0x10) reader.skip((size_t{head} >> 5) * 4 + 4);
  if (!(head & 0x08)) return;
  for (int pictures = reader.u8(); pictures > 0 && reader.ok(); --pictures)
    reader.skip(reader.u8() >> 2 & 0x03);
}

//  0 1 2 3 4 5 6 7
// |I|P|L|F|B|E|V|Z|  I: PictureID  L: |TID|U|SID|D|, and TL0PICIDX unless F  F, P: |P_DIFF|N|..
struct Vp9Descriptor {
  bool begins_layer = false;
  bool ends_layer = false;
  ByteSpan rest;
};
Parsed<Vp9Descriptor> read_vp9_descriptor(ByteSpan payload) {
  ByteReader reader(payload);
  const uint8_t first = reader.u8();
  const bool flexible = first & 0x10;
  if (first & 0x80) skip_picture_id(reader);
  if (first & 0x20) reader.skip(flexible ? 1 : 2);
  if (flexible && (first & 0x40)) {
    int references = 0;
    while (reader.u8() & 0x01 && reader.ok())
      if (++references == kMaxReferences) return drop(DropReason::kMalformed);
  }
  if (first & 0x02) skip_scalability_structure(reader);
  if (!reader.ok() || reader.at_end()) return drop(DropReason::kTruncated);
  return Vp9Descriptor{(first & 0x08) != 0, (first & 0x04) != 0, reader.rest()};
}

Parsed<void> append_part(ByteSpan part, Bytes& whole) {
  if (whole.size() + part.size() > kMaxMediaUnitBytes) return drop(DropReason::kTooLarge);
  whole.insert(whole.end(), part.begin(), part.end());
  return {};
}

}  // namespace

Parsed<void> Vp8Assembler::push(ByteSpan payload) {
  const auto descriptor = read_vp8_descriptor(payload);
  if (!descriptor) return drop(descriptor.error());
  if (descriptor->begins_frame != frame_.empty()) return drop(DropReason::kMalformed);
  return append_part(descriptor->rest, frame_);
}

Parsed<Bytes> Vp8Assembler::finish() {
  if (frame_.size() < kVp8TagBytes) return drop(DropReason::kTruncated);
  if (!(frame_[0] & 1) && !is_vp8_keyframe(frame_)) return drop(DropReason::kMalformed);
  return std::exchange(frame_, {});
}

Parsed<void> Vp9Assembler::push(ByteSpan payload) {
  const auto descriptor = read_vp9_descriptor(payload);
  if (!descriptor) return drop(descriptor.error());
  if (descriptor->begins_layer == in_layer_) return drop(DropReason::kMalformed);
  in_layer_ = !descriptor->ends_layer;
  return append_part(descriptor->rest, picture_);
}

Parsed<Bytes> Vp9Assembler::finish() {
  if (in_layer_ || picture_.empty()) return drop(DropReason::kTruncated);
  return std::exchange(picture_, {});
}

bool is_vp8_keyframe(ByteSpan frame) {
  return frame.size() >= kVp8KeyframeBytes && !(frame[0] & 1) && frame[3] == 0x9d &&
         frame[4] == 0x01 && frame[5] == 0x2a;
}

bool is_vp9_keyframe(ByteSpan picture) {
  constexpr uint32_t kFrameMarker = 2, kSyncCode = 0x498342;
  BitReader reader(picture);
  if (reader.bits(2) != kFrameMarker) return false;
  const uint32_t low = reader.bits(1);
  const uint32_t profile = low | reader.bits(1) << 1;
  if (profile == 3) reader.skip(1);
  const bool shows_existing = reader.flag();
  const bool inter = reader.flag();
  reader.skip(2);  // show_frame, error_resilient_mode
  return !shows_existing && !inter && reader.bits(24) == kSyncCode && reader.ok();
}

}  // namespace longmen
