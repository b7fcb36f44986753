// The subcommands of `longmen`. Each returns the exit code of the process: 0 well, 1 not, with
// words on standard error.
#pragma once

#include <string>
#include <vector>

#include "core/base/result.h"

namespace longmen {

struct DemoOptions {
  std::string data_dir;  // empty: $XDG_DATA_HOME/longmen-demo
  int http_port = 8080;
  int https_port = 8443;
  int rtmp_port = 1935;
  int rtmps_port = 1936;
  int rtsp_port = 8554;
  int rtsps_port = 8322;
  int srt_port = 8890;
  int whip_port = 8188;
  int udp_port = 8189;
  bool test_feed = true;
  bool json = false;  // one line for machines instead of words
  std::string log_level = "warn";
};

int serve(const std::string& config_file);  // empty: all defaults
int demo(const DemoOptions& options);
int check_config(const std::string& file);
int status(const std::string& data_dir, bool json);
int doctor(const std::string& config_file);
// `config_file` may be empty: all defaults. `to` is a file, or a folder in which one is named after
// the time.
int backup_database(const std::string& config_file, const std::string& to);
int restore_database(const std::string& config_file, const std::string& from, bool replace);
// Of the node with that configuration, or without one, with that data directory.
int admin_reset_link(const std::string& config_file, const std::string& data_dir,
                     const std::string& account);  // empty: the first administrator
// `noted`: "NUMBER:HASH" of a row, or empty.
int audit_verify(const std::string& config_file, const std::string& data_dir,
                 const std::string& noted);
// A recording's folder, DATA_DIR/recordings/ID. `repair`: index and manifest from the media.
int check_recording(const std::string& folder, bool repair, const std::string& config_file);
// A recording as a package (core/package/package_head.h) out of the running node with that data
// directory, or into it; and whether a file is one that is whole.
int export_package(const std::string& data_dir, const std::string& recording,
                   const std::string& file);
// One after the other; 1 when one of them was not taken.
int import_packages(const std::string& data_dir, const std::vector<std::string>& files,
                    const std::string& channel);
int check_package(const std::string& file);
// What a running node says of itself, JSON.
Result<std::string> ask_node(const std::string& data_dir);
// Where whoever has just started the node sets name and password, as a path with its token; empty
// when somebody has, or control does not say.
std::string first_sign_in_path(const std::string& data_dir);

}  // namespace longmen
