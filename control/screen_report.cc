#include "control/screen_report.h"

#include <algorithm>
#include <array>

#include "core/base/plain_text.h"

namespace longmen {
namespace json = boost::json;
namespace {

constexpr size_t kMaxTextBytes = 64;
constexpr int64_t kLongestLatencyMs = 600'000;
constexpr int64_t kMost = 1'000'000'000;

bool flag(const json::object& body, std::string_view name) {
  const json::value* value = body.if_contains(name);
  return value && value->is_bool() && value->get_bool();
}

std::optional<int64_t> number(const json::object& body, std::string_view name, int64_t most) {
  const json::value* value = body.if_contains(name);
  if (!value || !value->is_number()) return std::nullopt;
  // Compared as a double first: one beyond 64 bits is no integer.
  const double given = value->to_number<double>();
  if (!(given >= 0)) return std::nullopt;
  return static_cast<int64_t>(std::min(given, static_cast<double>(most)));
}

std::string text(const json::object& body, std::string_view name) {
  const json::value* value = body.if_contains(name);
  if (!value || !value->is_string()) return "";
  const std::string_view given(value->as_string().data(), value->as_string().size());
  if (given.size() > kMaxTextBytes || !is_plain_text(given)) return "";
  return std::string(given);
}

json::value figure_or_null(const std::optional<int64_t>& number) {
  return number ? json::value(*number) : json::value(nullptr);
}

struct Flag {
  std::string_view name;
  bool ScreenReport::*member;
};
constexpr std::array kFlags{
    Flag{"picture", &ScreenReport::picture},
    Flag{"sound", &ScreenReport::sound},
    Flag{"frozen", &ScreenReport::frozen},
    Flag{"silent", &ScreenReport::silent},
};

}  // namespace

ScreenReport screen_report(const json::object& body) {
  ScreenReport report;
  for (const Flag& each : kFlags)
    report.*each.member = flag(body, each.name);
  report.latency_ms = number(body, "latency_ms", kLongestLatencyMs);
  report.loss_permille = number(body, "loss_permille", 1000);
  report.reconnections = number(body, "reconnections", kMost).value_or(0);
  report.uptime_s = number(body, "uptime_s", kMost).value_or(0);
  report.rendition = text(body, "rendition");
  report.relay = text(body, "relay");
  report.node = text(body, "node");
  report.version = text(body, "version");
  report.last_loss = text(body, "last_loss");
  return report;
}

json::object screen_report_to_json(const ScreenReport& report) {
  json::object object;
  for (const Flag& each : kFlags)
    object[each.name] = report.*each.member;
  object["latency_ms"] = figure_or_null(report.latency_ms);
  object["loss_permille"] = figure_or_null(report.loss_permille);
  object["reconnections"] = report.reconnections;
  object["uptime_s"] = report.uptime_s;
  object["rendition"] = report.rendition;
  object["relay"] = report.relay;
  object["node"] = report.node;
  object["version"] = report.version;
  object["last_loss"] = report.last_loss;
  return object;
}

std::string condition_of(const ScreenReport& report) {
  std::string words;
  for (const Flag& each : kFlags) {
    if (!(report.*each.member)) continue;
    if (!words.empty()) words += ' ';
    words += each.name;
  }
  return words;
}

ScreenReport report_of(std::string_view condition) {
  ScreenReport report;
  while (!condition.empty()) {
    const size_t end = std::min(condition.find(' '), condition.size());
    for (const Flag& each : kFlags) {
      if (condition.substr(0, end) == each.name) report.*each.member = true;
    }
    condition.remove_prefix(std::min(condition.size(), end + 1));
  }
  return report;
}

}  // namespace longmen
