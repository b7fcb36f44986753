// Holds the EXT-X-DATERANGE tags of one playlist to what is demanded of each, and of those that
// have one ID: they are one range, told in pieces. Dates of a form that cannot be read are not
// judged. Pure. Source: draft-pantos-hls-rfc8216bis §4.4.5.1.
#pragma once

#include <string_view>

#include "core/hls/check_finding.h"

namespace longmen::hls {

void check_date_ranges(std::string_view text, CheckFindings& findings);

}  // namespace longmen::hls
