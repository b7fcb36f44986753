// Programme guides that people bring in: CSV, XMLTV (as far as our handlers see what Expat reads),
// and the times in both. The first byte chooses; the rest is the input.
#include <cstdint>
#include <string_view>

#include "control/xmltv_reader.h"
#include "core/base/invariant.h"
#include "core/guide/csv_reader.h"
#include "core/guide/time_text.h"

namespace {

using namespace longmen;

void fuzz_csv(std::string_view text) {
  const auto rows = read_csv(text);
  if (!rows) {
    invariant(rows.error().message.starts_with("line "), "a mistake is told with its line");
    return;
  }
  invariant(rows->size() <= kMaxCsvRows, "rows are bounded");
  int line = 0;
  for (const CsvRow& row : *rows) {
    invariant(row.line > line, "rows begin on lines of their own");
    invariant(!row.fields.empty() && row.fields.size() <= kMaxCsvFields, "fields are bounded");
    line = row.line;
  }
}

void fuzz_times(std::string_view text) {
  if (const auto at = xmltv_time(text)) {
    constexpr int64_t kYear9999 = 253'370'764'800'000;
    invariant(*at > -86'400'000 && *at < kYear9999, "a time is one of this age");
  }
  if (const auto written = written_time(text))
    invariant(written->of_day.count() < 86'400, "a day has 24 hours");
}

void fuzz_xmltv(std::string_view text) {
  const ImportFile file = read_xmltv(text);
  invariant(file.lines.size() + file.mistakes.size() <= kMaxImported + 2, "programmes are bounded");
  for (const ImportLine& line : file.lines)
    invariant(line.line > 0, "a programme has a line");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data + 1), size - 1);
  switch (data[0] % 3) {
    case 0:
      fuzz_csv(text);
      break;
    case 1:
      fuzz_times(text);
      break;
    default:
      fuzz_xmltv(text);
  }
  return 0;
}
