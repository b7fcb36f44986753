// What a sender announces that it will send: reads the session description of ANNOUNCE and decides
// whether all of it is understood, or says in words what is not. At most one track of pictures and
// one of sound; sections of other kinds are an error, for nobody is to believe that what he sends
// is seen. Pure. Source: RFC 2326 §10.3, §C.1; RFC 8866; payload formats: RFC 6184 §8, RFC 7798 §7,
// RFC 7741 §6, RFC 9628 §6, RFC 3640 §4.1, RFC 7587 §6, RFC 3551 §4.5.14.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/result.h"
#include "core/feed/feed_unit.h"

namespace longmen::rtsp {

struct AnnouncedTrack {
  bool video = false;
  std::string control;  // how SETUP names it: the end of its URI, or all of it
  uint8_t payload_type = 0;
  uint32_t clock_rate = 90'000;
  FeedCodec codec = FeedCodec::kH264;
  RtpVideo video_codec = RtpVideo::kH264;
  Bytes parameter_sets;  // H.264, H.265: with start codes, those that are announced
  Bytes audio_config;    // AAC: AudioSpecificConfig
  // AAC: bits of an AU header (RFC 3640 §3.2.1): of the size, and of the index or its difference.
  int size_bits = 13, index_bits = 3, index_delta_bits = 3;
};

// One or two tracks.
Result<std::vector<AnnouncedTrack>> read_announcement(std::string_view sdp);

}  // namespace longmen::rtsp
