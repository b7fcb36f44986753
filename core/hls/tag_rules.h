// Holds single tags of a media playlist to what each demands of its own attributes: EXT-X-KEY,
// EXT-X-START, EXT-X-MAP, EXT-X-SKIP, EXT-X-PRELOAD-HINT. Values that a later version of the
// specification might allow are not judged. Pure.
// Source: draft-pantos-hls-rfc8216bis §4.4.2.2, §4.4.4.4, §4.4.4.5, §4.4.5.2, §4.4.5.3, §8.
#pragma once

#include <string_view>

#include "core/hls/check_finding.h"

namespace longmen::hls {

// Of a media playlist, or the session keys of a multivariant one.
void check_tags(std::string_view text, CheckFindings& findings);

}  // namespace longmen::hls
