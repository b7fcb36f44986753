// Reads [srt], [whip], [rtsp] and [[pull]] of a node's configuration, and carries them to ingest as
// JSON. They hold passphrases and passwords, so no other process is given those. Knows no socket.
#pragma once

#include <boost/json/object.hpp>

#include "config/ingest_config.h"
#include "config/toml_table.h"
#include "core/node/json_fields.h"

namespace longmen {

void read_srt(TomlTable table, SrtConfig& srt);
void read_whip(TomlTable table, WhipConfig& whip);
void read_rtsp(TomlTable table, RtspConfig& rtsp);
// Appends one.
void read_pull(TomlTable table, std::vector<PullConfig>& pulls);

// What the supervisor needs of it to bind, for every role: no secret.
boost::json::object srt_to_json(const SrtConfig& srt);
boost::json::object whip_to_json(const WhipConfig& whip);
boost::json::object rtsp_to_json(const RtspConfig& rtsp);
// "srt_keys", "srt_passphrase" and "pulls".
void add_ingest_secrets(const SrtConfig& srt, const std::vector<PullConfig>& pulls,
                        boost::json::object& json);
void srt_from_json(const JsonFields& fields, SrtConfig& srt);
void whip_from_json(const JsonFields& fields, WhipConfig& whip);
void rtsp_from_json(const JsonFields& fields, RtspConfig& rtsp);
void ingest_secrets_from_json(const JsonFields& fields, SrtConfig& srt,
                              std::vector<PullConfig>& pulls);

}  // namespace longmen
