// Which elements of GStreamer make access units, or frames of sound, of a stream, by what RTP or a
// container calls its codec. Knows no pipeline. One that is not in the tables is not spoken here.
#pragma once

#include <string>
#include <string_view>

#include "core/feed/feed_unit.h"

namespace longmen {

struct GstreamerCodec {
  const char* name;  // encoding-name; media type
  int mpeg_version;  // of video/mpeg and audio/mpeg; 0: any
  FeedCodec codec;
  const char* elements;
};

// Null: it is not spoken. `clock_rate` in Hz and `channels` as rtpmap says them, 0 where it does
// not: G.711 is spoken with those of a telephone (RFC 3551 §4.5.14).
const GstreamerCodec* codec_of_rtp(std::string_view encoding_name, int clock_rate = 0,
                                   int channels = 0);
const GstreamerCodec* codec_of_stream(std::string_view media_type, int mpeg_version);

// For gst_parse_bin_from_description(); what comes out of it is pulled from its appsink, "units".
std::string describe_bin(const GstreamerCodec& codec);

}  // namespace longmen
