// What operators do with a channel's air, and the chapters of its sessions, over HTTP. What they
// see of it as it happens: control/studio_events_api.h.
#pragma once

#include "control/once.h"
#include "control/studio_parts.h"

namespace longmen {

class AirApi {
 public:
  explicit AirApi(StudioParts& parts) : parts_(parts) {}
  void add_routes(HttpRouter& router);

 private:
  boost::asio::awaitable<HttpResponse> show(Caller caller, HttpRequest request);
  boost::asio::awaitable<HttpResponse> order(Caller caller, HttpRequest request);
  boost::asio::awaitable<HttpResponse> cut(Caller caller, HttpRequest request);
  boost::asio::awaitable<HttpResponse> undo(Caller caller, HttpRequest request);
  boost::asio::awaitable<HttpResponse> chapters(Caller caller, HttpRequest request);
  boost::asio::awaitable<HttpResponse> mark(Caller caller, HttpRequest request);
  boost::asio::awaitable<HttpResponse> change_mark(Caller caller, HttpRequest request);
  boost::asio::awaitable<HttpResponse> remove_mark(Caller caller, HttpRequest request);

  // The node's processes hear of it at once.
  boost::asio::awaitable<HttpResponse> order_and_tell(const Caller& caller, OnceKey once,
                                                      ActionInTransaction action);

  StudioParts& parts_;
};

}  // namespace longmen
