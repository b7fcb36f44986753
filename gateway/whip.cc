#include "gateway/whip.h"

#include <spdlog/spdlog.h>

#include "core/base/shown_text.h"
#include "core/http/bearer.h"
#include "core/sdp/answer.h"
#include "core/sdp/offer.h"
#include "gateway/webrtc_session.h"
#include "gateway/whep_problem.h"

namespace longmen {
namespace {

constexpr size_t kMaxUserAgentBytes = 200;
constexpr std::string_view kSession = "session";

// RFC 6750 §3: an error code only of a token that was there.
HttpResponse wrong_key(std::string_view words, bool shown) {
  HttpResponse response = http_problem(401, words);
  response.fields.set("WWW-Authenticate", shown
                                              ? "Bearer realm=\"publish\", error=\"invalid_token\""
                                              : "Bearer realm=\"publish\"");
  return response;
}

std::string stream_key(const HttpRequest& request) {
  return std::string(bearer_token(request.fields));
}

}  // namespace

void Whip::set_channels(const std::vector<Channel>& channels) {
  channels_.clear();
  for (const Channel& channel : channels)
    channels_.insert(channel.id);
}

// Every other method is answered with 405: a later version of WHIP may give it a meaning.
void Whip::add_routes(HttpRouter& router) {
  using Answer = boost::asio::awaitable<HttpResponse>;
  const std::string channel = "/whip/{channel}";
  const std::string session = "/whip/{channel}/{session}";
  const auto options = [](HttpRequest request) -> Answer {
    co_return request.parameters.size() == 1
        ? describe_options("POST", "Accept-Post", kSdpType)
        : describe_options("PATCH, DELETE", "Accept-Patch", kIceFragmentType);
  };
  const auto patch = [this](HttpRequest request) -> Answer {
    return patch_session(*ingest_, std::move(request), kSession);
  };
  const auto leave = [this](HttpRequest request) -> Answer {
    return delete_session(*ingest_, std::move(request), kSession);
  };
  router.add({channel, "POST", [this](HttpRequest r) { return publish(std::move(r)); },
              kMaxOfferBytes, false});
  router.add({channel, "OPTIONS", options, kMaxIceFragmentBytes, false});
  router.add({session, "PATCH", patch, kMaxIceFragmentBytes, false});
  router.add({session, "DELETE", leave, kMaxIceFragmentBytes, false});
  router.add({session, "OPTIONS", options, kMaxIceFragmentBytes, false});
}

boost::asio::awaitable<HttpResponse> Whip::publish(HttpRequest request) {
  const std::string& channel = request.parameters[0];
  if (!channels_.contains(channel)) co_return unknown_channel(channel);
  PublishRequest wanted;
  wanted.key = stream_key(request);
  if (wanted.key.empty()) co_return wrong_key("Authorization: Bearer STREAM_KEY is needed", false);
  if (auto refused = refuse_other_than_offer(request)) co_return std::move(*refused);
  const auto offer = sdp::read_whip_offer(request.content);
  if (!offer) co_return http_problem(offer.error().status, offer.error().words);
  wanted.channel = channel;
  wanted.client_address = request.client_address;
  wanted.encoder = shown_text(request.fields.value("User-Agent"), kMaxUserAgentBytes);
  wanted.remote_ufrag = offer->remote.ufrag;
  wanted.remote_pwd = offer->remote.pwd;
  wanted.fingerprint = offer->fingerprint;
  wanted.video = offer->video();
  wanted.audio = offer->audio();

  auto answer = co_await ingest_->publish(std::move(wanted));
  if (!answer) co_return relay_problem(503, answer.error().message);
  if (answer->status == 401) co_return wrong_key(answer->problem, true);
  if (answer->status != 201) co_return relay_problem(answer->status, answer->problem);
  spdlog::info("a sender comes in by WHIP channel={} address={}", channel, request.client_address);
  HttpResponse response =
      session_created(percent_encode_path("/whip/" + channel + "/" + answer->viewer), *answer);
  response.content = sdp::write_whip_answer(*offer, *answer, random_session_id());
  co_return response;
}

}  // namespace longmen
