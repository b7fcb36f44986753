// The channel's slate as pictures and sound again, for the programme to show while its inputs have
// nothing: from the encoded file that relays play, so that whoever takes over from whom goes on at
// the same place of the loop. A still is decoded once. Of a clip the sound is decoded once, and the
// pictures while they are asked for, a little ahead; what is not decoded yet is the picture before.
// Bounds: kAhead pictures, a loop's sound. Threads: made on any, then used by one, the programme's;
// the decoder's own thread hands it pictures.
#pragma once

#include <deque>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "core/media/slate.h"
#include "core/node/channel.h"
#include "core/time/audio_grid.h"
#include "core/time/frame_grid.h"
#include "streamer/feed_decoder.h"
#include "streamer/gst_ptr.h"

namespace longmen {

class SlatePlayback {
 public:
  static constexpr SlotIndex kAhead = 12;

  // Blocks while it decodes what is decoded once.
  static Result<std::unique_ptr<SlatePlayback>> make(std::shared_ptr<const Slate> slate,
                                                     const Channel& channel);

  // For ascending slots. Never null.
  GstBuffer* picture_at(SlotIndex slot);
  // Left and right; silence where the slate has none.
  void fill_sound(SampleIndex first, std::span<float> out) const;
  bool has_sound() const { return !sound_.empty(); }

 private:
  struct Decoded {
    Flicks feed_time;
    BufferPtr picture;
  };
  // Of the decoder's thread and the other one.
  struct Shelf {
    std::mutex mutex;
    std::deque<Decoded> pictures;
  };

  SlatePlayback(std::shared_ptr<const Slate> slate, const Channel& channel);
  Result<void> decode_first_picture();
  Result<void> decode_sound();
  Result<void> start_decoder();
  void begin_at(MediaTime time);
  void feed_up_to(MediaTime time);
  FeedUnit as_feed(const MediaUnit& unit, Bytes data) const;
  // Rounded to the decoder's nanoseconds, so the nearest one.
  SlotIndex slot_of(Flicks feed_time) const {
    return grid_.nearest_slot(origin_ + (feed_time - offset_));
  }

  std::shared_ptr<const Slate> slate_;
  FrameGrid grid_;
  FeedDecoder::Size size_;
  BufferPtr shown_;
  std::vector<float> sound_;  // of the whole loop; empty: it has none
  std::shared_ptr<Shelf> shelf_ = std::make_shared<Shelf>();
  std::optional<SlotIndex> last_slot_;   // that was asked for
  std::optional<Slate::Position> next_;  // to be decoded
  // What the decoder is given goes on from the beginning, whatever is asked for: since it began
  // anew at `origin_`, with `offset_`.
  MediaTime origin_{};
  Flicks offset_{0}, fed_{0};
  std::unique_ptr<FeedDecoder> decoder_;  // last: its thread uses the shelf
};

}  // namespace longmen
