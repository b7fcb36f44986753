// Who may watch: holds requests for a channel's media against the channel's access, with the token
// that comes along, if any: Authorization: Bearer, the query field `token`, or for HLS the cookie
// that an earlier answer set, since players do not carry a playlist's query on to what it names.
// Asks nobody; time is the media clock's, which no step of the wall clock moves. An open channel
// asks for nothing. A hidden one (main~primary) asks for a token of its own name whatever the
// channel's access is. What the token gives goes on to who asked for it: the relay holds a viewer
// to it for as long as it watches. Bounds: kMaxKnown tokens whose signature need not be checked
// again. Not protected: a viewer's own resource (/whep/CHANNEL/VIEWER), whose name cannot be
// guessed.
// One thread: the io_context's. RFC 6750 §2, §3; RFC 6265.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/access/watch_rule.h"
#include "core/access/watch_token.h"
#include "core/node/channel.h"
#include "core/time/media_clock.h"
#include "net/http_router.h"

namespace longmen {

class WatchGate {
 public:
  static constexpr size_t kMaxKnown = 4096;

  explicit WatchGate(const SharedMediaClock& clock) : clock_(clock) {}

  // With the leave that the request came with; of an open channel, the one that it could show.
  using Handler =
      std::function<boost::asio::awaitable<HttpResponse>(HttpRequest, std::optional<WatchLeave>)>;

  void set_channels(const std::vector<Channel>& channels);

  // The same for those alone who may watch the channel: the route's first parameter, or what
  // `channel_of` makes of the request. Others get 401 or 403. A channel that is not known is
  // nobody's secret. Refers to this object.
  using ChannelOf = std::function<std::string(const HttpRequest&)>;
  HttpHandlerOfRoute guard(Handler handler, ChannelOf channel_of = nullptr);
  HttpHandlerOfRoute guard(HttpHandlerOfRoute handler, ChannelOf channel_of = nullptr);
  // Only of channels that ask nobody for anything.
  HttpAtOnce guard_at_once(HttpAtOnce at_once, ChannelOf channel_of = nullptr);

 private:
  using Leave = tl::expected<WatchLeave, HttpResponse>;
  const WatchRule* rule_of(std::string_view channel) const;
  boost::asio::awaitable<HttpResponse> answer(const Handler& handler, std::string channel,
                                              HttpRequest request);
  Leave leave(const std::string& channel, const std::string& token, const WatchRule& rule);
  tl::expected<WatchGrant, WatchRefusal> read(const std::string& token, const WatchRule& rule);

  const SharedMediaClock& clock_;
  std::map<std::string, WatchRule, std::less<>> rules_;  // by channel
  std::unordered_map<std::string, WatchGrant> known_;    // by token
};

}  // namespace longmen
