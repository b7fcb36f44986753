// Who asks, and whether they may: the one way from a request to an account. Looks up the sign-in
// of the request's cookie, checks that a request which changes something comes from our own page,
// and asks the table of permissions. Knows no route. On the io thread.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <functional>
#include <optional>

#include "control/account_table.h"
#include "control/audit.h"
#include "control/request_checks.h"
#include "control/store_thread.h"

namespace longmen {

struct Caller {
  Account account;
  std::string sign_in_hash;
  RequestSource source;

  Actor at(int64_t now_ms) const { return {account.id, account.name, source.address, now_ms}; }
};

class Gatekeeper {
 public:
  Gatekeeper(StoreThread& store, std::function<int64_t()> wall_ms)
      : store_(store), wall_ms_(std::move(wall_ms)) {}

  void set_limits(const SignInLimits& limits) { limits_ = limits; }
  const SignInLimits& limits() const { return limits_; }

  // 401 nobody, 403 somebody who may not or another site's page. Without a permission any account
  // will do.
  boost::asio::awaitable<Decided<Caller>> admit(const HttpRequest& request,
                                                std::optional<Permission> permission);

 private:
  StoreThread& store_;
  const std::function<int64_t()> wall_ms_;
  SignInLimits limits_;
};

}  // namespace longmen
