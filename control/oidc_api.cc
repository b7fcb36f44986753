#include "control/oidc_api.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <boost/json/parse.hpp>

#include "control/act.h"
#include "control/oidc/claims.h"
#include "control/oidc/id_token.h"
#include "control/own_password.h"
#include "core/base/plain_text.h"
#include "core/base/sha256.h"
#include "core/http/cookie.h"
#include "core/http/target.h"

namespace longmen {
namespace asio = boost::asio;
namespace json = boost::json;
namespace {

constexpr size_t kMaxCodeBytes = 4096;
constexpr size_t kMaxLoggedBytes = 100;

HttpRoute unguarded(std::string pattern, std::string method, HttpHandlerOfRoute handler) {
  HttpRoute route;
  route.pattern = std::move(pattern);
  route.max_body_bytes = method == "GET" ? 0 : kMaxStudioBodyBytes;
  route.method = std::move(method);
  route.handler = std::move(handler);
  return route;
}

std::string flow_cookie(std::string_view state, std::string_view value, bool secure,
                        std::chrono::seconds life) {
  // Lax: it has to come along when the provider sends the browser back.
  return fmt::format("{}={}; Path=/; HttpOnly; SameSite=Lax; Max-Age={}{}",
                     flow_cookie_name(state, secure), value, life.count(),
                     secure ? "; Secure" : "");
}

// Where a person hears how it went.
HttpResponse to_studio(std::string_view problem = "") {
  HttpResponse response;
  response.status = 303;
  response.fields.set("Location",
                      problem.empty() ? "/studio" : fmt::format("/studio#provider={}", problem));
  response.fields.set("Cache-Control", "no-store");
  response.fields.set("Referrer-Policy", "no-referrer");  // the code stands in the address
  return response;
}

HttpResponse trouble_response(const OidcProblem& problem) {
  HttpResponse response = http_problem_for_now(503, "the provider cannot be used at the moment", 5);
  auto body = json::parse(response.content).as_object();
  body["provider_problem"] = name_of(problem.trouble);
  response.content = json::serialize(body);
  return response;
}

std::string loggable(std::string_view text) {
  const std::string_view part = text.substr(0, kMaxLoggedBytes);
  return is_plain_text(part) ? json::serialize(json::value(part)) : "(not shown)";
}

std::string_view word_for(const HttpProblem& problem) {
  if (problem.words == kNoAccount) return "no_account";
  if (problem.words == kNoRole) return "no_role";
  if (problem.words == kDisabled) return "disabled";
  if (problem.words == kTurnedAway) return "turned_away";
  if (problem.words == kLinkedElsewhere) return "linked_elsewhere";
  return problem.status == 503 ? "busy" : "not_done";
}

int64_t confirmed_ms_of(const json::object& claims, int64_t now_ms) {
  const json::value* value = claims.if_contains("auth_time");
  if (!value || !value->is_int64()) return 0;
  constexpr int64_t kLatestSeconds = 1'000'000'000'000;
  return std::min(std::clamp<int64_t>(value->get_int64(), 0, kLatestSeconds) * 1000, now_ms);
}

}  // namespace

// A browser that the provider sent back.
struct OidcApi::Return {
  HttpRequest request;
  RequestSource source;
  SignInFlow flow;
  std::string state;
};

OidcApi::OidcApi(asio::io_context& io, StudioParts& parts, WebFetch fetch)
    : parts_(parts), provider_(io, std::move(fetch), parts.clock) {}

void OidcApi::add_routes(HttpRouter& router) {
  router.add(unguarded("/api/v1/sign-in/ways", "GET",
                       [this](HttpRequest request) { return ways(std::move(request)); }));
  router.add(unguarded("/api/v1/oidc/begin", "POST",
                       [this](HttpRequest request) { return begin(std::move(request)); }));
  router.add(unguarded(kOidcCallback, "GET",
                       [this](HttpRequest request) { return callback(std::move(request)); }));
  add_guarded(router, parts_, "/api/v1/me/identity", "POST", std::nullopt, this, &OidcApi::link);
  add_guarded(router, parts_, "/api/v1/me/identity/remove", "POST", std::nullopt, this,
              &OidcApi::unlink);
}

asio::awaitable<void> OidcApi::look() {
  if (provider_.config().is_on()) co_await provider_.metadata();
}

std::string OidcApi::provider_key() const {
  return provider_.config().issuer + "\n" + provider_.config().client_id;
}

std::string OidcApi::origin_of(const HttpRequest& request) const {
  return longmen::origin_of(request, provider_.config().public_url);
}

std::string OidcApi::redirect_uri(const HttpRequest& request) const {
  return origin_of(request) + kOidcCallback;
}

std::string OidcApi::sign_out_address(const HttpRequest& request) const {
  const std::string endpoint = provider_.end_session_endpoint();
  if (endpoint.empty()) return "";
  return fmt::format("{}{}client_id={}&post_logout_redirect_uri={}", endpoint,
                     endpoint.find('?') == std::string::npos ? '?' : '&',
                     percent_encode(provider_.config().client_id),
                     percent_encode(origin_of(request) + "/studio"));
}

asio::awaitable<HttpResponse> OidcApi::ways(HttpRequest) {
  json::object body;
  body["provider"] = nullptr;
  if (provider_.config().is_on()) {
    json::object provider;
    provider["label"] = provider_.config().label;
    provider["problem"] = nullptr;
    if (provider_.problem()) provider["problem"] = name_of(provider_.problem()->trouble);
    body["provider"] = std::move(provider);
  }
  co_return json_response(body);
}

asio::awaitable<HttpResponse> OidcApi::begin(HttpRequest request) {
  if (auto own = check_own_page(request); !own) co_return refusal(own.error());
  const auto body = json_body(request);
  if (!body) co_return refusal(body.error());
  const json::value* wish = body->if_contains("again");
  const bool again = wish && wish->is_bool() && wish->get_bool();
  const SignInFlow flow;
  co_return co_await send_away(request, flow, again);
}

asio::awaitable<HttpResponse> OidcApi::send_away(const HttpRequest& request, SignInFlow flow,
                                                 bool again) {
  if (!provider_.config().is_on()) co_return http_problem(404, "no provider is configured");
  const auto metadata = co_await provider_.metadata();
  if (!metadata) co_return trouble_response(metadata.error());
  if (!flows_.has_key()) co_return http_problem_for_now(503, "this node starts", 2);
  const OidcConfig& config = provider_.config();
  flow.seed = make_token(parts_.random);
  flow.begun_s = parts_.clock.wall_ms() / 1000;
  const std::string state = flows_.state_of(flow);
  const std::string& endpoint = metadata->authorization_endpoint;
  std::string location = fmt::format(
      "{}{}response_type=code&client_id={}&redirect_uri={}&scope={}&state={}&nonce={}"
      "&code_challenge={}&code_challenge_method=S256",
      endpoint, endpoint.find('?') == std::string::npos ? '?' : '&',
      percent_encode(config.client_id), percent_encode(redirect_uri(request)),
      percent_encode(fmt::format("{}", fmt::join(config.scopes, " "))), state,
      flows_.nonce_of(flow), code_challenge_of(flows_.verifier_of(flow)));
  if (again) location += "&prompt=login&max_age=0";
  HttpResponse response = json_response(json::object{{"location", location}});
  response.fields.add("Set-Cookie", flow_cookie(state, flows_.cookie_of(flow, provider_key()),
                                                source_of(request).secure, kFlowLife));
  co_return response;
}

asio::awaitable<HttpResponse> OidcApi::callback(HttpRequest request) {
  Return back;
  back.source = source_of(request);
  back.state = request.target.query_value("state");
  if (!provider_.config().is_on() || !is_token(back.state)) co_return to_studio("expired");
  const std::string name = flow_cookie_name(back.state, back.source.secure);
  const std::string cookie =
      find_cookie(request.fields, name, [](std::string_view) { return true; });
  const auto flow = flows_.flow_of(cookie, back.state, provider_key(),
                                   std::chrono::seconds(parts_.clock.wall_ms() / 1000));
  if (!flow) co_return to_studio("expired");
  back.flow = *flow;
  back.request = std::move(request);
  HttpResponse response = co_await come_back(back);
  // Once: the provider takes a code once as well.
  response.fields.add("Set-Cookie",
                      flow_cookie(back.state, "", back.source.secure, std::chrono::seconds(0)));
  co_return response;
}

asio::awaitable<HttpResponse> OidcApi::come_back(Return& back) {
  const HttpTarget& target = back.request.target;
  const auto metadata = co_await provider_.metadata();
  if (!metadata) co_return to_studio(name_of(metadata.error().trouble));
  // Of another provider that somebody mixed in: RFC 9207 §2.4.
  const std::string_view issuer = target.query_value("iss");
  if ((!issuer.empty() || metadata->names_itself_in_answers) &&
      issuer != provider_.config().issuer) {
    spdlog::warn("an answer of another provider was refused: {}", loggable(issuer));
    co_return to_studio("refused");
  }
  const std::string_view error = target.query_value("error");
  if (error == "access_denied") co_return to_studio("cancelled");
  const std::string_view code = target.query_value("code");
  const auto begun = parts_.limiter.begin_unnamed(back.source.address, parts_.clock.steady());
  if (!begun) co_return to_studio("locked");
  if (!error.empty() || code.empty() || code.size() > kMaxCodeBytes) {
    spdlog::warn("the provider refused a sign-in: {} {}", loggable(error),
                 loggable(target.query_value("error_description")));
    co_return to_studio("refused");
  }
  CodeExchange exchange;
  exchange.code = code;
  exchange.verifier = flows_.verifier_of(back.flow);
  exchange.nonce = flows_.nonce_of(back.flow);
  exchange.redirect_uri = redirect_uri(back.request);
  exchange.now = std::chrono::seconds(parts_.clock.wall_ms() / 1000);
  const OidcConfig asked = provider_.config();
  const auto claims = co_await provider_.claims_of(exchange);
  // Whose word that is was settled when it was asked for.
  if (provider_.config() != asked) {
    parts_.limiter.undo(*begun);
    co_return to_studio("expired");
  }
  if (!claims) {
    const OidcTrouble trouble = claims.error().trouble;
    // What the provider or this node could not do is not the person's failure.
    if (trouble != OidcTrouble::kRefused && trouble != OidcTrouble::kToken)
      parts_.limiter.undo(*begun);
    co_return to_studio(name_of(trouble));
  }
  const ProviderWord word = word_of(*claims);
  // No conditional operator around co_await: GCC 12 destroys what is in it twice.
  HttpResponse response;
  if (back.flow.purpose == SignInFlow::Purpose::kLink) {
    response = co_await finish_link(back, word);
  } else {
    response = co_await enter(back, word);
  }
  const bool refused = response.fields.value("Location").find('=') != std::string_view::npos;
  if (!refused) parts_.limiter.undo(*begun);
  co_return response;
}

ProviderWord OidcApi::word_of(const json::object& claims) const {
  const OidcConfig& config = provider_.config();
  ProviderWord word;
  word.issuer = config.issuer;
  word.subject = std::string(claims.at("sub").get_string());
  word.name = name_of_claims(claims, config);
  word.role = role_of_claims(claims, config);
  word.says_roles = !config.role_claim.empty();
  word.make_account = config.make_accounts;
  word.confirmed_ms = confirmed_ms_of(claims, parts_.clock.wall_ms());
  return word;
}

asio::awaitable<HttpResponse> OidcApi::enter(const Return& back, const ProviderWord& word) {
  const std::string token = make_token(parts_.random);
  const Actor from{"", "", back.source.address, parts_.clock.wall_ms()};
  const auto sign_in = [word, from, id = make_id(parts_.random),
                        hash = sha256_hex(token)](Store& store) {
    return sign_in_by_provider(store.database(), from, word, id, hash);
  };
  const auto entered = co_await parts_.store.run_for_anyone(sign_in);
  if (!entered) {
    log_store_problem(entered.error());
    co_return to_studio("busy");
  }
  if (!*entered) {
    co_await note_refusal_of(from, word, entered->error().words);
    co_return to_studio(word_for(entered->error()));
  }
  HttpResponse response = to_studio();
  response.fields.add("Set-Cookie", sign_in_cookie(token, back.source.secure));
  co_return response;
}

asio::awaitable<void> OidcApi::note_refusal_of(const Actor& from, const ProviderWord& word,
                                               const std::string& why) {
  spdlog::warn("the provider vouched for somebody who may not sign in address={}: {}", from.address,
               why);
  const auto note = [from, word, why](Store& store) {
    return note_provider_refusal(store.database(), from, word, why);
  };
  const auto noted = co_await parts_.store.run_for_anyone(note);
  if (!noted) log_store_problem(noted.error());
}

asio::awaitable<HttpResponse> OidcApi::link(Caller caller, HttpRequest request) {
  const auto body = json_body(request);
  if (!body) co_return refusal(body.error());
  auto refused = co_await ask_password(parts_, caller, *body);
  if (refused) co_return std::move(*refused);
  SignInFlow flow;
  flow.purpose = SignInFlow::Purpose::kLink;
  flow.account_id = caller.account.id;
  flow.sign_in_hash = caller.standing.sign_in_hash;
  co_return co_await send_away(request, flow, false);
}

asio::awaitable<HttpResponse> OidcApi::finish_link(const Return& back, const ProviderWord& word) {
  const Actor from{"", "", back.source.address, parts_.clock.wall_ms()};
  const auto link = [from, word, account = back.flow.account_id,
                     sign_in = back.flow.sign_in_hash](Store& store) {
    return link_provider(store.database(), from, account, sign_in, word);
  };
  const auto linked = co_await parts_.store.run_for_anyone(link);
  if (!linked) {
    log_store_problem(linked.error());
    co_return to_studio("busy");
  }
  if (!*linked) co_return to_studio(word_for(linked->error()));
  HttpResponse response = to_studio();
  response.fields.set("Location", "/studio#own");
  co_return response;
}

asio::awaitable<HttpResponse> OidcApi::unlink(Caller caller, HttpRequest request) {
  const auto body = json_body(request);
  if (!body) co_return refusal(body.error());
  auto refused = co_await ask_password(parts_, caller, *body);
  if (refused) co_return std::move(*refused);
  const auto remove = [actor = caller.at(parts_.clock.wall_ms())](Store& store) {
    return unlink_provider(store.database(), actor);
  };
  const auto removed = co_await parts_.store.run(remove);
  if (!is_done(removed)) co_return refusal(removed);
  co_return json_response(json::object());
}

}  // namespace longmen
