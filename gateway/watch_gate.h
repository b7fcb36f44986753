// Who may watch: holds requests for a channel's media against the channel's access, with the token
// that comes along, if any: Authorization: Bearer, the query field `token`, or for HLS the cookie
// that an earlier answer set, since players do not carry a playlist's query on to what it names.
// Asks nobody; time is the media clock's, which no step of the wall clock moves. An open channel
// asks for nothing. A hidden one (main~primary) asks for a token of its own name whatever the
// channel's access is. Bounds: kMaxKnown tokens whose signature need not be checked again.
// Not protected: a viewer's own resource (/whep/CHANNEL/VIEWER), whose name cannot be guessed; and
// whoever watches by WebRTC when the token expires goes on.
// One thread: the io_context's. RFC 6750 §2, §3; RFC 6265.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/access/watch_token.h"
#include "core/node/channel.h"
#include "core/time/media_clock.h"
#include "net/http_router.h"

namespace longmen {

class WatchGate {
 public:
  static constexpr size_t kMaxKnown = 4096;

  explicit WatchGate(const SharedMediaClock& clock) : clock_(clock) {}

  void set_channels(const std::vector<Channel>& channels);

  // The same for those alone who may watch the channel, the route's first parameter; others get
  // 401 or 403. A channel that is not known is nobody's secret. Refers to this object.
  HttpHandlerOfRoute guard(HttpHandlerOfRoute handler);

 private:
  struct Gate {
    Access access = Access::kOpen;
    std::string key;
  };
  const Gate* gate_of(std::string_view channel) const;
  bool asks_for_token(std::string_view channel) const;
  boost::asio::awaitable<HttpResponse> answer(const HttpHandlerOfRoute& handler,
                                              HttpRequest request);
  std::optional<HttpResponse> refusal(const std::string& channel, const std::string& token);
  tl::expected<WatchGrant, WatchRefusal> read(const std::string& token, const Gate& gate);

  const SharedMediaClock& clock_;
  std::map<std::string, Gate, std::less<>> gates_;     // by channel
  std::unordered_map<std::string, WatchGrant> known_;  // by token
};

}  // namespace longmen
