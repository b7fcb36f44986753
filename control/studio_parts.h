// What the APIs of the studio have in common. All of it outlives them; on the io thread.
#pragma once

#include <functional>

#include "control/device_cookie.h"
#include "control/gatekeeper.h"
#include "control/json_response.h"
#include "control/password_pool.h"
#include "control/schedule_context.h"
#include "control/secret.h"
#include "control/sign_in_limiter.h"
#include "control/store_thread.h"
#include "control/studio_clock.h"
#include "net/http_router.h"

namespace longmen {

struct StudioParts {
  StoreThread& store;
  PasswordPool& passwords;
  SignInLimiter& limiter;
  Gatekeeper& gatekeeper;
  DeviceCookies& devices;
  StudioClock clock;
  RandomBytes random;
  ScheduleSettings schedule;  // from the configuration; changes when that does
  // Both may be empty. Of what the node's processes must hear; of what is shown in the studio
  // alone.
  std::function<void()> channels_changed;
  std::function<void()> studio_changed;
  // Whether somebody sends to the channel, as far as this node knows; may be empty.
  std::function<bool(const std::string&)> has_feed;
  std::string watch_key;  // that signs watch tokens: core/access/watch_token.h
  // Where whoever came by the provider goes to sign out of it, too; empty: nowhere.
  std::function<std::string(const HttpRequest&)> provider_sign_out;
  std::string public_url = {};  // as browsers and players reach this node; empty: as each one says
};

inline constexpr size_t kMaxStudioBodyBytes = 16 << 10;

// Adds a route that only those reach who may: `handler` is a member of `api` that takes the caller
// and the request. A body that is larger than most is read once it is known who sends it.
template <class Api>
void add_guarded(HttpRouter& router, StudioParts& parts, std::string pattern, std::string method,
                 std::optional<Permission> permission, Api* api,
                 boost::asio::awaitable<HttpResponse> (Api::*handler)(Caller, HttpRequest),
                 size_t max_body_bytes = kMaxStudioBodyBytes) {
  // No closure that is a coroutine: what it holds is passed on by value.
  struct Guard {
    static boost::asio::awaitable<HttpResponse> run(
        StudioParts* parts, std::optional<Permission> permission, Api* api,
        boost::asio::awaitable<HttpResponse> (Api::*handler)(Caller, HttpRequest),
        size_t max_body_bytes, HttpRequest request) {
      auto caller = co_await parts->gatekeeper.admit(request, permission);
      if (!caller) co_return refusal_to(request, caller.error());
      if (auto target = check_target(request); !target) co_return refusal(target.error());
      if (request.body) {
        HttpBodyPiece content = co_await read_whole_body(request.body, max_body_bytes);
        if (!content) co_return refusal(content.error());
        request.content = std::move(*content);
        request.body.reset();
      }
      const bool by_token = caller->standing.by_token;
      HttpResponse response = co_await (api->*handler)(std::move(*caller), std::move(request));
      if (by_token && response.status == 401) challenge_token(response);
      co_return response;
    }
  };
  HttpRoute route;
  route.max_body_bytes = method == "GET" ? 0 : max_body_bytes;
  route.body_in_pieces = route.max_body_bytes > kMaxStudioBodyBytes;
  route.pattern = std::move(pattern);
  route.method = std::move(method);
  route.handler = [&parts, permission, api, handler, max_body_bytes](HttpRequest request) {
    return Guard::run(&parts, permission, api, handler, max_body_bytes, std::move(request));
  };
  router.add(std::move(route));
}

// Where a one-time link leads, on whatever host: the token is behind '#', so that no server and no
// log sees it.
inline std::string link_path(const std::string& token) {
  return "/studio/link#" + token;
}

}  // namespace longmen
