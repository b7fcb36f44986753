#include "control/recording_audience.h"

#include "core/access/watch_token.h"

namespace longmen {

std::string channel_of_token(const HttpRequest& request, const StudioParts& parts) {
  std::string token(request.target.query_value("token"));
  if (token.empty()) token = bearer_token_of(request);
  if (token.empty()) return "";
  const auto key = public_watch_key(parts.watch_key);
  const WatchGrant::Instant now(
      std::chrono::floor<std::chrono::seconds>(std::chrono::milliseconds(parts.clock.media_ms())));
  if (!key) return "";
  const auto grant = read_watch_token(token, *key, now);
  return grant ? grant->channel : "";
}

}  // namespace longmen
