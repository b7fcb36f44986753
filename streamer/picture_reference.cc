#include "streamer/picture_reference.h"

#include <gst/video/video.h>

namespace longmen {
namespace {

struct Mapping {
  BufferPtr picture;
  GstMapInfo info;
};

void unmap(gpointer pointer) {
  const std::unique_ptr<Mapping> mapping(static_cast<Mapping*>(pointer));
  gst_buffer_unmap(mapping->picture.get(), &mapping->info);
}

GstPadProbeReturn answer_allocation(GstPad*, GstPadProbeInfo* info, gpointer) {
  GstQuery* query = GST_PAD_PROBE_INFO_QUERY(info);
  if (GST_QUERY_TYPE(query) != GST_QUERY_ALLOCATION) return GST_PAD_PROBE_OK;
  gst_query_add_allocation_meta(query, GST_VIDEO_META_API_TYPE, nullptr);
  return GST_PAD_PROBE_HANDLED;
}

}  // namespace

BufferPtr reference_picture(GstBuffer* picture) {
  auto mapping = std::make_unique<Mapping>(Mapping{another_reference(picture), {}});
  if (!gst_buffer_map(picture, &mapping->info, GST_MAP_READ)) return nullptr;
  const GstMapInfo info = mapping->info;
  BufferPtr reference(gst_buffer_new_wrapped_full(GST_MEMORY_FLAG_READONLY, info.data, info.size, 0,
                                                  info.size, mapping.release(), unmap));
  if (const GstVideoMeta* meta = gst_buffer_get_video_meta(picture)) {
    gsize offsets[GST_VIDEO_MAX_PLANES];
    gint strides[GST_VIDEO_MAX_PLANES];
    std::copy(std::begin(meta->offset), std::end(meta->offset), offsets);
    std::copy(std::begin(meta->stride), std::end(meta->stride), strides);
    gst_buffer_add_video_meta_full(reference.get(), meta->flags, meta->format, meta->width,
                                   meta->height, meta->n_planes, offsets, strides);
  }
  return reference;
}

void accept_any_stride(GstElement* appsink) {
  const PadPtr pad(gst_element_get_static_pad(appsink, "sink"));
  gst_pad_add_probe(pad.get(), GST_PAD_PROBE_TYPE_QUERY_DOWNSTREAM, answer_allocation, nullptr,
                    nullptr);
}

}  // namespace longmen
