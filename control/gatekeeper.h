// Who asks, and whether they may: the one way from a request to an account. Looks up the sign-in
// of the request's cookie, checks that a request which changes something comes from our own page,
// and asks the table of permissions. The answer is of that moment; an action looks again
// (control/act.h). Knows no route. On the io thread.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <functional>
#include <optional>
#include <string>
#include <type_traits>
#include <unordered_set>

#include "control/account_table.h"
#include "control/actor.h"
#include "control/api_token.h"
#include "control/request_checks.h"
#include "control/store_thread.h"

namespace longmen {

struct Caller {
  Account account;
  RequestSource source;
  Standing standing;

  Actor at(int64_t now_ms) const {
    return {account.id, account.name, source.address, now_ms, standing};
  }
};

// Whose sign-in it is; nobody's when it has ended, which is then written down. Writes else only
// when its use is to be noted again. Blocking; on the store's thread.
Result<std::optional<Account>> account_of_sign_in(Database& database, const std::string& hash,
                                                  const SignInLimits& limits, int64_t now_ms);

// Whose token it is; nobody's when it has ended. Its use is noted once an hour.
struct TokenOwner {
  ApiToken token;
  Account account;
};
Result<std::optional<TokenOwner>> owner_of_token(Database& database, const std::string& hash,
                                                 int64_t now_ms);

class Gatekeeper {
 public:
  static constexpr size_t kMaxKnown = 1024;

  Gatekeeper(StoreThread& store, std::function<int64_t()> wall_ms)
      : store_(store), wall_ms_(std::move(wall_ms)) {}

  void set_limits(const SignInLimits& limits) { limits_ = limits; }
  const SignInLimits& limits() const { return limits_; }

  // 401 nobody, 403 somebody who may not or another site's page. Without a permission any account
  // will do, but no token.
  boost::asio::awaitable<Decided<Caller>> admit(const HttpRequest& request,
                                                std::optional<Permission> permission);

 private:
  // A program with "Authorization: Bearer"; no browser adds that by itself, so it may come from
  // anywhere.
  boost::asio::awaitable<Decided<Caller>> admit_token(RequestSource source, std::string token,
                                                      std::optional<Permission> permission);

  // What `find` says of the store of whom that is the hash: nobody, somebody, or 503. Both outlive
  // it.
  template <class Find>
  auto look_up(const std::string& hash, const Find& find)
      -> boost::asio::awaitable<Decided<typename std::invoke_result_t<Find, Store&>::value_type>>;

  StoreThread& store_;
  const std::function<int64_t()> wall_ms_;
  SignInLimits limits_;
  // Sign-ins that were good when they were looked up last. They decide nothing but with whom the
  // next look-up waits: with those who are signed in, or with anyone.
  std::unordered_set<std::string> known_;
};

}  // namespace longmen
