// The programme guide as XMLTV: <title> is the series, <sub-title> the session, speakers are
// guests, the theme is the category. It has no word for a place, nor for a cancelled session, which
// is left out. Elements stand in the order that the DTD (xmltv.dtd) wants.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/guide/guide_entry.h"

namespace longmen {

// `channels`: id and name.
std::string xmltv(const std::vector<std::pair<std::string, std::string>>& channels,
                  const std::vector<GuideEntry>& entries);

// For text and for attributes in double quotes; what XML 1.0 cannot hold is left out.
std::string xml_text(std::string_view text);

}  // namespace longmen
