#include "control/restore.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <soci/soci.h>

#include <algorithm>
#include <memory>

#include "control/audit.h"
#include "control/backup_file.h"
#include "control/library_index.h"

namespace longmen {
namespace {

using Item = BackupReader::Item;
constexpr std::string_view kAuditChain = "audit_chain";

bool has_table(const std::vector<std::string>& tables, std::string_view table) {
  return std::find(tables.begin(), tables.end(), table) != tables.end();
}

// Reads all of it, and so its checksum.
Result<void> check_whole(const std::string& file, int newest_schema) {
  auto reader = BackupReader::open(file);
  if (!reader) return tl::unexpected(reader.error());
  for (auto item = (*reader)->next(); !item || *item != Item::kEnd; item = (*reader)->next()) {
    if (!item) return tl::unexpected(item.error());
  }
  if (const int schema = (*reader)->header().schema; schema > newest_schema) {
    return fail(
        fmt::format("{}: a newer Longmen has made it, of schema {}; this one knows up to {}", file,
                    schema, newest_schema));
  }
  return {};
}

Result<void> take_away(soci::session& sql, const std::vector<std::string>& tables,
                       RestoreInto into) {
  for (const std::string& table : tables) {
    int64_t rows = 0;
    sql << "SELECT COUNT(*) FROM " + table, soci::into(rows);
    if (rows > 0 && into == RestoreInto::kEmpty) {
      return fail(
          fmt::format("the database is not empty (table {} has {} rows); --replace takes "
                      "away what is in it",
                      table, rows));
    }
  }
  for (auto table = tables.rbegin(); table != tables.rend(); ++table)
    sql << "DROP TABLE " + *table;
  sql << "DROP TABLE migrations";
  return {};
}

// Inserts rows of one table, with one prepared statement.
class TableRows {
 public:
  TableRows(soci::session& sql, const BackupTable& table, std::vector<TableColumn> columns)
      : columns_(std::move(columns)),
        values_(columns_.size()),
        indicators_(columns_.size()),
        insert_(sql) {
    std::vector<std::string> names;
    insert_.alloc();
    for (size_t i = 0; i < columns_.size(); ++i) {
      names.push_back(fmt::format(":v{}", i));
      insert_.exchange(soci::use(values_[i], indicators_[i]));
    }
    insert_.prepare(fmt::format("INSERT INTO {} ({}) VALUES ({})", table.name,
                                fmt::join(table.columns, ", "), fmt::join(names, ", ")));
    insert_.define_and_bind();
  }

  Result<void> add(const std::vector<BackupValue>& row) {
    for (size_t i = 0; i < row.size(); ++i) {
      const bool null = row[i].kind == BackupValue::Kind::kNull;
      if (!null && columns_[i].number != (row[i].kind == BackupValue::Kind::kNumber))
        return fail(fmt::format("a value of column {} is of another type", columns_[i].name));
      values_[i] = row[i].text;
      indicators_[i] = null ? soci::i_null : soci::i_ok;
    }
    insert_.execute(true);
    return {};
  }

