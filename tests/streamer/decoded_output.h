// Looks at what came out of a programme, as a viewer's decoder would see it: the marker of each
// picture of a rendition, and where in media time beeps begin.
#pragma once

#include <gst/app/gstappsink.h>
#include <gst/app/gstappsrc.h>
#include <gst/video/video.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/media/marker.h"
#include "core/media/media_unit.h"
#include "core/rtp/depacketizer.h"
#include "core/time/audio_grid.h"
#include "streamer/gst_setup.h"
#include "streamer/pipeline.h"

namespace longmen::test {

struct DecodedPicture {
  MediaTime time;
  std::optional<Marker> marker;
  int width = 0;
  int height = 0;
  int left_luma = 0;    // of the middle line's first pixel
  int middle_luma = 0;  // of the centre
};

// Pushes all, ends the stream, and calls `look` with each decoded buffer and its caps.
template <class Look>
void decode_all(const std::string& description, const std::vector<Bytes>& units, Look look) {
  ASSERT_TRUE(set_up_gstreamer());
  auto pipeline = Pipeline::parse("test decoder", description);
  ASSERT_TRUE(pipeline) << pipeline.error().message;
  ASSERT_TRUE((*pipeline)->play()) << (*pipeline)->error();
  GstAppSrc* source = GST_APP_SRC((*pipeline)->element("source"));
  for (size_t i = 0; i < units.size(); ++i) {
    GstBuffer* buffer = gst_buffer_new_allocate(nullptr, units[i].size(), nullptr);
    gst_buffer_fill(buffer, 0, units[i].data(), units[i].size());
    GST_BUFFER_PTS(buffer) = i * 20 * GST_MSECOND;
    GST_BUFFER_DURATION(buffer) = 20 * GST_MSECOND;
    gst_app_src_push_buffer(source, buffer);
  }
  gst_app_src_end_of_stream(source);
  GstAppSink* sink = GST_APP_SINK((*pipeline)->element("sink"));
  while (const SamplePtr sample{gst_app_sink_pull_sample(sink)})
    look(gst_sample_get_buffer(sample.get()), gst_sample_get_caps(sample.get()));
  EXPECT_FALSE((*pipeline)->failed()) << (*pipeline)->error();
}

inline std::vector<DecodedPicture> decode_pictures(const std::vector<MediaUnit>& units) {
  std::vector<Bytes> access_units;
  for (const MediaUnit& unit : units) {
    auto bytes = h264_access_unit(unit);
    EXPECT_TRUE(bytes);
    access_units.push_back(std::move(*bytes));
  }
  std::vector<DecodedPicture> pictures;
  decode_all(
      "appsrc name=source format=time max-bytes=0 "
      "caps=video/x-h264,stream-format=byte-stream,alignment=au ! h264parse "
      "! avdec_h264 max-threads=1 std-compliance=normal ! appsink name=sink sync=false",
      access_units, [&](GstBuffer* buffer, GstCaps* caps) {
        GstVideoInfo info;
        GstVideoFrame frame;
        ASSERT_TRUE(gst_video_info_from_caps(&info, caps));
        ASSERT_TRUE(gst_video_frame_map(&frame, &info, buffer, GST_MAP_READ));
        DecodedPicture picture;
        picture.time = units.at(GST_BUFFER_PTS(buffer) / (20 * GST_MSECOND)).time;
        picture.width = info.width;
        picture.height = info.height;
        const auto* luma = static_cast<const uint8_t*>(GST_VIDEO_FRAME_PLANE_DATA(&frame, 0));
        const int stride = GST_VIDEO_FRAME_PLANE_STRIDE(&frame, 0);
        picture.marker = read_marker({luma, info.width, info.height, stride});
        picture.left_luma = luma[stride * (info.height / 2)];
        picture.middle_luma = luma[stride * (info.height / 2) + info.width / 2];
        gst_video_frame_unmap(&frame);
        pictures.push_back(picture);
      });
  EXPECT_EQ(pictures.size(), units.size());
  return pictures;
}

struct DecodedSound {
  SampleIndex first = 0;
  std::vector<float> left;  // from `first` on

  // Where beeps begin, in media time: 1 kHz out of what is nearly silence.
  std::vector<MediaTime> beeps() const {
    std::vector<MediaTime> found;
    size_t quiet = 4800;
    for (size_t i = 0; i < left.size(); ++i) {
      const bool loud = std::abs(left[i]) > 0.05F;
      if (loud && quiet >= 4800) found.push_back(time_of_sample(first + static_cast<int64_t>(i)));
      quiet = loud ? 0 : quiet + 1;
    }
    return found;
  }
};

// Opus (without any container's pre-skip, as WebRTC decodes it) or AAC; units must be consecutive.
inline DecodedSound decode_sound(const std::vector<MediaUnit>& units) {
  DecodedSound sound;
  if (units.empty()) return sound;
  const bool opus = is_opus(units.front().rendition);
  std::vector<Bytes> packets;
  for (const MediaUnit& unit : units) {
    auto bytes = opus ? opus_packet(unit) : aac_frame(unit);
    EXPECT_TRUE(bytes);
    packets.push_back(std::move(*bytes));
  }
  sound.first = sample_at(units.front().time);
  const std::string decoder =
      opus ? "caps=audio/x-opus,rate=48000,channels=2,channel-mapping-family=0 ! opusdec"
           : "caps=\"audio/mpeg,mpegversion=4,stream-format=raw,framed=true,rate=48000,channels=2,"
             "codec_data=(buffer)1190\" ! avdec_aac";
  decode_all("appsrc name=source format=time max-bytes=0 " + decoder +
                 " ! audioconvert ! audio/x-raw,format=F32LE,channels=2,layout=interleaved "
                 "! appsink name=sink sync=false",
             packets, [&](GstBuffer* buffer, GstCaps*) {
               const MappedBuffer map(buffer, GST_MAP_READ);
               for (size_t at = 0; at + 8 <= map.size(); at += 8) {
                 float left;
                 std::memcpy(&left, map.data() + at, sizeof left);
                 sound.left.push_back(left);
               }
             });
  return sound;
}

}  // namespace longmen::test
