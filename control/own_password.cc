#include "control/own_password.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "control/account_actions.h"

namespace longmen {
namespace asio = boost::asio;

std::string limiter_key(const Caller& caller) {
  return caller.account.id + ":" + caller.standing.sign_in_hash;
}

HttpResponse too_many_attempts(std::chrono::seconds wait) {
  return http_problem_for_now(429,
                              fmt::format("too many attempts; try again in {} s", wait.count()),
                              static_cast<int>(wait.count()));
}

namespace {

// An account without a password: its person was asked by the provider, a moment ago.
asio::awaitable<std::optional<HttpResponse>> ask_confirmation(StudioParts& parts, Caller& caller) {
  const auto find = [hash = caller.standing.sign_in_hash](Store& store) {
    return store.database().read("sign-in",
                                 [&](soci::session& sql) -> Result<std::optional<SignInRow>> {
                                   return AccountTable(sql).sign_in(hash);
                                 });
  };
  const auto row = co_await parts.store.run(find);
  if (!row) co_return store_problem(row.error());
  const int64_t now_ms = parts.clock.wall_ms();
  if (*row && (*row)->account_id == caller.account.id &&
      now_ms - (*row)->origin.confirmed_ms < kConfirmedLife.count()) {
    caller.standing.checked_password = "";
    co_return std::nullopt;
  }
  HttpResponse response =
      http_problem(403, "sign in by the provider once more; for ten minutes nothing is asked then");
  auto problem = boost::json::parse(response.content).as_object();
  problem["confirmation_needed"] = true;
  response.content = boost::json::serialize(problem);
  co_return response;
}

}  // namespace

asio::awaitable<std::optional<HttpResponse>> ask_password(StudioParts& parts, Caller& caller,
                                                          const boost::json::object& body) {
  if (caller.account.password.empty()) co_return co_await ask_confirmation(parts, caller);
  const std::string password = text_field(body, "password");
  if (password.empty()) co_return http_problem(403, "your password is needed too");
  const std::string key = limiter_key(caller);
  const auto begun = parts.limiter.begin_known(key, parts.clock.steady());
  if (!begun) co_return too_many_attempts(begun.error());
  const std::string hash = caller.account.password;
  Decided<bool> fits = false;
  if (password.size() <= kMaxPasswordBytes)
    fits = co_await parts.passwords.check(password, hash, key);
  if (!fits) {
    parts.limiter.undo(*begun);
    co_return refusal(fits.error());
  }
  if (*fits) {
    parts.limiter.succeeded(*begun);
    caller.standing.checked_password = hash;
    co_return std::nullopt;
  }
  spdlog::warn("a wrong password was given again account={} address={}",
               boost::json::serialize(boost::json::value(caller.account.name)),
               caller.source.address);
  const auto note = [from = caller.at(parts.clock.wall_ms())](Store& store) {
    return note_refusal(store.database(), from, from.id, kPasswordRefused);
  };
  const auto noted = co_await parts.store.run(note);
  if (!noted) log_store_problem(noted.error());
  co_return http_problem(403, "the password is wrong");
}

}  // namespace longmen
