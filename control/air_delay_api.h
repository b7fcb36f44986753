// For how long a channel's programme is held before it airs, over HTTP.
#pragma once

#include "control/studio_parts.h"

namespace longmen {

class AirDelayApi {
 public:
  explicit AirDelayApi(StudioParts& parts) : parts_(parts) {}
  void add_routes(HttpRouter& router);

 private:
  boost::asio::awaitable<HttpResponse> show(Caller caller, HttpRequest request);
  boost::asio::awaitable<HttpResponse> change(Caller caller, HttpRequest request);

  StudioParts& parts_;
};

}  // namespace longmen
