// Lays a drawn overlay over pictures on their way to the encoders, once for all rungs. A decoder's
// buffer belongs to whoever else looks at it (references of its own, the other input's history), so
// it is copied, plane by plane and without conversion, into a buffer of a pool; then only what the
// overlay covers is touched. A picture that is shown again is not laid over again. Bounds: the
// pool's buffers are those that encoders hold (VideoLadder::kMaxInFlight). One thread.
#pragma once

#include <memory>

#include "streamer/gst_ptr.h"
#include "streamer/i420.h"
#include "streamer/overlay_art.h"

namespace longmen {

class OverlayStage {
 public:
  explicit OverlayStage(I420Layout layout);

  // Null and empty: pictures pass as they are.
  void set_art(std::shared_ptr<const OverlayArt> art);
  bool active() const { return art_ && !art_->empty(); }
  // I420 of the layout's size, packed or with a GstVideoMeta; lives until the next call. The
  // picture itself when it cannot be mapped. `from_files`: OverlayArt::lay_over.
  GstBuffer* lay_over(GstBuffer* picture, bool from_files);

 private:
  BufferPtr copy_of(GstBuffer* picture);

  const I420Layout layout_;
  PoolPtr pool_;
  std::shared_ptr<const OverlayArt> art_;
  // What was laid over last: the same picture, shown again.
  BufferPtr source_, laid_over_;
  bool was_from_files_ = false;
};

}  // namespace longmen
