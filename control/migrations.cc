#include "control/migrations.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <soci/soci.h>

#include <algorithm>
#include <string>

namespace longmen {

// Statements are many lines in a list.
// NOLINTBEGIN(bugprone-suspicious-missing-comma)
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
      {2,
       {"CREATE TABLE accounts ("
        " id TEXT PRIMARY KEY,"
        " name TEXT NOT NULL,"
        " name_key TEXT NOT NULL UNIQUE,"
        " role TEXT NOT NULL,"
        " disabled INTEGER NOT NULL,"
        " password TEXT NOT NULL,"  // argon2id; empty: none was set
        " totp_secret TEXT NOT NULL,"
        " totp_confirmed INTEGER NOT NULL,"
        " totp_last_step BIGINT NOT NULL,"
        " created_ms BIGINT NOT NULL,"
        " last_sign_in_ms BIGINT NOT NULL)",
        "CREATE TABLE account_links ("
        " hash TEXT PRIMARY KEY,"
        " account_id TEXT NOT NULL UNIQUE REFERENCES accounts (id) ON DELETE CASCADE,"
        " expires_ms BIGINT NOT NULL)",
        "CREATE TABLE recovery_codes ("
        " account_id TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,"
        " hash TEXT NOT NULL,"
        " PRIMARY KEY (account_id, hash))",
        "CREATE TABLE sign_ins ("
        " hash TEXT PRIMARY KEY,"
        " account_id TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,"
        " created_ms BIGINT NOT NULL,"
        " last_seen_ms BIGINT NOT NULL)",
        "CREATE INDEX sign_ins_of_account ON sign_ins (account_id, created_ms)",
        // Of the installation as a whole.
        "CREATE TABLE secrets ("
        " name TEXT PRIMARY KEY,"
        " value TEXT NOT NULL)",
        "CREATE TABLE audit ("
        " number BIGINT PRIMARY KEY,"
        " at_ms BIGINT NOT NULL,"
        " actor_id TEXT NOT NULL,"
        " actor TEXT NOT NULL,"
        " address TEXT NOT NULL,"
        " action TEXT NOT NULL,"
        " subject TEXT NOT NULL,"
        " before_json TEXT NOT NULL,"
        " after_json TEXT NOT NULL,"
        " hash TEXT NOT NULL)",
        "CREATE INDEX audit_by_time ON audit (at_ms)",
        // One row, with the first of the audit: the chain's end, and where it begins since older
        // rows were pruned.
        "CREATE TABLE audit_chain ("
        " id INTEGER PRIMARY KEY,"
        " head_number BIGINT NOT NULL,"
        " head_hash TEXT NOT NULL,"
        " base_number BIGINT NOT NULL,"
        " base_hash TEXT NOT NULL)"}},
      {3,
       {"CREATE TABLE series ("
        " id TEXT PRIMARY KEY,"
        " title TEXT NOT NULL,"
        " title_key TEXT NOT NULL UNIQUE,"
        " description TEXT NOT NULL,"
        " version BIGINT NOT NULL,"
        " changed_ms BIGINT NOT NULL,"
        " changed_by TEXT NOT NULL)",
        "CREATE TABLE themes ("
        " id TEXT PRIMARY KEY,"
        " title TEXT NOT NULL,"
        " title_key TEXT NOT NULL UNIQUE,"
        " core INTEGER NOT NULL,"
        " position INTEGER NOT NULL,"
        " version BIGINT NOT NULL,"
        " changed_ms BIGINT NOT NULL,"
        " changed_by TEXT NOT NULL)",
        "CREATE TABLE sessions ("
        " id TEXT PRIMARY KEY,"
        " channel_id TEXT NOT NULL REFERENCES channels (id),"
        " series_id TEXT NOT NULL REFERENCES series (id),"
        " theme_id TEXT REFERENCES themes (id),"
        " title TEXT NOT NULL,"
        " description TEXT NOT NULL,"
        " speakers TEXT NOT NULL,"  // a JSON array
        " language TEXT NOT NULL,"
        " place TEXT NOT NULL,"
        " state TEXT NOT NULL,"
        " start_ms BIGINT NOT NULL,"  // as planned
        " end_ms BIGINT NOT NULL,"
        " live_ms BIGINT NOT NULL,"  // as it was; 0: not yet
        " ended_ms BIGINT NOT NULL,"
        " auto_start INTEGER NOT NULL,"
        " auto_end INTEGER NOT NULL,"
        " repeat_id TEXT NOT NULL,"  // of those that were scheduled together; or empty
        " version BIGINT NOT NULL,"
        " changed_ms BIGINT NOT NULL,"
        " changed_by TEXT NOT NULL)",
        "CREATE INDEX sessions_by_time ON sessions (start_ms, id)",
        "CREATE INDEX sessions_of_channel ON sessions (channel_id, start_ms)",
        "CREATE INDEX sessions_of_series ON sessions (series_id)",
        "CREATE INDEX sessions_by_state ON sessions (state, start_ms)",
        "CREATE UNIQUE INDEX one_live_session ON sessions (channel_id) WHERE state = 'live'",
        // Answers to requests with an Idempotency-Key, for a day.
        "CREATE TABLE once_answers ("
        " account_id TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,"
        " once_key TEXT NOT NULL,"
        " request_hash TEXT NOT NULL,"
        " answer TEXT NOT NULL,"
        " created_ms BIGINT NOT NULL,"
        " PRIMARY KEY (account_id, once_key))",
        "CREATE INDEX once_answers_by_time ON once_answers (created_ms)",
        "CREATE INDEX audit_by_subject ON audit (subject, number)",
        "ALTER TABLE channels ADD COLUMN version BIGINT NOT NULL DEFAULT 1",
        "ALTER TABLE channels ADD COLUMN changed_ms BIGINT NOT NULL DEFAULT 0",
        "ALTER TABLE channels ADD COLUMN changed_by TEXT NOT NULL DEFAULT 'configuration'",
        // Keys of before came from configurations, the only way there was.
        "ALTER TABLE stream_keys ADD COLUMN label TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE stream_keys ADD COLUMN configured INTEGER NOT NULL DEFAULT 1",
        "ALTER TABLE stream_keys ADD COLUMN created_by TEXT NOT NULL DEFAULT 'configuration'",
        "ALTER TABLE stream_keys ADD COLUMN revoked_ms BIGINT NOT NULL DEFAULT 0",
        // In which nodes' configurations a key stands.
        "CREATE TABLE configured_keys ("
        " hash TEXT NOT NULL REFERENCES stream_keys (hash) ON DELETE CASCADE,"
        " node TEXT NOT NULL,"
        " PRIMARY KEY (hash, node))"}},
      {4, {"ALTER TABLE channels ADD COLUMN access TEXT NOT NULL DEFAULT 'open'"}},
      {5,
       {// A parent may stand behind its child in a backup, so it is looked for at the end.
        "CREATE TABLE sites ("
        " id TEXT PRIMARY KEY,"
        " code TEXT NOT NULL,"  // of the network's own register; or empty
        " name TEXT NOT NULL,"
        " name_key TEXT NOT NULL,"
        " search_key TEXT NOT NULL,"  // name, code and address, as they are searched
        " tier INTEGER NOT NULL,"     // 0 city, 1 centre, 2 township, 3 site
        " parent_id TEXT REFERENCES sites (id) DEFERRABLE INITIALLY DEFERRED,"
        " address TEXT NOT NULL,"
        " notes TEXT NOT NULL,"
        " version BIGINT NOT NULL,"
        " changed_ms BIGINT NOT NULL,"
        " changed_by TEXT NOT NULL)",
        "CREATE UNIQUE INDEX site_names ON sites ((COALESCE(parent_id, '')), name_key)",
        "CREATE UNIQUE INDEX site_codes ON sites (code) WHERE code <> ''",
        "CREATE INDEX sites_by_name ON sites (name_key, id)",
        "CREATE INDEX sites_of_parent ON sites (parent_id)",
        "CREATE TABLE screens ("
        " id TEXT PRIMARY KEY,"
        " site_id TEXT NOT NULL REFERENCES sites (id),"
        " name TEXT NOT NULL,"
        " name_key TEXT NOT NULL,"
        " channel_id TEXT NOT NULL REFERENCES channels (id),"
        " test INTEGER NOT NULL,"
        " volume_rule TEXT NOT NULL,"
        " volume_percent INTEGER NOT NULL,"
        " version BIGINT NOT NULL,"
        " changed_ms BIGINT NOT NULL,"
        " changed_by TEXT NOT NULL)",
        "CREATE UNIQUE INDEX screens_of_site ON screens (site_id, name_key)",
        "CREATE INDEX screens_by_name ON screens (name_key, id)",
        // What a screen shows to be the one that was enrolled, and when it was heard of last.
        "CREATE TABLE screen_credentials ("
        " hash TEXT PRIMARY KEY,"
        " screen_id TEXT NOT NULL UNIQUE REFERENCES screens (id) ON DELETE CASCADE,"
        " enrolled_ms BIGINT NOT NULL,"
        " enrolled_by TEXT NOT NULL,"
        " seen_ms BIGINT NOT NULL,"  // 0: not yet
                                     // That it reported then.
        " condition TEXT NOT NULL)",
        // Screens that show a code and wait for somebody to type it.
        "CREATE TABLE enrolment_codes ("
        " code TEXT PRIMARY KEY,"
        " hash TEXT NOT NULL UNIQUE,"  // of what becomes the screen's credential
        " network TEXT NOT NULL,"
        " expires_ms BIGINT NOT NULL)",
        "CREATE INDEX enrolment_codes_by_time ON enrolment_codes (expires_ms)",
        "CREATE INDEX enrolment_codes_of_network ON enrolment_codes (network)"}},
      {6,
       {"CREATE TABLE api_tokens ("
        " hash TEXT PRIMARY KEY,"
        " account_id TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,"
        " label TEXT NOT NULL,"
        " scopes TEXT NOT NULL,"  // names of permissions
        " created_ms BIGINT NOT NULL,"
        " expires_ms BIGINT NOT NULL,"
        " used_ms BIGINT NOT NULL)",
        "CREATE INDEX api_tokens_of_account ON api_tokens (account_id)"}},
      // What operators have ordered for a channel's air; and the chapters of sessions.
      {7,
       {"CREATE TABLE air_orders ("
        " channel_id TEXT PRIMARY KEY REFERENCES channels (id) ON DELETE CASCADE,"
        " air_order TEXT NOT NULL,"
        " cut INTEGER NOT NULL,"
        " cut_slate TEXT NOT NULL,"
        " rehearsal INTEGER NOT NULL,"
        " needs_session INTEGER NOT NULL,"
        " version BIGINT NOT NULL,"
        " changed_ms BIGINT NOT NULL,"
        " changed_by TEXT NOT NULL)",
        "CREATE TABLE chapters ("
        " id TEXT PRIMARY KEY,"
        " session_id TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,"
        " at_ms BIGINT NOT NULL,"  // on the media clock
        " title TEXT NOT NULL,"
        " version BIGINT NOT NULL,"
        " changed_ms BIGINT NOT NULL,"
        " changed_by TEXT NOT NULL)",
        "CREATE INDEX chapters_of_session ON chapters (session_id, at_ms)"}},
      {8,
       {"CREATE TABLE watch_revocations ("
        " subject TEXT NOT NULL,"
        " channel_id TEXT NOT NULL REFERENCES channels (id) ON DELETE CASCADE,"
        " until_ms BIGINT NOT NULL,"  // no token of that subject is good for longer
        " PRIMARY KEY (subject, channel_id))",
        "ALTER TABLE enrolment_codes ADD COLUMN wide_network TEXT NOT NULL DEFAULT ''",
        "CREATE INDEX enrolment_codes_of_wide_network ON enrolment_codes (wide_network)"}},
      {9,
       {"ALTER TABLE channels ADD COLUMN record TEXT NOT NULL DEFAULT 'sessions'",
        // What the gateways have, and what is wished of it; it outlives channel and session.
        "CREATE TABLE recordings ("
        " id TEXT PRIMARY KEY,"
        " node TEXT NOT NULL,"
        " channel_id TEXT NOT NULL,"
        " session_id TEXT NOT NULL,"  // or empty
        " title TEXT NOT NULL,"
        " series TEXT NOT NULL,"
        " start_ms BIGINT NOT NULL,"
        " end_ms BIGINT NOT NULL,"  // 0: it goes on
        " bytes BIGINT NOT NULL,"
        " hole_ms BIGINT NOT NULL,"
        " state TEXT NOT NULL,"
        " keep INTEGER NOT NULL,"
        " removed_ms BIGINT NOT NULL,"    // 0: it is there
        " order_number BIGINT NOT NULL,"  // of the last wish; 0: there was none
        " version BIGINT NOT NULL,"
        " changed_ms BIGINT NOT NULL,"
        " changed_by TEXT NOT NULL)",
        "CREATE INDEX recordings_by_time ON recordings (start_ms, id)",
        "CREATE INDEX recordings_by_order ON recordings (order_number)",
        "CREATE TABLE recording_withdrawals ("
        " recording_id TEXT NOT NULL REFERENCES recordings (id) ON DELETE CASCADE,"
        " position INTEGER NOT NULL,"
        " from_ms BIGINT NOT NULL,"
        " to_ms BIGINT NOT NULL,"
        " made_ms BIGINT NOT NULL,"
        " made_by TEXT NOT NULL,"
        " by_cut INTEGER NOT NULL,"        // of an emergency cut, as the gateway says
        " given_back_ms BIGINT NOT NULL,"  // 0: it is withdrawn
        " PRIMARY KEY (recording_id, position))"}},
      // Accounts by a provider's word; what of a sign-in is shown to administrators; a cut that
      // waits for a second person.
      {10,
       {"CREATE TABLE identities ("
        " issuer TEXT NOT NULL,"
        " subject TEXT NOT NULL,"
        " account_id TEXT NOT NULL UNIQUE REFERENCES accounts (id) ON DELETE CASCADE,"
        " made_account INTEGER NOT NULL,"
        " linked_ms BIGINT NOT NULL,"
        " PRIMARY KEY (issuer, subject))",
        "ALTER TABLE sign_ins ADD COLUMN address TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE sign_ins ADD COLUMN way TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE sign_ins ADD COLUMN confirmed_ms BIGINT NOT NULL DEFAULT 0",
        "ALTER TABLE air_orders ADD COLUMN cut_asked_id TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE air_orders ADD COLUMN cut_asked_by TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE air_orders ADD COLUMN cut_asked_until_ms BIGINT NOT NULL DEFAULT 0"}},
      {11,
       {"ALTER TABLE stream_keys ADD COLUMN input TEXT NOT NULL DEFAULT 'primary'",
        // As JSON (core/failover/failover_rules.h); empty: the defaults.
        "ALTER TABLE channels ADD COLUMN failover TEXT NOT NULL DEFAULT ''"}},
      // By what recordings are found (control/library_index.h). All of it follows from other
      // tables.
      {12,
       {"CREATE TABLE library_documents ("
        " number AUTO_ID,"
        " recording_id TEXT NOT NULL UNIQUE,"
        " channel_id TEXT NOT NULL,"
        " start_ms BIGINT NOT NULL,"
        " folded TEXT NOT NULL,"  // what is searched, a line each
        " facets TEXT NOT NULL,"  // likewise
        " form INTEGER NOT NULL)",
        "CREATE TABLE library_grams ("
        " gram TEXT NOT NULL,"
        " start_ms BIGINT NOT NULL,"
        " number BIGINT NOT NULL,"
        " PRIMARY KEY (gram, start_ms, number)) BY_KEY",
        "CREATE TABLE library_facets ("
        " kind TEXT NOT NULL,"
        " value TEXT NOT NULL,"
        " channel_id TEXT NOT NULL,"
        " shown TEXT NOT NULL,"
        " recordings INTEGER NOT NULL,"
        " PRIMARY KEY (kind, value, channel_id)) BY_KEY",
        // Of which something has changed since they were indexed.
        "CREATE TABLE library_stale ("
        " recording_id TEXT PRIMARY KEY)",
        "INSERT INTO library_stale (recording_id) SELECT id FROM recordings",
        "CREATE INDEX recordings_of_session ON recordings (session_id)",
        "CREATE INDEX sessions_of_theme ON sessions (theme_id)"}},
      // As JSON (core/sound/sound_rules.h); empty: the defaults.
      {13, {"ALTER TABLE channels ADD COLUMN sound TEXT NOT NULL DEFAULT ''"}},
      // What people give as slates, and which of them is shown when. The file is kept in pieces as
      // base64url, by its hash: every node that shares the database has it from there.
      {14,
       {"CREATE TABLE slates ("
        " id TEXT PRIMARY KEY,"
        " channel_id TEXT NOT NULL REFERENCES channels (id) ON DELETE CASCADE,"
        " name TEXT NOT NULL,"
        " clip INTEGER NOT NULL,"
        " media_type TEXT NOT NULL,"
        " bytes BIGINT NOT NULL,"
        " width INTEGER NOT NULL,"
        " height INTEGER NOT NULL,"
        " duration_ms BIGINT NOT NULL,"  // 0: a still
        " sound INTEGER NOT NULL,"
        " sha256 TEXT NOT NULL,"
        " thumbnail TEXT NOT NULL,"  // JPEG as base64url
        " version BIGINT NOT NULL,"
        " changed_ms BIGINT NOT NULL,"
        " changed_by TEXT NOT NULL)",
        "CREATE UNIQUE INDEX slates_of_channel ON slates (channel_id, sha256)",
        "CREATE TABLE slate_pieces ("
        " sha256 TEXT NOT NULL,"
        " position INTEGER NOT NULL,"
        " written_ms BIGINT NOT NULL,"
        " piece TEXT NOT NULL,"
        " PRIMARY KEY (sha256, position))",
        // As JSON (core/slate/slate_choice.h); empty: none is chosen.
        "ALTER TABLE channels ADD COLUMN slates TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE sessions ADD COLUMN slates TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE air_orders ADD COLUMN order_slate TEXT NOT NULL DEFAULT ''"}},
      // For how long a channel's programme is held before it airs, and what is laid over its
      // picture: as JSON (core/node/overlay.h), and the logo's PNG in base64url.
      {15,
       {"CREATE TABLE air_delays ("
        " channel_id TEXT PRIMARY KEY REFERENCES channels (id) ON DELETE CASCADE,"
        " delay_ms INTEGER NOT NULL,"
        " version BIGINT NOT NULL,"
        " changed_ms BIGINT NOT NULL,"
        " changed_by TEXT NOT NULL)",
        "CREATE TABLE overlays ("
        " channel_id TEXT PRIMARY KEY REFERENCES channels (id) ON DELETE CASCADE,"
        " overlay TEXT NOT NULL,"
        " logo TEXT NOT NULL,"
        " version BIGINT NOT NULL,"
        " changed_ms BIGINT NOT NULL,"
        " changed_by TEXT NOT NULL)"}},
      // Who is told of what happens, and what waits to be told.
      {16,
       {"CREATE TABLE webhooks ("
        " id TEXT PRIMARY KEY,"
        " url TEXT NOT NULL,"
        " secret TEXT NOT NULL,"
        " kinds TEXT NOT NULL,"     // of notices, by spaces; empty: all
        " channels TEXT NOT NULL,"  // likewise
        " enabled INTEGER NOT NULL,"
        " created_ms BIGINT NOT NULL,"
        " version BIGINT NOT NULL,"
        " changed_ms BIGINT NOT NULL,"
        " changed_by TEXT NOT NULL)",
        "CREATE TABLE webhook_deliveries ("
        " number AUTO_ID,"
        " webhook_id TEXT NOT NULL REFERENCES webhooks (id) ON DELETE CASCADE,"
        " notice_id TEXT NOT NULL,"
        " kind TEXT NOT NULL,"
        " channel TEXT NOT NULL,"
        " body TEXT NOT NULL,"
        " at_ms BIGINT NOT NULL,"
        " state TEXT NOT NULL,"  // waiting, done, failed
        " tries INTEGER NOT NULL,"
        " next_ms BIGINT NOT NULL,"
        " tried_ms BIGINT NOT NULL,"
        " status INTEGER NOT NULL,"
        " words TEXT NOT NULL)",
        "CREATE UNIQUE INDEX webhook_deliveries_once ON webhook_deliveries"
        " (webhook_id, notice_id)",
        "CREATE INDEX webhook_deliveries_due ON webhook_deliveries (webhook_id, state, next_ms)",
        // How things stood when webhooks were told last.
        "CREATE TABLE webhook_marks ("
        " subject TEXT PRIMARY KEY,"
        " value TEXT NOT NULL)"}},
      {17, {}},  // for good: databases have passed it
      // As JSON (core/session/wall_replay_rule.h); empty: off.
      {18,
       {"ALTER TABLE channels ADD COLUMN wall_replay TEXT NOT NULL DEFAULT ''",
        // Whom no sign-in by a provider makes an account for (control/identity_table.h).
        "CREATE TABLE turned_away ("
        " issuer TEXT NOT NULL,"
        " subject TEXT NOT NULL,"
        " name TEXT NOT NULL,"
        " since_ms BIGINT NOT NULL,"
        " made_by TEXT NOT NULL,"
        " PRIMARY KEY (issuer, subject))"}},
      {19,
       {"ALTER TABLE recordings ADD COLUMN shown_from_ms BIGINT NOT NULL DEFAULT 0",
        "ALTER TABLE recordings ADD COLUMN shown_to_ms BIGINT NOT NULL DEFAULT 0",
        "ALTER TABLE recordings ADD COLUMN source TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE recordings ADD COLUMN segment_ms BIGINT NOT NULL DEFAULT 1000",
        "ALTER TABLE recordings ADD COLUMN courseware INTEGER NOT NULL DEFAULT 0",
        "ALTER TABLE series ADD COLUMN keep_days INTEGER NOT NULL DEFAULT 0"}},
      // The language of its sound, a tag of BCP 47; empty: the channel's first.
      {20, {"ALTER TABLE screens ADD COLUMN audio TEXT NOT NULL DEFAULT ''"}},
      // Of the download that podcasts have; 0: not known.
      {21, {"ALTER TABLE recordings ADD COLUMN sound_bytes BIGINT NOT NULL DEFAULT 0"}},
  };
  return kAll;
}
// NOLINTEND(bugprone-suspicious-missing-comma)

