// Signing in and out over HTTP, and the one-time links by which a person sets a password. An
// unknown name is answered like a wrong password, after the same work. Passwords are hashed on the
// pool's threads only, attempts go through the limiter first, so neither memory nor processors are
// a stranger's to fill. OWASP ASVS V2, V3.
#pragma once

#include "control/account_actions.h"
#include "control/studio_parts.h"

namespace longmen {

class SignInApi {
 public:
  explicit SignInApi(StudioParts& parts) : parts_(parts) {}
  void add_routes(HttpRouter& router);

 private:
  boost::asio::awaitable<HttpResponse> sign_in(HttpRequest request);
  boost::asio::awaitable<HttpResponse> sign_out(Caller caller, HttpRequest request);
  boost::asio::awaitable<HttpResponse> look_at_link(HttpRequest request);
  boost::asio::awaitable<HttpResponse> redeem_link(HttpRequest request);

  // The account whose password it is.
  boost::asio::awaitable<Decided<Account>> check_password(std::string name, std::string password);
  boost::asio::awaitable<Decided<std::string>> hash_that_fits_nobody();

  StudioParts& parts_;
  std::string nobody_;  // a hash at today's cost, for names that are nobody's
};

}  // namespace longmen
