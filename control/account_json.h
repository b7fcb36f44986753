// Accounts as the API shows them: no hashes, no secrets.
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "control/account_table.h"

namespace longmen {

inline boost::json::value provider_to_json(Account::Provider provider) {
  if (provider == Account::Provider::kNone) return nullptr;
  return provider == Account::Provider::kMade ? "made" : "linked";
}

inline boost::json::object account_to_json(const Account& account) {
  return {{"id", account.id},
          {"name", account.name},
          {"role", name_of(account.role)},
          {"disabled", account.disabled},
          {"set_up", !account.password.empty() || account.provider == Account::Provider::kMade},
          {"provider", provider_to_json(account.provider)},
          {"totp", account.uses_totp()},
          {"created_ms", account.created_ms},
          {"last_sign_in_ms", account.last_sign_in_ms ? boost::json::value(account.last_sign_in_ms)
                                                      : boost::json::value(nullptr)}};
}

inline boost::json::object me_to_json(const Account& account) {
  boost::json::array may;
  for (std::string_view permission : permissions_of(account.role))
    may.emplace_back(permission);
  return {{"account", account_to_json(account)},
          {"may", std::move(may)},
          {"recovery_codes_left", account.recovery_codes_left}};
}

}  // namespace longmen
