// What an enrolled screen says of itself every half minute: whether there is picture and sound, and
// how it receives. Read from JSON in which nothing is believed: figures are held to their bounds,
// texts are short and plain, whatever else is there is left out. Pure.
#pragma once

#include <boost/json/object.hpp>
#include <optional>
#include <string>

namespace longmen {

inline constexpr size_t kMaxReportBytes = 2048;

struct ScreenReport {
  bool picture = false;  // it moves
  bool sound = false;    // packets of it come, and it is not muted
  bool frozen = false;   // the picture on show stands still
  bool silent = false;   // sound comes and has been silence for a while
  std::optional<int64_t> latency_ms;
  std::optional<int64_t> loss_permille;
  int64_t reconnections = 0;
  int64_t uptime_s = 0;
  std::string rendition, relay, node, version, last_loss;
};

ScreenReport screen_report(const boost::json::object& body);
boost::json::object screen_report_to_json(const ScreenReport& report);

// What is kept of it in the database: "picture sound frozen", as far as it holds.
std::string condition_of(const ScreenReport& report);
// The other way round.
ScreenReport report_of(std::string_view condition);

}  // namespace longmen
