// The name of a viewer in addresses: two hex digits for its shard, three for its channel's slot,
// then 128 random bits that nobody can guess, so that whoever knows it may end the viewer.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/base/random.h"

namespace longmen {

inline constexpr size_t kViewerIdChars = 2 + 3 + 32;

// `slot` is below kMaxServed.
std::string make_viewer_id(int shard, const RandomBytes& random, size_t slot = 0);
// None when it cannot be the name of a viewer.
std::optional<int> shard_of_viewer(std::string_view id);
std::optional<size_t> slot_of_viewer(std::string_view id);

}  // namespace longmen
