#include "gateway/whep.h"

#include <fmt/format.h>
#include <openssl/rand.h>
#include <spdlog/spdlog.h>

#include "core/sdp/answer.h"
#include "core/sdp/ice_fragment.h"
#include "core/sdp/offer.h"
#include "core/whep/layer_selection.h"
#include "gateway/whep_problem.h"

namespace longmen {
namespace {

constexpr std::string_view kSdp = "application/sdp";
constexpr std::string_view kFragment = "application/trickle-ice-sdpfrag";
constexpr std::string_view kAudioOnly = "audio";
constexpr size_t kMaxEntityTags = 4;  // of one If-Match

uint64_t random_session_id() {
  uint64_t number = 0;
  RAND_bytes(reinterpret_cast<unsigned char*>(&number), sizeof number);
  return number >> 2;  // below 2^62
}

// An opaque tag in the quotes that HTTP wants; a relay may have put them already.
std::string entity_tag(std::string_view tag) {
  return tag.starts_with('"') ? std::string(tag) : fmt::format("\"{}\"", tag);
}

std::string_view without_quotes(std::string_view tag) {
  if (tag.size() < 2 || !tag.starts_with('"') || !tag.ends_with('"')) return tag;
  return tag.substr(1, tag.size() - 2);
}

}  // namespace

void Whep::set_channels(const std::vector<Channel>& channels) {
  ladders_.clear();
  for (const Channel& channel : channels) {
    ladders_[channel.id] = channel.video;
    // Of which the gate asks for a token whatever the channel's access is.
    ladders_[preview_of(channel.id)] = {channel.video.back()};
  }
}

void Whep::add_routes(HttpRouter& router, WatchGate& gate) {
  const std::string channel = "/whep/{channel}";
  const std::string viewer = "/whep/{channel}/{viewer}";
  const auto options = [](HttpRequest request) -> Answer {
    HttpResponse response;
    const bool of_channel = request.parameters.size() == 1;
    response.fields.set(
        "Allow", of_channel ? "OPTIONS, GET, HEAD, POST" : "OPTIONS, GET, HEAD, PATCH, DELETE");
    response.fields.set(of_channel ? "Accept-Post" : "Accept-Patch", of_channel ? kSdp : kFragment);
    response.fields.set("Access-Control-Allow-Methods",
                        of_channel ? "GET, HEAD, POST" : "GET, HEAD, PATCH, DELETE");
    response.fields.set("Access-Control-Allow-Headers", "Authorization, Content-Type, If-Match");
    response.fields.set("Access-Control-Max-Age", "86400");
    co_return response;
  };
  const WatchGate::Handler join_with = [this](HttpRequest request,
                                              std::optional<WatchLeave> leave) {
    return join(std::move(request), std::move(leave));
  };
  router.add({channel, "POST", gate.guard(join_with), kMaxOfferBytes, false});
  router.add({channel, "GET", [this](HttpRequest r) { return describe_channel(std::move(r)); }});
  router.add({channel, "OPTIONS", options, kMaxFragmentBytes, false});
  router.add({viewer, "PATCH", [this](HttpRequest r) { return patch(std::move(r)); },
              kMaxFragmentBytes, false});
  router.add({viewer, "DELETE", [this](HttpRequest r) { return leave(std::move(r)); },
              kMaxFragmentBytes, false});
  router.add({viewer, "GET", [this](HttpRequest r) { return describe_viewer(std::move(r)); }});
  router.add({viewer, "OPTIONS", options, kMaxFragmentBytes, false});
  add_layer_routes(router);
}

void Whep::allow_other_origins(HttpResponse& response) {
  response.fields.set("Access-Control-Allow-Origin", "*");
  response.fields.set("Access-Control-Expose-Headers",
                      "Accept-Patch, Accept-Post, ETag, Link, Location, Retry-After");
}

Whep::Answer Whep::join(HttpRequest request, std::optional<WatchLeave> leave) {
  const std::string& channel = request.parameters[0];
  const auto known = ladders_.find(channel);
  if (known == ladders_.end()) co_return unknown_channel(channel);
  if (!is_media_type(request.fields.value("Content-Type"), kSdp)) {
    HttpResponse refused = http_problem(415, "an offer has Content-Type: application/sdp");
    refused.fields.set("Accept-Post", kSdp);
    co_return refused;
  }
  JoinRequest wanted;
  wanted.channel = channel;
  wanted.client_address = request.client_address;
  wanted.leave = std::move(leave);
  wanted.rendition = std::string(request.target.query_value("rendition"));
  if (!wanted.rendition.empty() && wanted.rendition != kAudioOnly &&
      !has_rung(known->second, wanted.rendition))
    co_return unknown_rendition(wanted.rendition, known->second, kAudioOnly);
  const auto offer = sdp::read_whep_offer(request.content);
  if (!offer) co_return http_problem(offer.error().status, offer.error().words);
  sdp::fill_join_request(*offer, wanted);

  const bool wanted_video = wanted.video && wanted.rendition != kAudioOnly;
  auto answer = co_await relay_->join(std::move(wanted));
  if (!answer) co_return relay_problem(503, answer.error().message);
  if (answer->status != 201) co_return relay_problem(answer->status, answer->problem);
  spdlog::info("a viewer joins channel={} viewer={} address={}", channel, answer->viewer,
               request.client_address);
  HttpResponse response;
  response.status = 201;
  response.fields.set("Content-Type", kSdp);
  const std::string resource = percent_encode_path("/whep/" + channel + "/" + answer->viewer);
  response.fields.set("Location", resource);
  if (wanted_video)
    response.fields.set("Link", fmt::format("<{}/layer>; rel=\"{}\"", resource, kLayerExtension));
  response.fields.set("ETag", entity_tag(answer->etag));
  response.fields.set("Accept-Patch", kFragment);
  response.fields.set("Cache-Control", "no-store");
  response.content = sdp::write_whep_answer(*offer, *answer, random_session_id());
  co_return response;
}

Whep::Answer Whep::patch(HttpRequest request) {
  if (!is_media_type(request.fields.value("Content-Type"), kFragment)) {
    HttpResponse refused =
        http_problem(415, "a PATCH has Content-Type: application/trickle-ice-sdpfrag");
    refused.fields.set("Accept-Patch", kFragment);
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
    auto answer = co_await relay_->restart_ice(restart);
    if (!answer) co_return relay_problem(503, answer.error().message);
    if (answer->status == 200) {
      response = HttpResponse{};
      response.fields.set("Content-Type", kFragment);
      response.fields.set("ETag", entity_tag(answer->etag));
      response.content = sdp::write_ice_fragment(*fragment, *answer);
    } else if (answer->status == 204) {
      response = HttpResponse{};
      response.status = 204;
    } else if (answer->status == 404) {
      response = http_problem(404, "there is no such viewer");
    } else if (answer->status != 412) {
      response = relay_problem(answer->status, answer->problem);
    }
  }
  co_return response;
}

Whep::Answer Whep::leave(HttpRequest request) {
  LeaveRequest leaving;
  leaving.channel = request.parameters[0];
  leaving.viewer = request.parameters[1];
  auto answer = co_await relay_->leave(leaving);
  if (!answer) co_return relay_problem(503, answer.error().message);
  if (answer->busy) co_return relay_problem(503, "the relay is too busy");
  if (!answer->found) co_return http_problem(404, "there is no such viewer");
  spdlog::info("a viewer leaves channel={} viewer={}", leaving.channel, leaving.viewer);
  co_return HttpResponse{};
}

// By HEAD a player finds out that WHEP is spoken here.
Whep::Answer Whep::describe_channel(HttpRequest request) {
  if (!ladders_.contains(request.parameters[0])) co_return unknown_channel(request.parameters[0]);
  HttpResponse response;
  response.fields.set("Content-Type", kSdp);
  response.fields.set("Accept-Post", kSdp);
  response.fields.set("Cache-Control", "no-store");
  co_return response;
}

// The draft wants success without content, and says nothing of sessions that are gone.
Whep::Answer Whep::describe_viewer(HttpRequest) {
  HttpResponse response;
  response.status = 204;
  co_return response;
}

}  // namespace longmen
