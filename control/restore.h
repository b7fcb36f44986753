// Puts a backup (control/backup_file.h) into a database, SQLite or PostgreSQL, whichever it was
// made from, and brings it to the schema of this Longmen; all in one transaction, so that the
// database holds the whole backup or is as it was. A node that runs meanwhile goes on with what was
// restored. Accounts come back with the passwords and second factors that they had; sign-ins,
// one-time links and the installation's secrets do not. The audit gets a row that names the end of
// the chain that was there before, so that a restore cannot cut it silently.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "control/backup.h"
#include "control/database.h"
#include "control/migrations.h"

namespace longmen {

enum class RestoreInto {
  kEmpty,     // a database without tables or without rows; another is refused
  kReplacing  // what is in it is taken away
};

// Refuses a backup that is damaged, or of a newer schema, before it touches the database; and a
// database of another product, or one that a newer Longmen has changed.
Result<BackupFigures> restore(Database& database, const std::vector<Migration>& migrations,
                              const std::string& file, RestoreInto into, int64_t now_ms);

}  // namespace longmen
