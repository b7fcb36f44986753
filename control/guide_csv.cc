#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "control/csv_table.h"
#include "control/guide_import.h"
#include "core/guide/time_text.h"

namespace longmen {
namespace {

constexpr std::array<std::string_view, 12> kColumns{
    "channel", "series",   "title", "start",       "end",        "speakers",
    "theme",   "language", "place", "description", "auto_start", "auto_end"};
constexpr size_t kNeeded = 5;  // of them, from the first

std::vector<std::string> speakers_of(std::string_view text) {
  constexpr std::string_view kEnumerationComma = "、";
  std::vector<std::string> speakers;
  while (!text.empty()) {
    const size_t semicolon = std::min(text.find(';'), text.size());
    const size_t comma = std::min(text.find(kEnumerationComma), text.size());
    const size_t end = std::min(semicolon, comma);
    if (const auto name = trimmed(text.substr(0, end)); !name.empty()) speakers.emplace_back(name);
    text.remove_prefix(
        std::min(text.size(), end + (comma < semicolon ? kEnumerationComma.size() : size_t{1})));
  }
  return speakers;
}

class Line {
 public:
  Line(const CsvTable& table, size_t row, const TimeZone& zone)
      : table_(table), row_(row), zone_(zone) {}

  Result<ImportLine> read() {
    ImportLine line;
    line.line = table_.line(row_);
    line.channel = text("channel");
    line.series = text("series");
    line.title = text("title");
    line.theme = text("theme");
    line.language = text("language");
    line.place = text("place");
    line.description = text("description");
    line.speakers = speakers_of(text("speakers"));
    for (const auto& [name, into] :
         {std::pair<const char*, int64_t*>{"start", &line.start_ms}, {"end", &line.end_ms}}) {
      auto at = time(name);
      if (!at) return tl::unexpected(at.error());
      *into = *at;
    }
    for (const auto& [name, into] : {std::pair<const char*, bool*>{"auto_start", &line.auto_start},
                                     {"auto_end", &line.auto_end}}) {
      auto on = flag(name);
      if (!on) return tl::unexpected(on.error());
      *into = *on;
    }
    return line;
  }

 private:
  std::string text(std::string_view name) const { return table_.text(row_, name); }
  Result<int64_t> time(std::string_view name) const {
    const auto written = written_time(text(name));
    if (!written) return fail(fmt::format("{}: a time is allowed, such as 2026-11-26 19:30", name));
    if (written->offset) return written->epoch_ms();
    return zone_.epoch_ms({written->day, written->of_day});
  }
  Result<bool> flag(std::string_view name) const {
    if (const auto value = yes_or_no(text(name))) return *value;
    return fail(fmt::format("{}: yes or no is allowed", name));
  }

  const CsvTable& table_;
  const size_t row_;
  const TimeZone& zone_;
};

}  // namespace

ImportFile read_guide_csv(std::string_view text, const TimeZone& zone) {
  const CsvTable table = CsvTable::read(text, kColumns, kNeeded);
  ImportFile file;
  file.mistakes = table.mistakes();
  for (size_t row = 0; row < table.rows(); ++row) {
    auto read = Line(table, row, zone).read();
    if (read) {
      file.lines.push_back(std::move(*read));
    } else {
      file.mistakes.push_back({table.line(row), read.error().message});
    }
  }
  return file;
}

}  // namespace longmen
