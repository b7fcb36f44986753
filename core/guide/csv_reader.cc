#include "core/guide/csv_reader.h"

#include <fmt/format.h>

#include <algorithm>

namespace longmen {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

char separator_of(std::string_view text) {
  const std::string_view first = text.substr(0, text.find('\n'));
  const bool semicolons =
      first.find(',') == std::string_view::npos && first.find(';') != std::string_view::npos;
  return semicolons ? ';' : ',';
}

class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text), separator_(separator_of(text)) {}

  bool at_end() const { return rest_.empty(); }

  Result<CsvRow> row() {
    CsvRow row;
    row.line = line_;
    for (;;) {
      auto field = rest_.starts_with('"') ? quoted() : plain();
      if (!field) return tl::unexpected(field.error());
      row.fields.push_back(std::move(*field));
      if (row.fields.size() > kMaxCsvFields)
        return fail(fmt::format("line {}: more than {} fields", row.line, kMaxCsvFields));
      if (!take(separator_)) break;
    }
    end_line();
    return row;
  }

 private:
  Result<std::string> plain() {
    const char ends[] = {separator_, '\n', '"'};
    const size_t end = std::min(rest_.find_first_of({ends, sizeof ends}), rest_.size());
    if (end < rest_.size() && rest_[end] == '"')
      return fail(
          fmt::format("line {}: a quote inside a field that does not begin with one", line_));
    std::string field(rest_.substr(0, end));
    rest_.remove_prefix(end);
    if ((rest_.empty() || rest_.front() == '\n') && field.ends_with('\r')) field.pop_back();
    return field;
  }

  Result<std::string> quoted() {
    const int begun = line_;
    std::string field;
    take('"');
    for (;;) {
      const size_t quote = rest_.find('"');
      if (quote == std::string_view::npos)
        return fail(fmt::format("line {}: a quote that is never closed", begun));
      for (char c : rest_.substr(0, quote)) {
        if (c == '\n') ++line_;
        if (c != '\r') field.push_back(c);
      }
      rest_.remove_prefix(quote + 1);
      if (!take('"')) break;
      field.push_back('"');
    }
    const bool ends = rest_.empty() || rest_.front() == separator_ || rest_.front() == '\n' ||
                      rest_.starts_with("\r\n") || rest_ == "\r";
    if (!ends) return fail(fmt::format("line {}: text behind a closing quote", line_));
    return field;
  }

  bool take(char c) {
    if (!rest_.starts_with(c)) return false;
    rest_.remove_prefix(1);
    return true;
  }
  void end_line() {
    take('\r');
    take('\n');
    ++line_;
  }

  std::string_view rest_;
  char separator_;
  int line_ = 1;
};

}  // namespace

Result<std::vector<CsvRow>> read_csv(std::string_view text) {
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  std::vector<CsvRow> rows;
  Reader reader(text);
  while (!reader.at_end()) {
    auto row = reader.row();
    if (!row) return tl::unexpected(row.error());
    if (row->fields.size() == 1 && row->fields.front().empty()) continue;
    if (rows.size() == kMaxCsvRows)
      return fail(fmt::format("line {}: more than {} rows", row->line, kMaxCsvRows));
    rows.push_back(std::move(*row));
  }
  return rows;
}

}  // namespace longmen
