// serve, demo, check-config: what runs a node.
#include <fmt/format.h>
#include <openssl/rand.h>
#include <spdlog/spdlog.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/json.hpp>
#include <cstdlib>
#include <filesystem>

#include "cli/commands.h"
#include "net/log.h"
#include "net/state_file.h"
#include "supervisor/supervisor.h"

namespace longmen {
namespace json = boost::json;
namespace {

constexpr const char* kDemoChannel = "main";

std::string default_demo_dir() {
  if (const char* data = std::getenv("XDG_DATA_HOME"); data && data[0] == '/') {
    return std::string(data) + "/longmen-demo";
  }
  if (const char* home = std::getenv("HOME"); home && home[0] == '/') {
    return std::string(home) + "/.local/share/longmen-demo";
  }
  return "/var/tmp/longmen-demo";
}

// The demo's stream key: made once, kept for the next time (the database has only its hash).
Result<std::string> demo_stream_key(const std::string& data_dir) {
  const std::string file = data_dir + "/stream-key";
  if (auto kept = read_state_file(file)) return *kept;
  uint8_t random[12];
  if (RAND_bytes(random, sizeof random) != 1) return fail("no random numbers to be had");
  std::string key = "demo-";
  for (uint8_t byte : random)
    key += fmt::format("{:02x}", byte);
  if (auto written = write_state_file(file, key); !written) {
    return tl::unexpected(written.error());
  }
  return key;
}

struct DemoAddresses {
  std::string http, https, rtmp, srt, stream_key;
  std::string studio;  // with a one-time link while nobody can sign in
};

void print_words(const DemoAddresses& at, const std::string& data_dir, bool test_feed) {
  const std::string programme =
      test_feed ? fmt::format(
                      "The test programme is on channel {0}. Whatever you send takes its place; it "
                      "comes\n  back when you end.",
                      kDemoChannel)
                : fmt::format("Nobody sends yet: channel {} plays its slate.", kDemoChannel);
  fmt::print(
      "\n  Longmen 龙门 is on air.\n\n"
      "  Watch         {}\n"
      "                {}   (its certificate is this demo's own)\n"
      "  Studio        {}{}\n"
      "  Send your own {}/STREAM_KEY        by RTMP, with OBS or ffmpeg\n"
      "                {}?streamid=STREAM_KEY   by SRT\n"
      "  Stream key    {}\n"
      "  Data          {}\n\n"
      "  {}\n  Ctrl-C ends the demo.\n\n",
      at.http, at.https, at.studio,
      at.studio.find('#') == std::string::npos
          ? ""
          : "\n                (once, within 24 hours: set the administrator's name and password)",
      at.rtmp, at.srt, at.stream_key, data_dir, programme);
  std::fflush(stdout);
}

void print_json(const DemoAddresses& at, const std::string& data_dir) {
  fmt::print("{}\n", json::serialize(json::object{{"http", at.http},
                                                  {"https", at.https},
                                                  {"studio", at.studio},
                                                  {"rtmp", at.rtmp},
                                                  {"srt", at.srt},
                                                  {"stream_key", at.stream_key},
                                                  {"data_dir", data_dir},
                                                  {"channel", kDemoChannel},
                                                  {"pid", ::getpid()}}));
  std::fflush(stdout);
}

}  // namespace

int check_config(const std::string& file) {
  auto config = load_node_config(file);
  if (!config) {
    fmt::print(stderr, "{}\n", config.error().message);
    return 1;
  }
  fmt::print("{}: good: {} channel{}, roles {}\n", file, config->channels.size(),
             config->channels.size() == 1 ? "" : "s", fmt::join(config->roles, ", "));
  return 0;
}

int serve(const std::string& config_file) {
  SupervisorOptions options;
  if (!config_file.empty()) {
    auto config = load_node_config(config_file);
    if (!config) {
      fmt::print(stderr, "{}\n", config.error().message);
      return 1;
    }
    options.config = std::move(*config);
    options.config_file = std::filesystem::absolute(config_file);
  }
  set_up_log("supervisor", options.config.log_level, options.config.log_format);
  return Supervisor(std::move(options)).run();
}

int demo(const DemoOptions& demo) {
  SupervisorOptions options;
  NodeConfig& config = options.config;
  config.data_dir = demo.data_dir.empty()
                        ? default_demo_dir()
                        : std::filesystem::absolute(demo.data_dir).lexically_normal().string();
  config.node_name = "demo";
  config.log_level = demo.log_level;
  config.http.port = demo.http_port;
  config.http.https_port = demo.https_port;
  config.rtmp.port = demo.rtmp_port;
  config.rtmp.tls_port = demo.rtmps_port;
  config.rtsp.port = demo.rtsp_port;
  config.rtsp.tls_port = demo.rtsps_port;
  config.srt.port = demo.srt_port;
  config.whip.port = demo.whip_port;
  config.relay.first_port = demo.udp_port;
  std::error_code error;
  std::filesystem::create_directories(config.data_dir, error);
  if (error) {
    fmt::print(stderr, "{}: {}\n", config.data_dir, error.message());
    return 1;
  }
  ::chmod(config.data_dir.c_str(), 0700);
  auto key = demo_stream_key(config.data_dir);
  if (!key) {
    fmt::print(stderr, "{}\n", key.error().message);
    return 1;
  }
  ChannelSeed& seed = config.channels.emplace_back();
  seed.channel.id = kDemoChannel;
  seed.channel.name = "龙门 Longmen";
  seed.channel.video = default_ladder();
  seed.channel.second_publisher = SecondPublisher::kTakeOver;
  seed.stream_keys = {*key};

  auto rtmp_address = [](const Listeners& listeners) {
    return fmt::format("rtmp://127.0.0.1:{}/live", listeners.at("rtmp").bound_port);
  };
  if (demo.test_feed) {
    options.helpers.push_back({"test-feed", [key = *key, rtmp_address](const Listeners& listeners) {
                                 return std::vector<std::string>{
                                     "test-feed", "--url",
                                     rtmp_address(listeners) + "/" + key + "?take_over=no"};
                               }});
  }
  options.on_ready = [&, key = *key, data_dir = config.data_dir](const Listeners& listeners) {
    const int http_port = listeners.at("http").bound_port;
    const std::string first = first_sign_in_path(data_dir);
    const DemoAddresses at{
        fmt::format("http://127.0.0.1:{}/", http_port),
        fmt::format("https://127.0.0.1:{}/", listeners.at("https").bound_port),
        rtmp_address(listeners),
        fmt::format("srt://127.0.0.1:{}", listeners.at("srt").bound_port),
        key,
        fmt::format("http://127.0.0.1:{}{}", http_port, first.empty() ? "/studio" : first)};
    demo.json ? print_json(at, data_dir) : print_words(at, data_dir, demo.test_feed);
  };
  set_up_log("supervisor", config.log_level, config.log_format);
  return Supervisor(std::move(options)).run();
}

}  // namespace longmen
