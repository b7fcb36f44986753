#include "control/audit_command.h"

#include <fmt/format.h>

#include "control/migrations.h"

namespace longmen {
namespace {

constexpr auto kWithin = std::chrono::minutes(10);  // a long audit; the node goes on meanwhile

Result<void> check_schema(Database& database) {
  const int known = all_migrations().back().version;
  return database.read(database.shown(), [&](soci::session& sql) -> Result<void> {
    const auto present = schema_version(sql, database.dialect(), all_migrations());
    if (!present) return tl::unexpected(present.error());
    if (*present < known) {
      return fail(fmt::format("it is of schema {}, this Longmen verifies {}; start the node once",
                              *present, known));
    }
    return {};
  });
}

}  // namespace

Result<AuditVerdict> verify_audit_of(StoreSettings settings) {
  settings.make_file = false;
  settings.answer_within = kWithin;
  const auto database = Database::open(settings);
  if (!database) return tl::unexpected(database.error());
  if (const auto fit = check_schema(**database); !fit)
    return fail(fmt::format("{}: {}", (*database)->shown(), fit.error().message));
  return verify_audit(**database);
}

}  // namespace longmen
