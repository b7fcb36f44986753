// Reads what somebody gave as a slate, by GStreamer: pictures in I420 of the size that is asked
// for, letterboxed, upright, BT.709, and of a clip also at one frame rate; its sound in 48 kHz
// stereo, as loud as it is. It decodes what strangers may have made, so it runs in helper processes
// that live for one file (streamer/check_slate.h, make_slate.h), never in the streamer. It refuses
// a clip larger than core/slate/given_file.h allows, and one of which something cannot be decoded,
// in words. Blocks until the end; the handlers are called on the caller's thread.
#pragma once

#include <functional>
#include <span>
#include <string>

#include "core/slate/given_file.h"
#include "streamer/gst_ptr.h"

namespace longmen {

struct GivenWish {
  bool still = false;
  int width = 0, height = 0;
  int frames_per_second = 25;  // of a clip
};

struct GivenHandlers {
  // Each in its slot, from 0 on; false: no more is wanted.
  std::function<bool(GstBuffer*)> picture;
  // `first`: since the clip's beginning; ascending, with holes perhaps. May be empty.
  std::function<void(int64_t first, std::span<const float> samples)> sound = nullptr;
};

struct GivenRead {
  PictureSize size;      // as it was given
  int64_t pictures = 0;  // that came
  bool has_sound = false;
  double said_seconds = 0;  // how long the file says that it is; 0: it does not
};

// After set_up_gstreamer() and set_up_given_formats().
Result<GivenRead> read_given(const std::string& file, const GivenWish& wish,
                             const GivenHandlers& handlers);

}  // namespace longmen
