#include "net/log.h"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <boost/json.hpp>
#include <mutex>

#include "net/log_queue.h"

namespace longmen {
namespace {

constexpr size_t kLogQueueBytes = 1 << 20;  // some thousands of lines

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

// Formats under a mutex, which guards the format against a change, and queues.
class QueueSink : public spdlog::sinks::base_sink<std::mutex> {
 public:
  uint64_t lost() const { return queue_.lost(); }

 private:
  void sink_it_(const spdlog::details::log_msg& message) override {
    if (const uint64_t lost = queue_.lost(); lost > told_) {
      const std::string words =
          fmt::format("log lines were lost: nobody read them lines={}", lost - told_);
      if (!push({message.time, {}, message.logger_name, spdlog::level::warn, words})) return;
      told_ = lost;
    }
    push(message);
  }
  bool push(const spdlog::details::log_msg& message) {
    spdlog::memory_buf_t line;
    formatter_->format(message, line);
    return queue_.push({line.data(), line.size()});
  }
  void flush_() override {}

  LogQueue queue_{STDERR_FILENO, kLogQueueBytes};
  uint64_t told_ = 0;
};

// The one logger, made at the first call, and its sink.
struct ProcessLog {
  std::shared_ptr<QueueSink> sink = std::make_shared<QueueSink>();
  std::shared_ptr<spdlog::logger> logger = std::make_shared<spdlog::logger>("longmen", sink);

  ProcessLog() { spdlog::set_default_logger(logger); }
};

const ProcessLog& process_log() {
  static const ProcessLog kLog;
  return kLog;
}

bool is_key(std::string_view text) {
  if (text.empty()) return false;
  for (char c : text) {
    if (!((c >= 'a' && c <= 'z') || c == '_')) return false;
  }
  return true;
}

// Where the value that begins at `at` ends. In quotes it ends at the first one that a space or
// nothing follows; without such a quote, and without quotes, at the next space.
size_t value_end(std::string_view message, size_t at) {
  if (message.substr(at).starts_with('"')) {
    for (size_t quote = at; (quote = message.find('"', quote + 1)) != std::string_view::npos;) {
      if (quote + 1 == message.size() || message[quote + 1] == ' ') return quote + 1;
    }
  }
  return std::min(message.find(' ', at), message.size());
}

std::string_view without_quotes(std::string_view value) {
  const bool quoted = value.size() >= 2 && value.front() == '"' && value.back() == '"';
  return quoted ? value.substr(1, value.size() - 2) : value;
}

}  // namespace

std::string log_fields_json(std::string_view message) {
  boost::json::object fields;
  fields["message"] = message;
  for (size_t at = 0; at < message.size();) {
    size_t end = std::min(message.find(' ', at), message.size());
    const std::string_view word = message.substr(at, end - at);
    const std::string_view key = word.substr(0, word.find('='));
    if (key.size() < word.size() && is_key(key) && key != "message") {
      const size_t value = at + key.size() + 1;
      end = value_end(message, value);
      fields[key] = without_quotes(message.substr(value, end - value));
    }
    at = end + 1;
  }
  return boost::json::serialize(fields);
}

void set_up_log(std::string_view process, const std::string& level, const std::string& format) {
  spdlog::logger& logger = *process_log().logger;
  if (format == "json") {
    logger.set_formatter(
        std::make_unique<JsonFormatter>(boost::json::serialize(boost::json::value(process))));
  } else {
    std::string name(process);
    for (size_t at = 0; (at = name.find('%', at)) != std::string::npos; at += 2)
      name.insert(at, 1, '%');
    logger.set_pattern("%Y-%m-%d %H:%M:%S.%e %L " + name + ": %v");
  }
  logger.set_level(spdlog::level::from_str(level));
}

uint64_t log_lines_lost() {
  return process_log().sink->lost();
}

}  // namespace longmen
