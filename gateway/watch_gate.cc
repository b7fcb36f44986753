#include "gateway/watch_gate.h"

#include <fmt/format.h>

#include <chrono>

#include "core/http/cookie.h"

namespace longmen {
namespace {

constexpr char kHiddenMark = '~';  // main~primary
constexpr std::string_view kBearerScheme = "Bearer ";
constexpr std::string_view kCookie = "longmen-watch";
constexpr std::string_view kHls = "/hls/";
constexpr std::string_view kPublic = "public";

std::string token_of(const HttpRequest& request) {
  const std::string_view authorization = request.fields.value("Authorization");
  if (authorization.starts_with(kBearerScheme))
    return std::string(authorization.substr(kBearerScheme.size()));
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
  std::map<std::string, Gate, std::less<>> gates;
  for (const Channel& channel : channels)
    gates[channel.id] = {channel.access, channel.watch_key};
  gates_ = std::move(gates);
  known_.clear();  // the key may be another one
}

const WatchGate::Gate* WatchGate::gate_of(std::string_view channel) const {
  const auto found = gates_.find(channel.substr(0, channel.find(kHiddenMark)));
  return found == gates_.end() ? nullptr : &found->second;
}

bool WatchGate::asks_for_token(std::string_view channel) const {
  if (is_hidden(channel)) return true;
  const Gate* gate = gate_of(channel);
  return gate && gate->access != Access::kOpen;
}

HttpHandlerOfRoute WatchGate::guard(HttpHandlerOfRoute handler) {
  return [this, handler = std::move(handler)](HttpRequest request) {
    return answer(handler, std::move(request));
  };
}

boost::asio::awaitable<HttpResponse> WatchGate::answer(const HttpHandlerOfRoute& handler,
                                                       HttpRequest request) {
  const std::string channel = request.parameters[0];
  if (!asks_for_token(channel)) co_return co_await handler(std::move(request));
  const std::string token = token_of(request);
  if (auto refused = refusal(channel, token)) co_return std::move(*refused);
  const bool hls = request.target.path.starts_with(kHls);
  const bool in_query = !request.target.query_value("token").empty();
  const bool secure = request.secure;
  HttpResponse response = co_await handler(std::move(request));
  // The player itself may keep it; a shared cache would hand it to anybody.
  if (std::string cache(response.fields.value("Cache-Control")); cache.starts_with(kPublic))
    response.fields.set("Cache-Control", "private" + cache.substr(kPublic.size()));
  if (hls && in_query && response.status < 400) {
    response.fields.add("Set-Cookie",
                        fmt::format("{}={}; Path={}{}/; HttpOnly; SameSite=Lax{}", kCookie, token,
                                    kHls, channel, secure ? "; Secure" : ""));
  }
  co_return response;
}

std::optional<HttpResponse> WatchGate::refusal(const std::string& channel,
                                               const std::string& token) {
  const Gate* gate = gate_of(channel);
  if (!gate) return std::nullopt;
  if (!clock_.is_set()) return http_problem_for_now(503, "the node does not know the time yet", 1);
  if (token.empty()) return unauthorized(who_may(channel, gate->access), "");
  const auto grant = read(token, *gate);
  if (!grant) return unauthorized(words_of(grant.error()), "invalid_token");
  if (grant->channel != channel)
    return http_problem(403, fmt::format("the token is for channel {}", grant->channel));
  if (grant->bearer == WatchBearer::kPerson && gate->access == Access::kScreens)
    return http_problem(403, "the channel is for enrolled screens, and the token is a person's");
  return std::nullopt;
}

tl::expected<WatchGrant, WatchRefusal> WatchGate::read(const std::string& token, const Gate& gate) {
  const auto media = clock_.media_at(std::chrono::steady_clock::now()).time_since_epoch();
  const WatchGrant::Instant now(std::chrono::floor<std::chrono::seconds>(media));
  if (const auto found = known_.find(token); found != known_.end()) {
    if (found->second.expires > now) return found->second;
    known_.erase(found);
    return tl::unexpected(WatchRefusal::kExpired);
  }
  auto grant = read_watch_token(token, gate.key, now);
  if (grant) {
    if (known_.size() >= kMaxKnown) known_.clear();
    known_.emplace(token, *grant);
  }
  return grant;
}

}  // namespace longmen
