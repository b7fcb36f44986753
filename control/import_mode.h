// What is kept of a table that is brought in, as the request says it.
#pragma once

#include "control/decided.h"
#include "net/http_message.h"

namespace longmen {

enum class ImportMode { kAllOrNothing, kWhatIsRight, kDryRun };

inline Decided<ImportMode> import_mode_of(const HttpRequest& request) {
  if (request.target.query_value("dry_run") == "true") return ImportMode::kDryRun;
  const std::string_view take = request.target.query_value("take");
  if (take.empty() || take == "all") return ImportMode::kAllOrNothing;
  if (take == "right") return ImportMode::kWhatIsRight;
  return refuse(422, "take: all (or nothing), or right (what is right of it) is allowed");
}

}  // namespace longmen