namespace {

constexpr std::string_view kCreate = "CREATE TABLE ";
constexpr std::string_view kDrop = "DROP TABLE ";
constexpr std::string_view kAutoId = "AUTO_ID";
constexpr std::string_view kByKey = "BY_KEY";
constexpr size_t kTablesNamed = 5;  // of a database that is somebody else's

std::string first_word(std::string_view text) {
  return std::string(text.substr(0, text.find_first_of(" (")));
}

std::vector<std::string> strings(soci::session& sql, std::string_view query) {
  std::vector<std::string> found;
  const soci::rowset<std::string> rows = (sql.prepare << std::string(query));
  for (const std::string& row : rows)
    found.push_back(row);
  return found;
}

std::string in_dialect(std::string_view statement, const SqlDialect& dialect) {
  std::string text(statement);
  for (const auto& [word, meant] : {std::pair{kAutoId, dialect.auto_id}, {kByKey, dialect.by_key}})
    for (size_t at = text.find(word); at != std::string::npos; at = text.find(word))
      text.replace(at, word.size(), meant);
  return text;
}

tl::unexpected<Error> refuse_foreign(const std::vector<std::string>& tables) {
  std::vector<std::string> named = tables;
  named.resize(std::min(named.size(), kTablesNamed));
  return fail(
      fmt::format("database: it holds tables that are not Longmen's ({}{}); Longmen needs a "
                  "database of its own",
                  fmt::join(named, ", "), tables.size() > named.size() ? ", ..." : ""));
}

}  // namespace

