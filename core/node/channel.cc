#include "core/node/channel.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <set>

#include "core/media/identity.h"
#include "core/node/json_fields.h"

namespace longmen {
namespace json = boost::json;
namespace {

constexpr std::array<std::string_view, 3> kAccessNames = {"open", "screens", "token"};

bool valid_id(std::string_view id) {
  auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  };
  return !id.empty() && id.size() <= 63 && id[0] != '-' &&
         std::all_of(id.begin(), id.end(), allowed);
}

Result<void> check_rung(const VideoRung& rung) {
  if (rung.name.empty() || rung.name.size() > 32) {
    return fail(fmt::format("video.name = \"{}\": 1 to 32 characters are allowed", rung.name));
  }
  auto even_between = [](int value, int low, int high) {
    return value >= low && value <= high && value % 2 == 0;
  };
  if (!even_between(rung.width, 64, 1920)) {
    return fail(
        fmt::format("video.width = {}: an even number from 64 to 1920 is allowed", rung.width));
  }
  if (!even_between(rung.height, 36, 1088)) {
    return fail(
        fmt::format("video.height = {}: an even number from 36 to 1088 is allowed", rung.height));
  }
  if (rung.bitrate_kbps < 50 || rung.bitrate_kbps > 20000) {
    return fail(fmt::format("video.bitrate_kbps = {}: 50 to 20000 is allowed", rung.bitrate_kbps));
  }
  return {};
}

json::object rung_to_json(const VideoRung& rung) {
  return {{"name", rung.name},
          {"width", rung.width},
          {"height", rung.height},
          {"bitrate_kbps", rung.bitrate_kbps}};
}

json::value session_to_json(const std::optional<ChannelSession>& session) {
  if (!session) return nullptr;
  return json::object{{"id", session->id},
                      {"title", session->title},
                      {"series", session->series},
                      {"live_ms", session->live_ms},
                      {"ended_ms", session->ended_ms}};
}

json::object air_to_json(const AirOrder& air) {
  return {{"rule", name_of(air.rule)},
          {"hidden_before_flicks", air.hidden_before.time_since_epoch().count()},
          {"cut_at_flicks", air.cut_at.time_since_epoch().count()},
          {"input", air.input ? json::value(name_of(*air.input)) : json::value(nullptr)}};
}

// Without languages that are kept for another time: who is older knows none of them.
SoundRules heard_part(SoundRules rules) {
  rules.languages = languages_on_air(rules);
  return rules;
}

json::object channel_to_json(const Channel& channel) {
  json::array video;
  for (const VideoRung& rung : channel.video)
    video.push_back(rung_to_json(rung));
  json::array hashes(channel.key_hashes.begin(), channel.key_hashes.end());
  json::array backup_hashes(channel.backup_key_hashes.begin(), channel.backup_key_hashes.end());
  json::array revoked(channel.watch_revoked.begin(), channel.watch_revoked.end());
  json::object files;
  for (const SlateOccasion occasion : kSlateOccasions)
    if (!channel.slate_files[occasion].empty())
      files[name_of(occasion)] = channel.slate_files[occasion];
  return {{"id", channel.id},
          {"name", channel.name},
          {"frames_per_second", channel.frames_per_second},
          {"gop_seconds", channel.gop_seconds},
          {"video", video},
          {"opus_kbps", channel.opus_kbps},
          {"aac_kbps", channel.aac_kbps},
          {"second_publisher",
           channel.second_publisher == SecondPublisher::kRefuse ? "refuse" : "take_over"},
          {"key_hashes", hashes},
          {"backup_key_hashes", backup_hashes},
          {"failover", to_json(channel.failover)},
          {"sound", to_json(heard_part(channel.sound))},
          {"access", name_of(channel.access)},
          {"watch_key", channel.watch_key},
          {"watch_revoked", revoked},
          {"record", name_of(channel.record)},
          {"session", session_to_json(channel.session)},
          {"slate_file", channel.slate_file},
          {"slate_files", std::move(files)},
          {"slate_others", json::array(channel.slate_others.begin(), channel.slate_others.end())},
          {"slates", to_json(channel.slates)},
          {"air", air_to_json(channel.air)},
          {"air_delay_ms", channel.air_delay.count()},
          {"overlay", to_json(channel.overlay, OverlayFile::kWith)}};
}

Channel channel_from_json(const JsonFields& fields) {
  Channel channel;
  fields.read("id", channel.id);
  fields.read("name", channel.name);
  fields.read("frames_per_second", channel.frames_per_second);
  fields.read("gop_seconds", channel.gop_seconds);
  fields.each("video", [&](const JsonFields& item) {
    VideoRung& rung = channel.video.emplace_back();
    item.read("name", rung.name);
    item.read("width", rung.width);
    item.read("height", rung.height);
    item.read("bitrate_kbps", rung.bitrate_kbps);
  });
  fields.read("opus_kbps", channel.opus_kbps);
  fields.read("aac_kbps", channel.aac_kbps);
  std::string rule;
  fields.read("second_publisher", rule);
  channel.second_publisher =
      rule == "take_over" ? SecondPublisher::kTakeOver : SecondPublisher::kRefuse;
  fields.read("key_hashes", channel.key_hashes);
  fields.read("backup_key_hashes", channel.backup_key_hashes);
  // Rules that are not understood are those of nobody: the channel's defaults hold.
  fields.inside("failover", [&](const JsonFields& rules) {
    channel.failover = read_failover_rules(rules.object(), {}).value_or(FailoverRules());
  });
  fields.inside("sound", [&](const JsonFields& rules) {
    channel.sound = read_sound_rules(rules.object(), {}).value_or(SoundRules());
  });
  std::string access;
  fields.read("access", access);
  // What a newer control means by a word that is not known here is nobody's guess.
  channel.access = access.empty() ? Access::kOpen : access_named(access).value_or(Access::kToken);
  fields.read("watch_key", channel.watch_key);
  fields.read("watch_revoked", channel.watch_revoked);
  std::string record;
  fields.read("record", record);
  channel.record = record_rule_named(record).value_or(RecordRule::kSessions);
  fields.inside("session", [&](const JsonFields& item) {
    ChannelSession& session = channel.session.emplace();
    item.read("id", session.id);
    item.read("title", session.title);
    item.read("series", session.series);
    item.read("live_ms", session.live_ms);
    item.read("ended_ms", session.ended_ms);
  });
  fields.read("slate_file", channel.slate_file);
  fields.inside("slate_files", [&](const JsonFields& files) {
    for (const SlateOccasion occasion : kSlateOccasions)
      files.read(name_of(occasion), channel.slate_files[occasion]);
  });
  fields.read("slate_others", channel.slate_others);
  fields.inside("slates",
                [&](const JsonFields& plan) { channel.slates = slate_plan_from_json(plan); });
  fields.inside("air", [&](const JsonFields& air) {
    std::string order, input;
    int64_t hidden_before = 0, cut_at = 0;
    air.read("rule", order);
    air.read("hidden_before_flicks", hidden_before);
    air.read("cut_at_flicks", cut_at);
    air.read("input", input);
    channel.air = {air_rule_named(order).value_or(AirRule::kFeed), MediaTime(Flicks(hidden_before)),
                   MediaTime(Flicks(cut_at)), channel_input_named(input)};
  });
  int64_t air_delay_ms = 0;
  fields.read("air_delay_ms", air_delay_ms);
  channel.air_delay = std::chrono::milliseconds(air_delay_ms);
  // One that is not understood is nobody's: nothing is laid over.
  fields.inside("overlay", [&](const JsonFields& overlay) {
    channel.overlay = read_overlay(overlay.object(), {}, OverlayFile::kWith).value_or(Overlay());
  });
  return channel;
}

}  // namespace

