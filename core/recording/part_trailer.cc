#include "core/recording/part_trailer.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "core/base/sha256_stream.h"

namespace longmen::recording {
namespace {

constexpr size_t kDigestBytes = 16;
constexpr size_t kDigestAt = kPartTrailerBytes - kDigestBytes;
constexpr size_t kInitNameDigits = 16;
constexpr uint8_t kIndependent = 1;
constexpr uint8_t kDiscontinuity = 2;

Sha256Digest digest_of(ByteSpan part, ByteSpan words) {
  Sha256Stream digest;
  digest.update(part);
  digest.update(words);
  return digest.finish();
}

}  // namespace

void write_part_trailer(const PartRecord& record, ByteSpan part, Bytes& out) {
  const size_t start = out.size();
  ByteWriter writer(out);
  writer.text(kPartTrailerStart);
  writer.u8(record.rendition.value);
  writer.u8(static_cast<uint64_t>(record.number.part));
  writer.u8((record.independent ? kIndependent : 0) | (record.discontinuity ? kDiscontinuity : 0));
  writer.u8(0);
  writer.u32(record.bytes);
  writer.u64(record.generation.value);
  writer.u64(record.init);
  writer.u64(static_cast<uint64_t>(record.number.media_sequence));
  const Sha256Digest digest = digest_of(part, ByteSpan(out).subspan(start));
  writer.bytes(ByteSpan(digest).first(kDigestBytes));
}

Parsed<PartRecord> read_part_trailer(ByteSpan trailer) {
  if (trailer.size() < kPartTrailerBytes) return drop(DropReason::kTruncated);
  ByteReader reader(trailer);
  if (as_text(reader.take(kPartTrailerStart.size())) != kPartTrailerStart)
    return drop(DropReason::kMalformed);
  PartRecord record;
  record.rendition.value = reader.u8();
  record.number.part = reader.u8();
  const uint8_t flags = reader.u8();
  const uint8_t reserved = reader.u8();
  record.independent = flags & kIndependent;
  record.discontinuity = flags & kDiscontinuity;
  record.bytes = reader.u32();
  record.generation.value = reader.u64();
  record.init = reader.u64();
  record.number.media_sequence = static_cast<int64_t>(reader.u64());
  if (flags > (kIndependent | kDiscontinuity) || reserved != 0 || record.bytes == 0 ||
      record.number.media_sequence < 0)
    return drop(DropReason::kMalformed);
  return record;
}

bool fits_part(ByteSpan trailer, ByteSpan part) {
  const Sha256Digest digest = digest_of(part, trailer.first(kDigestAt));
  return std::ranges::equal(trailer.subspan(kDigestAt, kDigestBytes),
                            ByteSpan(digest).first(kDigestBytes));
}

std::optional<uint64_t> init_number(std::string_view name) {
  uint64_t number = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number, 16);
  if (error != std::errc() || end != name.data() + name.size() || name.size() != kInitNameDigits)
    return {};
  return number;
}

std::string init_name_of(uint64_t number) {
  return fmt::format("{:016x}", number);
}

}  // namespace longmen::recording
