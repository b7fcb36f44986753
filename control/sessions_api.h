// Sessions over HTTP: the schedule for all who may look, planning for those who plan, and what is
// done on air (start, end, reopen) for those who operate. Every change names the version that it
// was made looking at.
#pragma once

#include "control/studio_parts.h"

namespace longmen {

class SessionsApi {
 public:
  explicit SessionsApi(StudioParts& parts) : parts_(parts) {}
  void add_routes(HttpRouter& router);

  // Does what the clock asks for. How many sessions changed.
  boost::asio::awaitable<Result<int>> do_due();

 private:
  boost::asio::awaitable<HttpResponse> list(Caller caller, HttpRequest request);
  boost::asio::awaitable<HttpResponse> schedule(Caller caller, HttpRequest request);
  boost::asio::awaitable<HttpResponse> show(Caller caller, HttpRequest request);
  boost::asio::awaitable<HttpResponse> change(Caller caller, HttpRequest request);
  boost::asio::awaitable<HttpResponse> remove(Caller caller, HttpRequest request);
  template <int kAction>
  boost::asio::awaitable<HttpResponse> act(Caller caller, HttpRequest request);

  StudioParts& parts_;
};

}  // namespace longmen
