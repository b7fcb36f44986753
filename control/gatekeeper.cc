#include "control/gatekeeper.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "core/base/sha256.h"

namespace longmen {

boost::asio::awaitable<Decided<Caller>> Gatekeeper::admit(const HttpRequest& request,
                                                          std::optional<Permission> permission) {
  if (request.method != "GET" && request.method != "HEAD") {
    if (auto own = check_own_page(request); !own) co_return tl::unexpected(own.error());
  }
  Caller caller;
  caller.source = source_of(request);
  const std::string token = sign_in_token_of(request);
  if (token.empty()) co_return refuse(401, "sign in first");
  caller.sign_in_hash = sha256_hex(token);
  const auto find = [hash = caller.sign_in_hash, limits = limits_,
                     now_ms = wall_ms_()](Store& store) -> Result<Decided<std::optional<Account>>> {
    return in_transaction(store.database(), "sign-in",
                          [&](soci::session& sql) -> Decided<std::optional<Account>> {
                            return AccountTable(sql).use_sign_in(hash, limits, now_ms);
                          });
  };
  auto found = co_await store_.run(find);
  if (!found) {
    spdlog::error("{}", found.error().message);
    co_return refuse(503, "the database does not answer");
  }
  if (!*found || !**found) co_return refuse(401, "the sign-in has ended; sign in again");
  caller.account = std::move(***found);
  if (permission && !may(caller.account.role, *permission)) {
    co_return refuse(403, fmt::format("a {} may not do this; an administrator can change the role",
                                      name_of(caller.account.role)));
  }
  co_return caller;
}

}  // namespace longmen
