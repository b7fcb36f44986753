// The HTTP API of control under /api/v1/: what it shows of channels and of the node, as JSON. Reads
// only, and nothing that a viewer must not see (no key hashes, no senders' addresses). What it
// serves is described in control/openapi.cc; a test holds the two together.
#pragma once

#include "control/node_state.h"
#include "control/store_thread.h"
#include "net/http_router.h"

namespace longmen {

class Api {
 public:
  // Both outlive it.
  Api(StoreThread& store, const NodeState& node) : store_(store), node_(node) {}

  // Its handlers refer to this object.
  void add_routes(HttpRouter& router);

 private:
  boost::asio::awaitable<HttpResponse> list_channels(HttpRequest request);
  boost::asio::awaitable<HttpResponse> show_channel(HttpRequest request);
  boost::asio::awaitable<HttpResponse> show_node(HttpRequest request);

  StoreThread& store_;
  const NodeState& node_;
};

}  // namespace longmen
