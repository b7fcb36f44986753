#include "gateway/webrtc_session.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "core/sdp/ice_fragment.h"
#include "gateway/whep_problem.h"
#include "net/system_random.h"

namespace longmen {
namespace {

constexpr size_t kMaxEntityTags = 4;  // of one If-Match

// An opaque tag in the quotes that HTTP wants; whoever gave it may have put them already.
std::string entity_tag(std::string_view tag) {
  return tag.starts_with('"') ? std::string(tag) : fmt::format("\"{}\"", tag);
}

std::string_view without_quotes(std::string_view tag) {
  if (tag.size() < 2 || !tag.starts_with('"') || !tag.ends_with('"')) return tag;
  return tag.substr(1, tag.size() - 2);
}

HttpResponse restart_response(const sdp::IceFragment& fragment, const JoinAnswer& answer,
                              std::string_view who) {
  HttpResponse response;
  switch (answer.status) {
    case 200:
      response.fields.set("Content-Type", kIceFragmentType);
      response.fields.set("ETag", entity_tag(answer.etag));
      response.content = sdp::write_ice_fragment(fragment, answer);
      return response;
    case 204:
      response.status = 204;
      return response;
    case 404:
      return http_problem(404, fmt::format("there is no such {}", who));
    case 412:
      return http_problem(412, "the ICE session is another one by now");
    default:
      return relay_problem(answer.status, answer.problem);
  }
}

}  // namespace

uint64_t random_session_id() {
  return system_random<uint64_t>() >> 2;
}

std::optional<HttpResponse> refuse_other_than_offer(const HttpRequest& request) {
  if (is_media_type(request.fields.value("Content-Type"), kSdpType)) return std::nullopt;
  HttpResponse refused = http_problem(415, "an offer has Content-Type: application/sdp");
  refused.fields.set("Accept-Post", kSdpType);
  return refused;
}

HttpResponse session_created(const std::string& resource, const JoinAnswer& answer) {
  HttpResponse response;
  response.status = 201;
  response.fields.set("Content-Type", kSdpType);
  response.fields.set("Location", resource);
  response.fields.set("ETag", entity_tag(answer.etag));
  response.fields.set("Accept-Patch", kIceFragmentType);
  response.fields.set("Cache-Control", "no-store");
  return response;
}

boost::asio::awaitable<HttpResponse> patch_session(SignallingClient& keeper, HttpRequest request,
                                                   std::string_view who) {
  if (!is_media_type(request.fields.value("Content-Type"), kIceFragmentType)) {
    HttpResponse refused =
        http_problem(415, "a PATCH has Content-Type: application/trickle-ice-sdpfrag");
    refused.fields.set("Accept-Patch", kIceFragmentType);
    co_return refused;
  }
  const auto tags = request.fields.list("If-Match");
  if (tags.empty())
    co_return http_problem(428, "If-Match is needed: the ETag of the ICE session, or *");
  const auto fragment = sdp::read_ice_fragment(request.content);
  if (!fragment) co_return http_problem(400, fragment.error().message);
  if (!fragment->credentials)
    co_return http_problem(400, "the fragment has neither a=ice-ufrag nor a=ice-pwd");

  IceRestartRequest restart;
  restart.channel = request.parameters[0];
  restart.viewer = request.parameters[1];
  restart.ufrag = fragment->credentials->ufrag;
  restart.pwd = fragment->credentials->pwd;
  HttpResponse response = http_problem(412, "the ICE session is another one by now");
  for (size_t i = 0; i < tags.size() && i < kMaxEntityTags && response.status == 412; ++i) {
    if (tags[i].starts_with("W/")) continue;  // If-Match compares strongly: RFC 9110 §13.1.1
    restart.etag = without_quotes(tags[i]);
    auto answer = co_await keeper.restart_ice(restart);
    if (!answer) co_return relay_problem(503, answer.error().message);
    response = restart_response(*fragment, *answer, who);
  }
  co_return response;
}

boost::asio::awaitable<HttpResponse> delete_session(SignallingClient& keeper, HttpRequest request,
                                                    std::string_view who) {
  LeaveRequest leaving;
  leaving.channel = request.parameters[0];
  leaving.viewer = request.parameters[1];
  auto answer = co_await keeper.leave(leaving);
  if (!answer) co_return relay_problem(503, answer.error().message);
  if (answer->busy) co_return relay_problem(503, "the relay is too busy");
  if (!answer->found) co_return http_problem(404, fmt::format("there is no such {}", who));
  spdlog::info("a {} leaves channel={} session={}", who, leaving.channel, leaving.viewer);
  co_return HttpResponse{};
}

HttpResponse describe_options(std::string_view methods, std::string_view accept,
                              std::string_view media_type) {
  HttpResponse response;
  response.fields.set("Allow", fmt::format("OPTIONS, {}", methods));
  response.fields.set(accept, media_type);
  response.fields.set("Access-Control-Allow-Methods", methods);
  response.fields.set("Access-Control-Allow-Headers", "Authorization, Content-Type, If-Match");
  response.fields.set("Access-Control-Max-Age", "86400");
  return response;
}

void allow_other_origins(HttpResponse& response) {
  response.fields.set("Access-Control-Allow-Origin", "*");
  response.fields.set("Access-Control-Expose-Headers",
                      "Accept-Patch, Accept-Post, ETag, Link, Location, Retry-After");
}

}  // namespace longmen
