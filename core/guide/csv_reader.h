// Comma-separated values: rows with the line in which each begins. Fields may be quoted, with
// quotes doubled and commas and line breaks inside; lines end in CRLF or LF; a byte order mark is
// skipped, and semicolons separate when the first line has no comma, as spreadsheets of many
// countries write it. What is malformed is told with its line and ends the reading. Bounds:
// kMaxCsvRows, kMaxCsvFields, and what the caller reads into memory. RFC 4180.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"

namespace longmen {

inline constexpr size_t kMaxCsvRows = 20'000;
inline constexpr size_t kMaxCsvFields = 64;

struct CsvRow {
  int line = 0;  // from 1
  std::vector<std::string> fields;
};

// Empty lines are left out. The error begins with "line N: ".
Result<std::vector<CsvRow>> read_csv(std::string_view text);

}  // namespace longmen
