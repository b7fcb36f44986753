// What the wall screens of a channel show while nothing is on, for whoever asks: the programme that
// follows of the channel's rule (core/session/wall_replay_programme.h), and whether it is held back
// now. A town's screens ask every few seconds, so what the database said is good for a while: of
// what is live and ordered for a second, of recordings for kProgrammeGoodForMs; while it is asked
// for a channel, others hear what it said before. Bound: kMaxChannels such answers. On the io
// thread.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "control/node_state.h"
#include "control/studio_parts.h"
#include "core/node/channel.h"

namespace longmen {

class WallReplayApi {
 public:
  static constexpr int64_t kGoodForMs = 1000;
  static constexpr int64_t kProgrammeGoodForMs = 5000;

  explicit WallReplayApi(StudioParts& parts) : parts_(parts) {}
  void add_routes(HttpRouter& router);
  // Until the first one nobody knows what is live, and nothing is replayed.
  void take_node_state(const NodeState& node);

 private:
  struct Known {
    Access access = Access::kToken;
    bool session_live = false;  // or its end is on its way to the air
    bool ordered_away = false;  // a cut, or the slate by order
    bool feed_is_public = false;
    boost::json::object programme;
    int64_t read_ms = 0;            // all but the programme
    int64_t programme_read_ms = 0;  // 0: never
    bool asking = false;
  };
  boost::asio::awaitable<HttpResponse> show(HttpRequest request);
  // What the database says now, beside what it said before.
  static std::optional<Known> look(soci::session& sql, const std::string& channel, Known before,
                                   int64_t now_ms, const TimeZone& zone, const std::string& node);
  bool may_be_live(const std::string& channel, const Known& known) const;

  StudioParts& parts_;
  std::optional<NodeState> node_;
  std::map<std::string, Known> known_;  // by channel, of those that there are
};

}  // namespace longmen
