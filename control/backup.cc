#include "control/backup.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <soci/soci.h>

#include "control/backup_file.h"

namespace longmen {
namespace {

// Each column as text, in an order that does not depend on the database.
std::string selection(const SqlDialect& dialect, const std::string& table,
                      const std::vector<TableColumn>& columns) {
  std::vector<std::string> values, order;
  for (const TableColumn& column : columns) {
    values.push_back(fmt::format("CAST({} AS TEXT)", column.name));
    order.push_back(values.back() + std::string(dialect.bytewise));
  }
  return fmt::format("SELECT {} FROM {} ORDER BY {}", fmt::join(values, ", "), table,
                     fmt::join(order, ", "));
}

Result<void> write_row(const soci::row& row, const std::vector<TableColumn>& columns,
                       BackupWriter& writer) {
  std::vector<BackupValue> values;
  values.reserve(columns.size());
  for (size_t i = 0; i < columns.size(); ++i) {
    if (row.get_indicator(i) == soci::i_null) {
      values.push_back({});
      continue;
    }
    values.push_back({columns[i].number ? BackupValue::Kind::kNumber : BackupValue::Kind::kText,
                      row.get<std::string>(i)});
  }
  return writer.row(values);
}

// Returns how many rows the query had.
Result<int64_t> write_rows(soci::session& sql, const std::string& query,
                           const std::vector<TableColumn>& columns, BackupWriter& writer) {
  const int64_t before = writer.rows();
  const soci::rowset<soci::row> rows = (sql.prepare << query);
  for (const soci::row& row : rows) {
    if (auto written = write_row(row, columns, writer); !written)
      return tl::unexpected(written.error());
  }
  return writer.rows() - before;
}

Result<void> write_table(soci::session& sql, const SqlDialect& dialect, const std::string& table,
                         BackupWriter& writer) {
  const auto columns = columns_of(sql, dialect, table);
  if (!columns) return tl::unexpected(columns.error());
  BackupTable header{table, {}};
  for (const TableColumn& column : *columns)
    header.columns.push_back(column.name);
  if (auto written = writer.table(header); !written) return written;
  const std::string query = selection(dialect, table, *columns);
  if (dialect.fetch.empty()) {
    auto rows = write_rows(sql, query, *columns, writer);
    return rows ? Result<void>() : tl::unexpected(rows.error());
  }
  sql << std::string(dialect.declare) + query;
  for (;;) {
    const auto rows = write_rows(sql, std::string(dialect.fetch), *columns, writer);
    if (!rows) return tl::unexpected(rows.error());
    if (*rows == 0) break;
  }
  sql << std::string(dialect.close);
  return {};
}

}  // namespace

Result<std::vector<TableColumn>> columns_of(soci::session& sql, const SqlDialect& dialect,
                                            const std::string& table) {
  std::vector<TableColumn> columns;
  const soci::rowset<soci::row> rows =
      (sql.prepare << std::string(dialect.columns), soci::use(table, "t"));
  for (const soci::row& row : rows) {
    const auto name = row.get<std::string>(0);
    const auto type = row.get<std::string>(1);
    const bool number = type == "INTEGER" || type == "BIGINT";
    if (!number && type != "TEXT") {
      return fail(
          fmt::format("table {}: column {} is {}; TEXT, INTEGER and BIGINT can be kept in a "
                      "backup",
                      table, name, type));
    }
    columns.push_back({name, number});
  }
  return columns;
}

Result<BackupFigures> back_up(Database& database, const std::vector<Migration>& migrations,
                              const std::string& file, int64_t now_ms) {
  const auto dump = [&](soci::session& sql) -> Result<BackupFigures> {
    const SqlDialect& dialect = database.dialect();
    const auto schema = schema_version(sql, dialect, migrations);
    if (!schema) return tl::unexpected(schema.error());
    if (*schema == 0) return fail(database.shown() + ": it is empty; there is nothing to keep");
    auto writer = BackupWriter::create(file, {*schema, now_ms});
    if (!writer) return tl::unexpected(writer.error());
    std::vector<std::string> tables = tables_of(migrations, *schema);
    std::erase_if(tables, is_derived);
    for (const std::string& table : tables) {
      if (auto written = write_table(sql, dialect, table, **writer); !written)
        return fail(fmt::format("table {}: {}", table, written.error().message));
    }
    if (auto finished = (*writer)->finish(); !finished) return tl::unexpected(finished.error());
    return BackupFigures{*schema, static_cast<int>(tables.size()), (*writer)->rows()};
  };
  return database.read("backup", dump);
}

}  // namespace longmen
