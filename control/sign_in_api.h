// Signing in and out over HTTP, and the one-time links by which a person sets a password. An
// unknown name is answered like a wrong password, after the same work. Passwords are hashed on the
// pool's threads only, attempts go through the limiter first, so neither memory nor processors are
// a stranger's to fill; nor is the database: it is asked with whoever else is a stranger, and
// written to by nobody who has not shown a password or a link. OWASP ASVS V2, V3.
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

  struct Attempt {
    std::string name, address;
    std::string owner;  // of its place in the pool
  };
  // The account whose password it is.
  boost::asio::awaitable<Decided<Account>> check_password(const Attempt& attempt,
                                                          std::string password);
  boost::asio::awaitable<void> note_wrong_code(const Account& account, const Actor& from);
  boost::asio::awaitable<Decided<std::string>> hash_that_fits_nobody();

  StudioParts& parts_;
  std::string nobody_;  // a hash at today's cost, for names that are nobody's
};

}  // namespace longmen
