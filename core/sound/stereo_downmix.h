// Makes left and right of whatever channels of sound a feed has, by ITU-R BS.775-3 annex 4: centre
// and surrounds come in 3 dB down on their sides, the low-frequency effects channel is left out,
// one channel alone is heard on both sides. As loud as the original by BS.1770, and so not scaled
// down: what has more than two channels may exceed full scale and needs a limiter behind it.
// Constant; any thread.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace longmen {

enum class Speaker : uint8_t {
  kMono,
  kLeft,
  kRight,
  kCentre,
  kLowFrequency,
  kSurroundLeft,
  kSurroundRight,
  kSurroundCentre,
  kUnknown,  // not heard, unless no place is known: then the first two are left and right
};

// Left and right interleaved, of `samples` that have one of each of `speakers` in turn; what is no
// whole frame at the end is left out.
std::vector<float> downmix_to_stereo(std::span<const Speaker> speakers,
                                     std::span<const float> samples);

}  // namespace longmen
