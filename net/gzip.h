// Text made smaller for clients that take gzip. RFC 1952.
#pragma once

#include <string_view>

#include "core/base/bytes.h"

namespace longmen {

// Throws when there is no memory.
Bytes gzip(std::string_view text);

}  // namespace longmen
