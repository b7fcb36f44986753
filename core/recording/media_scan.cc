#include "core/recording/media_scan.h"

#include <algorithm>
#include <array>

#include "core/cmaf/part_builder.h"

namespace longmen::recording {
namespace {

constexpr size_t kSearchBytes = 64 << 10;
constexpr size_t kBoxHeaderBytes = 8;
constexpr int kMaxBoxes = 8;  // of a part: prft, moof, mdat

// Where the trailer begins of the part that begins at `start`, by the sizes of its boxes.
std::optional<uint64_t> walk(ByteSource& source, uint64_t start) {
  uint64_t at = start;
  for (int boxes = 0; boxes < kMaxBoxes; ++boxes) {
    std::array<uint8_t, kPartTrailerStart.size()> header;
    if (source.size() - at < kPartTrailerBytes || !source.read(at, header)) return {};
    if (as_text(header) == kPartTrailerStart) return at;
    const uint64_t size = ByteReader(header).u32();
    if (size < kBoxHeaderBytes || size > cmaf::PartBuilder::kMaxPartBytes ||
        size > source.size() - at)
      return {};
    at += size;
  }
  return {};
}

// The next trailer from `from` on.
std::optional<uint64_t> search(ByteSource& source, uint64_t from) {
  Bytes window;
  while (from < source.size() && source.size() - from >= kPartTrailerBytes) {
    window.resize(std::min<uint64_t>(kSearchBytes, source.size() - from));
    if (!source.read(from, window)) return {};
    const size_t found = as_text(window).find(kPartTrailerStart);
    if (found != std::string_view::npos) {
      const uint64_t at = from + found;
      if (source.size() - at < kPartTrailerBytes) return {};
      return at;
    }
    from += window.size() - (kPartTrailerStart.size() - 1);
    if (window.size() < kSearchBytes) return {};
  }
  return {};
}

// Remembers whether something could not be read.
class WatchedSource : public ByteSource {
 public:
  explicit WatchedSource(ByteSource& source) : source_(source) {}
  uint64_t size() const override { return source_.size(); }
  bool read(uint64_t offset, std::span<uint8_t> into) override {
    const bool done = source_.read(offset, into);
    failed_ = failed_ || !done;
    return done;
  }
  bool failed() const { return failed_; }

 private:
  ByteSource& source_;
  bool failed_ = false;
};

MediaScan scan_from(ByteSource& source, uint64_t from,
                    const std::function<void(const ScannedPart&)>& found) {
  MediaScan scan;
  scan.end = from;
  Bytes part;
  uint64_t start = from;
  while (start < source.size()) {
    auto trailer_at = walk(source, start);
    const bool walked = trailer_at.has_value();
    if (!walked) trailer_at = search(source, start);
    if (!trailer_at) return scan;
    std::array<uint8_t, kPartTrailerBytes> trailer;
    if (!source.read(*trailer_at, trailer)) return scan;
    const auto record = read_part_trailer(trailer);
    // By a search, what is in front of the trailer may begin with what belongs to nothing.
    const bool placed = record && record->bytes <= cmaf::PartBuilder::kMaxPartBytes &&
                        record->bytes <= *trailer_at - start &&
                        (!walked || record->bytes == *trailer_at - start);
    bool whole = false;
    if (placed) {
      part.resize(record->bytes);
      const uint64_t offset = *trailer_at - record->bytes;
      if (!source.read(offset, part)) return scan;
      whole = fits_part(trailer, part);
      if (whole) {
        ++scan.parts;
        scan.end = *trailer_at + kPartTrailerBytes;
        found({*record, offset, part});
      }
    }
    if (!whole) ++scan.damaged;
    // The magic may stand in media by chance, or malice: the next one is looked for right behind.
    start = *trailer_at + (whole || walked ? kPartTrailerBytes : 1);
  }
  return scan;
}

}  // namespace

MediaScan scan_media(ByteSource& source, uint64_t from,
                     const std::function<void(const ScannedPart&)>& found) {
  WatchedSource watched(source);
  MediaScan all = scan_from(watched, from, found);
  if (watched.failed()) all.end = std::max(all.end, source.size());
  return all;
}

}  // namespace longmen::recording
