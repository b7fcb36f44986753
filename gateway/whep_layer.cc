// WHEP's layer extension: a viewer that plays chooses another rendition, on the connection that it
// has, or leaves the choice to the server again; and, of a channel with two, another language.
// urn:ietf:params:whep:ext:core:layer
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <boost/json.hpp>

#include "core/whep/layer_selection.h"
#include "gateway/whep.h"
#include "gateway/whep_problem.h"

namespace longmen {
namespace {

constexpr std::string_view kJson = "application/json";

SelectRequest selection_of(const HttpRequest& request) {
  SelectRequest selection;
  selection.channel = request.parameters[0];
  selection.viewer = request.parameters[1];
  return selection;
}

}  // namespace

void Whep::add_layer_routes(HttpRouter& router) {
  const std::string layer = "/whep/{channel}/{viewer}/layer";
  const auto options = [](HttpRequest) -> Answer {
    HttpResponse response;
    response.fields.set("Allow", "OPTIONS, GET, HEAD, POST, DELETE");
    response.fields.set("Accept-Post", kJson);
    response.fields.set("Access-Control-Allow-Methods", "GET, HEAD, POST, DELETE");
    response.fields.set("Access-Control-Allow-Headers", "Authorization, Content-Type");
    response.fields.set("Access-Control-Max-Age", "86400");
    co_return response;
  };
  router.add({layer, "POST", [this](HttpRequest r) { return select_layer(std::move(r)); },
              kMaxLayerSelectionBytes, false});
  router.add({layer, "DELETE", [this](HttpRequest r) { return release_layer(std::move(r)); },
              kMaxLayerSelectionBytes, false});
  router.add({layer, "GET", [this](HttpRequest r) { return describe_layers(std::move(r)); }});
  router.add({layer, "OPTIONS", options, kMaxLayerSelectionBytes, false});
}

Whep::Answer Whep::select_layer(HttpRequest request) {
  if (!request.content.empty() && !is_media_type(request.fields.value("Content-Type"), kJson)) {
    HttpResponse refused = http_problem(415, "a selection has Content-Type: application/json");
    refused.fields.set("Accept-Post", kJson);
    co_return refused;
  }
  const auto known = channels_.find(request.parameters[0]);
  if (known == channels_.end()) co_return unknown_channel(request.parameters[0]);
  const auto layer = read_layer_selection(request.content);
  if (!layer) co_return http_problem(400, layer.error().message);
  const auto& [ladder, languages] = known->second;
  if (!layer->rendition.empty() && !has_rung(ladder, layer->rendition))
    co_return unknown_rendition(layer->rendition, ladder, "");
  // Beside a choice of pictures it is a preference, as at the join.
  if (layer->keeps_video && !layer->language->empty() &&
      !find_language(languages, *layer->language))
    co_return unknown_language(*layer->language, languages);
  SelectRequest selection = selection_of(request);
  selection.rendition = layer->rendition;
  selection.language = layer->language;
  selection.keeps_video = layer->keeps_video;
  co_return co_await ask_for_layer(std::move(selection));
}

// What players do to leave the choice to the server, besides posting {}.
Whep::Answer Whep::release_layer(HttpRequest request) {
  co_return co_await ask_for_layer(selection_of(request));
}

Whep::Answer Whep::ask_for_layer(SelectRequest selection) {
  const auto answer = co_await relay_->select(selection);
  if (!answer) co_return relay_problem(503, answer.error().message);
  if (answer->status != 200) co_return relay_problem(answer->status, answer->problem);
  std::string_view rendition = selection.rendition;
  if (rendition.empty()) rendition = "automatic";
  if (selection.keeps_video) rendition = "as it is";
  spdlog::info("a viewer chooses channel={} viewer={} rendition={} language={}", selection.channel,
               selection.viewer, rendition, selection.language.value_or("as it is"));
  HttpResponse response;
  response.fields.set("Cache-Control", "no-store");
  co_return response;
}

// The same for every viewer of the channel, and as long as it is there; so no event tells of it.
Whep::Answer Whep::describe_layers(HttpRequest request) {
  const auto known = channels_.find(request.parameters[0]);
  if (known == channels_.end()) co_return unknown_channel(request.parameters[0]);
  boost::json::array layers;
  for (const VideoRung& rung : known->second.ladder) {
    layers.push_back(boost::json::object{{"encodingId", rung.name},
                                         {"rid", rung.name},
                                         {"width", rung.width},
                                         {"height", rung.height},
                                         {"targetBitrate", rung.bitrate_kbps * int64_t{1000}}});
  }
  HttpResponse response;
  response.fields.set("Content-Type", kJson);
  response.fields.set("Cache-Control", "no-store");
  boost::json::array audio;
  for (const SoundLanguage& language : known->second.languages)
    audio.push_back(to_json(language));
  response.content = boost::json::serialize(
      boost::json::object{{"layers", std::move(layers)}, {"audio", std::move(audio)}});
  co_return response;
}

}  // namespace longmen
