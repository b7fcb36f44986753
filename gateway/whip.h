// WHIP: what a sender's HTTP requests mean. An offer with a stream key becomes a question to
// ingest, which has the keys, and its answer an SDP answer; a PATCH an ICE restart or trickled
// candidates; a DELETE the end. What is wrong with a request is said as problem+json. Keeps nothing
// about senders: their addresses (/whip/CHANNEL/SESSION) are ingest's unguessable names, and
// whoever knows one may end it. Knows neither keys, ICE, DTLS nor media. RFC 9725; RFC 6750 §2.1,
// §3 (the key is a bearer token); Fetch (CORS).
#pragma once

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "core/node/channel.h"
#include "gateway/ingest_client.h"
#include "net/http_router.h"

namespace longmen {

class Whip {
 public:
  explicit Whip(std::shared_ptr<IngestClient> ingest) : ingest_(std::move(ingest)) {}

  void set_channels(const std::vector<Channel>& channels);
  // Its handlers refer to this object.
  void add_routes(HttpRouter& router);

 private:
  boost::asio::awaitable<HttpResponse> publish(HttpRequest request);

  std::shared_ptr<IngestClient> ingest_;
  std::set<std::string, std::less<>> channels_;
};

}  // namespace longmen
