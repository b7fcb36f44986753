// Owners of GStreamer's counted objects. A buffer that is handed to a function that takes it over
// is given with release().
#pragma once

#include <gst/gst.h>

#include <memory>

namespace longmen {

struct GstRelease {
  void operator()(GstElement* object) const { gst_object_unref(object); }
  void operator()(GstPad* object) const { gst_object_unref(object); }
  void operator()(GstBuffer* object) const { gst_buffer_unref(object); }
  void operator()(GstSample* object) const { gst_sample_unref(object); }
  void operator()(GstCaps* object) const { gst_caps_unref(object); }
  void operator()(GError* object) const { g_error_free(object); }
  void operator()(gchar* object) const { g_free(object); }
  void operator()(GstBufferPool* object) const {
    gst_buffer_pool_set_active(object, FALSE);
    gst_object_unref(object);
  }
};
using ElementPtr = std::unique_ptr<GstElement, GstRelease>;
using PadPtr = std::unique_ptr<GstPad, GstRelease>;
using BufferPtr = std::unique_ptr<GstBuffer, GstRelease>;
using SamplePtr = std::unique_ptr<GstSample, GstRelease>;
using CapsPtr = std::unique_ptr<GstCaps, GstRelease>;
using GErrorPtr = std::unique_ptr<GError, GstRelease>;
using GTextPtr = std::unique_ptr<gchar, GstRelease>;
using PoolPtr = std::unique_ptr<GstBufferPool, GstRelease>;

inline BufferPtr another_reference(GstBuffer* buffer) {
  return BufferPtr(gst_buffer_ref(buffer));
}

// Bytes of a buffer, for the length of a scope.
class MappedBuffer {
 public:
  MappedBuffer(GstBuffer* buffer, GstMapFlags flags)
      : buffer_(buffer), ok_(gst_buffer_map(buffer, &info_, flags)) {}
  ~MappedBuffer() {
    if (ok_) gst_buffer_unmap(buffer_, &info_);
  }
  MappedBuffer(const MappedBuffer&) = delete;
  MappedBuffer& operator=(const MappedBuffer&) = delete;

  explicit operator bool() const { return ok_; }
  uint8_t* data() const { return info_.data; }
  size_t size() const { return info_.size; }

 private:
  GstBuffer* buffer_;
  GstMapInfo info_ = GST_MAP_INFO_INIT;
  bool ok_;
};

}  // namespace longmen
