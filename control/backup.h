// Writes all tables of the database into a backup (control/backup_file.h), as they stood at one
// instant, while control and other nodes go on reading and writing. Tables and columns are found in
// the migrations and in the database, so that none must be named here. What is made from SQLite can
// be restored into PostgreSQL and the other way round.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "control/database.h"
#include "control/migrations.h"

namespace longmen {

struct BackupFigures {
  int schema = 0;
  int tables = 0;
  int64_t rows = 0;
};

// The database is of `migrations` or of fewer of them. `file` is replaced when it exists.
Result<BackupFigures> back_up(Database& database, const std::vector<Migration>& migrations,
                              const std::string& file, int64_t now_ms);

struct TableColumn {
  std::string name;
  bool number = false;  // INTEGER or BIGINT; or else TEXT
};
// Within a transaction. Fails when a column is of another type.
Result<std::vector<TableColumn>> columns_of(soci::session& sql, const SqlDialect& dialect,
                                            const std::string& table);

}  // namespace longmen
