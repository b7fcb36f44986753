// One RTP stream as offer and answer have negotiated it, towards a viewer or from a sender. Payload
// types and extension ids are the offer's.
#pragma once

#include <boost/json/fwd.hpp>
#include <cstdint>
#include <optional>
#include <string>

#include "core/codec/rtp_video.h"

namespace longmen {

struct JoinMedia {
  std::string mid;
  uint8_t payload_type = 0;
  RtpVideo video_codec = RtpVideo::kH264;   // of pictures; viewers get H.264 alone
  std::optional<uint8_t> rtx_payload_type;  // video only (RFC 4588)
  std::optional<uint8_t> mid_extension;     // ids 1..14 of one-byte header extensions, RFC 8285
  std::optional<uint8_t> transport_cc_extension;
  std::optional<uint8_t> playout_delay_extension;
  std::optional<uint8_t> capture_time_extension;
  bool nack = false;
  bool pli = false;
  // Sound: packets that last 40 ms may come among those of 20 ms.
  bool varied_duration = false;
};

class JsonFields;

// null: there is none.
boost::json::value join_media_to_json(const std::optional<JoinMedia>& media);
JoinMedia join_media_from_json(const JsonFields& fields);

}  // namespace longmen
