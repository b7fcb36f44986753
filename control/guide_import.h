// A programme guide from elsewhere becomes sessions: lines of a CSV or programmes of an XMLTV file,
// each with what is wrong with it, in words. Everything in one transaction: all of it, or what is
// right of it, or nothing (a dry run). What is there already (same channel, planned start and
// title) is left alone, so that a file can be brought in again. Series that are not known are made;
// channels and themes must be. Bounds: kMaxImported, kMaxToldMistakes. Throws as SOCI does.
#pragma once

#include <boost/json/object.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "control/csv_table.h"
#include "control/decided.h"
#include "control/import_mode.h"
#include "control/schedule_context.h"

namespace longmen {

inline constexpr size_t kMaxImported = 1000;

// As it stands in the file; texts were not looked at yet.
struct ImportLine {
  int line = 0;
  std::string channel;  // id or name
  std::string series, title, description, theme, language, place;
  std::vector<std::string> speakers;
  int64_t start_ms = 0, end_ms = 0;
  bool auto_start = false, auto_end = false;
};

struct ImportFile {
  std::vector<ImportLine> lines;
  std::vector<ImportMistake> mistakes;
};
// The first row names the columns: channel, series, title, start, end, and of the others as many as
// are wanted: speakers (with ';' or '、' between them), theme, language, place, description,
// auto_start, auto_end (yes, no). Times without an offset are of the wall clock.
ImportFile read_guide_csv(std::string_view text, const TimeZone& zone);

// In a transaction of its own, since what is written depends on what is wrong.
Result<boost::json::object> import_guide(Database& database, const ScheduleContext& context,
                                         const ImportFile& file, ImportMode mode);

}  // namespace longmen
