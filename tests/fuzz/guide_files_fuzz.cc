// Files that people bring in: programme guides as CSV and XMLTV (as far as our handlers see what
// Expat reads), the times in both, and tables of sites. The first byte chooses; the rest is the
// input.
#include <cstdint>
#include <span>
#include <string_view>

#include "control/site_plan.h"
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

void fuzz_sites(std::string_view text) {
  uint8_t drawn = 0;
  const RandomBytes counting = [&](std::span<uint8_t> bytes) {
    for (uint8_t& byte : bytes)
      byte = drawn++;
  };
  SiteSnapshot snapshot;
  snapshot.channels = {{"main", "Main"}};
  const SiteFile file = read_sites_csv(text);
  const Actor actor = control_itself(0);
  const SitePlan plan = plan_sites(snapshot, file, actor, counting);
  const size_t wrong = plan.mistakes.size() - file.mistakes.size();
  invariant(plan.lines.size() + static_cast<size_t>(plan.unchanged) + wrong == file.lines.size(),
            "each line is planned, unchanged or wrong");
  for (const PlannedLine& line : plan.lines) {
    invariant(!line.site || !line.site->after.name.empty(), "a site has a name");
    invariant(!line.screen || !line.screen->after.site.empty(), "a screen has a site");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data + 1), size - 1);
  if (data[0] == 's') {
    fuzz_sites(text);
    return 0;
  }
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
