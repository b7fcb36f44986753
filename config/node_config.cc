#include "config/node_config.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <boost/json.hpp>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <fstream>
#include <set>
#include <sstream>

#include "config/ascii_text.h"
#include "config/bucket_config_reader.h"
#include "config/database_url.h"
#include "config/ingest_config_reader.h"
#include "config/oidc_config_reader.h"
#include "config/toml_table.h"
#include "core/media/identity.h"
#include "core/node/json_fields.h"

namespace longmen {
namespace json = boost::json;
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

bool one_of(char c, std::string_view more) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || more.find(c) != std::string_view::npos;
}

void read_file_name(TomlTable& table, std::string_view key, std::string& out, NamedFiles files) {
  table.read_path(key, out);
  if (out.empty() || out.front() != '/' || files == NamedFiles::kNotLookedAt) return;
  if (::access(out.c_str(), R_OK) != 0) {
    table.mistake(key,
                  fmt::format("a file that can be read is allowed ({})", std::strerror(errno)));
  }
}

void read_http(TomlTable table, NodeConfig::Http& http, NamedFiles files) {
  table.read_address("address", http.address);
  table.read("port", http.port, 0, kMaxPort);
  table.read("https_port", http.https_port, -1, kMaxPort);
  read_file_name(table, "certificate_file", http.certificate_file, files);
  read_file_name(table, "key_file", http.key_file, files);
  if (http.certificate_file.empty() != http.key_file.empty()) {
    table.mistake(http.key_file.empty() ? "key_file" : "certificate_file",
                  "certificate_file and key_file come together");
  }
  table.read("max_connections", http.max_connections, 1, 1'000'000);
  table.read("max_connections_per_address", http.max_connections_per_address, 1, 1'000'000);
  table.finish();
}

// Whether sockets at both addresses would contend for a port.
bool overlap(const std::string& one, const std::string& other) {
  const auto any = [](const std::string& address) {
    return address == "0.0.0.0" || address == "::";
  };
  return one == other || any(one) || any(other);
}

// What listens at a port, or at several in a row.
struct Door {
  const char* role;
  const char* table;
  const char* key;
  const std::string& address;
  int port;
  bool udp = false;
  int count = 1;

  bool contends(const Door& other) const {
    return port > 0 && other.port > 0 && udp == other.udp && port < other.port + other.count &&
           other.port < port + count && overlap(address, other.address);
  }
};

// Last, once: two of this node's roles cannot listen at the same port.
void check_doors(TomlTable& root, const NodeConfig& config) {
  const auto& http = config.http;
  const auto& rtmp = config.rtmp;
  const auto& rtsp = config.rtsp;
  const std::vector<Door> doors{
      {"gateway", "http", "port", http.address, http.port},
      {"gateway", "http", "https_port", http.address, http.https_port},
      {"ingest", "rtmp", "port", rtmp.address, rtmp.port},
      {"ingest", "rtmp", "tls_port", rtmp.address, rtmp.tls_port},
      {"ingest", "rtsp", "port", rtsp.address, rtsp.port},
      {"ingest", "rtsp", "tls_port", rtsp.address, rtsp.tls_port},
      {"ingest", "srt", "port", config.srt.address, config.srt.port, true},
      {"ingest", "whip", "port", config.whip.address, config.whip.port, true},
      {"relay", "relay", "first_port", config.relay.address, config.relay.first_port, true,
       config.relay.shards}};
  const auto here = [&](const Door& door) {
    return std::find(config.roles.begin(), config.roles.end(), door.role) != config.roles.end();
  };
  for (auto later = doors.begin(); later != doors.end(); ++later) {
    const auto earlier = std::find_if(doors.begin(), later, [&](const Door& other) {
      return here(other) && here(*later) && other.contends(*later);
    });
    if (earlier == later) continue;
    // At what the file says, not at a default.
    const bool said = root.has(later->table);
    const Door& at = said ? *later : *earlier;
    const Door& beside = said ? *earlier : *later;
    root.inside(at.table, [&](TomlTable table) {
      table.mistake(at.key, fmt::format("another port than {}.{} ({}) is allowed", beside.table,
                                        beside.key, beside.port));
    });
  }
}

