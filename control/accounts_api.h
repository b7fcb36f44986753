// Accounts for administrators: the list, new ones with their one-time link, roles, disabling, and a
// new link for who lost a password. What gives somebody more asks for the password again
// (control/own_password.h), so that a sign-in that was borrowed makes no lasting one.
#pragma once

#include "control/account_actions.h"
#include "control/studio_parts.h"

namespace longmen {

class AccountsApi {
 public:
  explicit AccountsApi(StudioParts& parts) : parts_(parts) {}
  void add_routes(HttpRouter& router);

 private:
  boost::asio::awaitable<HttpResponse> list(Caller caller, HttpRequest request);
  boost::asio::awaitable<HttpResponse> create(Caller caller, HttpRequest request);
  boost::asio::awaitable<HttpResponse> change(Caller caller, HttpRequest request);
  boost::asio::awaitable<HttpResponse> remove(Caller caller, HttpRequest request);
  boost::asio::awaitable<HttpResponse> turned_away(Caller caller, HttpRequest request);
  boost::asio::awaitable<HttpResponse> let_in(Caller caller, HttpRequest request);
  boost::asio::awaitable<HttpResponse> reset(Caller caller, HttpRequest request);

  StudioParts& parts_;
};

}  // namespace longmen
