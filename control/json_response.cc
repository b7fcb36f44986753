#include "control/json_response.h"

#include <spdlog/spdlog.h>

#include "control/paused_log.h"

namespace longmen {

void log_store_problem(const Error& error) {
  static PausedLog log;  // one for all of the process's API
  if (log.is_due(error.message, std::chrono::steady_clock::now()))
    spdlog::error("{}", error.message);
}

HttpResponse store_problem(const Error& error) {
  log_store_problem(error);
  return http_problem_for_now(503, "the database does not answer", 2);
}

}  // namespace longmen
