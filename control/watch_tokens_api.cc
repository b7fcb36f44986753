#include "control/watch_tokens_api.h"

#include <fmt/format.h>

#include <boost/json/serialize.hpp>

#include "control/body_fields.h"
#include "control/channel_table.h"
#include "control/json_action.h"
#include "control/text_rules.h"
#include "core/access/watch_token.h"

namespace longmen {
namespace asio = boost::asio;
namespace json = boost::json;
namespace {

constexpr size_t kMaxSubjectBytes = 100;

struct Wish {
  std::string subject;
  std::chrono::minutes life{};
};

Decided<Wish> read_wish(const json::object& body) {
  std::optional<std::string> subject;
  std::optional<int64_t> minutes;
  BodyFields fields(body);
  fields.read("for", subject);
  fields.read("minutes", minutes);
  if (const auto fault = fields.fault()) return refuse(422, *fault);
  if (!subject) return refuse(422, "for: who it is for is needed, for the audit");
  if (const auto fault = fault_of_title("for", *subject, kMaxSubjectBytes))
    return refuse(422, *fault);
  if (!minutes || *minutes < 1 || *minutes > WatchTokensApi::kLongest.count()) {
    return refuse(422,
                  fmt::format("minutes: 1 to {} are allowed", WatchTokensApi::kLongest.count()));
  }
  return Wish{*subject, std::chrono::minutes(*minutes)};
}

// Whoever made a link for a channel that takes none would believe that it works.
Decided<bool> check_access(soci::session& sql, const std::string& channel) {
  const auto found = ChannelTable(sql).by_id(channel);
  if (!found) return refuse(404, "there is no such channel");
  if (found->access == Access::kOpen)
    return refuse(409, "the channel is open: everybody may watch it, and no link is needed");
  if (found->access == Access::kScreens) {
    return refuse(409,
                  "the channel is for enrolled screens alone, and a person's link would not be "
                  "taken; set its access to \"token\" first");
  }
  return true;
}

}  // namespace

void WatchTokensApi::add_routes(HttpRouter& router) {
  add_guarded(router, parts_, "/api/v1/channels/{id}/watch-tokens", "POST",
              Permission::kManageChannels, this, &WatchTokensApi::create);
}

asio::awaitable<HttpResponse> WatchTokensApi::create(Caller caller, HttpRequest request) {
  const auto body = json_body(request);
  if (!body) co_return refusal(body.error());
  const auto wish = read_wish(*body);
  if (!wish) co_return refusal(wish.error());
  const std::string channel = request.parameters[0];
  const WatchGrant grant{
      channel, WatchBearer::kPerson, wish->subject,
      std::chrono::floor<std::chrono::seconds>(WatchGrant::Instant::clock::time_point(
          std::chrono::milliseconds(parts_.clock.wall_ms()) + wish->life))};
  const auto token = sign_watch_token(grant, parts_.watch_key);
  if (!token) co_return http_problem(422, token.error().message);
  const int64_t expires_ms = std::chrono::milliseconds(grant.expires.time_since_epoch()).count();
  const ActionInTransaction act =
      [context = context_of(parts_, caller), channel, token = *token, expires_ms,
       who = wish->subject](soci::session& sql) -> Decided<json::object> {
    if (auto fits = check_access(sql, channel); !fits) return tl::unexpected(fits.error());
    const json::object made{{"channel", channel}, {"for", who}, {"expires_ms", expires_ms}};
    append_audit(sql, context.actor, "watch_token.create", channel, "", json::serialize(made));
    json::object answer = made;
    answer["token"] = token;
    answer["page"] = fmt::format("/?channel={}&token={}", channel, token);
    answer["whep"] = fmt::format("/whep/{}?token={}", channel, token);
    answer["hls"] = fmt::format("/hls/{}/index.m3u8?token={}", channel, token);
    return answer;
  };
  co_return co_await answer_change(parts_, caller, act);
}

}  // namespace longmen
