// A look (core/failover/luma_look.h) at a decoded picture.
#pragma once

#include <optional>

#include "core/failover/luma_look.h"
#include "streamer/gst_ptr.h"
#include "streamer/i420.h"

namespace longmen {

// `picture` is I420 of that size, packed or with a GstVideoMeta. Nothing: it cannot be read.
std::optional<LumaLook> look_at(GstBuffer* picture, const I420Layout& layout);

}  // namespace longmen
