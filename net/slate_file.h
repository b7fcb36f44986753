// Reads a channel's slate from its file (core/media/slate.h). Start-up and configuration only: it
// blocks. Bounds: kMaxSlateBytes.
#pragma once

#include <string>

#include "core/media/slate.h"

namespace longmen {

// The words name the file. `sound` is the codec that is kept.
Result<std::shared_ptr<const Slate>> load_slate(const std::string& file,
                                                RenditionId sound = kOpusRendition);

}  // namespace longmen
