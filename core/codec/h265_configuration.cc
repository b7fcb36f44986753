#include "core/codec/h265_configuration.h"

#include <array>

#include "core/codec/h265.h"

namespace longmen::h265 {
namespace {

constexpr size_t kLengthSizeAt = 21;
constexpr std::array<uint8_t, 4> kStartCode{0, 0, 0, 1};

void append_nal(ByteSpan nal, Bytes& out) {
  if (nal.empty()) return;
  out.insert(out.end(), kStartCode.begin(), kStartCode.end());
  out.insert(out.end(), nal.begin(), nal.end());
}

}  // namespace

// version 8 = 1, profile, level and more, at byte 21 the size of the lengths - 1 in 2 bits, then
// the count of arrays 8, each: completeness 1, 0, NAL type 6, count 16, each: length 16, NAL unit
Parsed<DecoderConfiguration> read_decoder_configuration(ByteSpan record) {
  ByteReader reader(record);
  DecoderConfiguration read;
  if (reader.u8() != 1) return drop(DropReason::kMalformed);
  reader.skip(kLengthSizeAt - 1);
  read.nal_length_bytes = (reader.u8() & 3) + size_t{1};
  const unsigned arrays = reader.u8();
  for (unsigned i = 0; i < arrays && reader.ok(); ++i) {
    reader.skip(1);
    const unsigned count = reader.u16();
    for (unsigned j = 0; j < count && reader.ok(); ++j)
      append_nal(reader.take(reader.u16()), read.parameter_sets);
  }
  if (!reader.ok()) return drop(DropReason::kTruncated);
  if (read.nal_length_bytes == 3 || !has_sps(read.parameter_sets))
    return drop(DropReason::kMalformed);
  return read;
}

Parsed<void> append_annex_b(ByteSpan with_lengths, size_t nal_length_bytes, Bytes& out) {
  ByteReader reader(with_lengths);
  while (!reader.at_end()) {
    size_t length = 0;
    for (const uint8_t byte : reader.take(nal_length_bytes))
      length = length << 8 | byte;
    const ByteSpan nal = reader.take(length);
    if (!reader.ok()) return drop(DropReason::kTruncated);
    append_nal(nal, out);
  }
  return {};
}

bool has_sps(ByteSpan annex_b) {
  for (size_t at = 0; at + 3 < annex_b.size(); ++at)
    if (annex_b[at] == 0 && annex_b[at + 1] == 0 && annex_b[at + 2] == 1 &&
        nal_type(annex_b[at + 3]) == kSps)
      return true;
  return false;
}

}  // namespace longmen::h265
