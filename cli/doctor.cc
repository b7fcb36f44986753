// doctor: what this machine offers to a node, and what to do about what it lacks.
#include <arpa/inet.h>
#include <fmt/format.h>
#include <gst/gst.h>
#include <netinet/udp.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/timex.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include "cli/commands.h"
#include "control/migrations.h"
#include "control/oidc/provider_talk.h"
#include "streamer/gst_setup.h"
#include "supervisor/listeners.h"

namespace longmen {
namespace {

class Findings {
 public:
  void good(std::string_view what, const std::string& words) { print("good", what, words); }
  void note(std::string_view what, const std::string& words) { print("note", what, words); }
  void bad(std::string_view what, const std::string& words) {
    print("BAD ", what, words);
    ++bad_;
  }
  int bad_count() const { return bad_; }

 private:
  static void print(const char* mark, std::string_view what, const std::string& words) {
    fmt::print("{}  {:<10} {}\n", mark, what, words);
  }
  int bad_ = 0;
};

void look_at_ports(const NodeConfig& config, Findings& found) {
  if (auto bound = bind_listeners(config, {}); bound) {
    found.good("ports", "all configured ports are free");
  } else {
    found.note("ports", bound.error().message + " (in order if the node runs: longmen status)");
  }
}

void look_at_clock(Findings& found) {
  timex state{};
  const int clock = ::adjtimex(&state);
  if (clock < 0) return found.note("clock", fmt::format("not readable: {}", std::strerror(errno)));
  if (clock == TIME_ERROR || (state.status & STA_UNSYNC)) {
    return found.note("clock", "not synchronised: install chrony, or nodes will disagree on time");
  }
  found.good("clock", fmt::format("synchronised, error at most {} ms", state.maxerror / 1000));
}

void look_at_encoders(Findings& found) {
  gst_init(nullptr, nullptr);
  const auto have = [](const char* name) {
    GstElementFactory* factory = gst_element_factory_find(name);
    if (factory) gst_object_unref(factory);
    return factory != nullptr;
  };
  std::string present, hardware;
  for (const NeededElement& needed : needed_elements()) {
    if (have(needed.element)) {
      present += std::string(" ") + needed.element;
    } else {
      found.bad("media",
                fmt::format("{} is missing: apt install {}", needed.element, needed.package));
    }
  }
  for (const char* name : {"vah264enc", "nvh264enc", "v4l2h264enc"}) {
    if (have(name)) hardware += std::string(" ") + name;
  }
  found.good("media", "elements:" + present);
  found.note("media", hardware.empty() ? "no hardware encoder; x264 is used"
                                       : "hardware encoders seen, not used yet:" + hardware);
}

void look_at_gso(Findings& found) {
  UniqueFd socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  const int segment = 1200;
  if (!socket || ::setsockopt(socket.get(), IPPROTO_UDP, UDP_SEGMENT, &segment, sizeof segment)) {
    return found.note("GSO",
                      "the kernel has no UDP_SEGMENT: sending will cost about three times as much");
  }
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(9);  // discard; nobody need listen
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  static const std::array<char, 3000> train{};
  const ssize_t sent = ::sendto(socket.get(), train.data(), train.size(), 0,
                                reinterpret_cast<sockaddr*>(&to), sizeof to);
  if (sent < 0 && errno != ECONNREFUSED) {
    return found.note("GSO", fmt::format("a train was refused: {}", std::strerror(errno)));
  }
  found.good("GSO", "UDP trains leave in one call");
}

void look_at_disk(const NodeConfig& config, Findings& found) {
  std::filesystem::path path = config.data_dir;
  while (!std::filesystem::exists(path) && path.has_parent_path())
    path = path.parent_path();
  struct statvfs disk {};
  if (::statvfs(path.c_str(), &disk) != 0) {
    return found.bad("disk", fmt::format("{}: {}", path.string(), std::strerror(errno)));
  }
  if (::access(path.c_str(), W_OK) != 0) {
    return found.bad("disk", fmt::format("{} is not writable for this user", path.string()));
  }
  const double gigabytes =
      static_cast<double>(disk.f_bavail) * static_cast<double>(disk.f_frsize) / 1e9;
  const std::string words = fmt::format("{:.1f} GB free for {}", gigabytes, config.data_dir);
  gigabytes < 1.0 ? found.bad("disk", words) : found.good("disk", words);
}

void look_at_limits(const NodeConfig& config, Findings& found) {
  rlimit files{};
  ::getrlimit(RLIMIT_NOFILE, &files);
  const auto needed = static_cast<rlim_t>(config.http.max_connections) + 500;
  const std::string words =
      fmt::format("{} descriptors a process, {} may be needed", files.rlim_max, needed);
  files.rlim_max < needed ? found.note("limits", words) : found.good("limits", words);
}

// Whether control will be able to use it; nothing is written.
void look_at_database(const NodeConfig& config, Findings& found) {
  StoreSettings settings;
  settings.database = database_of(config);
  settings.make_file = false;
  const bool is_file = !names_postgresql(settings.database);
  std::error_code hidden;
  if (is_file && !std::filesystem::exists(settings.database, hidden) && !hidden)
    return found.note("database", settings.database + ": not there yet; the first start makes it");
  const auto database = Database::open(settings);
  if (!database) return found.bad("database", database.error().message);
  const auto schema = (*database)->read("database", [&](soci::session& sql) -> Result<int> {
    return schema_version(sql, (*database)->dialect(), all_migrations());
  });
  if (!schema) return found.bad("database", schema.error().message);
  const int known = newest_version(all_migrations());
  const std::string shown = (*database)->shown();
  if (*schema < known) {
    return found.note("database", fmt::format("{}: schema {}, the next start brings it to {}",
                                              shown, *schema, known));
  }
  found.good("database", fmt::format("{}: schema {}", shown, *schema));
}

void look_at_provider(const NodeConfig& config, Findings& found) {
  const OidcConfig& oidc = config.oidc;
  if (!oidc.is_on()) return;
  struct stat file {};
  if (!oidc.client_secret_file.empty() && ::stat(oidc.client_secret_file.c_str(), &file) == 0 &&
      (file.st_mode & S_IROTH) != 0) {
    found.note("sign-in", fmt::format("oidc.client_secret_file {}: everybody on this machine can "
                                      "read it: chmod o-r",
                                      oidc.client_secret_file));
  }
  const auto facts = ask_provider(oidc, fetch_by_curl);
  if (!facts) return found.bad("sign-in", facts.error().words);
  if (facts->keys.empty()) {
    return found.bad("sign-in", fmt::format("{}: no key of RSA or P-256 by which sign-ins could be "
                                            "checked",
                                            facts->metadata.keys_url));
  }
  found.good("sign-in", fmt::format("{} answers, {} keys", oidc.issuer, facts->keys.size()));
  const std::string base =
      oidc.public_url.empty() ? "the address of this node in browsers, then " : oidc.public_url;
  found.note("sign-in",
             fmt::format("to be registered there as redirect URI: {}{}", base, kOidcCallback));
}

}  // namespace

int doctor(const std::string& config_file) {
  NodeConfig config;
  Findings found;
  if (!config_file.empty()) {
    auto loaded = load_node_config(config_file);
    if (loaded) {
      config = std::move(*loaded);
      found.good("config", config_file);
    } else {
      found.bad("config", loaded.error().message);
    }
  }
  look_at_ports(config, found);
  look_at_clock(found);
  look_at_encoders(found);
  look_at_gso(found);
  look_at_disk(config, found);
  look_at_limits(config, found);
  const auto& roles = config.roles;
  if (std::find(roles.begin(), roles.end(), "control") != roles.end()) {
    look_at_database(config, found);
    look_at_provider(config, found);
  }
  return found.bad_count() == 0 ? 0 : 1;
}

}  // namespace longmen
