#include "core/recording/still_pack.h"

#include <algorithm>
#include <array>

#include "core/base/sha256_stream.h"

namespace longmen::recording {
namespace {

constexpr std::string_view kStillMagic = "LMSTILL1";
constexpr size_t kStillWordsBytes = 24;
constexpr size_t kStillDigestBytes = kStillHeaderBytes - kStillWordsBytes;

Sha256Digest digest_of_still(ByteSpan words, ByteSpan jpeg) {
  Sha256Stream digest;
  digest.update(words);
  digest.update(jpeg);
  return digest.finish();
}

Bytes words_of(StillKind kind, int64_t media_sequence, StillLook look, size_t bytes) {
  Bytes words;
  ByteWriter writer(words);
  writer.text(kStillMagic);
  writer.u64(static_cast<uint64_t>(media_sequence));
  writer.u8(static_cast<uint8_t>(kind));
  writer.u8(look.luma);
  writer.u8(look.contrast);
  writer.u8(0);
  writer.u32(bytes);
  return words;
}

}  // namespace

const Still* StillIndex::find(StillKind kind, int64_t media_sequence) const {
  const auto found = of(kind).find(media_sequence);
  return found == of(kind).end() || found->second.bytes == 0 ? nullptr : &found->second;
}

void write_still(StillKind kind, int64_t media_sequence, StillLook look, ByteSpan jpeg,
                 Bytes& out) {
  const Bytes words = words_of(kind, media_sequence, look, jpeg.size());
  ByteWriter writer(out);
  writer.bytes(words);
  writer.bytes(ByteSpan(digest_of_still(words, jpeg)).first(kStillDigestBytes));
  writer.bytes(jpeg);
}

StillIndex scan_still_pack(ByteSource& pack) {
  StillIndex index;
  const uint64_t size = std::min<uint64_t>(pack.size(), kMaxPackBytes);
  std::array<uint8_t, kStillHeaderBytes> header{};
  while (index.end + kStillHeaderBytes <= size && pack.read(index.end, header)) {
    ByteReader reader(header);
    if (as_text(reader.take(kStillMagic.size())) != kStillMagic) break;
    const auto media_sequence = static_cast<int64_t>(reader.u64());
    const uint8_t kind = reader.u8();
    Still still;
    still.look.luma = reader.u8();
    still.look.contrast = reader.u8();
    const uint8_t reserved = reader.u8();
    still.bytes = reader.u32();
    still.offset = index.end + kStillHeaderBytes;
    if (kind > static_cast<uint8_t>(StillKind::kPoster) || reserved != 0 || media_sequence < 0 ||
        still.bytes > kMaxStillBytes || still.offset + still.bytes > size)
      break;
    const bool poster = kind == static_cast<uint8_t>(StillKind::kPoster);
    (poster ? index.posters : index.stills)[media_sequence] = still;
    if (poster && still.bytes > 0) index.poster_order.push_back(media_sequence);
    index.end = still.offset + still.bytes;
  }
  return index;
}

std::optional<Bytes> read_still(ByteSource& pack, StillKind kind, int64_t media_sequence,
                                const Still& still) {
  Bytes digest(kStillDigestBytes), jpeg(still.bytes);
  if (still.offset < kStillHeaderBytes || !pack.read(still.offset - kStillDigestBytes, digest) ||
      !pack.read(still.offset, jpeg))
    return {};
  const Sha256Digest real =
      digest_of_still(words_of(kind, media_sequence, still.look, jpeg.size()), jpeg);
  if (!std::ranges::equal(digest, ByteSpan(real).first(kStillDigestBytes))) return {};
  return jpeg;
}

}  // namespace longmen::recording
