#include "core/slate/given_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace longmen {
namespace {

constexpr size_t kTsPacket = 188;
constexpr size_t kLeastBytes = 12;  // of a still: its signature
constexpr const char* kKinds =
    "PNG, JPEG and WebP, and clips in MP4, MOV, Matroska, WebM, MPEG-TS, AVI and Ogg, are taken";

bool begins(ByteSpan file, size_t at, std::string_view text) {
  return file.size() >= at + text.size() && as_text(file.subspan(at, text.size())) == text;
}

uint32_t big_endian(ByteSpan bytes, size_t at, size_t count) {
  uint32_t value = 0;
  for (size_t i = 0; i < count; ++i)
    value = value << 8 | bytes[at + i];
  return value;
}
uint32_t little_endian(ByteSpan bytes, size_t at, size_t count) {
  uint32_t value = 0;
  for (size_t i = count; i > 0; --i)
    value = value << 8 | bytes[at + i - 1];
  return value;
}

tl::unexpected<Error> cut_off() {
  return fail("the picture is cut off");
}
tl::unexpected<Error> moves() {
  return fail("it is an animated picture; a clip is given as MP4, MOV, Matroska or WebM");
}

Result<PictureSize> png_size(ByteSpan file) {
  constexpr size_t kSignature = 8, kChunkHead = 8, kCrc = 4;
  std::optional<PictureSize> size;
  for (size_t at = kSignature; file.size() - at >= kChunkHead + kCrc;) {
    const uint32_t length = big_endian(file, at, 4);
    const size_t body = at + kChunkHead;
    if (length > file.size() - body || file.size() - body - length < kCrc) return cut_off();
    if (begins(file, at + 4, "IHDR") && length >= 8) {
      size = PictureSize{static_cast<int>(std::min(big_endian(file, body, 4), 0x7FFFFFFFU)),
                         static_cast<int>(std::min(big_endian(file, body + 4, 4), 0x7FFFFFFFU))};
    }
    if (begins(file, at + 4, "acTL")) return moves();
    if (begins(file, at + 4, "IEND")) {
      if (!size) return fail("the PNG file has no header");
      return *size;
    }
    at = body + length + kCrc;
  }
  return cut_off();
}

// Whether the picture's data, from `at` on, comes to its end: a marker cannot stand in it.
bool jpeg_ends(ByteSpan file, size_t at) {
  constexpr std::array<uint8_t, 2> kEnd{0xFF, 0xD9};
  return std::search(file.begin() + static_cast<ptrdiff_t>(at), file.end(), kEnd.begin(),
                     kEnd.end()) != file.end();
}

Result<PictureSize> jpeg_size(ByteSpan file) {
  constexpr uint8_t kStartOfScan = 0xDA;
  std::optional<PictureSize> size;
  for (size_t at = 2; file.size() - at >= 4;) {
    if (file[at] != 0xFF) return fail("the JPEG file is damaged");
    const uint8_t marker = file[at + 1];
    if (marker == 0xFF) {  // padding
      ++at;
      continue;
    }
    const size_t length = big_endian(file, at + 2, 2);
    if (length < 2) return fail("the JPEG file is damaged");
    if (length > file.size() - at - 2) return cut_off();
    // SOF0 to SOF15, of which three numbers mean something else.
    const bool frame =
        marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC;
    if (frame && length >= 7)
      size = PictureSize{static_cast<int>(big_endian(file, at + 7, 2)),
                         static_cast<int>(big_endian(file, at + 5, 2))};
    at += 2 + length;
    if (marker != kStartOfScan) continue;
    if (!size) return fail("the JPEG file has no header");
    if (!jpeg_ends(file, at)) return cut_off();
    return *size;
  }
  return cut_off();
}

Result<PictureSize> webp_size(ByteSpan file) {
  constexpr size_t kBody = 20;  // of the first chunk
  constexpr uint8_t kAnimated = 0x02;
  if (file.size() < kBody + 10) return cut_off();
  const uint64_t said = uint64_t{8} + little_endian(file, 4, 4);
  if (said > file.size()) return cut_off();
  if (begins(file, 12, "VP8X")) {
    if (file[kBody] & kAnimated) return moves();
    return PictureSize{static_cast<int>(little_endian(file, kBody + 4, 3) + 1),
                       static_cast<int>(little_endian(file, kBody + 7, 3) + 1)};
  }
  if (begins(file, 12, "VP8L")) {
    const uint32_t bits = little_endian(file, kBody + 1, 4);
    return PictureSize{static_cast<int>((bits & 0x3FFF) + 1),
                       static_cast<int>((bits >> 14 & 0x3FFF) + 1)};
  }
  if (begins(file, 12, "VP8 "))
    return PictureSize{static_cast<int>(little_endian(file, kBody + 6, 2) & 0x3FFF),
                       static_cast<int>(little_endian(file, kBody + 8, 2) & 0x3FFF)};
  return fail("the WebP file is damaged");
}

}  // namespace

