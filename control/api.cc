#include "control/api.h"

#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "control/channel_table.h"
#include "control/guide.h"
#include "control/json_response.h"
#include "control/openapi.h"
#include "core/base/plain_text.h"

namespace longmen {
namespace asio = boost::asio;
namespace json = boost::json;
namespace {

json::object channel_to_json(const Channel& channel, const NodeState& node,
                             const std::map<std::string, GuideEntry>& live) {
  json::array renditions;
  for (const VideoRung& rung : channel.video) {
    renditions.push_back(json::object{{"name", rung.name},
                                      {"width", rung.width},
                                      {"height", rung.height},
                                      {"kbps", rung.bitrate_kbps}});
  }
  json::array languages;
  for (const SoundLanguage& language : languages_on_air(channel.sound))
    languages.push_back(to_json(language));
  json::object on_air{{"source", "none"}};
  json::value viewers = nullptr;
  if (const auto found = node.on_air.find(channel.id); found != node.on_air.end()) {
    on_air["source"] = node.source_of(channel.id);
    // As text: 64 bits do not fit a JavaScript number.
    on_air["generation"] = fmt::format("{:016x}", found->second.generation);
    if (found->second.viewers) viewers = *found->second.viewers;
  }
  json::value feed = nullptr;
  if (const auto* const found = node.first_feed(channel.id))
    feed = json::object{{"protocol", found->protocol}};
  json::value session = nullptr;
  if (const auto found = live.find(channel.id); found != live.end())
    session = guide_entry_to_json(found->second);
  return {{"id", channel.id},
          {"name", channel.name},
          {"frames_per_second", channel.frames_per_second},
          {"gop_seconds", channel.gop_seconds},
          {"renditions", renditions},
          {"languages", languages},
          {"opus_kbps", channel.opus_kbps},
          {"aac_kbps", channel.aac_kbps},
          {"access", name_of(channel.access)},
          {"on_air", on_air},
          {"session", session},
          {"feed", feed},
          {"viewers", viewers}};
}

struct Channels {
  std::vector<Channel> channels;
  std::map<std::string, GuideEntry> live;  // the session of each channel that has one
};

Result<Channels> look_at_all(Store& store) {
  return store.database().read("channels", [](soci::session& sql) -> Result<Channels> {
    return Channels{ChannelTable(sql).all(), live_sessions(sql)};
  });
}

// None, or one.
Result<Channels> look_at(Store& store, const std::string& id) {
  return store.database().read("channel", [&](soci::session& sql) -> Result<Channels> {
    auto channel = ChannelTable(sql).by_id(id);
    if (!channel) return Channels{};
    return Channels{{std::move(*channel)}, live_sessions(sql)};
  });
}

}  // namespace

void Api::add_routes(HttpRouter& router) {
  router.add({"/api/v1/channels", "GET",
              [this](HttpRequest request) { return list_channels(std::move(request)); }});
  router.add({"/api/v1/channels/{id}", "GET",
              [this](HttpRequest request) { return show_channel(std::move(request)); }});
  router.add({"/api/v1/node", "GET",
              [this](HttpRequest request) { return show_node(std::move(request)); }});
  router.add({"/api/v1/openapi.json", "GET", [](HttpRequest) -> asio::awaitable<HttpResponse> {
                HttpResponse response;
                response.fields.set("Content-Type", "application/json");
                response.fields.set("Cache-Control", "no-cache");
                response.constant = as_bytes(openapi_json());
                co_return response;
              }});
}

asio::awaitable<HttpResponse> Api::list_channels(HttpRequest) {
  const auto now = co_await store_.run_for_anyone(&look_at_all);
  if (!now) co_return store_problem(now.error());
  json::array list;
  for (const Channel& channel : now->channels)
    list.push_back(channel_to_json(channel, node_, now->live));
  json::object body;
  body["channels"] = std::move(list);
  co_return json_response(body);
}

asio::awaitable<HttpResponse> Api::show_channel(HttpRequest request) {
  const std::string id = request.parameters[0];
  if (!is_plain_text(id)) co_return http_problem(404, "there is no channel of that name");
  // Named, not a temporary: GCC 12 destroys captures of temporaries in a co_await twice.
  const auto look = [id](Store& store) { return look_at(store, id); };
  const auto now = co_await store_.run_for_anyone(look);
  if (!now) co_return store_problem(now.error());
  if (now->channels.empty())
    co_return http_problem(404, fmt::format("there is no channel \"{}\"", id));
  co_return json_response(channel_to_json(now->channels.front(), node_, now->live));
}

asio::awaitable<HttpResponse> Api::show_node(HttpRequest) {
  json::array roles;
  for (const NodeState::Role& role : node_.roles) {
    json::object item{{"role", role.role}, {"state", role.state}, {"restarts", role.restarts}};
    if (!role.channel.empty()) item["channel"] = role.channel;
    roles.push_back(std::move(item));
  }
  json::object body;
  body["name"] = node_.name;
  body["ready"] = node_.ready;
  body["viewers"] = node_.viewers ? json::value(*node_.viewers) : json::value(nullptr);
  body["roles"] = std::move(roles);
  co_return json_response(body);
}

}  // namespace longmen
