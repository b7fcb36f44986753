// Channels and stream keys for administrators: settings, new channels, keys that are made, rotated
// and revoked. What viewers see of channels: control/api.h.
#pragma once

#include "control/once.h"
#include "control/studio_parts.h"

namespace longmen {

class ChannelsApi {
 public:
  explicit ChannelsApi(StudioParts& parts) : parts_(parts) {}
  void add_routes(HttpRouter& router);

 private:
  boost::asio::awaitable<HttpResponse> create(Caller caller, HttpRequest request);
  boost::asio::awaitable<HttpResponse> settings(Caller caller, HttpRequest request);
  boost::asio::awaitable<HttpResponse> change(Caller caller, HttpRequest request);
  boost::asio::awaitable<HttpResponse> remove(Caller caller, HttpRequest request);
  boost::asio::awaitable<HttpResponse> keys(Caller caller, HttpRequest request);
  boost::asio::awaitable<HttpResponse> create_key(Caller caller, HttpRequest request);
  boost::asio::awaitable<HttpResponse> rotate_key(Caller caller, HttpRequest request);
  boost::asio::awaitable<HttpResponse> revoke_key(Caller caller, HttpRequest request);

  // The node's processes hear of it at once.
  boost::asio::awaitable<HttpResponse> change_and_tell(const Caller& caller, OnceKey once,
                                                       ActionInTransaction action);

  StudioParts& parts_;
};

}  // namespace longmen
