// XMLTV as others write it, read into lines of an import: <title> is the series and <sub-title> the
// session (without one the title is both), whoever is in <credits> speaks, the first <category> is
// the theme. The first of several languages counts. The DTD is never fetched, and a file that
// defines entities of its own is refused. Bounds: those of the text that the caller holds,
// kMaxXmlDepth, kMaxImported programmes. Expat does the reading.
#pragma once

#include <string_view>

#include "control/guide_import.h"

namespace longmen {

inline constexpr int kMaxXmlDepth = 16;

ImportFile read_xmltv(std::string_view text);

}  // namespace longmen