bool is_derived(std::string_view table) {
  return table.starts_with("library_");
}

int newest_version(const std::vector<Migration>& migrations) {
  return migrations.empty() ? 0 : migrations.back().version;
}

std::vector<std::string> tables_of(const std::vector<Migration>& migrations, int version) {
  std::vector<std::string> tables;
  for (const Migration& migration : migrations) {
    if (migration.version > version) break;
    for (const std::string_view statement : migration.statements) {
      if (statement.starts_with(kCreate))
        tables.push_back(first_word(statement.substr(kCreate.size())));
      if (statement.starts_with(kDrop))
        std::erase(tables, first_word(statement.substr(kDrop.size())));
    }
  }
  return tables;
}

Result<int> schema_version(soci::session& sql, const SqlDialect& dialect,
                           const std::vector<Migration>& migrations) {
  const std::vector<std::string> tables = strings(sql, dialect.table_names);
  if (tables.empty()) return 0;
  if (std::find(tables.begin(), tables.end(), "migrations") == tables.end())
    return refuse_foreign(tables);
  const std::string of_migrations = "migrations";
  std::vector<std::string> columns;
  const soci::rowset<soci::row> rows =
      (sql.prepare << std::string(dialect.columns), soci::use(of_migrations, "t"));
  for (const soci::row& row : rows)
    columns.push_back(row.get<std::string>(0));
  if (columns != std::vector<std::string>{"version", "applied_ms"}) return refuse_foreign(tables);
  int present = 0;
  int steps = 0;
  sql << "SELECT COALESCE(MAX(version), 0), COUNT(*) FROM migrations", soci::into(present),
      soci::into(steps);
  const int known = newest_version(migrations);
  if (present > known) {
    return fail(fmt::format(
        "database: a newer Longmen has brought it to schema {}, this one knows up to {}; start "
        "the newer one, or go back to a copy of the database from before",
        present, known));
  }
  if (present == 0 && tables.size() > 1) return refuse_foreign(tables);
  if (steps != present) {
    return fail(
        fmt::format("database: it says schema {} and that {} steps led there; go back to a "
                    "copy of it",
                    present, steps));
  }
  for (const std::string& table : tables_of(migrations, present)) {
    if (std::find(tables.begin(), tables.end(), table) == tables.end()) {
      return fail(
          fmt::format("database: it says schema {}, and its table {} is missing; go back to "
                      "a copy of it",
                      present, table));
    }
  }
  return present;
}

