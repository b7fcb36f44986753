// Which speaker each channel of decoded sound is for, as GStreamer's caps say it. Any thread.
#pragma once

#include <gst/gst.h>

#include <vector>

#include "core/sound/stereo_downmix.h"

namespace longmen {

// In the order of the channels; empty when the caps are of no sound.
std::vector<Speaker> speakers_of(const GstCaps* caps);

}  // namespace longmen
