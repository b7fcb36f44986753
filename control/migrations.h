// The schema of the database as a row of steps forward, and the one rule: a database that a newer
// Longmen has changed, or that is not Longmen's, is refused with words, never changed back. Each
// step is a transaction, and one writer at a time does it, so that several nodes may start at once.
// Statements are of the SQL that SQLite and PostgreSQL share (control/sql_dialect.h).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "control/database.h"
#include "core/base/result.h"

namespace longmen {

// To add one: append it to all_migrations(), with the next number. Columns are TEXT, INTEGER or
// BIGINT; "id AUTO_ID" is a key that counts by itself, BY_KEY behind a table keeps it in the order
// of its key. Tables are made by statements that begin
// with "CREATE TABLE name (" and go with "DROP TABLE name", and refer to earlier ones alone:
// backups read their order here (tables_of).
struct Migration {
  int version;  // from 1 on, without gaps
  std::vector<std::string_view> statements;
};

const std::vector<Migration>& all_migrations();

// Of the schema that all of them lead to; 0 without any.
int newest_version(const std::vector<Migration>& migrations);

// The tables that the migrations up to `version` leave, each behind those that it refers to.
// Without the list of migrations itself.
std::vector<std::string> tables_of(const std::vector<Migration>& migrations, int version);

// Whether a table says nothing that others do not: backups leave it out, and it is made anew.
bool is_derived(std::string_view table);

// All that follows within a transaction.
// 0: the database is empty. Fails when it is newer than `migrations`, or not Longmen's.
Result<int> schema_version(soci::session& sql, const SqlDialect& dialect,
                           const std::vector<Migration>& migrations);
// Does what is missing above `from` up to `to`. Throws.
void apply_migrations(soci::session& sql, const SqlDialect& dialect,
                      const std::vector<Migration>& migrations, int from, int to, int64_t now_ms);

// Does what is missing, each in a transaction of its own. `now_ms` is written beside each step.
Result<void> migrate(Database& database, const std::vector<Migration>& migrations, int64_t now_ms);

}  // namespace longmen
