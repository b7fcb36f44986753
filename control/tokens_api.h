// Tokens for programs over HTTP: one's own, made with one's password, and everybody's for who
// manages accounts. How a request with a token is admitted: control/gatekeeper.h.
#pragma once

#include "control/studio_parts.h"

namespace longmen {

class TokensApi {
 public:
  explicit TokensApi(StudioParts& parts) : parts_(parts) {}
  void add_routes(HttpRouter& router);

 private:
  boost::asio::awaitable<HttpResponse> list_own(Caller caller, HttpRequest request);
  boost::asio::awaitable<HttpResponse> create(Caller caller, HttpRequest request);
  boost::asio::awaitable<HttpResponse> remove_own(Caller caller, HttpRequest request);
  boost::asio::awaitable<HttpResponse> list(Caller caller, HttpRequest request);
  boost::asio::awaitable<HttpResponse> remove(Caller caller, HttpRequest request);

  boost::asio::awaitable<HttpResponse> list_of(std::string account);
  boost::asio::awaitable<HttpResponse> remove_of(Caller caller, std::string account,
                                                 std::string id);

  StudioParts& parts_;
};

}  // namespace longmen
