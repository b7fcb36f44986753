// WHEP: what a player's HTTP requests mean. An offer becomes a question to the relay and its answer
// an SDP answer; a PATCH an ICE restart or trickled candidates; a DELETE the viewer's leaving; a
// POST to the viewer's /layer another rendition or language (whep_layer.cc). What is wrong with a
// request is said as problem+json. Keeps nothing about viewers: their addresses
// (/whep/CHANNEL/VIEWER) are the relay's unguessable names, and the relay knows with which leave
// each watches. Knows neither ICE, DTLS nor media. draft-ietf-wish-whep; RFC 9725 (WHIP); Fetch
// (CORS).
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/node/channel.h"
#include "gateway/relay_client.h"
#include "gateway/watch_gate.h"
#include "net/http_router.h"

namespace longmen {

class Whep {
 public:
  explicit Whep(std::shared_ptr<RelayClient> relay) : relay_(std::move(relay)) {}

  void set_channels(const std::vector<Channel>& channels);
  // Its handlers refer to this object and to the gate.
  void add_routes(HttpRouter& router, WatchGate& gate);

 private:
  using Answer = boost::asio::awaitable<HttpResponse>;
  Answer join(HttpRequest request, std::optional<WatchLeave> leave);
  Answer patch(HttpRequest request);
  Answer leave(HttpRequest request);
  Answer describe_channel(HttpRequest request);
  Answer describe_viewer(HttpRequest request);
  void add_layer_routes(HttpRouter& router);
  Answer select_layer(HttpRequest request);
  Answer release_layer(HttpRequest request);
  Answer describe_layers(HttpRequest request);
  Answer ask_for_layer(SelectRequest selection);

  std::shared_ptr<RelayClient> relay_;
  // What of a channel there is to choose from.
  struct Offered {
    std::vector<VideoRung> ladder;
    std::vector<SoundLanguage> languages;  // of each sound, when there are two
  };
  std::map<std::string, Offered, std::less<>> channels_;
};

}  // namespace longmen
