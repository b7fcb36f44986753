#include "config/ingest_config_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <span>

#include "config/pull_url.h"
#include "core/base/sha256.h"
#include "core/guide/time_text.h"

namespace longmen {
namespace json = boost::json;
namespace {

constexpr size_t kMinPassphraseBytes = 10, kMaxPassphraseBytes = 79;  // libsrt's
constexpr size_t kMaxStreamIdBytes = 512;
constexpr size_t kMaxSrtKeys = 256;
constexpr size_t kMaxFiles = 1000;
constexpr int kMaxFileMs = 7 * 24 * 3600 * 1000;

void check_passphrase(TomlTable& table, const std::string& passphrase) {
  if (passphrase.empty()) return;
  if (passphrase.size() < kMinPassphraseBytes || passphrase.size() > kMaxPassphraseBytes)
    table.mistake("passphrase", "10 to 79 bytes are allowed");
}

void read_srt_key(TomlTable table, std::vector<SrtConfig::Key>& keys) {
  std::string key;
  SrtConfig::Key read;
  table.read("stream_key", key);
  table.read("passphrase", read.passphrase);
  if (key.empty()) table.mistake("stream_key", "the stream key whose passphrase it is");
  if (read.passphrase.empty()) table.mistake("passphrase", "10 to 79 bytes are allowed");
  check_passphrase(table, read.passphrase);
  read.key_hash = sha256_hex(key);
  const bool twice = std::any_of(keys.begin(), keys.end(), [&](const SrtConfig::Key& other) {
    return other.key_hash == read.key_hash;
  });
  if (twice) table.mistake("stream_key", "each key once is allowed");
  if (keys.size() >= kMaxSrtKeys)
    table.mistake_here(fmt::format("at most {} keys are allowed", kMaxSrtKeys));
  table.finish();
  keys.push_back(std::move(read));
}

// What is not of this kind of pull had better not stand there: it would be believed to count.
void refuse_beside(TomlTable& table, bool fits, const char* key, const char* kind) {
  if (!fits && table.has(key)) table.mistake(key, fmt::format("allowed with {} alone", kind));
}

void check_kind(TomlTable& table, const PullConfig& pull) {
  using Scheme = PullUrl::Scheme;
  const auto url = parse_pull_url(pull.url);
  if (!url) return table.mistake("url", url.error().message);
  const auto is = [&](Scheme scheme) { return url->scheme == scheme; };
  const bool datagrams = is(Scheme::kUdp) || is(Scheme::kRtp);
  refuse_beside(table, is(Scheme::kSrt), "passphrase", "srt://");
  refuse_beside(table, is(Scheme::kSrt), "stream_id", "srt://");
  refuse_beside(table, is(Scheme::kRtsp), "transport", "rtsp://");
  refuse_beside(table, datagrams, "interface", "udp:// and rtp://");
  refuse_beside(table, datagrams || is(Scheme::kSrt), "program", "srt://, udp:// and rtp://");
  refuse_beside(table, is(Scheme::kSrt) || is(Scheme::kRtsp) || is(Scheme::kRtp), "latency_ms",
                "srt://, rtp:// and rtsp://");
  refuse_beside(table, false, "repeat", "files");
  if (url->listens && pull.passphrase.empty() && pull.stream_id.empty())
    table.mistake("url", "a passphrase or a stream_id is needed with it, else anybody may send");
}

void check_socket(TomlTable& table, const PullConfig& pull, std::span<const PullConfig> earlier) {
  const auto url = parse_pull_url(pull.url);
  if (!url) return;
  for (const PullConfig& other : earlier) {
    const auto others = parse_pull_url(other.url);
    if (!others || !url->same_socket(*others)) continue;
    return table.mistake("url",
                         fmt::format("another port or address is allowed: at this one {}'s {} "
                                     "pull receives already ({})",
                                     other.channel, other.role, others->shown()));
  }
}

// A date and a time of day, with the zone's offset: a node's own zone is nobody's business.
void read_cue(TomlTable& table, PlaylistItem& item) {
  std::string text;
  table.read("at", text);
  if (!table.has("at")) return;
  const auto written = written_time(text);
  if (!written || !written->offset)
    return table.mistake("at", "a time with its zone is allowed, as 2026-12-01T19:30:00+08:00");
  item.at = CueTime(std::chrono::milliseconds(written->epoch_ms()));
}

void read_item(TomlTable table, std::vector<PlaylistItem>& items) {
  PlaylistItem item;
  int from_ms = 0, to_ms = 0;
  table.read("file", item.file);
  if (item.file.empty() || item.file.front() != '/')
    table.mistake("file", "an absolute path is allowed");
  read_cue(table, item);
  table.read("from_ms", from_ms, 0, kMaxFileMs);
  table.read("to_ms", to_ms, 1, kMaxFileMs);
  if (to_ms > 0 && to_ms <= from_ms) table.mistake("to_ms", "more than from_ms is allowed");
  item.from = std::chrono::milliseconds(from_ms);
  if (to_ms > 0) item.to = std::chrono::milliseconds(to_ms);
  const auto earlier = std::find_if(items.rbegin(), items.rend(),
                                    [](const PlaylistItem& other) { return other.at.has_value(); });
  if (item.at && earlier != items.rend() && *item.at <= *earlier->at)
    table.mistake("at", fmt::format("a later time than that of {} is allowed", earlier->file));
  table.finish();
  items.push_back(std::move(item));
}

// Of a pull: the plain list, or one with cue times.
void read_files(TomlTable& table, PullConfig& pull) {
  std::vector<std::string> files;
  table.read("files", files);
  for (std::string& file : files) {
    if (file.empty() || file.front() != '/') table.mistake("files", "absolute paths are allowed");
    pull.items.push_back({.file = std::move(file)});
  }
  if (!files.empty() && table.has("item"))
    table.mistake("item", "either files or items are allowed");
  table.each("item", [&](TomlTable item) { read_item(std::move(item), pull.items); });
  if (pull.items.size() > kMaxFiles)
    table.mistake(table.has("files") ? "files" : "item",
                  fmt::format("up to {} are allowed", kMaxFiles));
  const bool cued = std::any_of(pull.items.begin(), pull.items.end(),
                                [](const PlaylistItem& item) { return item.at.has_value(); });
  if (!cued) return;
  if (table.has("repeat") && pull.repeat != "once")
    table.mistake("repeat", "once is allowed where an item has an at");
  pull.repeat = "once";
}

json::object item_to_json(const PlaylistItem& item) {
  json::object out{{"file", item.file}, {"from_ms", item.from.count()}};
  if (item.at) out["at_ms"] = item.at->time_since_epoch().count();
  if (item.to) out["to_ms"] = item.to->count();
  return out;
}

PlaylistItem item_from_json(const JsonFields& fields) {
  PlaylistItem item;
  int64_t from_ms = 0;
  std::optional<int64_t> at_ms, to_ms;
  fields.read("file", item.file);
  fields.read("from_ms", from_ms);
  fields.read("at_ms", at_ms);
  fields.read("to_ms", to_ms);
  item.from = std::chrono::milliseconds(from_ms);
  if (at_ms) item.at = CueTime(std::chrono::milliseconds(*at_ms));
  if (to_ms) item.to = std::chrono::milliseconds(*to_ms);
  return item;
}

json::object pull_to_json(const PullConfig& pull) {
  json::array items;
  for (const PlaylistItem& item : pull.items)
    items.push_back(item_to_json(item));
  return {{"channel", pull.channel},
          {"role", pull.role},
          {"url", pull.url},
          {"items", std::move(items)},
          {"repeat", pull.repeat},
          {"transport", pull.transport},
          {"interface", pull.interface_address},
          {"passphrase", pull.passphrase},
          {"stream_id", pull.stream_id},
          {"latency_ms", pull.latency_ms},
          {"program", pull.program}};
}

}  // namespace

void read_srt(TomlTable table, SrtConfig& srt) {
  table.read_address("address", srt.address);
  table.read("port", srt.port, -1, kMaxPort);
  table.read("latency_ms", srt.latency_ms, 20, 8000);
  table.read("max_connections", srt.max_connections, 1, 10'000);
  table.read("passphrase", srt.passphrase);
  check_passphrase(table, srt.passphrase);
  table.each("key", [&](TomlTable key) { read_srt_key(std::move(key), srt.keys); });
  table.finish();
}

void read_whip(TomlTable table, WhipConfig& whip) {
  table.read_address("address", whip.address);
  table.read("port", whip.port, -1, kMaxPort);
  table.read_address("public_address", whip.public_address, TomlTable::Empty::kAllowed);
  if (whip.public_address == "0.0.0.0" || whip.public_address == "::")
    table.mistake("public_address", "an address that senders can reach is allowed");
  table.read("latency_ms", whip.latency_ms, 0, 8000);
  table.read("max_sessions", whip.max_sessions, 1, 10'000);
  table.finish();
}

void read_rtsp(TomlTable table, RtspConfig& rtsp) {
  table.read_address("address", rtsp.address);
  table.read("port", rtsp.port, -1, kMaxPort);
  table.read("tls_port", rtsp.tls_port, -1, kMaxPort);
  table.read("max_connections", rtsp.max_connections, 1, 10'000);
  table.read("max_connections_per_address", rtsp.max_connections_per_address, 1, 10'000);
  table.read("latency_ms", rtsp.latency_ms, 0, 8000);
  table.read("udp_first_port", rtsp.udp_first_port, -1, kMaxPort);
  table.read("udp_port_pairs", rtsp.udp_port_pairs, 1, 10'000);
  if (rtsp.udp_first_port > 0 && rtsp.udp_first_port % 2 != 0)
    table.mistake("udp_first_port", "an even port is allowed (RTCP has the next one), 0 or -1");
  if (rtsp.udp_first_port + 2 * rtsp.udp_port_pairs - 1 > kMaxPort)
    table.mistake("udp_port_pairs", fmt::format("ports up to {} are allowed", kMaxPort));
  table.finish();
}

void read_pull(TomlTable table, std::vector<PullConfig>& pulls) {
  PullConfig& pull = pulls.emplace_back();
  table.read("channel", pull.channel);
  if (pull.channel.empty()) table.mistake("channel", "the id of a channel is allowed");
  table.choose("role", pull.role, {"primary", "backup"});
  table.read("url", pull.url);
  table.choose("repeat", pull.repeat, {"forever", "once"});
  read_files(table, pull);
  table.choose("transport", pull.transport, {"tcp", "udp"});
  table.read_address("interface", pull.interface_address, TomlTable::Empty::kAllowed);
  table.read("passphrase", pull.passphrase);
  check_passphrase(table, pull.passphrase);
  table.read("stream_id", pull.stream_id);
  if (pull.stream_id.size() > kMaxStreamIdBytes)
    table.mistake("stream_id", fmt::format("up to {} bytes are allowed", kMaxStreamIdBytes));
  table.read("latency_ms", pull.latency_ms, 20, 8000);
  table.read("program", pull.program, 0, 65535);
  if (pull.url.empty() == pull.items.empty()) {
    table.mistake("url", "one of url, files and item is allowed");
  } else if (!pull.url.empty()) {
    check_kind(table, pull);
    check_socket(table, pull, std::span(pulls).first(pulls.size() - 1));
  }
  const bool twice = std::count_if(pulls.begin(), pulls.end(), [&](const PullConfig& other) {
                       return other.channel == pull.channel && other.role == pull.role;
                     }) > 1;
  if (twice)
    table.mistake("channel", fmt::format("one {} pull of a channel is allowed", pull.role));
  if (pulls.size() > kMaxPulls)
    table.mistake_here(fmt::format("at most {} pulls are allowed", kMaxPulls));
  table.finish();
}

json::object srt_to_json(const SrtConfig& srt) {
  return {{"address", srt.address},
          {"port", srt.port},
          {"latency_ms", srt.latency_ms},
          {"max_connections", srt.max_connections}};
}

json::object rtsp_to_json(const RtspConfig& rtsp) {
  return {{"address", rtsp.address},
          {"port", rtsp.port},
          {"tls_port", rtsp.tls_port},
          {"max_connections", rtsp.max_connections},
          {"max_connections_per_address", rtsp.max_connections_per_address},
          {"latency_ms", rtsp.latency_ms},
          {"udp_first_port", rtsp.udp_first_port},
          {"udp_port_pairs", rtsp.udp_port_pairs}};
}

json::object whip_to_json(const WhipConfig& whip) {
  return {{"address", whip.address},
          {"port", whip.port},
          {"public_address", whip.public_address},
          {"latency_ms", whip.latency_ms},
          {"max_sessions", whip.max_sessions}};
}

void add_ingest_secrets(const SrtConfig& srt, const std::vector<PullConfig>& pulls,
                        json::object& out) {
  json::array keys, list;
  for (const SrtConfig::Key& key : srt.keys)
    keys.push_back(json::object{{"key_hash", key.key_hash}, {"passphrase", key.passphrase}});
  for (const PullConfig& pull : pulls)
    list.push_back(pull_to_json(pull));
  out["srt_passphrase"] = srt.passphrase;
  out["srt_keys"] = std::move(keys);
  out["pulls"] = std::move(list);
}

void srt_from_json(const JsonFields& fields, SrtConfig& srt) {
  fields.read("address", srt.address);
  fields.read("port", srt.port);
  fields.read("latency_ms", srt.latency_ms);
  fields.read("max_connections", srt.max_connections);
}

void rtsp_from_json(const JsonFields& fields, RtspConfig& rtsp) {
  fields.read("address", rtsp.address);
  fields.read("port", rtsp.port);
  fields.read("tls_port", rtsp.tls_port);
  fields.read("max_connections", rtsp.max_connections);
  fields.read("max_connections_per_address", rtsp.max_connections_per_address);
  fields.read("latency_ms", rtsp.latency_ms);
  fields.read("udp_first_port", rtsp.udp_first_port);
  fields.read("udp_port_pairs", rtsp.udp_port_pairs);
}

void whip_from_json(const JsonFields& fields, WhipConfig& whip) {
  fields.read("address", whip.address);
  fields.read("port", whip.port);
  fields.read("public_address", whip.public_address);
  fields.read("latency_ms", whip.latency_ms);
  fields.read("max_sessions", whip.max_sessions);
}

void ingest_secrets_from_json(const JsonFields& fields, SrtConfig& srt,
                              std::vector<PullConfig>& pulls) {
  fields.read("srt_passphrase", srt.passphrase);
  fields.each("srt_keys", [&](const JsonFields& item) {
    SrtConfig::Key& key = srt.keys.emplace_back();
    item.read("key_hash", key.key_hash);
    item.read("passphrase", key.passphrase);
  });
  fields.each("pulls", [&](const JsonFields& item) {
    PullConfig& pull = pulls.emplace_back();
    item.read("channel", pull.channel);
    item.read("role", pull.role);
    item.read("url", pull.url);
    item.each("items", [&](const JsonFields& each) { pull.items.push_back(item_from_json(each)); });
    item.read("repeat", pull.repeat);
    item.read("transport", pull.transport);
    item.read("interface", pull.interface_address);
    item.read("passphrase", pull.passphrase);
    item.read("stream_id", pull.stream_id);
    item.read("latency_ms", pull.latency_ms);
    item.read("program", pull.program);
  });
}

}  // namespace longmen
