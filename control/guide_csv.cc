#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <map>

#include "control/guide_import.h"
#include "core/base/plain_text.h"
#include "core/guide/csv_reader.h"
#include "core/guide/time_text.h"

namespace longmen {
namespace {

constexpr std::array<std::string_view, 12> kColumns{
    "channel", "series",   "title", "start",       "end",        "speakers",
    "theme",   "language", "place", "description", "auto_start", "auto_end"};
constexpr size_t kNeeded = 5;  // of them, from the first

std::string_view trimmed(std::string_view text) {
  const auto space = [](char c) { return c == ' ' || c == '\t'; };
  while (!text.empty() && space(text.front()))
    text.remove_prefix(1);
  while (!text.empty() && space(text.back()))
    text.remove_suffix(1);
  return text;
}

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
  Line(const CsvRow& row, const std::map<std::string_view, size_t>& columns, const TimeZone& zone)
      : row_(row), columns_(columns), zone_(zone) {}

  Result<ImportLine> read() {
    ImportLine line;
    line.line = row_.line;
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
  std::string text(std::string_view name) const {
    const auto found = columns_.find(name);
    if (found == columns_.end() || found->second >= row_.fields.size()) return "";
    return std::string(trimmed(row_.fields[found->second]));
  }
  Result<int64_t> time(std::string_view name) const {
    const auto written = written_time(text(name));
    if (!written) return fail(fmt::format("{}: a time is allowed, such as 2026-11-26 19:30", name));
    if (written->offset) return written->epoch_ms();
    return zone_.epoch_ms({written->day, written->of_day});
  }
  Result<bool> flag(std::string_view name) const {
    const std::string value = text(name);
    for (const char* yes : {"yes", "true", "1", "是"}) {
      if (value == yes) return true;
    }
    for (const char* no : {"", "no", "false", "0", "否"}) {
      if (value == no) return false;
    }
    return fail(fmt::format("{}: yes or no is allowed", name));
  }

  const CsvRow& row_;
  const std::map<std::string_view, size_t>& columns_;
  const TimeZone& zone_;
};

}  // namespace

ImportFile read_guide_csv(std::string_view text, const TimeZone& zone) {
  ImportFile file;
  int line = 1;
  for (std::string_view rest = text; !rest.empty(); ++line) {
    std::string_view one = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(rest.size(), one.size() + 1));
    if (one.ends_with('\r')) one.remove_suffix(1);
    std::string spaced(one);  // a tab between words is a space
    std::replace(spaced.begin(), spaced.end(), '\t', ' ');
    if (is_plain_text(spaced)) continue;
    file.mistakes.push_back(
        {line, "not UTF-8, or with control characters; save the table as \"CSV UTF-8\""});
    return file;
  }
  const auto rows = read_csv(text);
  if (!rows) {
    file.mistakes.push_back({0, rows.error().message});
    return file;
  }
  if (rows->empty()) {
    file.mistakes.push_back({0, "the file is empty"});
    return file;
  }
  std::map<std::string_view, size_t> columns;
  for (size_t i = 0; i < rows->front().fields.size(); ++i) {
    const std::string_view name = trimmed(rows->front().fields[i]);
    const auto known = std::find(kColumns.begin(), kColumns.end(), name);
    if (known == kColumns.end()) {
      file.mistakes.push_back(
          {rows->front().line, fmt::format("there is no column \"{}\"; {} are allowed",
                                           name.substr(0, 64), fmt::join(kColumns, ", "))});
    } else if (!columns.emplace(*known, i).second) {
      file.mistakes.push_back(
          {rows->front().line, fmt::format("the column {} stands twice", name)});
    }
  }
  for (size_t i = 0; i < kNeeded; ++i) {
    if (!columns.contains(kColumns[i]))
      file.mistakes.push_back(
          {rows->front().line, fmt::format("the column {} is missing", kColumns[i])});
  }
  if (!file.mistakes.empty()) return file;
  for (size_t i = 1; i < rows->size(); ++i) {
    auto read = Line(rows->at(i), columns, zone).read();
    if (read) {
      file.lines.push_back(std::move(*read));
    } else {
      file.mistakes.push_back({rows->at(i).line, read.error().message});
    }
  }
  return file;
}

}  // namespace longmen
