#include "control/sign_in_api.h"

#include <fmt/format.h>

#include <boost/json/parse.hpp>

#include "control/account_json.h"
#include "core/base/sha256.h"

namespace longmen {
namespace asio = boost::asio;
namespace json = boost::json;
namespace {

constexpr std::string_view kWrong = "the name or the password is wrong";

HttpResponse signed_in(const Account& account, const std::string& token, bool secure) {
  HttpResponse response = json_response(me_to_json(account));
  response.fields.add("Set-Cookie", sign_in_cookie(token, secure));
  return response;
}

HttpResponse code_needed() {
  HttpResponse response = refusal(HttpProblem{401, std::string(kCodeNeeded)});
  auto problem = json::parse(response.content).as_object();
  problem["code_needed"] = true;
  response.content = json::serialize(problem);
  return response;
}

HttpRoute open_route(std::string pattern, HttpHandlerOfRoute handler) {
  HttpRoute route;
  route.pattern = std::move(pattern);
  route.method = "POST";
  route.handler = std::move(handler);
  route.max_body_bytes = kMaxStudioBodyBytes;
  return route;
}

}  // namespace

void SignInApi::add_routes(HttpRouter& router) {
  router.add(open_route("/api/v1/sign-in",
                        [this](HttpRequest request) { return sign_in(std::move(request)); }));
  add_guarded(router, parts_, "/api/v1/sign-out", "POST", std::nullopt, this, &SignInApi::sign_out);
  router.add(open_route("/api/v1/links/look",
                        [this](HttpRequest request) { return look_at_link(std::move(request)); }));
  router.add(open_route("/api/v1/links/redeem",
                        [this](HttpRequest request) { return redeem_link(std::move(request)); }));
}

asio::awaitable<Decided<std::string>> SignInApi::hash_that_fits_nobody() {
  if (nobody_.empty()) {
    auto made = co_await parts_.passwords.hash(make_token(parts_.random));
    if (!made) co_return made;
    nobody_ = *made;
  }
  co_return nobody_;
}

asio::awaitable<Decided<Account>> SignInApi::check_password(std::string name,
                                                            std::string password) {
  const auto find = [name](Store& store) -> Result<std::optional<Account>> {
    return store.database().read("accounts",
                                 [&](soci::session& sql) -> Result<std::optional<Account>> {
                                   return AccountTable(sql).by_name(name);
                                 });
  };
  auto found = co_await parts_.store.run(find);
  if (!found) {
    spdlog::error("{}", found.error().message);
    co_return refuse(503, "the database does not answer");
  }
  auto nobody = co_await hash_that_fits_nobody();
  if (!nobody) co_return tl::unexpected(nobody.error());
  const bool usable = *found && !(*found)->disabled && !(*found)->password.empty();
  const std::string hash = usable ? (*found)->password : *nobody;
  auto fits = co_await parts_.passwords.check(password, hash);
  if (!fits) co_return tl::unexpected(fits.error());
  if (!usable || !*fits) co_return refuse(401, std::string(kWrong));
  co_return std::move(**found);
}

asio::awaitable<HttpResponse> SignInApi::sign_in(HttpRequest request) {
  if (auto own = check_own_page(request); !own) co_return refusal(own.error());
  const auto body = json_body(request);
  if (!body) co_return refusal(body.error());
  const RequestSource source = source_of(request);
  const std::string name = text_field(*body, "name");
  const std::string password = text_field(*body, "password");
  const std::string key = name_key(name);
  if (name.size() > kMaxNameBytes || password.size() > kMaxPasswordBytes)
    co_return refusal(HttpProblem{401, std::string(kWrong)});
  const int failures = parts_.limiter.failures_of_account(key);
  if (const auto wait = parts_.limiter.begin(key, source.address, parts_.clock.steady())) {
    const int64_t seconds = wait->count();
    co_return http_problem_for_now(429,
                                   fmt::format("too many attempts; try again in {} s", seconds),
                                   static_cast<int>(seconds));
  }
  auto account = co_await check_password(name, password);
  if (!account) {
    // What the node could not do is not the person's failure.
    if (account.error().status != 401) parts_.limiter.undo(key, source.address);
    if (account.error().status == 401)
      spdlog::warn("a sign-in failed account={} address={}", json::serialize(json::value(name)),
                   source.address);
    co_return refusal(account.error());
  }
  SignInAttempt attempt;
  attempt.account_id = account->id;
  attempt.checked_password = account->password;
  attempt.code = text_field(*body, "code");
  attempt.failures_before = failures;
  if (needs_rehash(account->password, parts_.passwords.cost())) {
    auto renewed = co_await parts_.passwords.hash(password);
    if (renewed) attempt.new_hash = *renewed;  // else next time
  }
  const std::string token = make_token(parts_.random);
  attempt.sign_in_hash = sha256_hex(token);
  const Actor from{"", "", source.address, parts_.clock.wall_ms()};
  const auto enter = [attempt, from](Store& store) {
    return longmen::sign_in(store.database(), from, attempt);
  };
  const auto entered = co_await parts_.store.run(enter);
  if (is_done(entered)) {
    parts_.limiter.succeeded(key, source.address);
    co_return signed_in(**entered, token, source.secure);
  }
  // A wrong code is a guess; a missing one, or our own trouble, is none.
  const bool guessed = entered && entered->error().words == kCodeWrong;
  if (!guessed) parts_.limiter.undo(key, source.address);
  if (entered && entered->error().words == kCodeNeeded) co_return code_needed();
  co_return refusal(entered);
}

asio::awaitable<HttpResponse> SignInApi::sign_out(Caller caller, HttpRequest request) {
  bool everywhere = false;
  if (!request.content.empty()) {
    const auto body = json_body(request);
    if (!body) co_return refusal(body.error());
    const json::value* wish = body->if_contains("everywhere");
    everywhere = wish && wish->is_bool() && wish->get_bool();
  }
  const Actor actor = caller.at(parts_.clock.wall_ms());
  const auto leave = [actor, hash = caller.sign_in_hash, everywhere](Store& store) {
    return longmen::sign_out(store.database(), actor, hash, everywhere);
  };
  const auto left = co_await parts_.store.run(leave);
  if (!is_done(left)) co_return refusal(left);
  HttpResponse response = json_response(json::object());
  response.fields.add("Set-Cookie", ended_sign_in_cookie(caller.source.secure));
  co_return response;
}

asio::awaitable<HttpResponse> SignInApi::look_at_link(HttpRequest request) {
  if (auto own = check_own_page(request); !own) co_return refusal(own.error());
  const auto body = json_body(request);
  if (!body) co_return refusal(body.error());
  const auto look = [hash = sha256_hex(text_field(*body, "token")),
                     now_ms = parts_.clock.wall_ms()](Store& store) {
    return longmen::look_at_link(store.database(), hash, now_ms);
  };
  const auto account = co_await parts_.store.run(look);
  if (!is_done(account)) co_return refusal(account);
  co_return json_response(json::object{{"name", (*account)->name},
                                       {"role", name_of((*account)->role)},
                                       {"first", (*account)->password.empty()}});
}

asio::awaitable<HttpResponse> SignInApi::redeem_link(HttpRequest request) {
  if (auto own = check_own_page(request); !own) co_return refusal(own.error());
  const auto body = json_body(request);
  if (!body) co_return refusal(body.error());
  const RequestSource source = source_of(request);
  const std::string password = text_field(*body, "password");
  Redemption redemption;
  redemption.link_hash = sha256_hex(text_field(*body, "token"));
  redemption.name = text_field(*body, "name");
  // First the link, so that strangers cannot have passwords hashed.
  const auto look = [hash = redemption.link_hash, now_ms = parts_.clock.wall_ms()](Store& store) {
    return longmen::look_at_link(store.database(), hash, now_ms);
  };
  const auto account = co_await parts_.store.run(look);
  if (!is_done(account)) co_return refusal(account);
  const std::string name = redemption.name.empty() ? (*account)->name : redemption.name;
  if (const auto fault = fault_of_password(password, name)) co_return http_problem(422, *fault);
  auto hashed = co_await parts_.passwords.hash(password);
  if (!hashed) co_return refusal(hashed.error());
  redemption.password = *hashed;
  const std::string token = make_token(parts_.random);
  redemption.sign_in_hash = sha256_hex(token);
  const Actor from{"", "", source.address, parts_.clock.wall_ms()};
  const auto redeem = [redemption, from](Store& store) {
    return longmen::redeem_link(store.database(), from, redemption);
  };
  const auto redeemed = co_await parts_.store.run(redeem);
  if (!is_done(redeemed)) co_return refusal(redeemed);
  parts_.limiter.clear_account(name_key((*redeemed)->name));
  co_return signed_in(**redeemed, token, source.secure);
}

}  // namespace longmen
