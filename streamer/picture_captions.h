// The closed captions that a decoder has found with a picture, as cc_data_pkts (CEA-708 raw): of
// H.264 and MPEG-2, whose parsers read them from SEI and user data. Any thread.
#pragma once

#include <gst/video/video.h>

#include "core/captions/caption_queue.h"

namespace longmen {

inline void push_captions_of(GstBuffer* picture, captions::CaptionQueue& queue) {
  gpointer state = nullptr;
  while (GstMeta* meta =
             gst_buffer_iterate_meta_filtered(picture, &state, GST_VIDEO_CAPTION_META_API_TYPE)) {
    const auto* captions = reinterpret_cast<const GstVideoCaptionMeta*>(meta);
    if (captions->caption_type != GST_VIDEO_CAPTION_TYPE_CEA708_RAW) continue;
    queue.push({captions->data, captions->size});
    return;  // the parser's and the decoder's are the same
  }
}

}  // namespace longmen
