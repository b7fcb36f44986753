// A backup on disk: lines of JSON, of which the first names the schema, then each table is named
// with its columns before its rows, and the last has the number of rows and the SHA-256 of all
// bytes before it. So a file that was cut off, or damaged anywhere, is told from a backup. Tables,
// columns and values are text here; what they mean, control/backup.h and control/restore.h know.
//
//   {"longmen_backup":1,"schema":3,"made_ms":1764136507000}
//   {"table":"channels","columns":["id","position","name"]}
//   ["main",1,"Main"]
//   {"rows":1,"sha256":"..."}
#pragma once

#include <cstdint>
#include <fstream>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "net/unique_fd.h"

struct evp_md_ctx_st;

namespace longmen {

struct BackupHeader {
  int schema = 0;
  int64_t made_ms = 0;
};

struct BackupTable {
  std::string name;
  std::vector<std::string> columns;
};

// Nothing: NULL. A number stands as a number in the file, and is the same text when it is read.
struct BackupValue {
  enum class Kind { kNull, kNumber, kText };
  Kind kind = Kind::kNull;
  std::string text;
  bool operator==(const BackupValue&) const = default;
};

class RunningSha256 {
 public:
  RunningSha256();
  ~RunningSha256();
  RunningSha256(const RunningSha256&) = delete;
  RunningSha256& operator=(const RunningSha256&) = delete;
  void add(std::string_view bytes);
  std::string hex();  // once, at the end

 private:
  evp_md_ctx_st* context_;
};

// Writes under another name beside the file; finish() syncs it and gives it its name, in place of a
// file that has it. Until then, and when it fails, there is no such backup. Readable by its owner
// alone.
class BackupWriter {
 public:
  static Result<std::unique_ptr<BackupWriter>> create(const std::string& file,
                                                      const BackupHeader& header);
  ~BackupWriter();

  Result<void> table(const BackupTable& table);
  // Fails when a text is not UTF-8, or a number none.
  Result<void> row(const std::vector<BackupValue>& values);
  Result<void> finish();
  int64_t rows() const { return rows_; }

 private:
  BackupWriter(std::string file, std::string partial, UniqueFd descriptor);
  Result<void> line(std::string_view json);
  Result<void> flush();

  std::string file_, partial_;  // `partial_` is empty when there is nothing to take away
  UniqueFd descriptor_;
  std::string buffer_;
  RunningSha256 hash_;
  int64_t rows_ = 0;
};

class BackupReader {
 public:
  static constexpr size_t kMaxLineBytes = 16 << 20;

  // The words of each error begin with the file's name.
  static Result<std::unique_ptr<BackupReader>> open(const std::string& file);

  const BackupHeader& header() const { return header_; }

  enum class Item { kTable, kRow, kEnd };
  // Tables and rows in their order. kEnd comes only when all of the file was there and is
  // unchanged.
  Result<Item> next();
  const BackupTable& table() const { return table_; }
  const std::vector<BackupValue>& row() const { return row_; }
  int64_t rows() const { return rows_; }

 private:
  explicit BackupReader(std::string file)
      : file_(std::move(file)), stream_(file_, std::ios::binary) {}
  Result<void> read_header();
  Result<std::string> line();
  tl::unexpected<Error> damaged(std::string_view how) const;

  std::string file_;
  std::ifstream stream_;
  int64_t line_number_ = 0;
  RunningSha256 hash_;
  BackupHeader header_;
  BackupTable table_;
  std::vector<BackupValue> row_;
  int64_t rows_ = 0;
};

}  // namespace longmen
