// Who is signed in, of all accounts, and ending any of it: for who manages accounts. A sign-in is
// named by the beginning of its token's hash, which opens nothing.
#pragma once

#include "control/studio_parts.h"

namespace longmen {

class SignInsApi {
 public:
  explicit SignInsApi(StudioParts& parts) : parts_(parts) {}
  void add_routes(HttpRouter& router);

 private:
  boost::asio::awaitable<HttpResponse> list(Caller caller, HttpRequest request);
  boost::asio::awaitable<HttpResponse> end(Caller caller, HttpRequest request);

  StudioParts& parts_;
};

}  // namespace longmen