std::string_view name_of(Access access) {
  return kAccessNames[static_cast<size_t>(access)];
}

std::optional<Access> access_named(std::string_view name) {
  const auto found = std::find(kAccessNames.begin(), kAccessNames.end(), name);
  if (found == kAccessNames.end()) return std::nullopt;
  return static_cast<Access>(found - kAccessNames.begin());
}

SlateMoment slate_moment_of(const Channel& channel) {
  SlateMoment moment;
  moment.rule = channel.air.rule;
  moment.break_ordered = channel.slates.break_ordered;
  moment.session_live = channel.session && channel.session->ended_ms == 0;
  moment.before_from = channel.slates.before_from;
  return moment;
}

void forget_slate_files(Channel& channel) {
  channel.slate_file.clear();
  channel.slate_files = {};
  channel.slate_others.clear();
}

std::string live_session_of(const Channel& channel) {
  return channel.session && channel.session->ended_ms == 0 ? channel.session->id : std::string();
}

Channel programme_part(Channel channel) {
  channel.key_hashes.clear();
  channel.backup_key_hashes.clear();
  channel.failover = {};
  forget_slate_files(channel);
  channel.slates = {};
  channel.slate_choice = {};
  channel.sound = {};
  channel.second_publisher = SecondPublisher::kRefuse;
  channel.access = Access::kOpen;
  channel.watch_key.clear();
  channel.watch_revoked.clear();
  channel.air = {};
  channel.air_delay = {};
  channel.overlay = {};
  channel.record = RecordRule::kSessions;
  channel.session.reset();
  return channel;
}

