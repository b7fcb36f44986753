#include "control/channels_api.h"

#include <algorithm>
#include <boost/json/array.hpp>

#include "control/body_fields.h"
#include "control/channel_actions.h"
#include "control/json_action.h"

namespace longmen {
namespace asio = boost::asio;
namespace json = boost::json;
namespace {

// "renditions": as in the public description of a channel.
Decided<std::optional<std::vector<VideoRung>>> read_ladder(const json::array* list) {
  if (!list) return std::optional<std::vector<VideoRung>>();
  std::vector<VideoRung> ladder;
  for (const auto& item : *list) {
    if (!item.is_object()) return refuse(422, "renditions: a list of objects is allowed");
    std::optional<std::string> name;
    std::optional<int64_t> width, height, kbps;
    BodyFields fields(item.as_object());
    fields.read("name", name);
    fields.read("width", width);
    fields.read("height", height);
    fields.read("kbps", kbps);
    if (const auto fault = fields.fault()) return refuse(422, "renditions: " + *fault);
    const auto small = [](const std::optional<int64_t>& number) {
      return static_cast<int>(std::clamp<int64_t>(number.value_or(0), -1, 1'000'000));
    };
    ladder.push_back({name.value_or(""), small(width), small(height), small(kbps)});
  }
  return std::optional<std::vector<VideoRung>>(std::move(ladder));
}

struct ChannelBody {
  std::optional<std::string> id;
  ChannelWish wish;
};
enum class Id { kWanted, kNotHere };

Decided<ChannelBody> read_channel(const HttpRequest& request, Id id) {
  const auto body = json_body(request);
  if (!body) return tl::unexpected(body.error());
  ChannelBody read;
  BodyFields fields(*body);
  if (id == Id::kWanted) fields.read("id", read.id);
  fields.read("name", read.wish.name);
  fields.read("frames_per_second", read.wish.frames_per_second);
  fields.read("gop_seconds", read.wish.gop_seconds);
  fields.read("opus_kbps", read.wish.opus_kbps);
  fields.read("aac_kbps", read.wish.aac_kbps);
  fields.read("second_publisher", read.wish.second_publisher);
  fields.read("access", read.wish.access);
  fields.read("record", read.wish.record);
  auto ladder = read_ladder(fields.list("renditions"));
  if (const json::object* rules = fields.inner("failover")) read.wish.failover = *rules;
  if (const json::object* rule = fields.inner("wall_replay")) read.wish.wall_replay = *rule;
  if (const json::object* slates = fields.inner("slates")) read.wish.slates = *slates;
  if (const json::object* rules = fields.inner("sound")) read.wish.sound = *rules;
  if (const auto fault = fields.fault()) return refuse(422, *fault);
  if (!ladder) return tl::unexpected(ladder.error());
  read.wish.video = std::move(*ladder);
  return read;
}

Decided<json::object> as_json(const Decided<StoredChannel>& done) {
  if (!done) return tl::unexpected(done.error());
  return channel_settings_to_json(*done);
}

Decided<json::object> as_json(const Decided<NewStreamKey>& done) {
  if (!done) return tl::unexpected(done.error());
  json::object object = stream_key_to_json(done->row);
  object["stream_key"] = done->clear;
  return object;
}

}  // namespace

void ChannelsApi::add_routes(HttpRouter& router) {
  constexpr auto kLook = Permission::kLook, kManage = Permission::kManageChannels;
  const std::string all = "/api/v1/channels", one = all + "/{id}", keys_of = one + "/keys";
  add_guarded(router, parts_, all, "POST", kManage, this, &ChannelsApi::create);
  add_guarded(router, parts_, one + "/settings", "GET", kLook, this, &ChannelsApi::settings);
  add_guarded(router, parts_, one + "/settings", "PATCH", kManage, this, &ChannelsApi::change);
  add_guarded(router, parts_, one, "DELETE", kManage, this, &ChannelsApi::remove);
  add_guarded(router, parts_, keys_of, "GET", kManage, this, &ChannelsApi::keys);
  add_guarded(router, parts_, keys_of, "POST", kManage, this, &ChannelsApi::create_key);
  add_guarded(router, parts_, keys_of + "/{key}/rotate", "POST", kManage, this,
              &ChannelsApi::rotate_key);
  add_guarded(router, parts_, keys_of + "/{key}", "DELETE", kManage, this,
              &ChannelsApi::revoke_key);
}

asio::awaitable<HttpResponse> ChannelsApi::change_and_tell(const Caller& caller, OnceKey once,
                                                           ActionInTransaction action) {
  HttpResponse response = co_await answer_action(parts_, caller, once, action);
  if (response.status == 200 && parts_.channels_changed) parts_.channels_changed();
  co_return response;
}

asio::awaitable<HttpResponse> ChannelsApi::create(Caller caller, HttpRequest request) {
  const auto body = read_channel(request, Id::kWanted);
  if (!body) co_return refusal(body.error());
  const auto once = once_key_of(caller, request);
  if (!once) co_return refusal(once.error());
  const ActionInTransaction act = [context = context_of(parts_, caller),
                                   body = *body](soci::session& sql) {
    return as_json(create_channel(sql, context, body.id.value_or(""), body.wish));
  };
  co_return co_await change_and_tell(caller, *once, act);
}

asio::awaitable<HttpResponse> ChannelsApi::settings(Caller, HttpRequest request) {
  const ActionInTransaction read =
      [id = request.parameters[0]](soci::session& sql) -> Decided<json::object> {
    ChannelTable table(sql);
    const auto channel = table.by_id(id);
    const auto row = table.version_of(id);
    if (!channel || !row) return refuse(404, "there is no such channel");
    return channel_settings_to_json({*channel, *row, table.wall_replay_of(id)});
  };
  co_return co_await answer_question(parts_, read);
}

asio::awaitable<HttpResponse> ChannelsApi::change(Caller caller, HttpRequest request) {
  const auto seen = seen_version(request);
  if (!seen) co_return refusal(seen.error());
  const auto body = read_channel(request, Id::kNotHere);
  if (!body) co_return refusal(body.error());
  const ActionInTransaction act = [context = context_of(parts_, caller), id = request.parameters[0],
                                   seen = *seen, wish = body->wish](soci::session& sql) {
    return as_json(change_channel(sql, context, id, seen, wish));
  };
  const OnceKey once;  // no temporary: GCC 12 destroys it twice
  co_return co_await change_and_tell(caller, once, act);
}

asio::awaitable<HttpResponse> ChannelsApi::remove(Caller caller, HttpRequest request) {
  const auto seen = seen_version(request);
  if (!seen) co_return refusal(seen.error());
  const std::string id = request.parameters[0];
  const ActionInTransaction act = [context = context_of(parts_, caller), id, seen = *seen,
                                   fed =
                                       parts_.has_feed && parts_.has_feed(id)](soci::session& sql) {
    return as_json(remove_channel(sql, context, id, seen, fed));
  };
  const OnceKey once;  // no temporary: GCC 12 destroys it twice
  co_return co_await change_and_tell(caller, once, act);
}

asio::awaitable<HttpResponse> ChannelsApi::keys(Caller, HttpRequest request) {
  const ActionInTransaction read =
      [id = request.parameters[0]](soci::session& sql) -> Decided<json::object> {
    ChannelTable table(sql);
    if (!table.version_of(id)) return refuse(404, "there is no such channel");
    json::array list;
    for (const StreamKey& key : table.keys_of(id)) {
      if (key.revoked_ms == 0) list.push_back(stream_key_to_json(key));
    }
    return json::object{{"keys", std::move(list)}};
  };
  co_return co_await answer_question(parts_, read);
}

asio::awaitable<HttpResponse> ChannelsApi::create_key(Caller caller, HttpRequest request) {
  const auto body = json_body(request);
  if (!body) co_return refusal(body.error());
  std::optional<std::string> label, named;
  BodyFields fields(*body);
  fields.read("label", label);
  fields.read("input", named);
  const auto input = channel_input_named(named.value_or("primary"));
  if (!input) fields.wrong("input", "primary or backup");
  if (const auto fault = fields.fault()) co_return http_problem(422, *fault);
  auto once = once_key_of(caller, request);
  if (!once) co_return refusal(once.error());
  once->secret = "stream_key";
  const ActionInTransaction act = [context = context_of(parts_, caller), id = request.parameters[0],
                                   label = label.value_or(""), input = *input](soci::session& sql) {
    return as_json(create_stream_key(sql, context, id, label, input));
  };
  co_return co_await change_and_tell(caller, *once, act);
}

asio::awaitable<HttpResponse> ChannelsApi::rotate_key(Caller caller, HttpRequest request) {
  auto once = once_key_of(caller, request);
  if (!once) co_return refusal(once.error());
  once->secret = "stream_key";
  const ActionInTransaction act = [context = context_of(parts_, caller), id = request.parameters[0],
                                   key = request.parameters[1]](soci::session& sql) {
    return as_json(rotate_stream_key(sql, context, id, key));
  };
  co_return co_await change_and_tell(caller, *once, act);
}

asio::awaitable<HttpResponse> ChannelsApi::revoke_key(Caller caller, HttpRequest request) {
  const ActionInTransaction act =
      [context = context_of(parts_, caller), id = request.parameters[0],
       key = request.parameters[1]](soci::session& sql) -> Decided<json::object> {
    const auto revoked = revoke_stream_key(sql, context, id, key);
    if (!revoked) return tl::unexpected(revoked.error());
    return stream_key_to_json(*revoked);
  };
  const OnceKey once;  // no temporary: GCC 12 destroys it twice
  co_return co_await change_and_tell(caller, once, act);
}

}  // namespace longmen
