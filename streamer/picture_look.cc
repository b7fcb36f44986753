#include "streamer/picture_look.h"

#include <gst/video/video.h>

namespace longmen {

std::optional<LumaLook> look_at(GstBuffer* picture, const I420Layout& layout) {
  const MappedBuffer bytes(picture, GST_MAP_READ);
  if (!bytes) return std::nullopt;
  size_t offset = 0;
  ptrdiff_t stride = layout.luma_stride();
  if (const GstVideoMeta* meta = gst_buffer_get_video_meta(picture)) {
    offset = meta->offset[0];
    stride = meta->stride[0];
  }
  const auto lines = static_cast<size_t>(layout.height);
  if (stride < layout.width || offset + lines * static_cast<size_t>(stride) > bytes.size())
    return std::nullopt;
  return LumaLook::at(bytes.data() + offset, layout.width, layout.height, stride);
}

}  // namespace longmen