 private:
  std::vector<TableColumn> columns_;  // in the order of the backup
  std::vector<std::string> values_;
  std::vector<soci::indicator> indicators_;
  soci::statement insert_;
};

// The database's columns in the order of the backup's, which must be the same ones.
Result<std::vector<TableColumn>> columns_in_order(soci::session& sql, const SqlDialect& dialect,
                                                  const BackupTable& table) {
  auto present = columns_of(sql, dialect, table.name);
  if (!present) return present;
  std::vector<TableColumn> ordered;
  for (const std::string& name : table.columns) {
    const auto found = std::find_if(present->begin(), present->end(),
                                    [&](const TableColumn& column) { return column.name == name; });
    const auto again = std::find_if(ordered.begin(), ordered.end(),
                                    [&](const TableColumn& column) { return column.name == name; });
    if (found == present->end() || again != ordered.end())
      return fail(fmt::format("column {} is not one of its schema's", name));
    ordered.push_back(*found);
  }
  if (ordered.size() != present->size()) return fail("it has not all columns of its schema");
  return ordered;
}

// Later rows get higher numbers than those that came with theirs.
void count_on(soci::session& sql, const SqlDialect& dialect, const std::string& table) {
  std::vector<std::string> counted;
  {
    const soci::rowset<std::string> rows =
        (sql.prepare << std::string(dialect.counted_columns), soci::use(table, "t"));
    counted.assign(rows.begin(), rows.end());
  }
  for (const std::string& column : counted) {
    int64_t next = 0;
    sql << fmt::format(
        "SELECT setval(pg_get_serial_sequence('{0}', '{1}'),"
        " COALESCE(MAX({1}), 0) + 1, false) FROM {0}",
        table, column),
        soci::into(next);
  }
}

Result<void> insert_all(soci::session& sql, const SqlDialect& dialect, BackupReader& reader,
                        const std::vector<std::string>& tables) {
  std::unique_ptr<TableRows> rows;
  for (;;) {
    const auto item = reader.next();
    if (!item) return tl::unexpected(item.error());
    const BackupTable& table = reader.table();
    if (*item == Item::kEnd) return {};
    if (*item == Item::kTable) {
      if (!has_table(tables, table.name))
        return fail(fmt::format("table {} is not one of its schema's", table.name));
      auto columns = columns_in_order(sql, dialect, table);
      if (!columns) return fail(fmt::format("table {}: {}", table.name, columns.error().message));
      rows.reset();
      rows = std::make_unique<TableRows>(sql, table, std::move(*columns));
    } else if (!rows) {
      return fail("a row of no table");
    } else if (auto added = rows->add(reader.row()); !added) {
      return fail(fmt::format("table {}: {}", table.name, added.error().message));
    }
  }
}

// Where the chain of audit ends that is about to be taken away.
struct ReplacedAudit {
  int64_t number = 0;
  std::string hash;
};

ReplacedAudit replaced_audit(soci::session& sql) {
  ReplacedAudit replaced;
  sql << "SELECT head_number, head_hash FROM audit_chain", soci::into(replaced.number),
      soci::into(replaced.hash);
  return replaced;
}

// What was valid when the backup was made may have been ended since: sign-ins, links,
// tokens, the installation's secrets and codes that screens show do not come back. Enrolled screens
// do, since a town's televisions cannot be enrolled anew. The audit says that it is another one
// now.
void settle_accounts(soci::session& sql, const ReplacedAudit& replaced, int64_t made_ms,
                     int64_t now_ms) {
  for (const char* table :
       {"sign_ins", "account_links", "secrets", "enrolment_codes", "api_tokens"})
    sql << std::string("DELETE FROM ") + table;
  append_audit(sql, command_line(now_ms), "audit.restore", "audit",
               fmt::format(R"({{"number":{},"hash":"{}"}})", replaced.number, replaced.hash),
               fmt::format(R"({{"backup_made_ms":{}}})", made_ms));
}

}  // namespace

Result<BackupFigures> restore(Database& database, const std::vector<Migration>& migrations,
                              const std::string& file, RestoreInto into, int64_t now_ms) {
  const int newest = newest_version(migrations);
  if (auto whole = check_whole(file, newest); !whole) return tl::unexpected(whole.error());
  const auto put = [&](soci::session& sql) -> Result<BackupFigures> {
    const SqlDialect& dialect = database.dialect();
    const auto present = schema_version(sql, dialect, migrations);
    if (!present) return tl::unexpected(present.error());
    ReplacedAudit replaced;
    if (*present > 0) {
      const std::vector<std::string> old = tables_of(migrations, *present);
      if (has_table(old, kAuditChain)) replaced = replaced_audit(sql);
      auto taken = take_away(sql, old, into);
      if (!taken) return fail(fmt::format("{}: {}", database.shown(), taken.error().message));
    }
    auto reader = BackupReader::open(file);
    if (!reader) return tl::unexpected(reader.error());
    const int schema = (*reader)->header().schema;
    std::vector<std::string> tables = tables_of(migrations, schema);
    std::erase_if(tables, is_derived);
    apply_migrations(sql, dialect, migrations, 0, schema, now_ms);
    if (auto inserted = insert_all(sql, dialect, **reader, tables); !inserted)
      return fail(fmt::format("{}: {}", file, inserted.error().message));
    for (const std::string& table : tables)
      count_on(sql, dialect, table);
    apply_migrations(sql, dialect, migrations, schema, newest, now_ms);
    const std::vector<std::string> now = tables_of(migrations, newest);
    if (has_table(now, "library_stale")) LibraryIndex(sql).mark_all();
    if (has_table(now, kAuditChain))
      settle_accounts(sql, replaced, (*reader)->header().made_ms, now_ms);
    return BackupFigures{newest, static_cast<int>(tables.size()), (*reader)->rows()};
  };
  return database.write("restore", put);
}

}  // namespace longmen
