// Which recordings whoever asks may be shown: those of open channels; with a watch token
// (core/access/watch_token.h), in the query or as a bearer, its channel's, too.
#pragma once

#include <string>

#include "control/studio_parts.h"
#include "net/http_message.h"

namespace longmen {

// What a watch token gives leave for; empty: nothing.
std::string channel_of_token(const HttpRequest& request, const StudioParts& parts);

}  // namespace longmen
