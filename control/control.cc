#include "control/control.h"

#include <fmt/ranges.h>
#include <spdlog/spdlog.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "control/api.h"
#include "net/http_server.h"
#include "net/role.h"

namespace longmen {
namespace asio = boost::asio;
namespace {

using namespace std::chrono_literals;
constexpr auto kStopGrace = 1500ms;  // of the two seconds that a role has

int64_t wall_clock_ms() {
  return std::chrono::system_clock::now().time_since_epoch() / 1ms;
}

class Control {
 public:
  explicit Control(UniqueFd supervisor)
      : role_("control", "", std::move(supervisor)), store_(role_.io()), api_(store_, node_) {
    api_.add_routes(router_);
    server_ = std::make_unique<HttpServer>(
        role_.io(), HttpServerLimits{},
        [this](HttpRequest request) { return router_.handle(std::move(request)); });
  }

  int run() {
    RoleHandlers handlers;
    handlers.configure = [this](const NodeConfig& config, const std::vector<Channel>&) {
      configure(config);
    };
    handlers.listen = [this](const std::string& name, UniqueFd socket) {
      if (name != "api") return spdlog::warn("a socket \"{}\" is not for us", name);
      socket_ = std::move(socket);
      serve_when_open();
    };
    handlers.message = [this](MessageKind kind, ByteSpan body) {
      if (kind != MessageKind::kNodeState) return;
      auto state = node_state_from_json(as_text(body));
      if (!state) return spdlog::warn("the node's state is malformed: {}", state.error().message);
      node_ = std::move(*state);
    };
    handlers.stop = [this] { server_->stop(kStopGrace, [this] { role_.finished(); }); };
    const int code = role_.run(std::move(handlers));
    return failed_ ? 1 : code;
  }

 private:
  void configure(const NodeConfig& config) {
    seeds_ = config.channels;
    settings_.database = config.data_dir + "/longmen.db";
    if (open_) {
      asio::co_spawn(role_.io(), seed_and_tell(), asio::detached);
    } else if (!opening_) {
      opening_ = true;
      asio::co_spawn(role_.io(), open(), asio::detached);
    }
  }

  asio::awaitable<void> open() {
    const StoreSettings settings = settings_;
    const Result<void> opened = co_await store_.open(settings, wall_clock_ms());
    if (!opened) {
      give_up(opened.error());
      co_return;
    }
    open_ = true;
    co_await seed_and_tell();
    serve_when_open();
  }

  asio::awaitable<void> seed_and_tell() {
    const std::vector<ChannelSeed> seeds = seeds_;
    const int64_t now_ms = wall_clock_ms();
    // Named, not a temporary: GCC 12 destroys captures of temporaries in a co_await twice.
    const auto seed = [seeds, now_ms](Store& store) { return store.seed(seeds, now_ms); };
    const auto seeded = co_await store_.run(seed);
    if (!seeded) {
      give_up(seeded.error());
      co_return;
    }
    for (const std::string& words : seeded->left_out)
      spdlog::warn("{}", words);
    if (seeded->channels > 0) spdlog::info("{} channels made", seeded->channels);
    if (seeded->keys > 0) spdlog::info("{} stream keys added from the configuration", seeded->keys);
    tell_status(seeded->left_out);
    const auto channels = co_await store_.run([](Store& store) { return store.channels(); });
    if (!channels) {
      give_up(channels.error());
      co_return;
    }
    if (told_ && *told_ == *channels) co_return;
    boost::json::object message;
    message["channels"] = boost::json::parse(channels_to_json(*channels));
    if (role_.tell(MessageKind::kChannels, boost::json::serialize(message))) told_ = *channels;
  }

  void serve_when_open() {
    if (!open_ || !told_ || !socket_) return;
    if (const auto listening = server_->listen(std::move(socket_)); !listening)
      return give_up(listening.error());
    role_.ready();
  }

  void tell_status(const std::vector<std::string>& left_out) {
    boost::json::object status;
    status["text"] =
        left_out.empty() ? "serves the API" : fmt::format("{}", fmt::join(left_out, "; "));
    role_.status(boost::json::serialize(status));
  }

  // The supervisor starts another process, later each time; `longmen status` shows the words.
  void give_up(const Error& error) {
    spdlog::error("{}", error.message);
    boost::json::object status;
    status["text"] = error.message;
    role_.status(boost::json::serialize(status));
    failed_ = true;
    role_.finished();
  }

  Role role_;
  HttpRouter router_;
  StoreThread store_;
  NodeState node_;
  Api api_;
  std::unique_ptr<HttpServer> server_;
  UniqueFd socket_;
  StoreSettings settings_;
  std::vector<ChannelSeed> seeds_;
  std::optional<std::vector<Channel>> told_;
  bool opening_ = false;
  bool open_ = false;
  bool failed_ = false;
};

}  // namespace

int run_control(UniqueFd supervisor) {
  return Control(std::move(supervisor)).run();
}

}  // namespace longmen
