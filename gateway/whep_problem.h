// What all WHEP handlers say in the same words when a request cannot be. problem+json, RFC 9457.
#pragma once

#include <string_view>
#include <vector>

#include "core/node/channel.h"
#include "net/http_message.h"

namespace longmen {

HttpResponse unknown_channel(std::string_view channel);
// A 429 or 503 says when to try again.
HttpResponse relay_problem(int status, std::string_view words);
bool has_rung(const std::vector<VideoRung>& ladder, std::string_view name);
// Names those that there are; `besides`: one that is no rung, or "".
HttpResponse unknown_rendition(std::string_view name, const std::vector<VideoRung>& ladder,
                               std::string_view besides);
HttpResponse unknown_language(std::string_view tag, const std::vector<SoundLanguage>& languages);

}  // namespace longmen
