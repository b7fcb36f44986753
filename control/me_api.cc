#include "control/me_api.h"

#include "control/account_json.h"
#include "control/own_password.h"
#include "control/totp.h"
#include "core/base/sha256.h"

namespace longmen {
namespace asio = boost::asio;
namespace json = boost::json;
namespace {

// 80 bits: "abcd-efgh-ijkl-mnop".
std::string make_recovery_code(const RandomBytes& random) {
  std::array<uint8_t, 10> bytes;
  random(bytes);
  std::string code = name_key(base32(bytes));
  for (size_t at : {12, 8, 4})
    code.insert(at, "-");
  return code;
}

}  // namespace

void MeApi::add_routes(HttpRouter& router) {
  add_guarded(router, parts_, "/api/v1/me", "GET", std::nullopt, this, &MeApi::show);
  add_guarded(router, parts_, "/api/v1/me/password", "POST", std::nullopt, this,
              &MeApi::change_password);
  add_guarded(router, parts_, "/api/v1/me/totp", "POST", std::nullopt, this, &MeApi::begin_totp);
  add_guarded(router, parts_, "/api/v1/me/totp/confirm", "POST", std::nullopt, this,
              &MeApi::confirm_totp);
  add_guarded(router, parts_, "/api/v1/me/totp/remove", "POST", std::nullopt, this,
              &MeApi::remove_totp);
}

asio::awaitable<HttpResponse> MeApi::show(Caller caller, HttpRequest) {
  co_return json_response(me_to_json(caller.account));
}

asio::awaitable<HttpResponse> MeApi::change_password(Caller caller, HttpRequest request) {
  const auto body = json_body(request);
  if (!body) co_return refusal(body.error());
  const std::string wanted = text_field(*body, "new_password");
  if (const auto fault = fault_of_password(wanted, caller.account.name))
    co_return http_problem(422, *fault);
  auto refused = co_await ask_password(parts_, caller, *body);
  if (refused) co_return std::move(*refused);
  const auto hashed = co_await parts_.passwords.hash(wanted, limiter_key(caller));
  if (!hashed) co_return refusal(hashed.error());
  const Actor actor = caller.at(parts_.clock.wall_ms());
  const std::string token = make_token(parts_.random);  // the old one may be known to others
  const auto change = [actor, hash = *hashed, sign_in = sha256_hex(token)](Store& store) {
    return longmen::change_password(store.database(), actor, hash, sign_in);
  };
  const auto changed = co_await parts_.store.run(change);
  if (!is_done(changed)) co_return refusal(changed);
  HttpResponse response = json_response(json::object());
  response.fields.add("Set-Cookie", sign_in_cookie(token, caller.source.secure));
  co_return response;
}

asio::awaitable<HttpResponse> MeApi::begin_totp(Caller caller, HttpRequest request) {
  const auto body = json_body(request);
  if (!body) co_return refusal(body.error());
  auto refused = co_await ask_password(parts_, caller, *body);
  if (refused) co_return std::move(*refused);
  std::array<uint8_t, kTotpSecretBytes> secret;
  parts_.random(secret);
  const Actor actor = caller.at(parts_.clock.wall_ms());
  const auto begin = [actor, text = lower_hex(secret)](Store& store) {
    return longmen::begin_totp(store.database(), actor, text);
  };
  const auto begun = co_await parts_.store.run(begin);
  if (!is_done(begun)) co_return refusal(begun);
  const std::string shown = base32(secret);
  co_return json_response(
      json::object{{"secret", shown}, {"address", totp_address(caller.account.name, shown)}});
}

asio::awaitable<HttpResponse> MeApi::confirm_totp(Caller caller, HttpRequest request) {
  const auto body = json_body(request);
  if (!body) co_return refusal(body.error());
  const auto begun =
      parts_.limiter.begin_known("totp:" + limiter_key(caller), parts_.clock.steady());
  if (!begun) co_return too_many_attempts(begun.error());
  json::array codes;
  std::vector<std::string> hashes;
  for (int i = 0; i < kRecoveryCodes; ++i) {
    const std::string code = make_recovery_code(parts_.random);
    hashes.push_back(recovery_hash(code));
    codes.emplace_back(code);
  }
  const Actor actor = caller.at(parts_.clock.wall_ms());
  const auto confirm = [actor, hashes, code = text_field(*body, "code")](Store& store) {
    return longmen::confirm_totp(store.database(), actor, code, hashes);
  };
  const auto confirmed = co_await parts_.store.run(confirm);
  if (!is_done(confirmed)) {
    const bool guessed = confirmed && (*confirmed).error().status == 422;
    if (!guessed) parts_.limiter.undo(*begun);
    co_return refusal(confirmed);
  }
  parts_.limiter.succeeded(*begun);
  json::object answer;
  answer["recovery_codes"] = std::move(codes);
  co_return json_response(answer);
}

asio::awaitable<HttpResponse> MeApi::remove_totp(Caller caller, HttpRequest request) {
  const auto body = json_body(request);
  if (!body) co_return refusal(body.error());
  auto refused = co_await ask_password(parts_, caller, *body);
  if (refused) co_return std::move(*refused);
  const Actor actor = caller.at(parts_.clock.wall_ms());
  const auto remove = [actor](Store& store) {
    return longmen::remove_totp(store.database(), actor);
  };
  const auto removed = co_await parts_.store.run(remove);
  if (!is_done(removed)) co_return refusal(removed);
  co_return json_response(json::object());
}

}  // namespace longmen
