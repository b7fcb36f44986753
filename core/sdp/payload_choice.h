// Which payload type of a media section is played: reads rtpmap, fmtp and rtcp-fb of the section
// and ranks what suits. Payload types 64..95 are never chosen: with rtcp-mux they collide with RTCP
// (RFC 5761 §4). Source: RFC 6184 §8.1 (H.264), RFC 7741 §6 (VP8), RFC 9628 §6 (VP9), RFC 7587 §6.1
// (Opus), RFC 4588 §8 (RTX), RFC 4585 §4.2 (feedback).
#pragma once

#include <optional>
#include <string>

#include "core/codec/rtp_video.h"
#include "core/sdp/sdp.h"

namespace longmen::sdp {

struct PayloadChoice {
  uint8_t payload_type = 0;
  RtpVideo video_codec = RtpVideo::kH264;
  std::optional<uint8_t> rtx_payload_type;
  std::string format_parameters;  // of the answer's fmtp; empty: none
  bool nack = false;
  bool pli = false;
  bool transport_cc = false;
  bool remb = false;
  // Opus: the player speaks of packet times ("minptime"), as those do that take packets of any
  // duration, and no "maxptime" forbids 40 ms. Others exist that take 20 ms alone.
  bool varied_duration = false;
};

// H.264 with packetization-mode=1. Best first: constrained baseline (42e01f before its other
// levels), baseline, main, high; among equals the section's order.
std::optional<PayloadChoice> choose_h264(const Media& media);

// VP8, or VP9 of profile 0 (8 bits, 4:2:0): the first in the section's order, which is the order of
// who makes the offer.
std::optional<PayloadChoice> choose_vpx(const Media& media);

// opus/48000/2.
std::optional<PayloadChoice> choose_opus(const Media& media);

}  // namespace longmen::sdp
