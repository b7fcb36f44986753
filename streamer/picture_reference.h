// A picture on its way through the programme: the decoder's buffer, kept as long as it may be shown
// again, and references to it that can carry another time each. The pixels are never copied, and
// the buffer goes back to its pool only when the last reference is gone.
#pragma once

#include "streamer/gst_ptr.h"

namespace longmen {

// A new buffer over the memory of `picture`, with its planes and strides and with no time. Null
// when the picture cannot be mapped.
BufferPtr reference_picture(GstBuffer* picture);

// Makes an appsink say that it takes planes at any stride, so that a decoder hands over its own
// memory instead of a packed copy. Before the pipeline plays.
void accept_any_stride(GstElement* appsink);

}  // namespace longmen
