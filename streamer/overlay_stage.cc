#include "streamer/overlay_stage.h"

#include <gst/video/video.h>

#include <cstring>

namespace longmen {
namespace {

constexpr guint kFewPictures = 4;  // from the start; more come when encoders hold more

void copy_picture_plane(const uint8_t* from, ptrdiff_t from_stride, uint8_t* to,
                        ptrdiff_t to_stride, int width, int height) {
  for (int line = 0; line < height; ++line)
    std::memcpy(to + line * to_stride, from + line * from_stride, static_cast<size_t>(width));
}

}  // namespace

OverlayStage::OverlayStage(I420Layout layout) : layout_(layout), pool_(gst_buffer_pool_new()) {
  GstStructure* config = gst_buffer_pool_get_config(pool_.get());
  gst_buffer_pool_config_set_params(config, nullptr, static_cast<guint>(layout.bytes()),
                                    kFewPictures, 0);
  gst_buffer_pool_set_config(pool_.get(), config);
  gst_buffer_pool_set_active(pool_.get(), TRUE);
}

void OverlayStage::set_art(std::shared_ptr<const OverlayArt> art) {
  art_ = std::move(art);
  source_.reset();
  laid_over_.reset();
}

GstBuffer* OverlayStage::lay_over(GstBuffer* picture, bool from_files) {
  if (!active()) return picture;
  if (source_.get() == picture && was_from_files_ == from_files) return laid_over_.get();
  BufferPtr copy = copy_of(picture);
  if (!copy) return picture;
  {
    const MappedBuffer bytes(copy.get(), GST_MAP_READWRITE);
    if (!bytes) return picture;
    const I420View view(layout_, bytes.data());
    art_->lay_over({view.y, view.u, view.v, layout_.luma_stride(), layout_.chroma_stride(),
                    layout_.width, layout_.height},
                   from_files);
  }
  source_ = another_reference(picture);
  was_from_files_ = from_files;
  laid_over_ = std::move(copy);
  return laid_over_.get();
}

BufferPtr OverlayStage::copy_of(GstBuffer* picture) {
  const MappedBuffer from(picture, GST_MAP_READ);
  if (!from) return nullptr;
  const size_t chroma = layout_.luma_bytes();
  size_t offsets[3] = {0, chroma, chroma + layout_.chroma_bytes()};
  ptrdiff_t strides[3] = {layout_.luma_stride(), layout_.chroma_stride(), layout_.chroma_stride()};
  if (const GstVideoMeta* meta = gst_buffer_get_video_meta(picture)) {
    for (int plane = 0; plane < 3; ++plane) {
      offsets[plane] = meta->offset[plane];
      strides[plane] = meta->stride[plane];
    }
  }
  const int widths[3] = {layout_.width, (layout_.width + 1) / 2, (layout_.width + 1) / 2};
  const int heights[3] = {layout_.height, layout_.chroma_height(), layout_.chroma_height()};
  for (int plane = 0; plane < 3; ++plane) {
    const ptrdiff_t last = ptrdiff_t{heights[plane] - 1} * strides[plane] + widths[plane];
    if (strides[plane] < widths[plane] || offsets[plane] + static_cast<size_t>(last) > from.size())
      return nullptr;
  }
  GstBuffer* acquired = nullptr;
  if (gst_buffer_pool_acquire_buffer(pool_.get(), &acquired, nullptr) != GST_FLOW_OK)
    return nullptr;
  BufferPtr copy(acquired);
  const MappedBuffer to(acquired, GST_MAP_WRITE);
  if (!to || to.size() < layout_.bytes()) return nullptr;
  const I420View view(layout_, to.data());
  uint8_t* planes[3] = {view.y, view.u, view.v};
  const ptrdiff_t own[3] = {layout_.luma_stride(), layout_.chroma_stride(),
                            layout_.chroma_stride()};
  for (int plane = 0; plane < 3; ++plane) {
    copy_picture_plane(from.data() + offsets[plane], strides[plane], planes[plane], own[plane],
                       widths[plane], heights[plane]);
  }
  return copy;
}

}  // namespace longmen
