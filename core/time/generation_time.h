// Names a generation by its start (core/media/identity.h): 48 bits of media time in milliseconds,
// then 16 bits that tell nodes apart, so that later generations compare greater. A node starts at
// most one generation of a channel in a millisecond. Constant; any thread.
// Source: docs/TIMELINE.md §7.
#pragma once

#include "core/media/identity.h"
#include "core/time/media_time.h"

namespace longmen {

// Media times from the epoch to the year 10889.
Generation generation_started_at(MediaTime start, uint16_t node_tag);
MediaTime start_of(Generation generation);  // rounded down to the millisecond
uint16_t node_tag_of(Generation generation);

}  // namespace longmen
