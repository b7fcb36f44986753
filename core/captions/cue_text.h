// The text of a cue, without what is not plain captions: of its tags those of a short list stay,
// without classes, each closed; entities stay, and what looks like one and is none is escaped. So
// what comes out is cue text by WebVTT's grammar, and no markup of anything else. Pure.
// Source: WebVTT (W3C) §4.2.2 (components), §6.4 (parsing).
#pragma once

#include <string>
#include <string_view>

namespace longmen::captions {

std::string clean_cue_text(std::string_view text);

}  // namespace longmen::captions
