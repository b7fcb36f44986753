// A table of named columns in CSV: the first row says which column is where. What is wrong with the
// table as a whole is told with its line; then there are no rows. Columns and what is needed of
// them are the caller's. Pure. Bounds: those of core/guide/csv_reader.h.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/guide/csv_reader.h"

namespace longmen {

inline constexpr size_t kMaxToldMistakes = 200;

struct ImportMistake {
  int line = 0;  // 0: of the file as a whole
  std::string words;
};

// Without spaces and tabs at its ends.
std::string_view trimmed(std::string_view text);

class CsvTable {
 public:
  // The first `needed` of the columns must be there, the others may. Both outlive it.
  static CsvTable read(std::string_view text, std::span<const std::string_view> columns,
                       size_t needed);

  const std::vector<ImportMistake>& mistakes() const { return mistakes_; }
  size_t rows() const { return rows_.size(); }
  int line(size_t row) const { return rows_[row].line; }
  // Trimmed; empty where there is none.
  std::string text(size_t row, std::string_view column) const;

 private:
  bool is_utf8(std::string_view text);
  void read_head(const CsvRow& head, std::span<const std::string_view> columns, size_t needed);

  std::vector<CsvRow> rows_;
  std::map<std::string_view, size_t> places_;
  std::vector<ImportMistake> mistakes_;
};

// "yes", "no" and what else people write for them; nothing for other texts. Empty is no.
std::optional<bool> yes_or_no(std::string_view text);

// As RFC 4180 has a field.
std::string csv_field(std::string_view text);

// The same of a text that somebody typed and somebody else opens in a spreadsheet, which takes what
// begins with =, +, - or @ for a formula and runs it: an apostrophe goes before that, and before
// one that is there; typed_text() takes it off again. OWASP: CSV injection.
std::string typed_field(std::string_view text);
std::string typed_text(std::string_view field);

}  // namespace longmen