std::string_view name_of(RecordRule rule) {
  switch (rule) {
    case RecordRule::kSessions:
      return "sessions";
    case RecordRule::kAlways:
      return "always";
    case RecordRule::kOff:
      return "off";
  }
  return {};
}

std::optional<RecordRule> record_rule_named(std::string_view name) {
  for (const RecordRule rule : {RecordRule::kSessions, RecordRule::kAlways, RecordRule::kOff})
    if (name_of(rule) == name) return rule;
  return std::nullopt;
}

std::vector<VideoRung> default_ladder() {
  return {{"720p", 1280, 720, 2000}, {"480p", 854, 480, 1000}, {"360p", 640, 360, 500}};
}

Result<void> check_channel(const Channel& channel) {
  if (!valid_id(channel.id)) {
    return fail(
        fmt::format("id = \"{}\": 1 to 63 of a-z, 0-9 and '-' are allowed, not beginning with '-'",
                    channel.id));
  }
  if (channel.name.empty() || channel.name.size() > 200) {
    return fail(fmt::format("name = \"{}\": 1 to 200 bytes are allowed", channel.name));
  }
  constexpr std::array kRates{25, 30, 50, 60};
  if (std::find(kRates.begin(), kRates.end(), channel.frames_per_second) == kRates.end()) {
    return fail(fmt::format("frames_per_second = {}: 25, 30, 50 or 60 is allowed",
                            channel.frames_per_second));
  }
  if (channel.gop_seconds != 1 && channel.gop_seconds != 2) {
    return fail(fmt::format("gop_seconds = {}: 1 or 2 is allowed", channel.gop_seconds));
  }
  if (channel.video.empty() || channel.video.size() > kMaxVideoRenditions) {
    return fail(fmt::format("video has {} renditions: 1 to {} are allowed", channel.video.size(),
                            kMaxVideoRenditions));
  }
  std::set<std::string_view> names;
  const VideoRung* above = nullptr;
  for (const VideoRung& rung : channel.video) {
    if (auto checked = check_rung(rung); !checked) return checked;
    if (!names.insert(rung.name).second) {
      return fail(fmt::format("video.name = \"{}\": a name stands once in a ladder", rung.name));
    }
    if (above && (rung.width > above->width || rung.height > above->height)) {
      return fail(
          fmt::format("video.width x height = {}x{}: at most the size of the rung before it, "
                      "{}x{}, is allowed",
                      rung.width, rung.height, above->width, above->height));
    }
    above = &rung;
  }
  if (channel.opus_kbps < 16 || channel.opus_kbps > 510) {
    return fail(fmt::format("opus_kbps = {}: 16 to 510 is allowed", channel.opus_kbps));
  }
  if (channel.aac_kbps < 32 || channel.aac_kbps > 512) {
    return fail(fmt::format("aac_kbps = {}: 32 to 512 is allowed", channel.aac_kbps));
  }
  if (channel.air_delay.count() < 0 || channel.air_delay > kMaxAirDelay ||
      channel.air_delay % kAirDelayStep != std::chrono::milliseconds(0)) {
    return fail(fmt::format("air_delay_ms = {}: 0 to {} in steps of {} is allowed",
                            channel.air_delay.count(), kMaxAirDelay.count(),
                            kAirDelayStep.count()));
  }
  return {};
}

std::string channels_to_json(const std::vector<Channel>& channels) {
  json::array list;
  for (const Channel& channel : channels)
    list.push_back(channel_to_json(channel));
  return json::serialize(list);
}

Result<std::vector<Channel>> channels_from_json(std::string_view text) {
  auto parsed = JsonFields::parse_array(text);
  if (!parsed) return tl::unexpected(parsed.error());
  if (parsed->size() > kMaxChannels) {
    return fail(fmt::format("{} channels: at most {} are allowed", parsed->size(), kMaxChannels));
  }
  std::vector<Channel> channels;
  for (const JsonFields& fields : *parsed) {
    Channel channel = channel_from_json(fields);
    if (auto checked = check_channel(channel); !checked) return tl::unexpected(checked.error());
    channels.push_back(std::move(channel));
  }
  return channels;
}

}  // namespace longmen
