// Pictures of full range (0 to 255) are brought to the limited one (luma 16 to 235, chroma 16 to
// 240: ITU-R BT.709, section 4) that television has. videoconvertscale of GStreamer 1.22 leaves the
// range as it is where the matrix stays the same, whatever the caps say.
#pragma once

#include <gst/gst.h>

namespace longmen {

// Of all that leaves the element by its pad "src", as long as the element is there. Planes of 8 to
// 16 bits; others pass as they are. On the thread that streams.
void limit_range_after(GstElement* element);

}  // namespace longmen
