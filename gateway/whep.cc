#include "gateway/whep.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "core/node/hidden_channel.h"
#include "core/sdp/answer.h"
#include "core/sdp/offer.h"
#include "core/whep/layer_selection.h"
#include "gateway/webrtc_session.h"
#include "gateway/whep_problem.h"

namespace longmen {
namespace {

constexpr std::string_view kAudioOnly = "audio";

}  // namespace

void Whep::set_channels(const std::vector<Channel>& channels) {
  channels_.clear();
  for (const Channel& channel : channels) {
    channels_[channel.id] = {channel.video, languages_on_air(channel.sound)};
    // Of which the gate asks for a token whatever the channel's access is.
    for (const HiddenPicture picture : kHiddenPictures) {
      channels_[hidden_channel(channel.id, picture)] = {
          {input_of(picture) ? input_preview(channel).video.front() : channel.video.back()}, {}};
    }
  }
}

void Whep::add_routes(HttpRouter& router, WatchGate& gate) {
  const std::string channel = "/whep/{channel}";
  const std::string viewer = "/whep/{channel}/{viewer}";
  const auto options = [](HttpRequest request) -> Answer {
    const bool of_channel = request.parameters.size() == 1;
    co_return of_channel
        ? describe_options("GET, HEAD, POST", "Accept-Post", kSdpType)
        : describe_options("GET, HEAD, PATCH, DELETE", "Accept-Patch", kIceFragmentType);
  };
  const WatchGate::Handler join_with = [this](HttpRequest request,
                                              std::optional<WatchLeave> leave) {
    return join(std::move(request), std::move(leave));
  };
  router.add({channel, "POST", gate.guard(join_with), kMaxOfferBytes, false});
  router.add({channel, "GET", [this](HttpRequest r) { return describe_channel(std::move(r)); }});
  router.add({channel, "OPTIONS", options, kMaxIceFragmentBytes, false});
  router.add({viewer, "PATCH", [this](HttpRequest r) { return patch(std::move(r)); },
              kMaxIceFragmentBytes, false});
  router.add({viewer, "DELETE", [this](HttpRequest r) { return leave(std::move(r)); },
              kMaxIceFragmentBytes, false});
  router.add({viewer, "GET", [this](HttpRequest r) { return describe_viewer(std::move(r)); }});
  router.add({viewer, "OPTIONS", options, kMaxIceFragmentBytes, false});
  add_layer_routes(router);
}

Whep::Answer Whep::join(HttpRequest request, std::optional<WatchLeave> leave) {
  const std::string& channel = request.parameters[0];
  const auto known = channels_.find(channel);
  if (known == channels_.end()) co_return unknown_channel(channel);
  if (auto refused = refuse_other_than_offer(request)) co_return std::move(*refused);
  JoinRequest wanted;
  wanted.channel = channel;
  wanted.client_address = request.client_address;
  wanted.leave = std::move(leave);
  wanted.rendition = std::string(request.target.query_value("rendition"));
  if (!wanted.rendition.empty() && wanted.rendition != kAudioOnly &&
      !has_rung(known->second.ladder, wanted.rendition))
    co_return unknown_rendition(wanted.rendition, known->second.ladder, kAudioOnly);
  // A preference, which screens and pages have whatever the channel offers: else it is the first.
  if (const std::string_view tag = request.target.query_value("audio"); is_language_tag(tag))
    wanted.language = std::string(tag);
  const std::vector<SoundLanguage>& languages = known->second.languages;
  const auto offer = sdp::read_whep_offer(request.content);
  if (!offer) co_return http_problem(offer.error().status, offer.error().words);
  sdp::fill_join_request(*offer, wanted);

  const bool wanted_video = wanted.video && wanted.rendition != kAudioOnly;
  const bool may_choose = wanted_video || (wanted.audio && !languages.empty());
  auto answer = co_await relay_->join(std::move(wanted));
  if (!answer) co_return relay_problem(503, answer.error().message);
  if (answer->status != 201) co_return relay_problem(answer->status, answer->problem);
  spdlog::info("a viewer joins channel={} viewer={} address={}", channel, answer->viewer,
               request.client_address);
  const std::string resource = percent_encode_path("/whep/" + channel + "/" + answer->viewer);
  HttpResponse response = session_created(resource, *answer);
  if (may_choose)
    response.fields.set("Link", fmt::format("<{}/layer>; rel=\"{}\"", resource, kLayerExtension));
  response.content = sdp::write_whep_answer(*offer, *answer, random_session_id());
  co_return response;
}

Whep::Answer Whep::patch(HttpRequest request) {
  co_return co_await patch_session(*relay_, std::move(request), "viewer");
}

Whep::Answer Whep::leave(HttpRequest request) {
  co_return co_await delete_session(*relay_, std::move(request), "viewer");
}

// By HEAD a player finds out that WHEP is spoken here.
Whep::Answer Whep::describe_channel(HttpRequest request) {
  if (!channels_.contains(request.parameters[0])) co_return unknown_channel(request.parameters[0]);
  HttpResponse response;
  response.fields.set("Content-Type", kSdpType);
  response.fields.set("Accept-Post", kSdpType);
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
