// Bytes that many hold and nobody changes.
#pragma once

#include <memory>

#include "core/base/bytes.h"

namespace longmen {

// Null: none, which is not the same as empty ones.
using SharedBytes = std::shared_ptr<const Bytes>;

}  // namespace longmen
