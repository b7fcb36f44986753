// The schema of the database as a row of steps forward, each in a transaction of its own, and the
// one rule: a database that a newer Longmen has changed is refused, never changed back. Statements
// are of the SQL that SQLite and PostgreSQL share.
#pragma once

#include <string_view>
#include <vector>

#include "core/base/result.h"

namespace soci {
class session;
}

namespace longmen {

struct Migration {
  int version;  // from 1 on, without gaps
  std::vector<std::string_view> statements;
};

const std::vector<Migration>& all_migrations();

// Does what is missing. `now_ms` is written beside each step.
Result<void> migrate(soci::session& sql, const std::vector<Migration>& migrations, int64_t now_ms);

}  // namespace longmen
