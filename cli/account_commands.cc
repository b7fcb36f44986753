// admin, audit: what the machine's owner does about accounts without signing in.
#include <fmt/format.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <filesystem>

#include "cli/commands.h"
#include "config/node_config.h"
#include "control/audit_command.h"
#include "core/node/json_fields.h"
#include "net/http_client.h"
#include "net/node_sockets.h"

namespace longmen {
namespace asio = boost::asio;
namespace json = boost::json;
namespace {

constexpr size_t kMaxAnswerBytes = 64 << 10;

struct Answer {
  int status = 0;  // 0: none
  json::object body;
};

asio::awaitable<Answer> ask(std::string data_dir, std::string target, std::string content) {
  HttpEndpoint control;
  control.abstract_socket = control_socket_name(data_dir);
  HttpClientRequest request;
  request.method = "POST";
  request.target = std::move(target);
  request.fields.set("Content-Type", "application/json");
  request.content = std::move(content);
  const HttpClientLimits limits;
  auto response = co_await http_fetch(control, std::move(request), limits);
  Answer answer;
  if (!response) co_return answer;
  answer.status = response->status;
  const HttpBodyPiece text = co_await read_whole_body(response->body, kMaxAnswerBytes);
  boost::system::error_code error;
  json::value value = json::parse(text.value_or(""), error);
  if (!error && value.is_object()) answer.body = std::move(value.as_object());
  co_return answer;
}

// Of a running node's control, through its Unix socket.
Answer ask_control(const std::string& data_dir, const std::string& target,
                   const json::object& question) {
  asio::io_context io;
  auto answer =
      asio::co_spawn(io, ask(data_dir, target, json::serialize(question)), asio::use_future);
  io.run();
  return answer.get();
}

Result<NodeConfig> config_of(const std::string& config_file, const std::string& data_dir) {
  if (!config_file.empty()) return load_node_config(config_file);
  NodeConfig config;
  config.data_dir = std::filesystem::absolute(data_dir).lexically_normal().string();
  return config;
}

}  // namespace

int admin_reset_link(const std::string& config_file, const std::string& data_dir,
                     const std::string& account) {
  const auto config = config_of(config_file, data_dir);
  if (!config) {
    fmt::print(stderr, "{}\n", config.error().message);
    return 1;
  }
  const Answer answer =
      ask_control(config->data_dir, "/local/v1/reset-link", json::object{{"name", account}});
  const JsonFields fields(answer.body);
  if (answer.status == 0) {
    fmt::print(
        stderr,
        "the control process of the node with data_dir = {} does not answer. Start the node "
        "(longmen serve), or, if it runs, do this as its user: sudo -u longmen longmen admin "
        "reset-link\n",
        config->data_dir);
    return 1;
  }
  if (answer.status != 200) {
    std::string detail = "control refused";
    fields.read("detail", detail);
    fmt::print(stderr, "{}\n", detail);
    return 1;
  }
  std::string name, link;
  fields.read("name", name);
  fields.read("link", link);
  fmt::print("Whoever opens this within 24 hours sets the password of \"{}\", once:\n{}\n", name,
             link);
  return 0;
}

int audit_verify(const std::string& config_file, const std::string& data_dir,
                 const std::string& noted) {
  const auto config = config_of(config_file, data_dir);
  if (!config) {
    fmt::print(stderr, "{}\n", config.error().message);
    return 1;
  }
  std::optional<AuditNote> note;
  if (!noted.empty()) {
    const auto parsed = parse_audit_note(noted);
    if (!parsed) {
      fmt::print(stderr, "{}\n", parsed.error().message);
      return 1;
    }
    note = *parsed;
  }
  StoreSettings settings;
  settings.database = database_of(*config);
  const auto verdict = verify_audit_of(settings, note);
  if (!verdict) {
    fmt::print(stderr, "{}\n", verdict.error().message);
    return 1;
  }
  if (verdict->broken) {
    fmt::print(stderr, "the audit is broken at row {}: {}; {} rows before it are sound\n",
               *verdict->broken, verdict->words, verdict->rows);
    return 1;
  }
  if (verdict->rows == 0) {
    fmt::print("the audit has no rows\n");
    return 0;
  }
  fmt::print("the audit is sound: rows {} to {}, the last one's hash is {}\n", verdict->first,
             verdict->last, verdict->head);
  fmt::print("to note elsewhere, for --noted: {}:{}\n", verdict->last, verdict->head);
  return 0;
}

std::string first_sign_in_path(const std::string& data_dir) {
  const Answer answer = ask_control(data_dir, "/local/v1/first-link", {});
  std::string path;
  if (answer.status == 200) JsonFields(answer.body).read("path", path);
  return path;
}

}  // namespace longmen
