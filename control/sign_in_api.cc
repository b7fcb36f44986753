#include "control/sign_in_api.h"

#include <spdlog/spdlog.h>

#include <boost/json/parse.hpp>

#include "control/account_json.h"
#include "control/client_network.h"
#include "control/own_password.h"
#include "core/base/sha256.h"

namespace longmen {
namespace asio = boost::asio;
namespace json = boost::json;
namespace {

constexpr std::string_view kWrong = "the name or the password is wrong";

constexpr int kNetworkV6Bits = 48;  // by which places in the pool are given

HttpResponse signed_in(const StudioParts& parts, const Account& account, const std::string& token,
                       bool secure) {
  HttpResponse response = json_response(me_to_json(account));
  response.fields.add("Set-Cookie", sign_in_cookie(token, secure));
  const std::string device = parts.devices.make(name_key(account.name), parts.random);
  if (!device.empty()) response.fields.add("Set-Cookie", device_cookie(device, secure));
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
    auto made = co_await parts_.passwords.hash(make_token(parts_.random), "");
    if (!made) co_return made;
    nobody_ = *made;
  }
  co_return nobody_;
}

asio::awaitable<Decided<Account>> SignInApi::check_password(const Attempt& attempt,
                                                            std::string password) {
  const auto find = [name = attempt.name](Store& store) -> Result<std::optional<Account>> {
    return store.database().read("accounts",
                                 [&](soci::session& sql) -> Result<std::optional<Account>> {
                                   return AccountTable(sql).by_name(name);
                                 });
  };
  auto found = co_await parts_.store.run_for_anyone(find);
  if (!found) {
    log_store_problem(found.error());
    co_return refuse(503, "the database does not answer");
  }
  auto nobody = co_await hash_that_fits_nobody();
  if (!nobody) co_return tl::unexpected(nobody.error());
  const bool usable = *found && !(*found)->disabled && !(*found)->password.empty();
  const std::string hash = usable ? (*found)->password : *nobody;
  auto fits = co_await parts_.passwords.check(password, hash, attempt.owner);
  if (!fits) co_return tl::unexpected(fits.error());
  if (usable && *fits) co_return std::move(**found);
  // What is typed in the place of a name may be a password, so only a name that is one is logged.
  spdlog::warn("a sign-in failed account={} address={}",
               *found ? json::serialize(json::value((*found)->name)) : "unknown", attempt.address);
  co_return refuse(401, std::string(kWrong));
}

asio::awaitable<HttpResponse> SignInApi::sign_in(HttpRequest request) {
  if (auto own = check_own_page(request); !own) co_return refusal(own.error());
  const auto body = json_body(request);
  if (!body) co_return refusal(body.error());
  const RequestSource source = source_of(request);
  const std::string password = text_field(*body, "password");
  Attempt attempt{text_field(*body, "name"), source.address, {}};
  const std::string key = name_key(attempt.name);
  // What cannot be one's name or password needs no look into the database, in which another text
  // might be found for it.
  if (fault_of_name(attempt.name) || password.size() > kMaxPasswordBytes)
    co_return refusal(HttpProblem{401, std::string(kWrong)});
  const std::string device = device_cookie_of(request);
  const bool known = parts_.devices.is_good(device, key);
  attempt.owner = known ? "device:" + device : network_of(source.address, kNetworkV6Bits);
  SignInLimiter& limiter = parts_.limiter;
  const int failures = known ? limiter.failures_of_known(attempt.owner)  // before this one
                             : limiter.failures_of_account(key);
  const auto begun = known ? limiter.begin_known(attempt.owner, parts_.clock.steady())
                           : limiter.begin(key, source.address, parts_.clock.steady());
  if (!begun) co_return too_many_attempts(begun.error());
  auto account = co_await check_password(attempt, password);
  if (!account) {
    // What the node could not do is not the person's failure.
    if (account.error().status != 401) limiter.undo(*begun);
    co_return refusal(account.error());
  }
  SignInAttempt entry;
  entry.account_id = account->id;
  entry.checked_password = account->password;
  entry.code = text_field(*body, "code");
  entry.failures_before = failures;
  if (needs_rehash(account->password, parts_.passwords.cost())) {
    auto renewed = co_await parts_.passwords.hash(password, attempt.owner);
    if (renewed) entry.new_hash = *renewed;  // else next time
  }
  const std::string token = make_token(parts_.random);
  entry.sign_in_hash = sha256_hex(token);
  const Actor from{"", "", source.address, parts_.clock.wall_ms()};
  const auto enter = [entry, from](Store& store) {
    return longmen::sign_in(store.database(), from, entry);
  };
  const auto entered = co_await parts_.store.run(enter);
  if (is_done(entered)) {
    limiter.succeeded(*begun);
    co_return signed_in(parts_, **entered, token, source.secure);
  }
  if (entered && entered->error().words == kCodeWrong) {
    co_await note_wrong_code(*account, from);
    co_return refusal(entered);
  }
  // A code that is missing, or our own trouble, is no guess.
  limiter.undo(*begun);
  if (entered && entered->error().words == kCodeNeeded) co_return code_needed();
  co_return refusal(entered);
}

// Somebody has the password and not the second factor.
asio::awaitable<void> SignInApi::note_wrong_code(const Account& account, const Actor& from) {
  spdlog::warn("a sign-in had the right password and a wrong code account={} address={}",
               json::serialize(json::value(account.name)), from.address);
  const auto note = [from, id = account.id](Store& store) {
    return note_refusal(store.database(), from, id, kCodeRefused);
  };
  const auto noted = co_await parts_.store.run(note);
  if (!noted) log_store_problem(noted.error());
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
  const auto leave = [actor, hash = caller.standing.sign_in_hash, everywhere](Store& store) {
    return longmen::sign_out(store.database(), actor, hash, everywhere);
  };
  const auto left = co_await parts_.store.run(leave);
  if (!is_done(left)) co_return refusal(left);
  json::object body{{"location", nullptr}};
  if (**left && parts_.provider_sign_out) {
    if (std::string address = parts_.provider_sign_out(request); !address.empty())
      body["location"] = std::move(address);
  }
  HttpResponse response = json_response(body);
  response.fields.add("Set-Cookie", ended_sign_in_cookie(caller.source.secure));
  co_return response;
}

asio::awaitable<HttpResponse> SignInApi::look_at_link(HttpRequest request) {
  if (auto own = check_own_page(request); !own) co_return refusal(own.error());
  const auto body = json_body(request);
  if (!body) co_return refusal(body.error());
  const std::string token = text_field(*body, "token");
  if (!is_token(token)) co_return refusal(refuse_link().value());
  const auto look = [hash = sha256_hex(token), now_ms = parts_.clock.wall_ms()](Store& store) {
    return longmen::look_at_link(store.database(), hash, now_ms);
  };
  const auto account = co_await parts_.store.run_for_anyone(look);
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
  const std::string link = text_field(*body, "token");
  if (!is_token(link)) co_return refusal(refuse_link().value());
  Redemption redemption;
  redemption.link_hash = sha256_hex(link);
  redemption.name = text_field(*body, "name");
  // First the link, so that strangers cannot have passwords hashed.
  const auto look = [hash = redemption.link_hash, now_ms = parts_.clock.wall_ms()](Store& store) {
    return longmen::look_at_link(store.database(), hash, now_ms);
  };
  const auto account = co_await parts_.store.run_for_anyone(look);
  if (!is_done(account)) co_return refusal(account);
  const std::string name = redemption.name.empty() ? (*account)->name : redemption.name;
  if (const auto fault = fault_of_password(password, name)) co_return http_problem(422, *fault);
  auto hashed = co_await parts_.passwords.hash(password, redemption.link_hash);
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
  co_return signed_in(parts_, **redeemed, token, source.secure);
}

}  // namespace longmen
