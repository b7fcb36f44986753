#include "gateway/watch_gate.h"

#include <fmt/format.h>

#include <chrono>

#include "core/http/bearer.h"
#include "core/http/cookie.h"

namespace longmen {
namespace {

constexpr char kHiddenMark = '~';  // main~primary
constexpr std::string_view kCookie = "longmen-watch";
constexpr std::string_view kHls = "/hls/";
constexpr std::string_view kReplay = "/replay/";
constexpr std::string_view kPublic = "public";

std::string token_of(const HttpRequest& request) {
  if (const auto token = bearer_token(request.fields); !token.empty()) return std::string(token);
  if (const auto token = request.target.query_value("token"); !token.empty())
    return std::string(token);
  return find_cookie(request.fields, kCookie, [](std::string_view) { return true; });
}

bool is_hidden(std::string_view channel) {
  return channel.find(kHiddenMark) != std::string_view::npos;
}

std::string_view who_may(std::string_view channel, Access access) {
  if (is_hidden(channel)) return "the channel is the studio's";
  if (access == Access::kScreens) return "the channel is for enrolled screens";
  return "the channel is for whoever has a link with a token: ask the studio";
}

// "/hls/main/", "/replay/ID/": what a playlist's media are below. Empty: no playlist is there.
std::string folder_of(std::string_view path) {
  for (const std::string_view root : {kHls, kReplay}) {
    if (!path.starts_with(root)) continue;
    const size_t end = path.find('/', root.size());
    return end == std::string_view::npos ? "" : std::string(path.substr(0, end + 1));
  }
  return "";
}

HttpResponse unauthorized(std::string_view words, std::string_view error) {
  HttpResponse response = http_problem(401, words);
  response.fields.set("WWW-Authenticate",
                      error.empty() ? "Bearer realm=\"watch\""
                                    : fmt::format("Bearer realm=\"watch\", error=\"{}\"", error));
  response.fields.set("Cache-Control", "no-store");
  return response;
}

}  // namespace

void WatchGate::set_channels(const std::vector<Channel>& channels) {
  std::map<std::string, WatchRule, std::less<>> rules;
  for (const Channel& channel : channels)
    rules.emplace(channel.id, WatchRule(channel));
  rules_ = std::move(rules);
  known_.clear();  // the key may be another one
}

const WatchRule* WatchGate::rule_of(std::string_view channel) const {
  const auto found = rules_.find(channel.substr(0, channel.find(kHiddenMark)));
  return found == rules_.end() ? nullptr : &found->second;
}

HttpHandlerOfRoute WatchGate::guard(Handler handler, ChannelOf channel_of) {
  return [this, handler = std::move(handler),
          channel_of = std::move(channel_of)](HttpRequest request) {
    std::string channel = channel_of ? channel_of(request) : request.parameters[0];
    return answer(handler, std::move(channel), std::move(request));
  };
}

HttpHandlerOfRoute WatchGate::guard(HttpHandlerOfRoute handler, ChannelOf channel_of) {
  return guard(Handler([handler = std::move(handler)](HttpRequest request,
                                                      const std::optional<WatchLeave>&) {
                 return handler(std::move(request));
               }),
               std::move(channel_of));
}

HttpAtOnce WatchGate::guard_at_once(HttpAtOnce at_once, ChannelOf channel_of) {
  return [this, at_once = std::move(at_once),
          channel_of = std::move(channel_of)](HttpRequest& request) {
    const std::string channel = channel_of ? channel_of(request) : request.parameters[0];
    const WatchRule* const rule = rule_of(channel);
    if (rule && rule->asks_for_token(is_hidden(channel))) return std::optional<HttpResponse>();
    return at_once(request);
  };
}

boost::asio::awaitable<HttpResponse> WatchGate::answer(const Handler& handler, std::string channel,
                                                       HttpRequest request) {
  const WatchRule* const rule = rule_of(channel);
  const bool asks = rule && rule->asks_for_token(is_hidden(channel));
  const std::string folder = folder_of(request.target.path);
  const std::string token = token_of(request);
  std::optional<WatchLeave> shown;
  // Who watches an open channel by WebRTC may go on with it once the channel is no longer open.
  if (rule && (asks || (!token.empty() && folder.empty()))) {
    Leave given = leave(channel, token, *rule);
    if (given) shown = std::move(*given);
    if (!given && asks) co_return std::move(given.error());
  }
  if (!asks) co_return co_await handler(std::move(request), std::move(shown));
  const bool in_query = !request.target.query_value("token").empty();
  const bool secure = request.secure;
  HttpResponse response = co_await handler(std::move(request), std::move(shown));
  // The player itself may keep it; a shared cache would hand it to anybody.
  if (std::string cache(response.fields.value("Cache-Control")); cache.starts_with(kPublic))
    response.fields.set("Cache-Control", "private" + cache.substr(kPublic.size()));
  if (!folder.empty() && in_query && response.status < 400) {
    response.fields.add("Set-Cookie",
                        fmt::format("{}={}; Path={}; HttpOnly; SameSite=Lax{}", kCookie, token,
                                    folder, secure ? "; Secure" : ""));
  }
  co_return response;
}

WatchGate::Leave WatchGate::leave(const std::string& channel, const std::string& token,
                                  const WatchRule& rule) {
  const auto refuse = [](HttpResponse response) { return tl::unexpected(std::move(response)); };
  if (!clock_.is_set())
    return refuse(http_problem_for_now(503, "the node does not know the time yet", 1));
  if (token.empty()) return refuse(unauthorized(who_may(channel, rule.access()), ""));
  const auto grant = read(token, rule);
  if (!grant) return refuse(unauthorized(words_of(grant.error()), "invalid_token"));
  if (grant->channel != channel)
    return refuse(http_problem(403, fmt::format("the token is for channel {}", grant->channel)));
  WatchLeave given{grant->bearer, grant->subject, rule.key(), grant->expires};
  const auto fault = rule.fault(given, is_hidden(channel));
  if (!fault) return given;
  if (http_status_of(*fault) == 401) return refuse(unauthorized(words_of(*fault), "invalid_token"));
  return refuse(http_problem(http_status_of(*fault), words_of(*fault)));
}

tl::expected<WatchGrant, WatchRefusal> WatchGate::read(const std::string& token,
                                                       const WatchRule& rule) {
  const auto media = clock_.media_at(std::chrono::steady_clock::now()).time_since_epoch();
  const WatchGrant::Instant now(std::chrono::floor<std::chrono::seconds>(media));
  if (const auto found = known_.find(token); found != known_.end()) {
    if (found->second.expires > now) return found->second;
    known_.erase(found);
    return tl::unexpected(WatchRefusal::kExpired);
  }
  auto grant = read_watch_token(token, rule.key(), now);
  if (grant) {
    if (known_.size() >= kMaxKnown) known_.clear();
    known_.emplace(token, *grant);
  }
  return grant;
}

}  // namespace longmen
