#include "control/csv_table.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "core/base/plain_text.h"

namespace longmen {
namespace {

// The last four are what East Asian keyboards have for the first four.
constexpr std::array<std::string_view, 9> kFormulas{"=",      "+",      "-",      "@",     "'",
                                                    "\uFF1D", "\uFF0B", "\uFF0D", "\uFF20"};

bool begins_formula(std::string_view text) {
  return std::any_of(kFormulas.begin(), kFormulas.end(),
                     [&](std::string_view beginning) { return text.starts_with(beginning); });
}

}  // namespace

std::string_view trimmed(std::string_view text) {
  const auto space = [](char c) { return c == ' ' || c == '\t'; };
  while (!text.empty() && space(text.front()))
    text.remove_prefix(1);
  while (!text.empty() && space(text.back()))
    text.remove_suffix(1);
  return text;
}

bool CsvTable::is_utf8(std::string_view text) {
  int line = 1;
  for (std::string_view rest = text; !rest.empty(); ++line) {
    std::string_view one = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(rest.size(), one.size() + 1));
    if (one.ends_with('\r')) one.remove_suffix(1);
    std::string spaced(one);  // a tab between words is a space
    std::replace(spaced.begin(), spaced.end(), '\t', ' ');
    if (is_plain_text(spaced)) continue;
    mistakes_.push_back(
        {line, "not UTF-8, or with control characters; save the table as \"CSV UTF-8\""});
    return false;
  }
  return true;
}

void CsvTable::read_head(const CsvRow& head, std::span<const std::string_view> columns,
                         size_t needed) {
  for (size_t i = 0; i < head.fields.size(); ++i) {
    const std::string_view name = trimmed(head.fields[i]);
    const auto known = std::find(columns.begin(), columns.end(), name);
    if (known == columns.end()) {
      mistakes_.push_back({head.line, fmt::format("there is no column \"{}\"; {} are allowed",
                                                  name.substr(0, 64), fmt::join(columns, ", "))});
    } else if (!places_.emplace(*known, i).second) {
      mistakes_.push_back({head.line, fmt::format("the column {} stands twice", name)});
    }
  }
  for (const std::string_view column : columns.first(needed)) {
    if (!places_.contains(column))
      mistakes_.push_back({head.line, fmt::format("the column {} is missing", column)});
  }
}

CsvTable CsvTable::read(std::string_view text, std::span<const std::string_view> columns,
                        size_t needed) {
  CsvTable table;
  if (!table.is_utf8(text)) return table;
  auto rows = read_csv(text);
  if (!rows) {
    table.mistakes_.push_back({0, rows.error().message});
    return table;
  }
  if (rows->empty()) {
    table.mistakes_.push_back({0, "the file is empty"});
    return table;
  }
  table.read_head(rows->front(), columns, needed);
  if (!table.mistakes_.empty()) return table;
  rows->erase(rows->begin());
  table.rows_ = std::move(*rows);
  return table;
}

std::string CsvTable::text(size_t row, std::string_view column) const {
  const auto place = places_.find(column);
  const std::vector<std::string>& fields = rows_[row].fields;
  if (place == places_.end() || place->second >= fields.size()) return "";
  return std::string(trimmed(fields[place->second]));
}

std::optional<bool> yes_or_no(std::string_view text) {
  for (const char* yes : {"yes", "true", "1", "是"}) {
    if (text == yes) return true;
  }
  for (const char* no : {"", "no", "false", "0", "否"}) {
    if (text == no) return false;
  }
  return std::nullopt;
}

std::string csv_field(std::string_view text) {
  if (text.find_first_of(",;\"\r\n") == std::string_view::npos) return std::string(text);
  std::string field = "\"";
  for (const char c : text) {
    if (c == '"') field += '"';
    field += c;
  }
  return field + '"';
}

std::string typed_field(std::string_view text) {
  return csv_field(begins_formula(text) ? '\'' + std::string(text) : std::string(text));
}

std::string typed_text(std::string_view field) {
  const bool marked = field.starts_with('\'') && begins_formula(field.substr(1));
  return std::string(marked ? field.substr(1) : field);
}

}  // namespace longmen