void read_rtmp(TomlTable table, NodeConfig::Rtmp& rtmp) {
  table.read_address("address", rtmp.address);
  table.read("port", rtmp.port, -1, kMaxPort);
  table.read("tls_port", rtmp.tls_port, -1, kMaxPort);
  table.read("max_connections", rtmp.max_connections, 1, 10'000);
  table.read("max_connections_per_address", rtmp.max_connections_per_address, 1, 10'000);
  table.read("wrong_keys_per_minute", rtmp.wrong_keys_per_minute, 1, 10'000);
  table.finish();
}

void read_relay(TomlTable table, NodeConfig::Relay& relay) {
  table.read_address("address", relay.address);
  table.read("first_port", relay.first_port, 0, kMaxPort);
  table.read("shards", relay.shards, 1, 64);
  if (relay.first_port + relay.shards - 1 > kMaxPort) {
    table.mistake("first_port", fmt::format("first_port + shards - 1 may be at most {}", kMaxPort));
  }
  table.read_address("public_address", relay.public_address, TomlTable::Empty::kAllowed);
  if (relay.public_address == "0.0.0.0" || relay.public_address == "::") {
    table.mistake("public_address", "an address that viewers can send to is allowed");
  }
  table.read("max_viewers", relay.max_viewers, 1, 1'000'000);
  table.read("max_viewers_per_address", relay.max_viewers_per_address, 1, 1'000'000);
  table.read("max_pending_handshakes", relay.max_pending_handshakes, 1, 100'000);
  table.read("max_pending_handshakes_per_address", relay.max_pending_handshakes_per_address, 1,
             100'000);
  table.read("pacing_ms", relay.pacing_ms, 0, 50);
  table.read("max_busy_percent", relay.max_busy_percent, 1, 100);
  table.finish();
}

// Lengths that divide a second, and by which parts at every frame rate, and of sound, differ by
// less than 15 %, as players are promised.
void read_hls(TomlTable table, NodeConfig::Hls& hls) {
  table.read("part_ms", hls.part_ms, 200, 500);
  if (hls.part_ms != 200 && hls.part_ms != 250 && hls.part_ms != 500)
    table.mistake("part_ms", "200, 250, 500 are allowed");
  table.finish();
}

void read_recording(TomlTable table, NodeConfig::Recording& recording, NamedFiles files) {
  std::string record = "on";
  table.choose("record", record, {"on", "off"});
  recording.enabled = record == "on";
  table.read_path("directory", recording.directory);
  while (recording.directory.size() > 1 && recording.directory.back() == '/')
    recording.directory.pop_back();
  table.choose("fsync", recording.fsync, {"part", "segment", "off"});
  table.read("reserve_mb", recording.reserve_mb, 0, 100'000'000);
  table.read("keep_days", recording.keep_days, 0, 36'500);
  table.read("max_gb", recording.max_gb, 0, 10'000'000);
  table.read("courseware_mb", recording.courseware_mb, 0, 8'000);
  table.read("courseware_total_mb", recording.courseware_total_mb, 0, 1'000'000);
  table.read("stills_every_s", recording.stills_every_s, 0, 3600);
  table.read("peer_cache_gb", recording.peer_cache_gb, 0, 1000);
  table.inside("s3", [&](TomlTable s3) {
    read_file_name(s3, "credentials_file", recording.s3.credentials_file, files);
    read_file_name(s3, "ca_file", recording.s3.ca_file, files);
    read_bucket(std::move(s3), recording.s3);
  });
  table.each("peer", [&](TomlTable item) {
    RecordingPeer& peer = recording.peers.emplace_back();
    item.read("url", peer.url);
    while (peer.url.ends_with('/'))
      peer.url.pop_back();
    if (!is_endpoint(peer.url))
      item.mistake("url", "https://HOST:PORT or http://HOST:PORT is allowed, without a path");
    read_file_name(item, "token_file", peer.token_file, files);
    read_file_name(item, "ca_file", peer.ca_file, files);
    if (recording.peers.size() > kMaxRecordingPeers)
      item.mistake_here(fmt::format("at most {} peers are allowed", kMaxRecordingPeers));
    item.finish();
  });
  table.finish();
}

json::array peers_to_json(const std::vector<RecordingPeer>& peers) {
  json::array list;
  for (const RecordingPeer& peer : peers)
    list.push_back(json::object{
        {"url", peer.url}, {"token_file", peer.token_file}, {"ca_file", peer.ca_file}});
  return list;
}

void read_control(TomlTable table, NodeConfig::Control& control) {
  table.read("database", control.database);
  if (!control.database.empty()) {
    if (const auto url = parse_database_url(control.database); !url)
      table.mistake("database", url.error().message);
  }
  table.finish();
}

void read_accounts(TomlTable table, NodeConfig::Accounts& accounts) {
  table.read("sign_in_idle_minutes", accounts.sign_in_idle_minutes, 5, 7 * 24 * 60);
  table.read("sign_in_hours", accounts.sign_in_hours, 1, 90 * 24);
  table.read("audit_days", accounts.audit_days, 180, 36'500);
  table.finish();
}

// Whether the system's tzdata has a zone of that name, as far as it was asked for.
bool may_be_zone(const std::string& name, NamedFiles files) {
  const bool formed = !name.empty() && name.size() <= 64 && name.front() != '/' &&
                      name.find("..") == std::string::npos &&
                      std::all_of(name.begin(), name.end(), [](char c) {
                        return one_of(c, "-_+/") || (c >= 'A' && c <= 'Z');
                      });
  return formed && (files == NamedFiles::kNotLookedAt ||
                    ::access(("/usr/share/zoneinfo/" + name).c_str(), R_OK) == 0);
}

void read_schedule(TomlTable table, NodeConfig::Schedule& schedule, NamedFiles files) {
  table.read("time_zone", schedule.time_zone);
  if (!schedule.time_zone.empty() && !may_be_zone(schedule.time_zone, files)) {
    table.mistake("time_zone",
                  "a name of the IANA time zone database is allowed, such as Asia/Shanghai");
  }
  table.read("reopen_minutes", schedule.reopen_minutes, 0, 24 * 60);
  table.finish();
}

void read_slates(TomlTable table, NodeConfig::Slates& slates) {
  table.read("max_megabytes", slates.max_megabytes, 1, 256);
  table.read("max_seconds", slates.max_seconds, 1, 120);
  table.finish();
}

void read_console(TomlTable table, NodeConfig::Console& console) {
  table.read("second_person_seconds", console.second_person_seconds, 0, 600);
  if (console.second_person_seconds > 0 && console.second_person_seconds < 10)
    table.mistake("second_person_seconds", "0, or 10 to 600 is allowed");
  table.finish();
}

void read_rung(TomlTable table, std::vector<VideoRung>& ladder) {
  VideoRung& rung = ladder.emplace_back();
  table.read("name", rung.name);
  table.read("width", rung.width, 64, 1920);
  table.read("height", rung.height, 36, 1088);
  table.read("bitrate_kbps", rung.bitrate_kbps, 50, 20'000);
  table.finish();
}

void read_stream_keys(TomlTable& table, const char* name, std::vector<std::string>& keys,
                      const std::vector<ChannelSeed>& seeds) {
  table.read(name, keys);
  for (const std::string& key : keys) {
    const bool valid =
        key.size() >= 8 && key.size() <= 128 && std::all_of(key.begin(), key.end(), [](char c) {
          return one_of(c, "-_.~") || (c >= 'A' && c <= 'Z');
        });
    if (!valid) table.mistake(name, "8 to 128 of A-Z, a-z, 0-9, '-', '_', '.', '~' are allowed");
  }
  const auto stands_in = [&keys](const std::vector<std::string>& others) {
    return &others != &keys && std::any_of(others.begin(), others.end(), [&](const auto& other) {
      return std::find(keys.begin(), keys.end(), other) != keys.end();
    });
  };
  for (const ChannelSeed& other : seeds) {
    if (!stands_in(other.stream_keys) && !stands_in(other.backup_stream_keys)) continue;
    if (&other == &seeds.back()) {
      table.mistake(name, "a key is allowed for one input; one stands in stream_keys, too");
    } else {
      table.mistake(name, fmt::format("keys of no other channel are allowed; one is channel {}'s",
                                      other.channel.id));
    }
  }
}

void read_failover(TomlTable table, FailoverRules& rules) {
  constexpr int kMost = FailoverRules::kMost / std::chrono::milliseconds(1);
  constexpr int kLeast = FailoverRules::kLeast / std::chrono::milliseconds(1);
  const auto read_time = [&](const std::string& key, int& ms, int low) {
    table.read(key, ms, low, kMost);
    if (ms > 0 && ms < kLeast)
      table.mistake(key, fmt::format("0, or {} to {} is allowed", kLeast, kMost));
  };
  for (const Condition condition : kConditions) {
    ConditionRule& rule = rules.of(condition);
    const std::string name(name_of(condition));
    int after_ms = static_cast<int>(rule.after.count());
    read_time(name + "_ms", after_ms, 0);
    rule.after = std::chrono::milliseconds(after_ms);
    std::string otherwise = rule.to_slate ? "slate" : "stay";
    table.choose(name + "_else", otherwise, {"slate", "stay"});
    rule.to_slate = otherwise == "slate";
  }
  table.read("errors_per_second", rules.errors_per_second, 1, 10'000);
  int return_ms = static_cast<int>(rules.return_after->count());
  read_time("return_after_ms", return_ms, -1);
  rules.return_after = std::chrono::milliseconds(return_ms);
  if (return_ms < 0) rules.return_after.reset();
  table.finish();
}

void read_languages(TomlTable& table, SoundRules& rules) {
  std::vector<SoundLanguage> languages(kMaxSounds);
  for (size_t i = 0; i < kMaxSounds; ++i) {
    const std::string_view side = i == 0 ? "left" : "right";
    table.read(fmt::format("{}_language", side), languages[i].tag);
    table.read(fmt::format("{}_language_name", side), languages[i].name);
  }
  const bool any = std::ranges::any_of(languages, [](const SoundLanguage& language) {
    return !language.tag.empty() || !language.name.empty();
  });
  if (any) rules.languages = std::move(languages);
  if (const auto checked = check_sound_rules(rules); !checked)
    table.mistake_here(checked.error().message);
}

void read_sound(TomlTable table, SoundRules& rules) {
  double target = 0;
  table.read("target_lufs", target, SoundRules::kLeastTarget, 0);
  if (target != 0) rules.target_lufs = std::round(target * 10) / 10;
  if (target != 0 && target > SoundRules::kMostTarget) {
    table.mistake("target_lufs", fmt::format("0, or {} to {} is allowed", SoundRules::kLeastTarget,
                                             SoundRules::kMostTarget));
  }
  for (const ChannelInput input : kChannelInputs) {
    std::string mapping(name_of(rules.mapping[input]));
    table.choose(fmt::format("{}_mapping", name_of(input)), mapping,
                 {"stereo", "left", "right", "mono", "swap", "languages"});
    rules.mapping[input] = sound_mapping_named(mapping).value_or(SoundMapping::kStereo);
  }
  read_languages(table, rules);
  table.finish();
}

void read_channel(TomlTable table, std::vector<ChannelSeed>& seeds) {
  ChannelSeed& seed = seeds.emplace_back();
  Channel& channel = seed.channel;
  table.read("id", channel.id);
  channel.name = channel.id;
  table.read("name", channel.name);
  table.read("frames_per_second", channel.frames_per_second, 1, 240);
  table.read("gop_seconds", channel.gop_seconds, 1, 2);
  table.each("video", [&](TomlTable rung) { read_rung(std::move(rung), channel.video); });
  if (channel.video.empty()) channel.video = default_ladder();
  table.read("opus_kbps", channel.opus_kbps, 16, 510);
  table.read("aac_kbps", channel.aac_kbps, 32, 512);
  std::string rule = "refuse";
  table.choose("second_publisher", rule, {"refuse", "take_over"});
  channel.second_publisher =
      rule == "take_over" ? SecondPublisher::kTakeOver : SecondPublisher::kRefuse;
  std::string access = "open";
  table.choose("access", access, {"open", "screens", "token"});
  channel.access = access_named(access).value_or(Access::kOpen);
  table.inside("failover",
               [&](TomlTable rules) { read_failover(std::move(rules), channel.failover); });
  table.inside("sound", [&](TomlTable rules) { read_sound(std::move(rules), channel.sound); });
  std::string record(name_of(channel.record));
  table.choose("record", record, {"sessions", "always", "off"});
  channel.record = record_rule_named(record).value_or(RecordRule::kSessions);
  read_stream_keys(table, "stream_keys", seed.stream_keys, seeds);
  read_stream_keys(table, "backup_stream_keys", seed.backup_stream_keys, seeds);
  for (const char* key : {"id", "name", "frames_per_second", "gop_seconds", "video", "opus_kbps",
                          "aac_kbps", "second_publisher", "access", "record", "stream_keys",
                          "backup_stream_keys", "failover", "sound"})
    seed.lines.line[key] = table.line_of(key);
  if (auto checked = check_channel(channel); !checked) table.mistake_here(checked.error().message);
  table.finish();
}

void read_roles(TomlTable& table, std::vector<std::string>& roles) {
  table.read("roles", roles);
  const std::set<std::string> known{"control", "ingest", "relay", "gateway"};
  std::set<std::string> seen;
  for (const std::string& role : roles) {
    if (!known.contains(role)) {
      table.mistake("roles", "control, ingest, relay, gateway are allowed");
    } else if (!seen.insert(role).second) {
      table.mistake("roles", fmt::format("each role once is allowed; {} stands twice", role));
    }
  }
  if (roles.empty()) table.mistake("roles", "at least one role is allowed");
}

NodeConfig read_root(TomlTable table, NamedFiles files) {
  NodeConfig config;
  table.read_path("data_dir", config.data_dir);
  while (config.data_dir.size() > 1 && config.data_dir.back() == '/')
    config.data_dir.pop_back();
  table.read("node_name", config.node_name);
  const bool named = !config.node_name.empty() && config.node_name.size() <= 63 &&
                     std::all_of(config.node_name.begin(), config.node_name.end(),
                                 [](char c) { return one_of(c, "-"); });
  if (!named) table.mistake("node_name", "1 to 63 of a-z, 0-9 and '-' are allowed");
  read_roles(table, config.roles);
  table.choose("log_level", config.log_level, {"trace", "debug", "info", "warn", "error"});
  table.choose("log_format", config.log_format, {"text", "json"});
  table.inside("http", [&](TomlTable http) { read_http(std::move(http), config.http, files); });
  table.inside("rtmp", [&](TomlTable rtmp) { read_rtmp(std::move(rtmp), config.rtmp); });
  table.inside("srt", [&](TomlTable srt) { read_srt(std::move(srt), config.srt); });
  table.inside("whip", [&](TomlTable whip) { read_whip(std::move(whip), config.whip); });
  table.inside("rtsp", [&](TomlTable rtsp) { read_rtsp(std::move(rtsp), config.rtsp); });
  table.each("pull", [&](TomlTable pull) { read_pull(std::move(pull), config.pulls); });
  table.inside("relay", [&](TomlTable relay) { read_relay(std::move(relay), config.relay); });
  table.inside("hls", [&](TomlTable hls) { read_hls(std::move(hls), config.hls); });
  table.inside("recording", [&](TomlTable recording) {
    read_recording(std::move(recording), config.recording, files);
  });
  table.inside("control",
               [&](TomlTable control) { read_control(std::move(control), config.control); });
  table.inside("accounts",
               [&](TomlTable accounts) { read_accounts(std::move(accounts), config.accounts); });
  table.inside("slates", [&](TomlTable slates) { read_slates(std::move(slates), config.slates); });
  table.inside("console",
               [&](TomlTable console) { read_console(std::move(console), config.console); });
  table.inside("oidc", [&](TomlTable oidc) {
    read_oidc(std::move(oidc), config.oidc, files == NamedFiles::kMustBeReadable);
  });
  table.inside("schedule", [&](TomlTable schedule) {
    read_schedule(std::move(schedule), config.schedule, files);
  });
  table.each("channel", [&](TomlTable item) { read_channel(std::move(item), config.channels); });
  std::set<std::string_view> ids;
  for (const ChannelSeed& seed : config.channels) {
    if (!ids.insert(seed.channel.id).second) {
      table.mistake("channel", fmt::format("the id \"{}\" stands twice", seed.channel.id));
    }
  }
  if (config.channels.size() > kMaxChannels) {
    table.mistake("channel", fmt::format("at most {} channels are allowed", kMaxChannels));
  }
  check_doors(table, config);
  table.finish();
  return config;
}

}  // namespace

Result<NodeConfig> parse_node_config(std::string_view text, const std::string& file,
                                     NamedFiles files) {
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  if (const auto line = line_that_is_not_utf8(text))
    return fail(fmt::format("{}:{}: not UTF-8", file, *line));
  if (const auto line = line_of_escaped_mark(text))
    return fail(fmt::format("{}:{}: '~' is allowed as itself, not by its number", file, *line));
  try {
    const toml::table root = toml::parse(to_ascii(text), file);
    std::vector<std::string> mistakes;
    NodeConfig config = read_root(TomlTable(root, "", file, mistakes), files);
    if (!mistakes.empty()) return fail(fmt::format("{}", fmt::join(mistakes, "\n")));
    return config;
  } catch (const toml::parse_error& error) {
    return fail(
        fmt::format("{}:{}: {}", file, error.source().begin.line, from_ascii(error.description())));
  } catch (const std::logic_error& error) {
    return fail(fmt::format("{}: {}", file, error.what()));
  }
}

Result<NodeConfig> load_node_config(const std::string& file) {
  std::ifstream stream(file);
  std::ostringstream text;
  if (stream) text << stream.rdbuf();
  if (!stream) return fail(fmt::format("{}: {}", file, std::strerror(errno)));
  return parse_node_config(text.str(), file, NamedFiles::kMustBeReadable);
}

std::string database_of(const NodeConfig& config) {
  return config.control.database.empty() ? config.data_dir + "/longmen.db"
                                         : config.control.database;
}

std::vector<std::string> ignored_of_seed(const ChannelSeed& seed, const Channel& owned,
                                         const std::string& file) {
  std::vector<std::string> ignored;
  const auto compare = [&](const char* key, const auto& ours, const auto& theirs) {
    if (ours == theirs) return;
    const auto line = seed.lines.line.find(key);
    const std::string place = file.empty() || line == seed.lines.line.end()
                                  ? std::string()
                                  : fmt::format("{}:{}: ", file, line->second);
    ignored.push_back(fmt::format("{}channel.{} = {}: channel {} is the database's, which has {}",
                                  place, key, ours, owned.id, theirs));
  };
  const auto ladder = [](const std::vector<VideoRung>& rungs) {
    std::string words;
    for (const VideoRung& rung : rungs) {
      words += fmt::format("{}{} {}x{} {} kbit/s", words.empty() ? "" : ", ", rung.name, rung.width,
                           rung.height, rung.bitrate_kbps);
    }
    return words;
  };
  const auto rule = [](SecondPublisher second) {
    return second == SecondPublisher::kTakeOver ? "take_over" : "refuse";
  };
  const Channel& channel = seed.channel;
  compare("name", channel.name, owned.name);
  compare("frames_per_second", channel.frames_per_second, owned.frames_per_second);
  compare("gop_seconds", channel.gop_seconds, owned.gop_seconds);
  compare("video", ladder(channel.video), ladder(owned.video));
  compare("opus_kbps", channel.opus_kbps, owned.opus_kbps);
  compare("aac_kbps", channel.aac_kbps, owned.aac_kbps);
  compare("second_publisher", std::string(rule(channel.second_publisher)),
          std::string(rule(owned.second_publisher)));
  compare("access", name_of(channel.access), name_of(owned.access));
  compare("record", name_of(channel.record), name_of(owned.record));
  compare("failover", json::serialize(to_json(channel.failover)),
          json::serialize(to_json(owned.failover)));
  compare("sound", json::serialize(to_json(channel.sound)), json::serialize(to_json(owned.sound)));
  return ignored;
}

std::string node_config_to_json(const NodeConfig& config) {
  return json::serialize(json::object{
      {"data_dir", config.data_dir},
      {"node_name", config.node_name},
      {"roles", json::array(config.roles.begin(), config.roles.end())},
      {"log_level", config.log_level},
      {"log_format", config.log_format},
      {"http",
       json::object{{"address", config.http.address},
                    {"port", config.http.port},
                    {"https_port", config.http.https_port},
                    {"certificate_file", config.http.certificate_file},
                    {"key_file", config.http.key_file},
                    {"max_connections", config.http.max_connections},
                    {"max_connections_per_address", config.http.max_connections_per_address}}},
      {"rtmp",
       json::object{{"address", config.rtmp.address},
                    {"port", config.rtmp.port},
                    {"tls_port", config.rtmp.tls_port},
                    {"max_connections", config.rtmp.max_connections},
                    {"max_connections_per_address", config.rtmp.max_connections_per_address},
                    {"wrong_keys_per_minute", config.rtmp.wrong_keys_per_minute}}},
      {"srt", srt_to_json(config.srt)},
      {"whip", whip_to_json(config.whip)},
      {"rtsp", rtsp_to_json(config.rtsp)},
      {"relay", json::object{{"address", config.relay.address},
                             {"first_port", config.relay.first_port},
                             {"shards", config.relay.shards},
                             {"public_address", config.relay.public_address},
                             {"max_viewers", config.relay.max_viewers},
                             {"max_viewers_per_address", config.relay.max_viewers_per_address},
                             {"max_pending_handshakes", config.relay.max_pending_handshakes},
                             {"max_pending_handshakes_per_address",
                              config.relay.max_pending_handshakes_per_address},
                             {"pacing_ms", config.relay.pacing_ms},
                             {"max_busy_percent", config.relay.max_busy_percent}}},
      {"accounts", json::object{{"sign_in_idle_minutes", config.accounts.sign_in_idle_minutes},
                                {"sign_in_hours", config.accounts.sign_in_hours},
                                {"audit_days", config.accounts.audit_days}}},
      {"hls", json::object{{"part_ms", config.hls.part_ms}}},
      {"recording", json::object{{"enabled", config.recording.enabled},
                                 {"directory", config.recording.directory},
                                 {"fsync", config.recording.fsync},
                                 {"reserve_mb", config.recording.reserve_mb},
                                 {"keep_days", config.recording.keep_days},
                                 {"max_gb", config.recording.max_gb},
                                 {"courseware_mb", config.recording.courseware_mb},
                                 {"courseware_total_mb", config.recording.courseware_total_mb},
                                 {"stills_every_s", config.recording.stills_every_s},
                                 {"s3", bucket_to_json(config.recording.s3)},
                                 {"peers", peers_to_json(config.recording.peers)},
                                 {"peer_cache_gb", config.recording.peer_cache_gb}}},
      {"slates", json::object{{"max_megabytes", config.slates.max_megabytes},
                              {"max_seconds", config.slates.max_seconds}}},
      {"console", json::object{{"second_person_seconds", config.console.second_person_seconds}}},
      {"schedule", json::object{{"time_zone", config.schedule.time_zone},
                                {"reopen_minutes", config.schedule.reopen_minutes}}},
  });
}

std::string node_config_to_json_for_ingest(const NodeConfig& config) {
  json::object node = json::parse(node_config_to_json(config)).as_object();
  add_ingest_secrets(config.srt, config.pulls, node);
  return json::serialize(node);
}

Result<NodeConfig> node_config_from_json(std::string_view text) {
  auto fields = JsonFields::parse(text);
  if (!fields) return tl::unexpected(fields.error());
  NodeConfig config;
  fields->read("data_dir", config.data_dir);
  fields->read("node_name", config.node_name);
  fields->read("roles", config.roles);
  fields->read("log_level", config.log_level);
  fields->read("log_format", config.log_format);
  fields->inside("http", [&](const JsonFields& http) {
    http.read("address", config.http.address);
    http.read("port", config.http.port);
    http.read("https_port", config.http.https_port);
    http.read("certificate_file", config.http.certificate_file);
    http.read("key_file", config.http.key_file);
    http.read("max_connections", config.http.max_connections);
    http.read("max_connections_per_address", config.http.max_connections_per_address);
  });
  fields->inside("rtmp", [&](const JsonFields& rtmp) {
    rtmp.read("address", config.rtmp.address);
    rtmp.read("port", config.rtmp.port);
    rtmp.read("tls_port", config.rtmp.tls_port);
    rtmp.read("max_connections", config.rtmp.max_connections);
    rtmp.read("max_connections_per_address", config.rtmp.max_connections_per_address);
    rtmp.read("wrong_keys_per_minute", config.rtmp.wrong_keys_per_minute);
  });
  fields->inside("srt", [&](const JsonFields& srt) { srt_from_json(srt, config.srt); });
  fields->inside("whip", [&](const JsonFields& whip) { whip_from_json(whip, config.whip); });
  fields->inside("rtsp", [&](const JsonFields& rtsp) { rtsp_from_json(rtsp, config.rtsp); });
  ingest_secrets_from_json(*fields, config.srt, config.pulls);
  fields->inside("relay", [&](const JsonFields& relay) {
    relay.read("address", config.relay.address);
    relay.read("first_port", config.relay.first_port);
    relay.read("shards", config.relay.shards);
    relay.read("public_address", config.relay.public_address);
    relay.read("max_viewers", config.relay.max_viewers);
    relay.read("max_viewers_per_address", config.relay.max_viewers_per_address);
    relay.read("max_pending_handshakes", config.relay.max_pending_handshakes);
    relay.read("max_pending_handshakes_per_address",
               config.relay.max_pending_handshakes_per_address);
    relay.read("pacing_ms", config.relay.pacing_ms);
    relay.read("max_busy_percent", config.relay.max_busy_percent);
  });
  fields->inside("hls", [&](const JsonFields& hls) { hls.read("part_ms", config.hls.part_ms); });
  fields->inside("recording", [&](const JsonFields& recording) {
    recording.read("enabled", config.recording.enabled);
    recording.read("directory", config.recording.directory);
    recording.read("fsync", config.recording.fsync);
    recording.read("reserve_mb", config.recording.reserve_mb);
    recording.read("keep_days", config.recording.keep_days);
    recording.read("max_gb", config.recording.max_gb);
    recording.read("courseware_mb", config.recording.courseware_mb);
    recording.read("courseware_total_mb", config.recording.courseware_total_mb);
    recording.read("stills_every_s", config.recording.stills_every_s);
    recording.read("peer_cache_gb", config.recording.peer_cache_gb);
    recording.inside("s3",
                     [&](const JsonFields& s3) { bucket_from_json(s3, config.recording.s3); });
    recording.each("peers", [&](const JsonFields& item) {
      RecordingPeer& peer = config.recording.peers.emplace_back();
      item.read("url", peer.url);
      item.read("token_file", peer.token_file);
      item.read("ca_file", peer.ca_file);
    });
  });
  fields->read("database", config.control.database);
  fields->inside("accounts", [&](const JsonFields& accounts) {
    accounts.read("sign_in_idle_minutes", config.accounts.sign_in_idle_minutes);
    accounts.read("sign_in_hours", config.accounts.sign_in_hours);
    accounts.read("audit_days", config.accounts.audit_days);
  });
  fields->inside("slates", [&](const JsonFields& slates) {
    slates.read("max_megabytes", config.slates.max_megabytes);
    slates.read("max_seconds", config.slates.max_seconds);
  });
  fields->inside("console", [&](const JsonFields& console) {
    console.read("second_person_seconds", config.console.second_person_seconds);
  });
  fields->inside("oidc", [&](const JsonFields& oidc) { oidc_from_json(oidc, config.oidc); });
  fields->inside("schedule", [&](const JsonFields& schedule) {
    schedule.read("time_zone", config.schedule.time_zone);
    schedule.read("reopen_minutes", config.schedule.reopen_minutes);
  });
  if (const auto* seeds = fields->object().if_contains("channels")) {
    auto channels = channels_from_json(json::serialize(*seeds));
    if (!channels) return tl::unexpected(channels.error());
    for (Channel& channel : *channels)
      config.channels.push_back({std::move(channel), {}, {}, {}});
  }
  return config;
}

}  // namespace longmen
