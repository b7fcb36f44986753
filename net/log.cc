#include "net/log.h"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <boost/json.hpp>

namespace longmen {
namespace {

class JsonFormatter : public spdlog::formatter {
 public:
  explicit JsonFormatter(std::string process) : process_(std::move(process)) {}

  void format(const spdlog::details::log_msg& message, spdlog::memory_buf_t& out) override {
    const auto time = std::chrono::time_point_cast<std::chrono::milliseconds>(message.time);
    const auto ms = time.time_since_epoch().count() % 1000;
    const std::string fields = log_fields_json({message.payload.data(), message.payload.size()});
    fmt::format_to(fmt::appender(out),
                   R"({{"time":"{:%Y-%m-%dT%H:%M:%S}.{:03}Z","level":"{}","process":{},{}{})",
                   fmt::gmtime(std::chrono::system_clock::to_time_t(message.time)), ms,
                   spdlog::level::to_string_view(message.level), process_, fields.substr(1), "\n");
  }
  std::unique_ptr<spdlog::formatter> clone() const override {
    return std::make_unique<JsonFormatter>(process_);
  }

 private:
  std::string process_;  // as a JSON string
};

bool is_key(std::string_view text) {
  if (text.empty()) return false;
  for (char c : text) {
    if (!((c >= 'a' && c <= 'z') || c == '_')) return false;
  }
  return true;
}

}  // namespace

std::string log_fields_json(std::string_view message) {
  boost::json::object fields;
  fields["message"] = message;
  for (size_t at = 0; at < message.size();) {
    const size_t end = std::min(message.find(' ', at), message.size());
    const std::string_view word = message.substr(at, end - at);
    const size_t equals = word.find('=');
    if (equals != std::string_view::npos && is_key(word.substr(0, equals)) &&
        word.substr(0, equals) != "message") {
      fields[word.substr(0, equals)] = word.substr(equals + 1);
    }
    at = end + 1;
  }
  return boost::json::serialize(fields);
}

void set_up_log(std::string_view process, const std::string& level, const std::string& format) {
  auto logger = std::make_shared<spdlog::logger>(std::string(process),
                                                 std::make_shared<spdlog::sinks::stderr_sink_mt>());
  if (format == "json") {
    logger->set_formatter(
        std::make_unique<JsonFormatter>(boost::json::serialize(boost::json::value(process))));
  } else {
    logger->set_pattern("%Y-%m-%d %H:%M:%S.%e %L %n: %v");
  }
  logger->set_level(spdlog::level::from_str(level));
  logger->flush_on(spdlog::level::info);
  spdlog::set_default_logger(std::move(logger));
}

}  // namespace longmen