void apply_migrations(soci::session& sql, const SqlDialect& dialect,
                      const std::vector<Migration>& migrations, int from, int to, int64_t now_ms) {
  if (from == 0 && to > 0) {
    const std::vector<std::string> tables = strings(sql, dialect.table_names);
    if (std::find(tables.begin(), tables.end(), "migrations") == tables.end()) {
      sql << "CREATE TABLE migrations (version INTEGER PRIMARY KEY, applied_ms BIGINT NOT NULL)";
    }
  }
  for (const Migration& migration : migrations) {
    if (migration.version <= from || migration.version > to) continue;
    for (const std::string_view statement : migration.statements)
      sql << in_dialect(statement, dialect);
    sql << "INSERT INTO migrations (version, applied_ms) VALUES (:version, :applied)",
        soci::use(migration.version), soci::use(now_ms);
  }
}

Result<void> migrate(Database& database, const std::vector<Migration>& migrations, int64_t now_ms) {
  const SqlDialect& dialect = database.dialect();
  const int known = newest_version(migrations);
  auto present = database.read("database", [&](soci::session& sql) -> Result<int> {
    return schema_version(sql, dialect, migrations);
  });
  while (present && *present < known) {
    present = database.write("database", [&](soci::session& sql) -> Result<int> {
      auto now_present =
          schema_version(sql, dialect, migrations);  // another node may have been here
      if (!now_present || *now_present == known) return now_present;
      apply_migrations(sql, dialect, migrations, *now_present, *now_present + 1, now_ms);
      return *now_present + 1;
    });
  }
  if (!present) return tl::unexpected(present.error());
  return {};
}

}  // namespace longmen
