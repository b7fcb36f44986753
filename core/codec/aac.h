// AAC's AudioSpecificConfig: which object type, rate and channels a raw AAC frame has. AAC-LC and
// HE-AAC (SBR, PS), signalled explicitly or backward-compatibly. No audio is decoded, no state is
// kept. Source: ISO/IEC 14496-3 §1.6.2.1, §1.6.5.
#pragma once

#include <string>

#include "core/base/bytes.h"
#include "core/base/result.h"

namespace longmen::aac {

inline constexpr int kFrameSamples = 1024;  // at `sample_rate`, the core coder's
inline constexpr uint8_t kObjectLc = 2;
inline constexpr uint8_t kObjectSbr = 5;
inline constexpr uint8_t kObjectPs = 29;

struct AudioConfig {
  uint8_t object_type = kObjectLc;  // of the core coder
  int sample_rate = 48'000;         // of the core coder; HE-AAC plays at twice this
  uint8_t channels = 2;             // 1..8, of a channel configuration of the standard
  bool sbr = false;                 // explicitly signalled
  bool ps = false;
  int sbr_sample_rate = 0;            // with sbr: the rate that is played
  int frame_samples = kFrameSamples;  // 960 for the short frames of broadcasting
  bool operator==(const AudioConfig&) const = default;
};

// kUnsupported: an object type other than Main, LC, SSR, LTP; channels in a program config element.
Parsed<AudioConfig> read_audio_config(ByteSpan config);
bool has_frequency_index(int sample_rate);  // as ADTS names rates
// HE-AAC in the hierarchical form. Any rate; 1..8 channels.
Bytes write_audio_config(const AudioConfig& config);
// "mp4a.40.2", "mp4a.40.5", "mp4a.40.29" (RFC 6381).
std::string codec_string(const AudioConfig& config);

}  // namespace longmen::aac
