// What is laid over a channel's programme, over HTTP: operators change text, mark and what is
// shown; the logo itself is put by who manages channels.
#pragma once

#include "control/once.h"
#include "control/studio_parts.h"

namespace longmen {

class OverlayApi {
 public:
  explicit OverlayApi(StudioParts& parts) : parts_(parts) {}
  void add_routes(HttpRouter& router);

 private:
  boost::asio::awaitable<HttpResponse> show(Caller caller, HttpRequest request);
  boost::asio::awaitable<HttpResponse> change(Caller caller, HttpRequest request);
  boost::asio::awaitable<HttpResponse> logo(Caller caller, HttpRequest request);
  boost::asio::awaitable<HttpResponse> put_logo(Caller caller, HttpRequest request);
  boost::asio::awaitable<HttpResponse> remove_logo(Caller caller, HttpRequest request);

  // The node's processes hear of it at once.
  boost::asio::awaitable<HttpResponse> change_and_tell(const Caller& caller,
                                                       ActionInTransaction action);

  StudioParts& parts_;
};

}  // namespace longmen
