// Cuts one rendition of one generation into parts, each a CMAF chunk, at the points that
// docs/TIMELINE.md §8 fixes. It decides whether a part is whole: every packet of the generation's
// own sequence between its first frame and its last was there. A picture that the encoder left out
// is no hole: the one before it lasts longer; at the start of a part the one after it begins
// earlier, so that parts always join. A part with a hole is left out, and whoever waits for it has
// the deadline.
// What comes out depends on the part's own units and the generation's parameter sets alone: two
// builders, or one that was started later, give the same bytes for each part that both give.
// Units of a rendition come in order; repeats are left out. It knows no playlist and no clock.
// Bounds: kMaxPartBytes. One thread.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "core/cmaf/chunk.h"
#include "core/cmaf/init_segment.h"
#include "core/cmaf/track_grid.h"
#include "core/media/media_unit.h"

namespace longmen::cmaf {

struct Part {
  HlsNumber number;
  std::shared_ptr<const Bytes> bytes;
  Flicks duration{};
  bool independent = false;  // begins with a sample at which a decoder can begin
  InitSegmentPtr init;
};

class PartBuilder {
 public:
  static constexpr size_t kMaxPartBytes = 16 << 20;

  // `init` of sound; that of video follows from its parameter sets.
  explicit PartBuilder(const TrackGrid& grid, InitSegmentPtr init = nullptr)
      : grid_(grid), init_(std::move(init)) {}

  // kReplayed: was there before. kMalformed: off the grid, or not what it says. kUnsupported: other
  // parameter sets than the generation's. kWrongState: video before the first keyframe. A unit that
  // is refused for another reason than the first is a hole.
  Parsed<void> push(const MediaUnit& unit);
  // Whole parts in order, until there is none.
  std::optional<Part> take();

  // Null before the first keyframe.
  const InitSegmentPtr& init() const { return init_; }

 private:
  struct Frame {
    int64_t index = 0;  // on the grid
    uint32_t bytes = 0;
    bool sync = false;
  };

  Parsed<void> append(const MediaUnit& unit, int64_t index);
  Parsed<void> append_picture(const MediaUnit& unit, int64_t index);
  Parsed<void> take_parameter_sets(const std::vector<ByteSpan>& nals);
  void finish();

  TrackGrid grid_;
  InitSegmentPtr init_;
  std::optional<h264::DecoderConfiguration> parameter_sets_;
  std::optional<PacketSequence> next_sequence_;
  std::optional<int64_t> last_index_;

  // The part that is being filled.
  bool open_ = false;
  bool whole_ = false;  // as far as it is known
  HlsNumber number_;
  FrameRange range_;
  std::vector<Frame> in_part_;
  Bytes media_;

  std::vector<Part> ready_;
};

}  // namespace longmen::cmaf
