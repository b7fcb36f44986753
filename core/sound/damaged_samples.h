// Makes decoded sound fit for what keeps it: a damaged feed decodes to what is no number, or a
// thousand times full scale, which meters and encoders would remember for ever. Constant; any
// thread.
#pragma once

#include <span>

namespace longmen {

// No decoder of sound that is whole gives more: 18 dB above full scale.
inline constexpr float kMostAmplitude = 8;

// In place. True: something was damaged.
bool mend_samples(std::span<float> samples);

}  // namespace longmen
