// What the wall screens of a channel show while nothing is on, for whoever asks: the programme that
// follows of the channel's rule (core/session/wall_replay_programme.h), and whether it is held back
// now. A town's screens ask every few seconds, so what the database said of a channel is good for a
// second. Bound: one such answer a channel. On the io thread.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "control/studio_parts.h"
#include "core/node/channel.h"

namespace longmen {

class WallReplayApi {
 public:
  static constexpr int64_t kGoodForMs = 1000;

  explicit WallReplayApi(StudioParts& parts) : parts_(parts) {}
  void add_routes(HttpRouter& router);

 private:
  struct Known {
    Access access = Access::kToken;
    bool session_live = false;
    bool ordered_away = false;  // a cut, or the slate by order
    bool feed_is_public = false;
    boost::json::object programme;
    int64_t read_ms = 0;
  };
  boost::asio::awaitable<HttpResponse> show(HttpRequest request);
  static std::optional<Known> look(soci::session& sql, const std::string& channel, int64_t now_ms,
                                   const TimeZone& zone);

  StudioParts& parts_;
  std::map<std::string, Known> known_;  // by channel, of those that there are
};

}  // namespace longmen
