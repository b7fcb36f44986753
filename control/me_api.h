// What people do with their own account: see who they are, change the password, and have a second
// factor (TOTP) or none. What opens or closes the account asks for the password again
// (control/own_password.h).
#pragma once

#include "control/account_actions.h"
#include "control/studio_parts.h"

namespace longmen {

class MeApi {
 public:
  explicit MeApi(StudioParts& parts) : parts_(parts) {}
  void add_routes(HttpRouter& router);

 private:
  boost::asio::awaitable<HttpResponse> show(Caller caller, HttpRequest request);
  boost::asio::awaitable<HttpResponse> change_password(Caller caller, HttpRequest request);
  boost::asio::awaitable<HttpResponse> begin_totp(Caller caller, HttpRequest request);
  boost::asio::awaitable<HttpResponse> confirm_totp(Caller caller, HttpRequest request);
  boost::asio::awaitable<HttpResponse> remove_totp(Caller caller, HttpRequest request);

  StudioParts& parts_;
};

}  // namespace longmen
