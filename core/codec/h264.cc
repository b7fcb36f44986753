#include "core/codec/h264.h"

#include <fmt/format.h>

#include <array>

namespace longmen::h264 {
namespace {

constexpr size_t kNoStartCode = SIZE_MAX;
constexpr std::array<uint8_t, 4> kStartCode{0, 0, 0, 1};

// Where the next 00 00 01 begins, at or after `from`.
size_t find_start_code(ByteSpan bytes, size_t from) {
  for (size_t i = from; i + 3 <= bytes.size();) {
    if (bytes[i + 2] > 1) {
      i += 3;
    } else if (bytes[i] == 0 && bytes[i + 1] == 0 && bytes[i + 2] == 1) {
      return i;
    } else {
      ++i;
    }
  }
  return kNoStartCode;
}

bool zeros_only(ByteSpan bytes) {
  for (uint8_t byte : bytes)
    if (byte != 0) return false;
  return true;
}

ByteSpan without_trailing_zeros(ByteSpan nal) {
  while (!nal.empty() && nal.back() == 0)
    nal = nal.first(nal.size() - 1);
  return nal;
}

}  // namespace

bool worth_sending(NalType type) {
  // Unspecified numbers: as RTP payloads they mean aggregates and fragments (RFC 6184 §5.2).
  if (static_cast<int>(type) == 0 || type >= NalType::kStapA) return false;
  switch (type) {
    case NalType::kSei:
    case NalType::kAccessUnitDelimiter:
    case NalType::kEndOfSequence:
    case NalType::kEndOfStream:
    case NalType::kFiller:
      return false;
    default:
      return true;
  }
}

Parsed<void> split_annex_b(ByteSpan access_unit, std::vector<ByteSpan>& nals) {
  size_t code = find_start_code(access_unit, 0);
  if (code == kNoStartCode || !zeros_only(access_unit.first(code)))
    return drop(DropReason::kMalformed);
  size_t count = 0;
  while (code != kNoStartCode) {
    const size_t begin = code + 3;
    code = find_start_code(access_unit, begin);
    const size_t end = code == kNoStartCode ? access_unit.size() : code;
    const ByteSpan nal = without_trailing_zeros(access_unit.subspan(begin, end - begin));
    if (nal.empty()) continue;
    if (++count > kMaxNalUnits) return drop(DropReason::kTooLarge);
    nals.push_back(nal);
  }
  return {};
}

Parsed<void> split_avcc(ByteSpan access_unit, size_t length_bytes, std::vector<ByteSpan>& nals) {
  if (length_bytes != 1 && length_bytes != 2 && length_bytes != 4)
    return drop(DropReason::kMalformed);
  ByteReader reader(access_unit);
  size_t count = 0;
  while (!reader.at_end()) {
    const size_t size = length_bytes == 1   ? reader.u8()
                        : length_bytes == 2 ? reader.u16()
                                            : reader.u32();
    const ByteSpan nal = reader.take(size);
    if (!reader.ok()) return drop(DropReason::kTruncated);
    if (nal.empty()) continue;
    if (++count > kMaxNalUnits) return drop(DropReason::kTooLarge);
    nals.push_back(nal);
  }
  return {};
}

void append_annex_b(ByteSpan nal, Bytes& out) {
  out.insert(out.end(), kStartCode.begin(), kStartCode.end());
  out.insert(out.end(), nal.begin(), nal.end());
}

void append_avcc(ByteSpan nal, Bytes& out) {
  ByteWriter writer(out);
  writer.u32(nal.size());
  writer.bytes(nal);
}

Parsed<std::string> codec_string(ByteSpan sps) {
  if (sps.size() < 4) return drop(DropReason::kTruncated);
  if (nal_type(sps) != NalType::kSps) return drop(DropReason::kMalformed);
  return fmt::format("avc1.{:02x}{:02x}{:02x}", sps[1], sps[2], sps[3]);
}

}  // namespace longmen::h264
