// What of one rendition is in the live playlist: the last 60 s of segments, whose parts are shared
// with whoever is sending them. Parts come in order, whole or as a gap; a segment is complete with
// its last one. What has left the playlist can be had for as long again, since players that have an
// older playlist may ask for it. It decides when a segment is too old; not what belongs in it, nor
// how it is written. Bounds: kMaxSegments, and as many that have left. One thread.
// Source: draft-pantos-hls-rfc8216bis §6.2.2.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/base/shared_bytes.h"
#include "core/cmaf/part_builder.h"
#include "core/media/identity.h"

namespace longmen::hls {

struct WindowPart {
  SharedBytes bytes;  // null: a gap
  Flicks duration{};
  bool independent = false;
};

struct WindowSegment {
  int64_t media_sequence = 0;
  Generation generation;      // that its name tells; 0: it is a gap from the beginning
  cmaf::InitSegmentPtr init;  // null: no part is there
  MediaTime start;            // of its first frame
  bool discontinuity = false;
  std::vector<WindowPart> parts;

  Flicks duration() const;
  bool has_gap() const;
};

class RenditionWindow {
 public:
  static constexpr Flicks kLength = std::chrono::seconds(60);
  static constexpr size_t kMaxSegments = 64;

  explicit RenditionWindow(const cmaf::TrackGrid& grid) : grid_(grid) {}

  struct Place {
    HlsNumber number;  // the one after the last, or the first part of a segment
    Generation generation;
    bool discontinuity = false;  // of part 0
  };
  void append(const Place& place, const cmaf::Part& part);
  void append_gap(const Place& place);
  // Nothing that is there can be had from now on: older segments go, and of the newest, without
  // which numbers would not go on, every part is a gap.
  void take_back();

  const cmaf::TrackGrid& grid() const { return grid_; }
  bool empty() const { return segments_.empty(); }
  // Oldest first; the last one may be incomplete.
  const std::deque<WindowSegment>& segments() const { return segments_; }
  bool is_complete(const WindowSegment& segment) const;
  // Of the playlist, or that have left it. Null: too old, or not there yet.
  const WindowSegment* find(int64_t media_sequence) const;
  // Null for gaps too, and when the generation is another.
  const WindowPart* find_part(Generation generation, HlsNumber number) const;
  // Whether it was there before take_back(), or was too old by then.
  bool is_taken_back(HlsNumber number) const {
    return taken_back_until_ && number <= *taken_back_until_;
  }
  // The newest one that was there then.
  const std::optional<HlsNumber>& taken_back_until() const { return taken_back_until_; }
  // Of a window that is not empty.
  HlsNumber last() const;
  // The newest one there is; null before the first part.
  const cmaf::InitSegmentPtr& init() const { return init_; }
  cmaf::InitSegmentPtr find_init(std::string_view name) const;
  // EXT-X-DISCONTINUITY-SEQUENCE: how many have left the window.
  uint64_t discontinuities_gone() const { return discontinuities_gone_; }
  // Grows with each part.
  uint64_t version() const { return version_; }

 private:
  WindowSegment& open(const Place& place);
  void forget_old();

  cmaf::TrackGrid grid_;
  std::deque<WindowSegment> segments_;
  std::deque<WindowSegment> left_;  // the ones before them
  cmaf::InitSegmentPtr init_;
  std::optional<HlsNumber> taken_back_until_;
  uint64_t discontinuities_gone_ = 0;
  uint64_t version_ = 0;
};

}  // namespace longmen::hls