bool is_still(GivenKind kind) {
  return kind == GivenKind::kPng || kind == GivenKind::kJpeg || kind == GivenKind::kWebp;
}

std::string_view media_type_of(GivenKind kind) {
  switch (kind) {
    case GivenKind::kPng:
      return "image/png";
    case GivenKind::kJpeg:
      return "image/jpeg";
    case GivenKind::kWebp:
      return "image/webp";
    case GivenKind::kMp4:
      return "video/mp4";
    case GivenKind::kMatroska:
      return "video/x-matroska";
    case GivenKind::kMpegTs:
      return "video/mp2t";
    case GivenKind::kAvi:
      return "video/x-msvideo";
    case GivenKind::kOgg:
      return "video/ogg";
  }
  return "application/octet-stream";
}

Result<GivenKind> given_kind(ByteSpan file) {
  if (file.empty()) return fail("the file is empty");
  if (begins(file, 0, "\x89PNG\r\n\x1A\n")) return GivenKind::kPng;
  if (begins(file, 0, "\xFF\xD8\xFF")) return GivenKind::kJpeg;
  if (begins(file, 0, "RIFF") && begins(file, 8, "WEBP")) return GivenKind::kWebp;
  if (begins(file, 0, "RIFF") && begins(file, 8, "AVI ")) return GivenKind::kAvi;
  if (begins(file, 0, "\x1A\x45\xDF\xA3")) return GivenKind::kMatroska;
  if (begins(file, 0, "OggS")) return GivenKind::kOgg;
  if (begins(file, 4, "ftyp")) {
    for (const std::string_view brand : {"heic", "heix", "mif1", "msf1", "avif", "avis"})
      if (begins(file, 8, brand))
        return fail(fmt::format("a picture of the kind HEIF or AVIF is not taken; {}", kKinds));
    return GivenKind::kMp4;
  }
  for (const std::string_view box : {"moov", "mdat", "wide", "free", "skip"})
    if (begins(file, 4, box)) return GivenKind::kMp4;  // QuickTime's, from before ftyp
  if (file.size() > 2 * kTsPacket && file[0] == 0x47 && file[kTsPacket] == 0x47 &&
      file[2 * kTsPacket] == 0x47)
    return GivenKind::kMpegTs;
  if (begins(file, 0, "GIF8")) return fail(fmt::format("GIF is not taken; {}", kKinds));
  return fail(fmt::format("it is no picture and no clip of a kind that is known; {}", kKinds));
}

Result<PictureSize> still_size(GivenKind kind, ByteSpan file) {
  if (file.size() < kLeastBytes) return cut_off();
  auto size = kind == GivenKind::kPng    ? png_size(file)
              : kind == GivenKind::kJpeg ? jpeg_size(file)
                                         : webp_size(file);
  if (!size) return size;
  if (size->width < kLeastGivenSide || size->height < kLeastGivenSide)
    return fail(fmt::format("{}x{} pixels: at least {} a side are needed", size->width,
                            size->height, kLeastGivenSide));
  if (size->width > kMostGivenSide || size->height > kMostGivenSide ||
      int64_t{size->width} * size->height > kMostGivenPixels)
    return fail(fmt::format("{}x{} pixels: at most {} a side and {} million in all are taken",
                            size->width, size->height, kMostGivenSide,
                            kMostGivenPixels / 1'000'000));
  return size;
}

}  // namespace longmen
