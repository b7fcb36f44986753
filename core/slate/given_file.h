// What kind of file somebody gave as a slate, by its bytes and never by its name or what the sender
// calls it; and of a picture its size, before anything decodes it. It refuses what cannot be taken
// in words that say what is wrong: an unknown kind, a picture that is cut off, moves or is too
// large. Whether a file can really be decoded, streamer/given_slate.h finds out. Playlists and
// other files that name further files are of no kind here, so that nothing is fetched. Pure.
// Sources: PNG (ISO/IEC 15948) §5, JPEG (ITU-T T.81) annex B, WebP (RFC 9649) §2, ISO/IEC 14496-12
// §4.3, Matroska (RFC 8794) §4, ISO/IEC 13818-1 §2.4.3.
#pragma once

#include <optional>
#include <string_view>

#include "core/base/bytes.h"
#include "core/base/result.h"
#include "core/media/picture_size.h"

namespace longmen {

enum class GivenKind { kPng, kJpeg, kWebp, kMp4, kMatroska, kMpegTs, kAvi, kOgg };

inline constexpr int kLeastGivenSide = 16;
inline constexpr int kMostGivenSide = 8192;
inline constexpr int64_t kMostGivenPixels = 40'000'000;  // of a still
inline constexpr int kMostClipWidth = 4096;
inline constexpr int kMostClipHeight = 2304;

bool is_still(GivenKind kind);
std::string_view media_type_of(GivenKind kind);

// By the first kilobyte, or all there is.
Result<GivenKind> given_kind(ByteSpan file);

// Of all of a still's bytes.
Result<PictureSize> still_size(GivenKind kind, ByteSpan file);

}  // namespace longmen
