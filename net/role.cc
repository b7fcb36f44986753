#include "net/role.h"

#include <prometheus/text_serializer.h>
#include <spdlog/spdlog.h>
#include <sys/prctl.h>

#include <boost/asio/post.hpp>
#include <csignal>

#include "core/node/json_fields.h"
#include "net/log.h"

namespace longmen {
namespace {

using namespace std::chrono_literals;
constexpr auto kHeartbeat = 100ms;
constexpr auto kStopDeadline = 2s;

}  // namespace

Role::Role(std::string name, std::string channel, UniqueFd supervisor)
    : name_(std::move(name)),
      channel_(std::move(channel)),
      io_(1),
      registry_(std::make_shared<prometheus::Registry>()),
      log_lines_lost_(prometheus::BuildCounter()
                          .Name("longmen_log_lines_lost_total")
                          .Help("Lines of the log that nobody read in time")
                          .Register(*registry_)
                          .Add({})),
      supervisor_(std::make_shared<Link>(io_, std::move(supervisor))),
      heartbeat_(io_),
      deadline_(io_),
      signals_(io_, SIGTERM) {}

Role::~Role() {
  supervisor_->close();
}

int Role::run(RoleHandlers handlers) {
  handlers_ = std::move(handlers);
  // The terminal's Ctrl-C reaches the whole process group: the supervisor stops its roles in order.
  std::signal(SIGINT, SIG_IGN);
  std::signal(SIGHUP, SIG_IGN);
  std::signal(SIGPIPE, SIG_IGN);
  signals_.async_wait([this](boost::system::error_code error, int) {
    if (!error) begin_stop();
  });
  supervisor_->start(
      [this](MessageKind kind, ByteSpan body, UniqueFd descriptor) {
        on_supervisor(kind, body, std::move(descriptor));
      },
      [this] {
        spdlog::error("the supervisor is gone; ending");
        exit_code_ = 1;
        io_.stop();
      });
  beat();
  io_.run();
  return exit_code_;
}

void Role::on_supervisor(MessageKind kind, ByteSpan body, UniqueFd descriptor) {
  auto fields = JsonFields::parse(body.empty() ? "{}" : as_text(body));
  switch (kind) {
    case MessageKind::kConfigure:
      return on_configure(as_text(body));
    case MessageKind::kClock: {
      auto schedule = media_clock_schedule_from_json(as_text(body));
      if (schedule) return clock_.set(*schedule);
      return spdlog::error("media clock not understood: {}", schedule.error().message);
    }
    case MessageKind::kListen: {
      std::string socket_name;
      if (fields) fields->read("name", socket_name);
      if (handlers_.listen) handlers_.listen(socket_name, std::move(descriptor));
      return;
    }
    case MessageKind::kLink: {
      std::string peer, channel;
      if (fields) fields->read("peer", peer), fields->read("channel", channel);
      auto link = std::make_shared<Link>(io_, std::move(descriptor));
      if (handlers_.link) handlers_.link(peer, channel, std::move(link));
      return;
    }
    case MessageKind::kStop:
      return begin_stop();
    case MessageKind::kCollect: {
      uint64_t request = 0;
      if (fields) fields->read("request", request);
      return answer_collect(request);
    }
    default:
      if (handlers_.message) handlers_.message(kind, body);
  }
}

void Role::on_configure(std::string_view text) {
  auto fields = JsonFields::parse(text);
  if (!fields) return spdlog::error("configuration not understood: {}", fields.error().message);
  const auto* node = fields->object().if_contains("node");
  const auto* list = fields->object().if_contains("channels");
  if (!node || !list) return spdlog::error("configuration without node or channels");
  auto config = node_config_from_json(boost::json::serialize(*node));
  auto channels = channels_from_json(boost::json::serialize(*list));
  if (!config) return spdlog::error("configuration not understood: {}", config.error().message);
  if (!channels) return spdlog::error("channels not understood: {}", channels.error().message);
  set_up_log(channel_.empty() ? name_ : name_ + " " + channel_, config->log_level,
             config->log_format);
  if (handlers_.configure) handlers_.configure(*config, *channels);
}

void Role::answer_collect(uint64_t request) {
  Bytes body;
  ByteWriter writer(body);
  writer.u64(request);
  writer.text(metrics_text());
  tell(MessageKind::kMetrics, body);
}

void Role::beat() {
  if (!own_heartbeat_ || alive_.exchange(false)) tell(MessageKind::kAlive, ByteSpan());
  heartbeat_.expires_after(kHeartbeat);
  heartbeat_.async_wait([this](boost::system::error_code error) {
    if (!error) beat();
  });
}

void Role::begin_stop() {
  if (stopping_) return;
  stopping_ = true;
  deadline_.expires_after(kStopDeadline);
  deadline_.async_wait([this](boost::system::error_code error) {
    if (!error) io_.stop();
  });
  if (handlers_.stop) {
    handlers_.stop();
  } else {
    finished();
  }
}

void Role::ready() {
  tell(MessageKind::kReady, ByteSpan());
}
void Role::status(std::string_view json) {
  tell(MessageKind::kStatus, json);
}
bool Role::tell(MessageKind kind, std::string_view json) {
  return tell(kind, as_bytes(json));
}
bool Role::tell(MessageKind kind, ByteSpan body) {
  return supervisor_->send(kind, body);
}
void Role::finished() {
  boost::asio::post(io_, [this] { io_.stop(); });
}

std::string Role::metrics_text() {
  if (handlers_.refresh_metrics) handlers_.refresh_metrics();
  log_lines_lost_.Increment(static_cast<double>(log_lines_lost()) - log_lines_lost_.Value());
  return prometheus::TextSerializer().Serialize(registry_->Collect());
}

Monotonic Role::now() const {
  return std::chrono::steady_clock::now();
}
MediaTime Role::media_now() const {
  return clock_.media_at(now());
}
MediaTime Role::media_at(Monotonic instant) const {
  return clock_.media_at(instant);
}

}  // namespace longmen
