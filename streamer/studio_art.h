// The still pictures that this product draws by itself, in one look: the slate, and what stands
// still of the test programme. Dark studio blue, a gate (龙门) over water, letters in white and
// gold. Each is drawn once; the pixels are I420 in I420Layout's layout.
#pragma once

#include <string>
#include <vector>

namespace longmen {

// Channel name, perhaps a title below it, 龙门, "稍候 Stand by".
std::vector<uint8_t> draw_slate(const std::string& channel_name, const std::string& title,
                                int width, int height);

// Channel name and captions; the places of clock and ring are left free (test_picture.h).
std::vector<uint8_t> draw_test_backdrop(const std::string& channel_name, int width, int height);

}  // namespace longmen
