// Screens over HTTP for the studio: lists with what each reports, changes, enrolment by the code
// that a screen shows, and its end. What a screen asks for itself: control/wall_api.h.
#pragma once

#include "control/roll_keeper.h"
#include "control/studio_parts.h"

namespace longmen {

class ScreensApi {
 public:
  ScreensApi(StudioParts& parts, RollKeeper& keeper) : parts_(parts), keeper_(keeper) {}
  void add_routes(HttpRouter& router);

 private:
  boost::asio::awaitable<HttpResponse> list(Caller caller, HttpRequest request);
  boost::asio::awaitable<HttpResponse> create(Caller caller, HttpRequest request);
  boost::asio::awaitable<HttpResponse> show(Caller caller, HttpRequest request);
  boost::asio::awaitable<HttpResponse> change(Caller caller, HttpRequest request);
  boost::asio::awaitable<HttpResponse> remove(Caller caller, HttpRequest request);
  boost::asio::awaitable<HttpResponse> enrol(Caller caller, HttpRequest request);
  boost::asio::awaitable<HttpResponse> revoke(Caller caller, HttpRequest request);
  boost::asio::awaitable<void> tell_change();

  StudioParts& parts_;
  RollKeeper& keeper_;
};

}  // namespace longmen
