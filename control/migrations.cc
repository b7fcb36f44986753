#include "control/migrations.h"

#include <fmt/format.h>
#include <soci/soci.h>

#include <string>

#include "control/store_error.h"

namespace longmen {

const std::vector<Migration>& all_migrations() {
  static const std::vector<Migration> kAll{
      {1,
       {"CREATE TABLE channels ("
        " id TEXT PRIMARY KEY,"
        " position INTEGER NOT NULL,"
        " name TEXT NOT NULL,"
        " frames_per_second INTEGER NOT NULL,"
        " gop_seconds INTEGER NOT NULL,"
        " opus_kbps INTEGER NOT NULL,"
        " aac_kbps INTEGER NOT NULL,"
        " second_publisher TEXT NOT NULL,"
        " created_ms BIGINT NOT NULL)",
        "CREATE TABLE video_rungs ("
        " channel_id TEXT NOT NULL REFERENCES channels (id) ON DELETE CASCADE,"
        " position INTEGER NOT NULL,"
        " name TEXT NOT NULL,"
        " width INTEGER NOT NULL,"
        " height INTEGER NOT NULL,"
        " bitrate_kbps INTEGER NOT NULL,"
        " PRIMARY KEY (channel_id, position))",
        // The key alone names the channel that a sender means, so no two channels share one.
        "CREATE TABLE stream_keys ("
        " hash TEXT PRIMARY KEY,"
        " channel_id TEXT NOT NULL REFERENCES channels (id) ON DELETE CASCADE,"
        " position INTEGER NOT NULL,"
        " created_ms BIGINT NOT NULL)",
        "CREATE INDEX stream_keys_of_channel ON stream_keys (channel_id, position)"}},
  };
  return kAll;
}

Result<void> migrate(soci::session& sql, const std::vector<Migration>& migrations, int64_t now_ms) {
  return caught("database", [&]() -> Result<void> {
    sql << "CREATE TABLE IF NOT EXISTS migrations ("
           " version INTEGER PRIMARY KEY, applied_ms BIGINT NOT NULL)";
    int present = 0;
    sql << "SELECT COALESCE(MAX(version), 0) FROM migrations", soci::into(present);
    const int known = migrations.empty() ? 0 : migrations.back().version;
    if (present > known) {
      return fail(fmt::format(
          "database: a newer Longmen has brought it to schema {}, this one knows up to {}; start "
          "the newer one, or go back to a copy of the database from before",
          present, known));
    }
    for (const Migration& migration : migrations) {
      if (migration.version <= present) continue;
      soci::transaction transaction(sql);
      for (const std::string_view statement : migration.statements)
        sql << std::string(statement);
      sql << "INSERT INTO migrations (version, applied_ms) VALUES (:version, :applied)",
          soci::use(migration.version), soci::use(now_ms);
      transaction.commit();
    }
    return {};
  });
}

}  // namespace longmen
