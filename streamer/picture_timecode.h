// The timecode that a decoder has found with a picture, as time since the day began (its daily
// jam): of H.264 and HEVC, whose parsers read it from SEI. Any thread.
// Source: SMPTE ST 12-1; ITU-T H.264 D.2.3.
#pragma once

#include <gst/video/video.h>

#include <optional>

#include "core/time/media_time.h"

namespace longmen {

inline std::optional<Flicks> timecode_of(GstBuffer* picture) {
  const GstVideoTimeCodeMeta* meta = gst_buffer_get_video_time_code_meta(picture);
  if (!meta || !gst_video_time_code_is_valid(&meta->tc)) return std::nullopt;
  const auto since_jam = gst_video_time_code_nsec_since_daily_jam(&meta->tc);
  return floor_flicks(std::chrono::nanoseconds(static_cast<int64_t>(since_jam)));
}

}  // namespace longmen
