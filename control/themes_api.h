// Themes over HTTP: the list for all who may look, changes for those who plan.
#pragma once

#include "control/studio_parts.h"

namespace longmen {

class ThemesApi {
 public:
  explicit ThemesApi(StudioParts& parts) : parts_(parts) {}
  void add_routes(HttpRouter& router);

 private:
  boost::asio::awaitable<HttpResponse> list(Caller caller, HttpRequest request);
  boost::asio::awaitable<HttpResponse> create(Caller caller, HttpRequest request);
  boost::asio::awaitable<HttpResponse> change(Caller caller, HttpRequest request);
  boost::asio::awaitable<HttpResponse> remove(Caller caller, HttpRequest request);

  StudioParts& parts_;
};

}  // namespace longmen
