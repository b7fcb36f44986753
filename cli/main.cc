// The command line of `longmen`.
#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "cli/check_hls.h"
#include "cli/commands.h"
#include "control/control.h"
#include "gateway/gateway.h"
#include "ingest/ingest.h"
#include "load/load_options.h"
#include "net/log.h"
#include "relay/relay.h"
#include "streamer/check_slate.h"
#include "streamer/make_slate.h"
#include "streamer/make_stills.h"
#include "streamer/streamer.h"
#include "streamer/test_feed.h"

namespace {

using namespace longmen;

// Role processes are started by `longmen serve`, with their link to it as descriptor 3.
constexpr int kSupervisorLink = 3;

int run_role(const std::string& role, const std::string& channel) {
  set_up_log(channel.empty() ? role : role + " " + channel, "info", "text");
  UniqueFd supervisor(kSupervisorLink);
  if (role == "control") return run_control(std::move(supervisor));
  if (role == "ingest") return run_ingest(std::move(supervisor));
  if (role == "relay") return run_relay(std::move(supervisor));
  if (role == "gateway") return run_gateway(std::move(supervisor));
  return run_streamer(channel, std::move(supervisor));
}

struct Options {
  std::string config_file, data_dir = "/var/lib/longmen", channel, role;
  std::string account, backup, noted;
  std::string log_level = "info", log_format = "text";
  std::string recording, package, package_channel = "main";
  std::vector<std::string> packages;
  bool json = false, replace = false, repair = false;
  DemoOptions demo;
  TestFeedOptions feed;
  LoadOptions load;
  CheckHlsOptions hls;
  MakeSlateOptions slate;
  CheckSlateOptions check_slate;
  std::string still_job;
};

// Of processes that are no roles and hear of no configuration.
void add_log_options(CLI::App& command, Options& options) {
  command.add_option("--log-level", options.log_level, "trace debug info warn error")
      ->check(CLI::IsMember({"trace", "debug", "info", "warn", "error"}));
  command.add_option("--log-format", options.log_format, "text, or json: one object a line")
      ->check(CLI::IsMember({"text", "json"}));
}

void add_load_command(CLI::App& app, LoadOptions& load, int& exit_code) {
  auto* command = app.add_subcommand("load", "Play with thousands of viewers, and measure");
  command->add_option("url", load.url, "http://HOST:PORT/whep/CHANNEL")->required();
  command->add_option("--viewers", load.viewers, "How many")->check(CLI::Range(1, kMaxLoadViewers));
  command->add_option("--joins-per-second", load.joins_per_second, "Of the ramp");
  command->add_option("--seconds", load.seconds, "Of measurement, after the ramp");
  command->add_option("--leaves-per-second", load.leaves_per_second,
                      "While measuring: so many leave, and others join in their place");
  command->add_option("--full", load.full, "Viewers that decrypt and check every frame");
  command->add_option("--feedback-ms", load.feedback_ms,
                      "Transport-wide feedback of the other viewers; 0: none");
  command->add_option("--rendition", load.rendition, "A rung's name");
  command->add_flag("--audio-only", load.audio_only, "No video");
  command->add_flag("--frame-spread", load.frame_spread,
                    "How long a frame is under way from the first to the last viewer");
  command->add_option("--profile", load.profile, "SRTP: gcm or sha1_80; both are offered");
  command->add_option("--lab-network", load.lab_networks,
                      "CIDR that may be sent to, beside loopback");
  command->add_option("--pids", load.pids, "The server's processes: their cost is told")
      ->delimiter(',');
  command->add_option("--json", load.json_file, "Write the report here; -: to standard output");
  command->add_option("--max-loss", load.max_loss_percent, "Per cent; more makes the exit code 1");
  command->add_option("--http-connections", load.http_connections, "Joins under way at most");
  command->add_flag("!--no-gro", load.gro, "Trains come packet by packet: the worst case");
  command->add_flag("--classic-filter", load.classic, "Do not use eBPF");
  command->callback([&] { exit_code = run_load(load); });
}

void add_record_programme_command(CLI::App& app, Options& options, int& exit_code) {
  auto* command = app.add_subcommand(
      "record-programme", "Record the test programme: a source for load tests without an encoder");
  command->add_option("out", options.slate.out, "The file, for the place of a slate that is played")
      ->required();
  add_log_options(*command, options);
  command->callback([&] {
    set_up_log("record-programme", options.log_level, options.log_format);
    options.slate.test_programme = true;
    exit_code = make_slate(options.slate);
  });
}

void add_check_hls_command(CLI::App& app, CheckHlsOptions& hls, int& exit_code) {
  auto* command = app.add_subcommand(
      "check-hls", "Hold a live HLS stream, anybody's, against its specification");
  command->add_option("url", hls.url, "Of its playlist; http or https")->required();
  command->add_option("--seconds", hls.seconds, "How long to watch")->check(CLI::Range(1, 86'400));
  command
      ->add_option("--header", hls.fields,
                   "'Name: value' to send to the URL's origin; may be repeated")
      ->allow_extra_args(false);
  command->add_flag("--insecure", hls.insecure, "Take a certificate that cannot be verified");
  command->callback([&] { exit_code = check_hls(hls); });
}

void add_account_commands(CLI::App& app, Options& options, int& exit_code) {
  const auto add_node = [&](CLI::App& command) {
    command.add_option("--config", options.config_file, "The node's configuration");
    command.add_option("--data-dir", options.data_dir, "The node's data_dir, without a --config");
  };
  auto* admin = app.add_subcommand("admin", "Accounts of a running node");
  admin->require_subcommand(1);
  auto* reset = admin->add_subcommand("reset-link", "Make a one-time link to set a password");
  add_node(*reset);
  reset->add_option("--account", options.account, "Whose; without, the first administrator's");
  reset->callback([&] {
    exit_code = admin_reset_link(options.config_file, options.data_dir, options.account);
  });
  auto* audit = app.add_subcommand("audit", "The record of who did what");
  audit->require_subcommand(1);
  auto* verify = audit->add_subcommand("verify", "Check that no row was changed or taken out");
  add_node(*verify);
  verify->add_option("--noted", options.noted, "NUMBER:HASH of a row, as it was noted elsewhere");
  verify->callback(
      [&] { exit_code = audit_verify(options.config_file, options.data_dir, options.noted); });
}

void add_package_commands(CLI::App& app, Options& options, int& exit_code) {
  auto* package = app.add_subcommand("package", "Recordings as files, between nodes");
  package->require_subcommand(1);
  const auto add_node = [&](CLI::App& command) {
    command.add_option("--data-dir", options.data_dir, "The running node's data_dir");
  };
  auto* leave = package->add_subcommand("export", "Write a recording of a running node to a file");
  add_node(*leave);
  leave->add_option("recording", options.recording, "Its id")->required();
  leave->add_option("file", options.package, "The package, ….longmen.tar")->required();
  leave->callback(
      [&] { exit_code = export_package(options.data_dir, options.recording, options.package); });
  auto* arrive = package->add_subcommand("import", "Take packages into a running node");
  add_node(*arrive);
  arrive->add_option("--channel", options.package_channel, "Whose viewers may watch it");
  arrive->add_option("files", options.packages, "One after the other")->required();
  arrive->callback([&] {
    exit_code = import_packages(options.data_dir, options.packages, options.package_channel);
  });
  auto* check = package->add_subcommand("check", "Check that a package is whole and unaltered");
  check->add_option("file", options.package, "The package")->required();
  check->callback([&] { exit_code = check_package(options.package); });
}

void add_user_commands(CLI::App& app, Options& options, int& exit_code) {
  auto* serve_command = app.add_subcommand("serve", "Run a node until SIGTERM");
  serve_command->add_option("--config", options.config_file, "Configuration (config/longmen.toml)");
  serve_command->callback([&] { exit_code = serve(options.config_file); });

  auto* demo_command = app.add_subcommand("demo", "Run a whole broadcast on this machine");
  DemoOptions& demo_options = options.demo;
  demo_command->add_option("--data-dir", demo_options.data_dir, "Where the demo keeps its data");
  demo_command->add_option("--http-port", demo_options.http_port, "0: any free port")
      ->check(CLI::Range(0, 65535));
  demo_command->add_option("--https-port", demo_options.https_port, "0: any free port")
      ->check(CLI::Range(0, 65535));
  demo_command->add_option("--rtmp-port", demo_options.rtmp_port, "0: any free port")
      ->check(CLI::Range(0, 65535));
  demo_command->add_option("--rtmps-port", demo_options.rtmps_port, "0: any free port")
      ->check(CLI::Range(0, 65535));
  demo_command->add_option("--rtsp-port", demo_options.rtsp_port, "0: any free port")
      ->check(CLI::Range(0, 65535));
  demo_command->add_option("--rtsps-port", demo_options.rtsps_port, "0: any free port")
      ->check(CLI::Range(0, 65535));
  demo_command->add_option("--srt-port", demo_options.srt_port, "0: any free port")
      ->check(CLI::Range(0, 65535));
  demo_command->add_option("--whip-port", demo_options.whip_port, "0: any free port")
      ->check(CLI::Range(0, 65535));
  demo_command->add_option("--udp-port", demo_options.udp_port, "0: any free port")
      ->check(CLI::Range(0, 65535));
  demo_command->add_flag("!--no-test-feed", demo_options.test_feed,
                         "Do not send the test programme: send your own");
  demo_command->add_flag("--json", demo_options.json, "Print the addresses as one line of JSON");
  demo_command->add_option("--log-level", demo_options.log_level, "trace debug info warn error")
      ->check(CLI::IsMember({"trace", "debug", "info", "warn", "error"}));
  demo_command->callback([&] { exit_code = demo(demo_options); });

  auto* check_command = app.add_subcommand("check-config", "Check a configuration file");
  check_command->add_option("file", options.config_file, "The file")->required();
  check_command->callback([&] { exit_code = check_config(options.config_file); });

  auto* status_command = app.add_subcommand("status", "Show what a running node says of itself");
  status_command->add_option("--data-dir", options.data_dir, "The node's data_dir");
  status_command->add_flag("--json", options.json, "As one line of JSON");
  status_command->callback([&] { exit_code = status(options.data_dir, options.json); });

  auto* doctor_command = app.add_subcommand("doctor", "Check what this machine offers to a node");
  doctor_command->add_option("--config", options.config_file, "The node's configuration");
  doctor_command->callback([&] { exit_code = doctor(options.config_file); });

  auto* backup_command =
      app.add_subcommand("backup", "Keep a copy of the database, also while a node runs");
  backup_command->add_option("--config", options.config_file, "The node's configuration");
  backup_command->add_option("to", options.backup, "A file, or a folder to make one in")
      ->required();
  backup_command->callback(
      [&] { exit_code = backup_database(options.config_file, options.backup); });

  auto* restore_command = app.add_subcommand("restore", "Put a backup into an empty database");
  restore_command->add_option("--config", options.config_file, "The node's configuration");
  restore_command->add_flag("--replace", options.replace, "Take away what is in the database");
  restore_command->add_option("from", options.backup, "The file")->required();
  restore_command->callback(
      [&] { exit_code = restore_database(options.config_file, options.backup, options.replace); });

  auto* recording_command =
      app.add_subcommand("check-recording", "Check that a recording is whole and unaltered");
  recording_command->add_option("folder", options.recording, "DATA_DIR/recordings/ID")->required();
  recording_command->add_flag("--repair", options.repair,
                              "Write index and manifest anew, from the media");
  recording_command->add_option("--config", options.config_file,
                                "Of the node, when its media are in a bucket");
  recording_command->callback(
      [&] { exit_code = check_recording(options.recording, options.repair, options.config_file); });

  add_package_commands(app, options, exit_code);
  add_account_commands(app, options, exit_code);

  auto* feed_command = app.add_subcommand("test-feed", "Send the test programme by RTMP");
  feed_command->add_option("--url", options.feed.url, "rtmp://HOST:PORT/live/STREAM_KEY")
      ->required();
  feed_command->add_option("--fps", options.feed.fps, "Frames a second, such as 30000/1001");
  feed_command->add_option("--size", options.feed.size, "WIDTHxHEIGHT");
  feed_command->add_option("--channel-name", options.feed.channel_name, "Shown in the picture");
  add_log_options(*feed_command, options);
  feed_command->callback([&] {
    set_up_log("test-feed", options.log_level, options.log_format);
    exit_code = run_test_feed(options.feed);
  });
}

void add_inner_commands(CLI::App& app, Options& options, int& exit_code) {
  for (const char* role : {"control", "ingest", "relay", "gateway", "streamer"}) {
    auto* command = app.add_subcommand(role, "A process of a node; started by serve");
    command->group("");  // not shown
    command->add_option("--channel", options.channel, "The streamer's channel");
    command->callback([&, role] { exit_code = run_role(role, options.channel); });
  }
  auto* slate_command = app.add_subcommand("make-slate", "Encode a channel's slate");
  slate_command->group("");
  MakeSlateOptions& slate = options.slate;
  slate_command->add_option("--channel-json", slate.channel_json)->required();
  slate_command->add_option("--source-json", slate.source_json, "What is in it");
  slate_command->add_option("--given", slate.given, "The still or clip");
  slate_command->add_option("--out", slate.out)->required();
  add_log_options(*slate_command, options);
  slate_command->callback([&] {
    set_up_log("make-slate", options.log_level, options.log_format);
    exit_code = make_slate(options.slate);
  });
  auto* check_command = app.add_subcommand("check-slate", "Look at a file given as a slate");
  check_command->group("");
  CheckSlateOptions& check = options.check_slate;
  check_command->add_option("--file", check.file)->required();
  check_command->add_option("--report", check.report)->required();
  check_command->add_option("--thumbnail", check.thumbnail)->required();
  check_command->add_option("--max-seconds", check.max_seconds);
  add_log_options(*check_command, options);
  check_command->callback([&] {
    set_up_log("check-slate", options.log_level, options.log_format);
    exit_code = run_check_slate(options.check_slate);
  });
  auto* stills_command = app.add_subcommand("make-stills", "Make small pictures of a recording");
  stills_command->group("");
  stills_command->add_option("--job-json", options.still_job)->required();
  add_log_options(*stills_command, options);
  stills_command->callback([&] {
    set_up_log("make-stills", options.log_level, options.log_format);
    exit_code = run_make_stills(options.still_job);
  });
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Longmen 龙门: live broadcast of talk sessions to thousands of screens", "longmen");
  app.set_version_flag("--version", "longmen " LONGMEN_VERSION);
  app.require_subcommand(1);
  Options options;
  int exit_code = 0;
  add_user_commands(app, options, exit_code);
  add_load_command(app, options.load, exit_code);
  add_record_programme_command(app, options, exit_code);
  add_check_hls_command(app, options.hls, exit_code);
  add_inner_commands(app, options, exit_code);
  CLI11_PARSE(app, argc, argv);
  return exit_code;
}
