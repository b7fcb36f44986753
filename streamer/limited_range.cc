#include "streamer/limited_range.h"

#include <gst/video/video.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <memory>
#include <vector>

#include "streamer/gst_ptr.h"

namespace longmen {
namespace {

// For each value of full range, that of limited range.
using Table = std::vector<uint16_t>;

// BT.709, section 4.6: the excursion of a signal of so many bits.
Table make_table(int bits, int excursion_of_8_bits) {
  const int last = (1 << bits) - 1, more_bits = bits - 8;
  const int64_t from = int64_t{16} << more_bits;
  const int64_t excursion = int64_t{excursion_of_8_bits} << more_bits;
  Table table(static_cast<size_t>(last) + 1);
  for (int value = 0; value <= last; ++value) {
    table[static_cast<size_t>(value)] =
        static_cast<uint16_t>(from + (value * excursion + last / 2) / last);
  }
  return table;
}

template <typename Sample>
void look_up(uint8_t* line, int samples, const Table& table) {
  for (int x = 0; x < samples; ++x, line += sizeof(Sample)) {
    Sample value;
    std::memcpy(&value, line, sizeof value);
    value = static_cast<Sample>(table[std::min<size_t>(value, table.size() - 1)]);
    std::memcpy(line, &value, sizeof value);
  }
}

// Whether each component is a plane of whole samples in this machine's order.
bool is_plain(const GstVideoFormatInfo* format) {
  const auto bits = GST_VIDEO_FORMAT_INFO_DEPTH(format, 0);
  for (guint c = 0; c < GST_VIDEO_FORMAT_INFO_N_COMPONENTS(format); ++c) {
    if (GST_VIDEO_FORMAT_INFO_DEPTH(format, c) != bits ||
        GST_VIDEO_FORMAT_INFO_SHIFT(format, c) != 0 ||
        GST_VIDEO_FORMAT_INFO_PSTRIDE(format, c) != (bits == 8 ? 1 : 2)) {
      return false;
    }
  }
  const bool own_order = bits == 8 || GST_VIDEO_FORMAT_INFO_IS_LE(format);
  return bits >= 8 && bits <= 16 && own_order && GST_VIDEO_FORMAT_INFO_N_COMPONENTS(format) <= 3;
}

class RangeLimiter {
 public:
  // Says what will be true of the pictures that follow.
  void take_caps(GstPadProbeInfo* info) {
    GstEvent* event = GST_PAD_PROBE_INFO_EVENT(info);
    if (GST_EVENT_TYPE(event) != GST_EVENT_CAPS) return;
    GstCaps* caps = nullptr;
    gst_event_parse_caps(event, &caps);
    full_ = gst_video_info_from_caps(&video_, caps) &&
            (GST_VIDEO_INFO_IS_YUV(&video_) || GST_VIDEO_INFO_IS_GRAY(&video_)) &&
            video_.colorimetry.range == GST_VIDEO_COLOR_RANGE_0_255 && is_plain(video_.finfo);
    if (!full_) return;
    const auto bits = static_cast<int>(GST_VIDEO_INFO_COMP_DEPTH(&video_, 0));
    luma_ = make_table(bits, 219);
    chroma_ = make_table(bits, 224);
    GstVideoColorimetry limited = video_.colorimetry;
    limited.range = GST_VIDEO_COLOR_RANGE_16_235;
    const GTextPtr words(gst_video_colorimetry_to_string(&limited));
    const CapsPtr fresh(gst_caps_copy(caps));
    gst_caps_set_simple(fresh.get(), "colorimetry", G_TYPE_STRING, words.get(), nullptr);
    GST_PAD_PROBE_INFO_DATA(info) = gst_event_new_caps(fresh.get());
    gst_event_unref(event);
  }

  void take_picture(GstPadProbeInfo* info) {
    if (!full_) return;
    GstBuffer* picture = gst_buffer_make_writable(GST_PAD_PROBE_INFO_BUFFER(info));
    GST_PAD_PROBE_INFO_DATA(info) = picture;
    GstVideoFrame frame;
    if (!gst_video_frame_map(&frame, &video_, picture, GST_MAP_READWRITE)) return;
    const bool bytes = GST_VIDEO_FRAME_COMP_DEPTH(&frame, 0) == 8;
    for (guint c = 0; c < GST_VIDEO_FRAME_N_COMPONENTS(&frame); ++c) {
      const Table& table = c == 0 ? luma_ : chroma_;
      const int width = GST_VIDEO_FRAME_COMP_WIDTH(&frame, c);
      const int stride = GST_VIDEO_FRAME_COMP_STRIDE(&frame, c);
      auto* line = static_cast<uint8_t*>(GST_VIDEO_FRAME_COMP_DATA(&frame, c));
      for (int y = 0; y < GST_VIDEO_FRAME_COMP_HEIGHT(&frame, c); ++y, line += stride) {
        bytes ? look_up<uint8_t>(line, width, table) : look_up<uint16_t>(line, width, table);
      }
    }
    gst_video_frame_unmap(&frame);
  }

 private:
  GstVideoInfo video_{};
  bool full_ = false;
  Table luma_, chroma_;
};

}  // namespace

void limit_range_after(GstElement* element) {
  const PadPtr pad(gst_element_get_static_pad(element, "src"));
  gst_pad_add_probe(
      pad.get(),
      static_cast<GstPadProbeType>(GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM),
      [](GstPad*, GstPadProbeInfo* info, gpointer user) {
        auto& limiter = *static_cast<RangeLimiter*>(user);
        if (info->type & GST_PAD_PROBE_TYPE_BUFFER) {
          limiter.take_picture(info);
        } else {
          limiter.take_caps(info);
        }
        return GST_PAD_PROBE_OK;
      },
      new RangeLimiter, [](gpointer user) { delete static_cast<RangeLimiter*>(user); });
}

}  // namespace longmen
