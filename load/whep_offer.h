// The offer of a load client's viewer: what a browser offers that only wants to watch, with H.264
// and Opus alone, without candidates (the server learns the address from the check).
// Source: draft-ietf-wish-whep, RFC 8829 §5.2.
#pragma once

#include <string>

#include "core/ice/ice_credentials.h"
#include "core/rtp/header.h"

namespace longmen {

inline constexpr uint8_t kOfferedVideoType = 102;
inline constexpr uint8_t kOfferedRepeatType = 103;
inline constexpr uint8_t kOfferedAudioType = 111;
inline constexpr RtpExtensionIds kOfferedExtensions{
    .mid = 4, .transport_cc = 3, .playout_delay = 5, .capture_time = 6};

std::string write_load_offer(const IceCredentials& local, const std::string& fingerprint,
                             bool audio_only);

}  // namespace longmen
