#include "control/channel_actions.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include "control/secret.h"
#include "control/slate_actions.h"
#include "control/text_rules.h"
#include "core/base/sha256.h"

namespace longmen {
namespace json = boost::json;
namespace {

constexpr size_t kKeyBytes = 18;  // 24 characters, 144 random bits
constexpr size_t kMaxLabelBytes = 100;

tl::unexpected<HttpProblem> no_channel(const std::string& id) {
  return refuse(404, fmt::format("there is no channel \"{}\"", id));
}

Decided<bool> apply(const ChannelWish& wish, StoredChannel& stored) {
  Channel& channel = stored.channel;
  channel.name = wish.name.value_or(channel.name);
  // Beyond what an int holds is beyond what is allowed: check_channel() says so.
  const auto number = [](const std::optional<int64_t>& from, int& to) {
    if (from) to = static_cast<int>(std::clamp<int64_t>(*from, -1, 1'000'000));
  };
  number(wish.frames_per_second, channel.frames_per_second);
  number(wish.gop_seconds, channel.gop_seconds);
  number(wish.opus_kbps, channel.opus_kbps);
  number(wish.aac_kbps, channel.aac_kbps);
  if (wish.video) channel.video = *wish.video;
  if (wish.second_publisher) {
    if (*wish.second_publisher != "refuse" && *wish.second_publisher != "take_over")
      return refuse(422, "second_publisher: refuse or take_over is allowed");
    channel.second_publisher = *wish.second_publisher == "take_over" ? SecondPublisher::kTakeOver
                                                                     : SecondPublisher::kRefuse;
  }
  if (wish.access) {
    const auto access = access_named(*wish.access);
    if (!access) return refuse(422, "access: open, screens or token is allowed");
    channel.access = *access;
  }
  if (wish.record) {
    const auto rule = record_rule_named(*wish.record);
    if (!rule) return refuse(422, "record: sessions, always or off is allowed");
    channel.record = *rule;
  }
  if (wish.failover) {
    const auto rules = read_failover_rules(*wish.failover, channel.failover);
    if (!rules) return refuse(422, "failover: " + rules.error().message);
    channel.failover = *rules;
  }
  if (wish.wall_replay) {
    const auto rule = read_wall_replay_rule(*wish.wall_replay, stored.wall_replay);
    if (!rule) return refuse(422, "wall_replay: " + rule.error().message);
    stored.wall_replay = *rule;
  }
  if (wish.slates) {
    const auto choice = read_slate_choice(*wish.slates, channel.slate_choice);
    if (!choice) return refuse(422, "slates: " + choice.error().message);
    channel.slate_choice = *choice;
  }
  if (wish.sound) {
    const auto rules = read_sound_rules(*wish.sound, channel.sound);
    if (!rules) return refuse(422, "sound: " + rules.error().message);
    channel.sound = *rules;
  }
  if (const auto fault = fault_of_title("name", channel.name, 200)) return refuse(422, *fault);
  for (const VideoRung& rung : channel.video) {
    if (const auto fault = fault_of_title("video.name", rung.name, 32)) return refuse(422, *fault);
  }
  if (const auto checked = check_channel(channel); !checked)
    return refuse(422, checked.error().message);
  return true;
}

std::string shown(const StoredChannel& stored) {
  return json::serialize(channel_settings_to_json(stored));
}
std::string shown(const StreamKey& key) {
  json::object object = stream_key_to_json(key);
  object["channel"] = key.channel;
  return json::serialize(object);
}

Decided<StreamKey> valid_key(soci::session& sql, const std::string& channel,
                             const std::string& key_id) {
  ChannelTable table(sql);
  if (!table.version_of(channel)) return no_channel(channel);
  for (const StreamKey& key : table.keys_of(channel)) {
    if (key.id() == key_id && key.revoked_ms == 0) return key;
  }
  return refuse(404, fmt::format("the channel has no valid stream key \"{}\"", key_id));
}

NewStreamKey make_key(soci::session& sql, const ScheduleContext& context,
                      const std::string& channel, const std::string& label, ChannelInput input) {
  std::array<uint8_t, kKeyBytes> bytes{};
  context.random(bytes);
  NewStreamKey made;
  made.clear = base64url(bytes);
  made.row.hash = sha256_hex(made.clear);
  made.row.channel = channel;
  made.row.input = input;
  made.row.label = label;
  made.row.created_ms = context.actor.now_ms;
  made.row.created_by = context.actor.name;
  ChannelTable(sql).insert_key(made.row);
  append_audit(sql, context.actor, "key.create", channel, "", shown(made.row));
  return made;
}

// One of a configuration is remembered as revoked for as long as it stands there.
void end_key(soci::session& sql, const ScheduleContext& context, const StreamKey& key) {
  ChannelTable table(sql);
  if (key.configured) {
    table.revoke_key(key.hash, context.actor.now_ms);
  } else {
    table.remove_key(key.hash);
  }
  append_audit(sql, context.actor, "key.revoke", key.channel, shown(key), "");
}

}  // namespace

json::object channel_settings_to_json(const StoredChannel& stored) {
  const auto& [channel, row, wall_replay] = stored;
  json::array video;
  for (const VideoRung& rung : channel.video) {
    video.push_back(json::object{{"name", rung.name},
                                 {"width", rung.width},
                                 {"height", rung.height},
                                 {"kbps", rung.bitrate_kbps}});
  }
  return {{"id", channel.id},
          {"name", channel.name},
          {"frames_per_second", channel.frames_per_second},
          {"gop_seconds", channel.gop_seconds},
          {"renditions", std::move(video)},
          {"opus_kbps", channel.opus_kbps},
          {"aac_kbps", channel.aac_kbps},
          {"second_publisher",
           channel.second_publisher == SecondPublisher::kTakeOver ? "take_over" : "refuse"},
          {"access", name_of(channel.access)},
          {"record", name_of(channel.record)},
          {"failover", to_json(channel.failover)},
          {"wall_replay", to_json(wall_replay)},
          {"slates", to_json(channel.slate_choice)},
          {"sound", to_json(channel.sound)},
          {"version", row.version},
          {"changed_ms", row.changed_ms},
          {"changed_by", row.changed_by}};
}

json::object stream_key_to_json(const StreamKey& key) {
  return {{"id", key.id()},
          {"input", name_of(key.input)},
          {"label", key.label},
          {"configured", key.configured},
          {"created_ms", key.created_ms},
          {"created_by", key.created_by}};
}

Decided<StoredChannel> create_channel(soci::session& sql, const ScheduleContext& context,
                                      const std::string& id, const ChannelWish& wish) {
  ChannelTable table(sql);
  StoredChannel stored;
  stored.channel.id = id;
  stored.channel.name = id;
  stored.channel.video = default_ladder();
  if (auto applied = apply(wish, stored); !applied) return tl::unexpected(applied.error());
  if (stored.channel.slate_choice.on != ChosenSlates())
    return refuse(422, "slates: a channel that is being made has none yet");
  if (table.version_of(id))
    return refuse(409, fmt::format("there is a channel \"{}\" already", id));
  if (static_cast<size_t>(table.count()) >= kMaxChannels) {
    return refuse(409,
                  fmt::format("there are {} channels, and no more are possible", kMaxChannels));
  }
  stored.row = RowVersion::first(context.actor);
  table.insert(stored.channel, stored.row);
  table.set_wall_replay(id, stored.wall_replay);
  append_audit(sql, context.actor, "channel.create", id, "", shown(stored));
  return stored;
}

Decided<StoredChannel> change_channel(soci::session& sql, const ScheduleContext& context,
                                      const std::string& id, const SeenVersion& seen,
                                      const ChannelWish& wish) {
  ChannelTable table(sql);
  const auto found = table.by_id(id);
  const auto row = table.version_of(id);
  if (!found || !row) return no_channel(id);
  if (auto stale = outdated(sql, seen, *row, {"channel", id}, context.settings.zone))
    return tl::unexpected(*stale);
  const StoredChannel before{*found, *row, table.wall_replay_of(id)};
  StoredChannel stored = before;
  if (auto applied = apply(wish, stored); !applied) return tl::unexpected(applied.error());
  if (stored.channel == *found && stored.wall_replay == before.wall_replay) return stored;
  if (wish.slates) {
    if (auto there = check_chosen(sql, id, stored.channel.slate_choice.on); !there)
      return tl::unexpected(there.error());
  }
  stored.row = row->next(context.actor);
  table.update(stored.channel, stored.row);
  table.set_wall_replay(id, stored.wall_replay);
  append_audit(sql, context.actor, "channel.change", id, shown(before), shown(stored));
  return stored;
}

Decided<StoredChannel> remove_channel(soci::session& sql, const ScheduleContext& context,
                                      const std::string& id, const SeenVersion& seen,
                                      bool has_feed) {
  ChannelTable table(sql);
  const auto found = table.by_id(id);
  const auto row = table.version_of(id);
  if (!found || !row) return no_channel(id);
  if (auto stale = outdated(sql, seen, *row, {"channel", id}, context.settings.zone))
    return tl::unexpected(*stale);
  const ChannelTable::Attached attached = table.attached_to(id);
  std::vector<std::string> in_the_way;
  if (has_feed) in_the_way.emplace_back("somebody sends to it (end that first)");
  if (attached.coming > 0) {
    in_the_way.push_back(fmt::format(
        "{} of its sessions are live or scheduled (end, cancel or move them)", attached.coming));
  }
  if (attached.screens > 0)
    in_the_way.push_back(
        fmt::format("{} screens show it (give them another channel)", attached.screens));
  const auto& configured = context.settings.configured_channels;
  if (std::find(configured.begin(), configured.end(), id) != configured.end()) {
    in_the_way.emplace_back("this node's configuration would make it anew (take it out of there)");
  } else if (!attached.nodes.empty()) {
    in_the_way.push_back(fmt::format("keys of it stand in the configuration of {}",
                                     fmt::join(attached.nodes, ", ")));
  }
  if (!in_the_way.empty())
    return refuse(409, fmt::format("the channel stays: {}", fmt::join(in_the_way, "; ")));
  StoredChannel removed{*found, *row, table.wall_replay_of(id)};
  json::object before = channel_settings_to_json(removed);
  before["past_sessions"] = attached.past;
  table.remove(id);
  append_audit(sql, context.actor, "channel.remove", id, json::serialize(before), "");
  return removed;
}

Decided<NewStreamKey> create_stream_key(soci::session& sql, const ScheduleContext& context,
                                        const std::string& channel, const std::string& label,
                                        ChannelInput input) {
  ChannelTable table(sql);
  if (!table.version_of(channel)) return no_channel(channel);
  if (const auto fault = fault_of_text("label", label, kMaxLabelBytes, LineBreaks::kNone))
    return refuse(422, *fault);
  const auto keys = table.keys_of(channel);
  const auto valid = std::count_if(keys.begin(), keys.end(),
                                   [](const StreamKey& key) { return key.revoked_ms == 0; });
  if (valid >= kMaxStreamKeys)
    return refuse(409, fmt::format("the channel has {} stream keys; revoke one", kMaxStreamKeys));
  return make_key(sql, context, channel, label, input);
}

Decided<NewStreamKey> rotate_stream_key(soci::session& sql, const ScheduleContext& context,
                                        const std::string& channel, const std::string& key_id) {
  const auto key = valid_key(sql, channel, key_id);
  if (!key) return tl::unexpected(key.error());
  end_key(sql, context, *key);
  return make_key(sql, context, channel, key->label, key->input);
}

Decided<StreamKey> revoke_stream_key(soci::session& sql, const ScheduleContext& context,
                                     const std::string& channel, const std::string& key_id) {
  auto key = valid_key(sql, channel, key_id);
  if (key) end_key(sql, context, *key);
  return key;
}

}  // namespace longmen
